#include "core/sign/subkey.h"

#include "core/base/buffer.h"

#include <openssl/crypto.h>

#define LABEL_MAX (sizeof "jalon/1/portable/" + JALON_SLUG_SIZE_MAX)

static int expand(uint8_t ret_subkey[KEY_BYTES], EVP_MAC_CTX *prk, enum key_purpose purpose,
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
    return hkdf_expand(ret_subkey, prk, buffer_slice(&label));
}

int subkey_derive(uint8_t ret_subkey[KEY_BYTES], const struct key *master, enum key_purpose purpose,
                  struct slice campaign)
{
    EVP_MAC_CTX *prk;
    int err = hmac_dup(&prk, master->mac);
    if (err)
        return err;
    err = expand(ret_subkey, prk, purpose, campaign);
    EVP_MAC_CTX_free(prk);
    return err;
}

static int dup_derived(EVP_MAC_CTX **ret_mac, const struct key *master, enum key_purpose purpose,
                       struct slice campaign)
{
    EVP_MAC_CTX *mac;
    int err = hmac_dup(&mac, master->mac);
    if (err)
        return err;
    uint8_t subkey[KEY_BYTES];
    err = expand(subkey, mac, purpose, campaign);
    if (!err)
        err = hmac_rekey(mac, subkey);
    OPENSSL_cleanse(subkey, sizeof subkey);
    if (err) {
        EVP_MAC_CTX_free(mac);
        return err;
    }
    *ret_mac = mac;
    return JALON_OK;
}

static int dup_for(EVP_MAC_CTX **ret_mac, const jalon_keys *keys, const struct key *key,
                   enum key_purpose purpose, struct slice campaign)
{
    if (keys->purpose != PURPOSE_MASTER)
        return hmac_dup(ret_mac, key->mac);
    if (purpose == PURPOSE_LINK)
        return hmac_dup(ret_mac, key->link);
    return dup_derived(ret_mac, key, purpose, campaign);
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

int subkey_signer(EVP_MAC_CTX **ret_mac, const jalon_keys *keys, enum key_purpose purpose,
                  struct slice campaign)
{
    size_t index;
    int err = subkey_newest(&index, keys);
    return err ? err : subkey_signer_at(ret_mac, keys, index, purpose, campaign);
}

int subkey_signer_at(EVP_MAC_CTX **ret_mac, const jalon_keys *keys, size_t index,
                     enum key_purpose purpose, struct slice campaign)
{
    if (!serves(keys, purpose, campaign))
        return JALON_NO_KEY;
    return dup_for(ret_mac, keys, &keys->keys[index], purpose, campaign);
}

int subkey_try(const jalon_keys *keys, enum key_purpose purpose, struct slice campaign,
               subkey_check *check, void *thing, size_t *ret_index)
{
    if (!serves(keys, purpose, campaign) || ring_count(keys) == 0)
        return JALON_NO_KEY;
    for (size_t i = 0; i < keys->size; i++) {
        if (keys->keys[i].state == KEY_RETIRED)
            continue;
        EVP_MAC_CTX *mac;
        int err = dup_for(&mac, keys, &keys->keys[i], purpose, campaign);
        if (err)
            return err;
        err = check(mac, thing);
        EVP_MAC_CTX_free(mac);
        if (err == JALON_BAD_SIGNATURE)
            continue;
        if (!err && ret_index)
            *ret_index = i;
        return err;
    }
    return JALON_BAD_SIGNATURE;
}
