/* hmac.h - HMAC-SHA256 (RFC 2104) with a key that was set once, and HKDF-SHA256 (RFC 5869) on top.
 *
 * A keyed context is a template: hmac_dup() only reads it, so threads may share one. What is summed
 * with belongs to one thread. */
#ifndef SIGN_HMAC_H
#define SIGN_HMAC_H
#include "core/base/slice.h"

#include <openssl/evp.h>

#define HMAC_BYTES 32
#define HMAC_PARTS_MAX 3

/* A keyed context, ended with EVP_MAC_CTX_free(), which wipes. JALON_CRYPTO. */
CHECKED int hmac_new(EVP_MAC_CTX **ret_mac, EVP_MAC *method, const uint8_t key[HMAC_BYTES]);
CHECKED int hmac_dup(EVP_MAC_CTX **ret_mac, const EVP_MAC_CTX *keyed);
CHECKED int hmac_rekey(EVP_MAC_CTX *mac, const uint8_t key[HMAC_BYTES]);

/* The sum of one message, of up to HMAC_PARTS_MAX parts; the context is ready for the next. */
CHECKED int hmac_sum(uint8_t ret_sum[HMAC_BYTES], EVP_MAC_CTX *mac, struct slice message);
CHECKED int hmac_sum_parts(uint8_t ret_sum[HMAC_BYTES], EVP_MAC_CTX *mac, const struct slice *parts,
                           size_t count);

/* HKDF's two steps, with no salt and one block of output. `prk` is a context keyed by what
 * hkdf_extract() gave. */
CHECKED int hkdf_extract(uint8_t ret_prk[HMAC_BYTES], struct slice secret);
CHECKED int hkdf_expand(uint8_t ret_key[HMAC_BYTES], EVP_MAC_CTX *prk, struct slice label);
#endif
