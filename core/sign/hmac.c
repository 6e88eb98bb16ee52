#include "core/sign/hmac.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define DIGEST_NAME ((char *)"SHA256") /* OSSL_PARAM knows no const; nobody writes */

int hmac_new(EVP_MAC_CTX **ret_mac, EVP_MAC *method, const uint8_t key[HMAC_BYTES])
{
    EVP_MAC_CTX *mac = EVP_MAC_CTX_new(method);
    if (!mac)
        return JALON_CRYPTO;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, DIGEST_NAME, 0),
        OSSL_PARAM_construct_end(),
    };
    if (!EVP_MAC_init(mac, key, HMAC_BYTES, params)) {
        EVP_MAC_CTX_free(mac);
        return JALON_CRYPTO;
    }
    *ret_mac = mac;
    return JALON_OK;
}

int hmac_dup(EVP_MAC_CTX **ret_mac, const EVP_MAC_CTX *keyed)
{
    EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(keyed);
    if (!mac)
        return JALON_CRYPTO;
    *ret_mac = mac;
    return JALON_OK;
}

int hmac_rekey(EVP_MAC_CTX *mac, const uint8_t key[HMAC_BYTES])
{
    return EVP_MAC_init(mac, key, HMAC_BYTES, NULL) ? JALON_OK : JALON_CRYPTO;
}

int hmac_sum(uint8_t ret_sum[HMAC_BYTES], EVP_MAC_CTX *mac, struct slice message)
{
    return hmac_sum_parts(ret_sum, mac, &message, 1);
}

int hmac_sum_parts(uint8_t ret_sum[HMAC_BYTES], EVP_MAC_CTX *mac, const struct slice *parts,
                   size_t count)
{
    if (!EVP_MAC_init(mac, NULL, 0, NULL)) /* the same key from the start */
        return JALON_CRYPTO;
    for (size_t i = 0; i < count; i++)
        if (!EVP_MAC_update(mac, (const unsigned char *)parts[i].data, parts[i].size))
            return JALON_CRYPTO;
    uint8_t sum[HMAC_BYTES];
    size_t size;
    if (!EVP_MAC_final(mac, sum, &size, sizeof sum) || size != sizeof sum)
        return JALON_CRYPTO;
    memcpy(ret_sum, sum, sizeof sum);
    OPENSSL_cleanse(sum, sizeof sum);
    return JALON_OK;
}

int hkdf_extract(uint8_t ret_prk[HMAC_BYTES], struct slice secret)
{
    EVP_KDF *method = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *kdf = EVP_KDF_CTX_new(method); /* NULL for NULL */
    int mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, DIGEST_NAME, 0),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret.data, secret.size),
        OSSL_PARAM_construct_end(),
    };
    bool is_done = kdf && EVP_KDF_derive(kdf, ret_prk, HMAC_BYTES, params) == 1;
    EVP_KDF_CTX_free(kdf);
    EVP_KDF_free(method);
    return is_done ? JALON_OK : JALON_CRYPTO;
}

int hkdf_expand(uint8_t ret_key[HMAC_BYTES], EVP_MAC_CTX *prk, struct slice label)
{
    /* RFC 5869 section 2.3 with N = 1: T(1) = HMAC(PRK, info | 0x01). Done by hand because EVP_KDF
     * fetches its digest each time: five times the cost, and a forged token makes us derive. */
    const struct slice parts[] = {label, slice_of("\x01", 1)};
    return hmac_sum_parts(ret_key, prk, parts, 2);
}
