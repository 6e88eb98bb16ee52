/* token.h - portable tokens at the redirector's pace: verified into slices over the caller's memory,
 * no allocation. Layout: top of token.c. */
#ifndef SIGN_TOKEN_H
#define SIGN_TOKEN_H
#include "core/base/slice.h"
#include "jalon/link.h"

struct token {
    struct slice campaign, creator, channel, target; /* borrow from `bytes` */
    int64_t expires_at;                              /* seconds since 1970; 0: never */
    size_t size;
    uint8_t bytes[JALON_TOKEN_SIZE_MAX];
};

/* Decodes and verifies `text` into *ret_token (on failure its content is undefined; don't copy the
 * struct: the slices point into it). Errors as jalon_token_open(). */
CHECKED int token_read(struct token *ret_token, const jalon_keys *keys, struct slice text);

/* Decodes alone: for finding the record of a link whose key was retired. Nothing in it is to be believed. */
CHECKED int token_decode(struct token *ret_token, struct slice text);

/* The 64-bit link ids of jalon_link_id() and jalon_token_link_id(). JALON_CRYPTO. */
CHECKED int token_link_id(uint64_t *ret_link_id, const struct token *token);
CHECKED int link_id_of_code(uint64_t *ret_link_id, struct slice code);
CHECKED int link_id_of_portable(uint64_t *ret_link_id, struct slice campaign, struct slice creator,
                                struct slice channel, struct slice target);
#endif
