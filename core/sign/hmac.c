/* SHA256_Init() and its like are deprecated since OpenSSL 3.0, yet in every 3.x, and what its own providers
 * run. Their successor, EVP_MAC, copies digest contexts on the heap at every sum: 140 ns and 2 allocations for
 * a click id's 23 bytes, here 41 ns and none (OpenSSL 3.0.22, SHA-NI, the least of thousands of rounds). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/sign/hmac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define INNER_PAD 0x36
#define OUTER_PAD 0x5c

static bool start(SHA256_CTX *state, const uint8_t key[HMAC_BYTES], uint8_t pad)
{
    uint8_t block[SHA256_CBLOCK];
    memset(block, pad, sizeof block);
    for (size_t i = 0; i < HMAC_BYTES; i++)
        block[i] ^= key[i];
    bool is_done = SHA256_Init(state) && SHA256_Update(state, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
    return is_done;
}

int hmac_init(struct hmac *hmac, const uint8_t key[HMAC_BYTES])
{
    if (start(&hmac->inner, key, INNER_PAD) && start(&hmac->outer, key, OUTER_PAD))
        return JALON_OK;
    hmac_wipe(hmac);
    return JALON_CRYPTO;
}

void hmac_wipe(struct hmac *hmac)
{
    OPENSSL_cleanse(hmac, sizeof *hmac);
}

/* `state` is what is summed with: the sum is left in it. */
static int sum_in(SHA256_CTX *state, uint8_t ret_sum[HMAC_BYTES], const struct hmac *hmac,
                  const struct slice *parts, size_t count)
{
    *state = hmac->inner;
    for (size_t i = 0; i < count; i++)
        if (!SHA256_Update(state, parts[i].data, parts[i].size))
            return JALON_CRYPTO;
    uint8_t digest[SHA256_DIGEST_LENGTH]; /* no secret: without the outer state it leads nowhere */
    if (!SHA256_Final(digest, state))
        return JALON_CRYPTO;
    *state = hmac->outer;
    if (!SHA256_Update(state, digest, sizeof digest) || !SHA256_Final(ret_sum, state))
        return JALON_CRYPTO;
    return JALON_OK;
}

int hmac_sum(uint8_t ret_sum[HMAC_BYTES], const struct hmac *hmac, struct slice message)
{
    return hmac_sum_parts(ret_sum, hmac, &message, 1);
}

int hmac_sum_parts(uint8_t ret_sum[HMAC_BYTES], const struct hmac *hmac, const struct slice *parts,
                   size_t count)
{
    SHA256_CTX state;
    return sum_in(&state, ret_sum, hmac, parts, count);
}

int hkdf_extract(uint8_t ret_prk[HMAC_BYTES], struct slice secret)
{
    EVP_KDF *method = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *kdf = EVP_KDF_CTX_new(method); /* NULL for NULL */
    char digest[] = "SHA256";
    int mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret.data, secret.size),
        OSSL_PARAM_construct_end(),
    };
    bool is_done = kdf && EVP_KDF_derive(kdf, ret_prk, HMAC_BYTES, params) == 1;
    EVP_KDF_CTX_free(kdf);
    EVP_KDF_free(method);
    return is_done ? JALON_OK : JALON_CRYPTO;
}

int hkdf_expand(uint8_t ret_key[HMAC_BYTES], const struct hmac *prk, struct slice label)
{
    /* RFC 5869 section 2.3 with N = 1: T(1) = HMAC(PRK, info | 0x01). Done by hand because EVP_KDF
     * fetches its digest each time: ten times the cost, and a forged token makes us derive. */
    const struct slice parts[] = {label, slice_of("\x01", 1)};
    SHA256_CTX state;
    int err = sum_in(&state, ret_key, prk, parts, 2);
    OPENSSL_cleanse(&state, sizeof state);
    return err;
}
