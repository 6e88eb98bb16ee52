/* key_ring.h - the key ring from the inside: what jalon_keys is, and what the admin does to it.
 * File format: top of key_ring_text.c. */
#ifndef SIGN_KEY_RING_H
#define SIGN_KEY_RING_H
#include "core/base/buffer.h"
#include "jalon/keys.h"

#define KEY_BYTES 32
#define KEY_ID_BYTES 4 /* printed as 8 hex digits */

enum key_state { KEY_ACTIVE, KEY_VERIFY, KEY_RETIRED };

struct key_view { /* for listings: no secret in it */
    char id[2 * KEY_ID_BYTES + 1];
    enum key_state state;
    int64_t created_at; /* seconds since 1970 */
};

const char *key_state_name(enum key_state state); /* "active", "verify", "retired" */

size_t key_ring_size(const jalon_keys *keys);                        /* retired ones too */
struct key_view key_ring_view(const jalon_keys *keys, size_t index); /* newest first */

/* Can an installation run on it: master keys, one of them active? JALON_INVALID; *ret_why: static words. */
CHECKED int key_ring_check(const jalon_keys *keys, const char **ret_why);

/* A ring with one active key. */
CHECKED int key_ring_new(jalon_keys **ret_keys, int64_t now_s);
/* A new active key; the active one becomes `verify`. JALON_FULL at JALON_KEYS_MAX unretired keys,
 * JALON_INVALID for an exported ring. Of retired keys the latest are kept, for the record. */
CHECKED int key_ring_rotate(jalon_keys *keys, int64_t now_s);
/* JALON_NOT_FOUND; JALON_INVALID for the active key. */
CHECKED int key_ring_retire(jalon_keys *keys, struct slice id);
/* A ring with only `campaign`'s sub-keys for `purpose`: "portable", "code" or "click".
 * JALON_BAD_ARGUMENT; JALON_INVALID for a ring that was exported itself. */
CHECKED int key_ring_export(jalon_keys **ret_keys, const jalon_keys *keys, const char *purpose,
                            const char *campaign);
/* Writes atomically (temporary file, fsync, rename), mode 0600, keeping the old file's owner.
 * JALON_IO (errno). */
CHECKED int key_ring_save(const jalon_keys *keys, const char *path);
/* The text that key_ring_save() puts in the file; whoever asked for it wipes it. Failures are the
 * buffer's error, JALON_CRYPTO among them. */
void key_ring_write(struct buffer *out, const jalon_keys *keys);
/* Nothing that is signed names its key: these tell which one it was, by trying. ret_index: as in
 * key_ring_view(). Errors as jalon_link_code_verify() and jalon_code_verify(). */
CHECKED int key_ring_find_link_code(size_t *ret_index, const jalon_keys *keys, struct slice code);
CHECKED int key_ring_find_promo_code(size_t *ret_index, const jalon_keys *keys,
                                     const char *campaign, struct slice code);
#endif
