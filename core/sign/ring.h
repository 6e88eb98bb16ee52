/* ring.h - jalon_keys from the inside, for core/sign alone. */
#ifndef SIGN_RING_H
#define SIGN_RING_H
#include "core/sign/hmac.h"
#include "core/sign/key_ring.h"
#include "jalon/link.h"

#define RING_ROOM 64 /* JALON_KEYS_MAX that work, and the retired ones that are remembered */
#define KEY_CREATED_AT_MAX 253402300799 /* the end of the year 9999 */

enum key_purpose { PURPOSE_MASTER, PURPOSE_LINK, PURPOSE_PORTABLE, PURPOSE_CODE, PURPOSE_CLICK };

struct key {
    uint8_t id[KEY_ID_BYTES];
    enum key_state state;
    int64_t created_at; /* seconds since 1970 */
    uint8_t secret[KEY_BYTES];
    /* Made by ring_arm(), only read from then on. */
    struct hmac hmac; /* keyed with HKDF's PRK in a ring of masters, else with the sub-key itself */
    struct hmac link; /* keyed with the short links' sub-key; only in a ring of masters */
};

struct jalon_keys {
    enum key_purpose purpose;               /* PURPOSE_MASTER, or what the ring was exported for */
    char campaign[JALON_SLUG_SIZE_MAX + 1]; /* "" in a ring of masters */
    size_t size;
    struct key keys[RING_ROOM]; /* newest first */
};

const char *key_purpose_name(enum key_purpose purpose); /* "" for PURPOSE_MASTER */
/* "portable", "code" or "click": what can be exported. JALON_NOT_FOUND. */
CHECKED int key_purpose_find(enum key_purpose *ret_purpose, struct slice name);
CHECKED int key_state_find(enum key_state *ret_state, struct slice name); /* JALON_NOT_FOUND */

CHECKED int ring_new(jalon_keys **ret_keys); /* empty; ended with jalon_keys_free() */
size_t ring_count(const jalon_keys *keys);   /* keys that are not retired */
size_t ring_find(const jalon_keys *keys, const uint8_t id[KEY_ID_BYTES]); /* or keys->size */

/* Make one key, all keys ready to sign with. JALON_CRYPTO. */
CHECKED int ring_arm_key(struct key *key, const jalon_keys *keys);
CHECKED int ring_arm(jalon_keys *keys);

#define RING_TEXT_MAX 16384 /* the longest text of a ring */
#endif
