/* The fingerprint is SipHash-2-4 (64 bits, under the day's key) over the 16 bytes of the address and
 * the User-Agent: two thirds of HMAC-SHA256's cost, and no allocation inside libcrypto. Its job is that
 * nobody without the key can go from a fingerprint back to an address; with the key gone nobody can. */
#include "core/sign/visitor.h"

#include "core/sign/visitor_file.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

struct visitor_keys {
    EVP_MAC_CTX *mac;
    struct visitor_key_list list;
};

static int siphash_new(EVP_MAC_CTX **ret_mac)
{
    EVP_MAC *method = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    EVP_MAC_CTX *mac = method ? EVP_MAC_CTX_new(method) : NULL;
    EVP_MAC_free(method); /* the context holds on to it */
    size_t size = sizeof(uint64_t);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
        OSSL_PARAM_construct_end(),
    };
    if (!mac || !EVP_MAC_CTX_set_params(mac, params)) {
        EVP_MAC_CTX_free(mac);
        return JALON_CRYPTO;
    }
    *ret_mac = mac;
    return JALON_OK;
}

int visitor_keys_open(struct visitor_keys **ret_keys, const char *path, int64_t now_ms)
{
    struct visitor_keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return JALON_NO_MEMORY;
    int err = siphash_new(&keys->mac);
    if (!err)
        err = visitor_file_refresh(&keys->list, path, now_ms);
    if (err) {
        (void)visitor_keys_free(keys); /* always NULL */
        return err;
    }
    *ret_keys = keys;
    return JALON_OK;
}

struct visitor_keys *visitor_keys_free(struct visitor_keys *keys)
{
    if (keys) {
        EVP_MAC_CTX_free(keys->mac);
        OPENSSL_cleanse(keys, sizeof *keys);
    }
    free(keys);
    return NULL;
}

static const struct visitor_key *key_of_day(const struct visitor_key_list *list, int64_t day)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->keys[i].day == day)
            return &list->keys[i];
    return NULL;
}

int visitor_fingerprint(uint64_t *ret_fingerprint, struct visitor_keys *keys, int64_t at_ms,
                        const uint8_t address[16], struct slice user_agent)
{
    const struct visitor_key *key = at_ms < 0 ? NULL : key_of_day(&keys->list, at_ms / MS_PER_DAY);
    if (!key)
        return JALON_NO_KEY;
    uint8_t sum[sizeof(uint64_t)];
    size_t size;
    if (!EVP_MAC_init(keys->mac, key->bytes, sizeof key->bytes, NULL) ||
        !EVP_MAC_update(keys->mac, address, 16) ||
        !EVP_MAC_update(keys->mac, (const unsigned char *)user_agent.data, user_agent.size) ||
        !EVP_MAC_final(keys->mac, sum, &size, sizeof sum) || size != sizeof sum)
        return JALON_CRYPTO;
    uint64_t fingerprint = 0;
    for (size_t i = sizeof sum; i-- > 0;) /* little-endian, as the paper has it */
        fingerprint = fingerprint << 8 | sum[i];
    *ret_fingerprint = fingerprint;
    return JALON_OK;
}
