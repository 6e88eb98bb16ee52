#include "core/sign/ring.h"

#include "core/sign/subkey.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static const char *const state_names[] = {
    [KEY_ACTIVE] = "active",
    [KEY_VERIFY] = "verify",
    [KEY_RETIRED] = "retired",
};

static const char *const purpose_names[] = {
    [PURPOSE_MASTER] = "",   [PURPOSE_LINK] = "link",   [PURPOSE_PORTABLE] = "portable",
    [PURPOSE_CODE] = "code", [PURPOSE_CLICK] = "click",
};

const char *key_state_name(enum key_state state)
{
    return state_names[state];
}

int key_state_find(enum key_state *ret_state, struct slice name)
{
    for (enum key_state state = KEY_ACTIVE; state <= KEY_RETIRED; state++)
        if (slice_is(name, state_names[state])) {
            *ret_state = state;
            return JALON_OK;
        }
    return JALON_NOT_FOUND;
}

const char *key_purpose_name(enum key_purpose purpose)
{
    return purpose_names[purpose];
}

int key_purpose_find(enum key_purpose *ret_purpose, struct slice name)
{
    /* Short links belong to no campaign: their sub-key signs for all, and is never exported. */
    for (enum key_purpose purpose = PURPOSE_PORTABLE; purpose <= PURPOSE_CLICK; purpose++)
        if (slice_is(name, purpose_names[purpose])) {
            *ret_purpose = purpose;
            return JALON_OK;
        }
    return JALON_NOT_FOUND;
}

int ring_new(jalon_keys **ret_keys)
{
    jalon_keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return JALON_NO_MEMORY;
    *ret_keys = keys;
    return JALON_OK;
}

void jalon_keys_free(jalon_keys *keys)
{
    if (!keys)
        return;
    OPENSSL_cleanse(keys, sizeof *keys);
    free(keys);
}

size_t ring_count(const jalon_keys *keys)
{
    size_t count = 0;
    for (size_t i = 0; i < keys->size; i++)
        count += keys->keys[i].state != KEY_RETIRED;
    return count;
}

size_t jalon_keys_count(const jalon_keys *keys)
{
    return keys ? ring_count(keys) : 0;
}

static int arm_master(struct key *key)
{
    uint8_t bytes[KEY_BYTES];
    int err = hkdf_extract(bytes, slice_of(key->secret, sizeof key->secret));
    if (!err)
        err = hmac_init(&key->hmac, bytes);
    if (!err)
        err = subkey_derive(bytes, key, PURPOSE_LINK, SLICE_NONE);
    if (!err)
        err = hmac_init(&key->link, bytes);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return err;
}

int ring_arm_key(struct key *key, const jalon_keys *keys)
{
    if (keys->purpose == PURPOSE_MASTER)
        return arm_master(key);
    return hmac_init(&key->hmac, key->secret);
}

int ring_arm(jalon_keys *keys)
{
    for (size_t i = 0; i < keys->size; i++) {
        int err = ring_arm_key(&keys->keys[i], keys);
        if (err)
            return err;
    }
    return JALON_OK;
}

size_t ring_find(const jalon_keys *keys, const uint8_t id[KEY_ID_BYTES])
{
    size_t at = 0;
    while (at < keys->size &&
           !slice_equal(slice_of(keys->keys[at].id, KEY_ID_BYTES), slice_of(id, KEY_ID_BYTES)))
        at++;
    return at;
}
