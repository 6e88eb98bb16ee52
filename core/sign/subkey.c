#include "core/sign/subkey.h"

#include "core/base/buffer.h"

#include <openssl/crypto.h>

#define LABEL_MAX (sizeof "jalon/1/portable/" + JALON_SLUG_SIZE_MAX)

int subkey_derive(uint8_t ret_subkey[KEY_BYTES], const struct key *master, enum key_purpose purpose,
                  struct slice campaign)
{
    char text[LABEL_MAX];
    struct buffer label;
    buffer_over(&label, text, sizeof text);
    buffer_append_string(&label, "jalon/1/");
    buffer_append_string(&label, key_purpose_name(purpose));
    buffer_append_byte(&label, '/');
    buffer_append(&label, campaign);
    if (buffer_error(&label))
        return JALON_BAD_ARGUMENT;
    return hkdf_expand(ret_subkey, &master->hmac, buffer_slice(&label));
}

static int derive_hmac(struct hmac *ret_hmac, const struct key *master, enum key_purpose purpose,
                       struct slice campaign)
{
    uint8_t subkey[KEY_BYTES];
    int err = subkey_derive(subkey, master, purpose, campaign);
    if (!err)
        err = hmac_init(ret_hmac, subkey);
    OPENSSL_cleanse(subkey, sizeof subkey);
    return err;
}

/* NULL when it has to be derived. */
static const struct hmac *ready_hmac(const jalon_keys *keys, const struct key *key,
                                     enum key_purpose purpose)
{
    if (keys->purpose != PURPOSE_MASTER)
        return &key->hmac;
    return purpose == PURPOSE_LINK ? &key->link : NULL;
}

static bool serves(const jalon_keys *keys, enum key_purpose purpose, struct slice campaign)
{
    return keys->purpose == PURPOSE_MASTER ||
           (keys->purpose == purpose && slice_is(campaign, keys->campaign));
}

int subkey_newest(size_t *ret_index, const jalon_keys *keys)
{
    for (size_t i = 0; i < keys->size; i++)
        if (keys->keys[i].state == KEY_ACTIVE) {
            *ret_index = i;
            return JALON_OK;
        }
    return JALON_NO_KEY;
}

int subkey_signer(struct hmac *ret_hmac, const jalon_keys *keys, enum key_purpose purpose,
                  struct slice campaign)
{
    size_t index;
    int err = subkey_newest(&index, keys);
    return err ? err : subkey_signer_at(ret_hmac, keys, index, purpose, campaign);
}

int subkey_signer_at(struct hmac *ret_hmac, const jalon_keys *keys, size_t index,
                     enum key_purpose purpose, struct slice campaign)
{
    if (!serves(keys, purpose, campaign))
        return JALON_NO_KEY;
    const struct key *key = &keys->keys[index];
    const struct hmac *ready = ready_hmac(keys, key, purpose);
    if (!ready)
        return derive_hmac(ret_hmac, key, purpose, campaign);
    *ret_hmac = *ready;
    return JALON_OK;
}

static int try_derived(const struct key *master, enum key_purpose purpose, struct slice campaign,
                       subkey_check *check, void *thing)
{
    struct hmac hmac;
    int err = derive_hmac(&hmac, master, purpose, campaign);
    if (err)
        return err;
    err = check(&hmac, thing);
    hmac_wipe(&hmac);
    return err;
}

int subkey_try(const jalon_keys *keys, enum key_purpose purpose, struct slice campaign,
               subkey_check *check, void *thing, size_t *ret_index)
{
    if (!serves(keys, purpose, campaign) || ring_count(keys) == 0)
        return JALON_NO_KEY;
    for (size_t i = 0; i < keys->size; i++) {
        const struct key *key = &keys->keys[i];
        if (key->state == KEY_RETIRED)
            continue;
        const struct hmac *ready = ready_hmac(keys, key, purpose);
        int err = ready ? check(ready, thing) : try_derived(key, purpose, campaign, check, thing);
        if (err == JALON_BAD_SIGNATURE)
            continue;
        if (!err && ret_index)
            *ret_index = i;
        return err;
    }
    return JALON_BAD_SIGNATURE;
}
