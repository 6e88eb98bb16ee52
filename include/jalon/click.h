/* click.h - click ids, the value of jclid: self-describing and signed.
 *
 * 33 bytes as 44 characters of base64url (RFC 4648 section 5): version 1, 64-bit link id, 48-bit
 * milliseconds since 1970, 64-bit nonce, 80-bit HMAC-SHA256 tag; all big-endian. */
#ifndef JALON_CLICK_H
#define JALON_CLICK_H
#include "jalon/keys.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JALON_CLICK_ID_SIZE 44

/* Writes 44 characters and a NUL. at_ms: milliseconds since 1970, 0 to 2^48 - 1. nonce: unique for
 * link and millisecond, over all processes that mint. JALON_BAD_ARGUMENT, JALON_NO_KEY, JALON_CRYPTO. */
JALON_API int jalon_click_mint(const jalon_keys *keys, const char *campaign, uint64_t link_id,
                               int64_t at_ms, uint64_t nonce,
                               char ret_click_id[JALON_CLICK_ID_SIZE + 1]);

/* Verifies with the campaign's keys; each ret_ may be NULL and is written only on success.
 * JALON_MALFORMED, JALON_BAD_SIGNATURE (one answer for every forgery), JALON_BAD_ARGUMENT,
 * JALON_NO_KEY, JALON_CRYPTO. Constant-time in the tag. */
JALON_API int jalon_click_verify(const jalon_keys *keys, const char *campaign, const char *text,
                                 size_t size, uint64_t *ret_link_id, int64_t *ret_at_ms,
                                 uint64_t *ret_nonce);

#ifdef __cplusplus
}
#endif
#endif
