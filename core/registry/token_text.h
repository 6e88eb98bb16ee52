/* token_text.h - an API token's text and record.
 *
 * A token is jalon_ID_SECRET: 8 bytes in hex, 32 random bytes in base64url. Its record, under the id:
 *   {"v":1,"id":TEXT,"sha256":HEX64,"scopes":[NAME…],"brand":SLUG?,"campaign":SLUG?,"name":TEXT?,
 *    "created_ms":N,"revoked_ms":N?}                               the digest is of the whole token */
#ifndef REGISTRY_TOKEN_TEXT_H
#define REGISTRY_TOKEN_TEXT_H
#include "core/base/encoding.h"
#include "core/sign/digest.h"

#include <jansson.h>

#define TOKEN_PREFIX "jalon_"
#define TOKEN_ID_BYTES 8
#define TOKEN_ID_SIZE ((size_t)2 * TOKEN_ID_BYTES)
#define TOKEN_SECRET_BYTES 32
#define TOKEN_SIZE                                                                                 \
    (sizeof TOKEN_PREFIX - 1 + TOKEN_ID_SIZE + 1 + BASE64URL_SIZE(TOKEN_SECRET_BYTES))
#define TOKEN_DIGEST_SIZE ((size_t)2 * SHA256_BYTES)

CHECKED int token_digest(char ret_digest[TOKEN_DIGEST_SIZE], struct slice token);
/* The id in an id, or in a whole token; empty when it is neither. */
struct slice token_id_of(struct slice text);
/* As the world sees it; `secret`: NULL, or the token itself, once. */
CHECKED int token_thing(const json_t *record, const char *secret, json_t **ret_thing);
#endif
