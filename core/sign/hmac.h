/* hmac.h - HMAC-SHA256 (RFC 2104) with a key that was set once, and HKDF-SHA256 (RFC 5869) on top.
 *
 * A plain value: it may be copied, owns nothing, and summing only reads it, so threads may share one. It
 * is worth as much as its key: whoever holds one wipes it. */
#ifndef SIGN_HMAC_H
#define SIGN_HMAC_H
#include "core/base/slice.h"

#include <openssl/sha.h>

#define HMAC_BYTES 32

struct hmac { /* RFC 2104 section 4: SHA-256 after the padded key, precomputed */
    SHA256_CTX inner, outer;
};

/* JALON_CRYPTO: then nothing of the key is left in it. */
CHECKED int hmac_init(struct hmac *hmac, const uint8_t key[HMAC_BYTES]);
void hmac_wipe(struct hmac *hmac);

/* The sum of one message, whole or in parts. For tags, which are meant to be seen: what it leaves on the
 * stack is not wiped. */
CHECKED int hmac_sum(uint8_t ret_sum[HMAC_BYTES], const struct hmac *hmac, struct slice message);
CHECKED int hmac_sum_parts(uint8_t ret_sum[HMAC_BYTES], const struct hmac *hmac,
                           const struct slice *parts, size_t count);

/* HKDF's two steps, with no salt and one block of output. `prk` is keyed by what hkdf_extract() gave.
 * What they give is secret: the caller wipes it, and nothing else is left of it. */
CHECKED int hkdf_extract(uint8_t ret_prk[HMAC_BYTES], struct slice secret);
CHECKED int hkdf_expand(uint8_t ret_key[HMAC_BYTES], const struct hmac *prk, struct slice label);
#endif
