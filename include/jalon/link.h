/* link.h - short link codes and portable link tokens. */
#ifndef JALON_LINK_H
#define JALON_LINK_H
#include "jalon/keys.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A short link code: 12 characters of base62 that carry a 31-bit serial, not readable from the code,
 * and a 40-bit HMAC-SHA256 tag. One spelling only; case-sensitive. Needs the operator's own ring. */
#define JALON_LINK_CODE_SIZE 12
#define JALON_LINK_SERIAL_MAX 0x7fffffffU

/* Writes 12 characters and a NUL to ret_code for `serial` (0..JALON_LINK_SERIAL_MAX), signed with the
 * newest active key. The serial must never have been used before: the caller counts.
 * JALON_BAD_ARGUMENT, JALON_NO_KEY, JALON_CRYPTO. */
JALON_API int jalon_link_code_mint(const jalon_keys *keys, uint32_t serial,
                                   char ret_code[JALON_LINK_CODE_SIZE + 1]);

/* Checks `code` against each key that is not retired, newest first. ret_serial may be NULL.
 * JALON_MALFORMED: not 12 base62 characters; JALON_BAD_SIGNATURE: they are, but never issued by a key of
 * the ring; JALON_NO_KEY: an exported ring, or one whose keys are all retired; JALON_CRYPTO.
 * Constant-time in the tag. */
JALON_API int jalon_link_code_verify(const jalon_keys *keys, const char *code, size_t size,
                                     uint32_t *ret_serial);

/* A portable link's token, the TOKEN of https://DOMAIN/o/TOKEN: base64url (RFC 4648 section 5, no
 * padding), self-describing, with a 128-bit tag. Works on first click without being registered. */
#define JALON_TOKEN_SIZE_MAX 3072
#define JALON_SLUG_SIZE_MAX 64
#define JALON_TARGET_SIZE_MAX 2048

typedef struct jalon_token jalon_token;

/* Writes the token and a NUL to ret_token. campaign, creator: slugs of 1-64 [a-z0-9-]. channel: 0-64
 * bytes of UTF-8 without controls, NULL for none. target: an absolute http(s) URL of at most 2048
 * bytes whose host the campaign must allow, NULL for the campaign's own target; printable ASCII without
 * space, quote, backslash, < and >: percent-encode the rest. expires_at: seconds since 1970, at most
 * 2^40 - 1, 0 for never. JALON_TOO_SMALL when capacity (with the NUL) does not do; needs at most
 * JALON_TOKEN_SIZE_MAX + 1. JALON_BAD_ARGUMENT, JALON_NO_KEY, JALON_CRYPTO. */
JALON_API int jalon_token_mint(const jalon_keys *keys, const char *campaign, const char *creator,
                               const char *channel, const char *target, int64_t expires_at,
                               char *ret_token, size_t capacity);

/* Verifies and opens a token. Expiry is not judged here: see jalon_token_expires_at(). On success
 * the caller owns *ret_token and ends it with jalon_token_free(). JALON_MALFORMED,
 * JALON_NOT_CANONICAL, JALON_BAD_SIGNATURE, JALON_TOO_LONG, JALON_NO_KEY (an exported ring of another
 * campaign or purpose), JALON_NO_MEMORY, JALON_CRYPTO. */
JALON_API int jalon_token_open(jalon_token **ret_token, const jalon_keys *keys, const char *text,
                               size_t size);
JALON_API void jalon_token_free(jalon_token *token); /* accepts NULL */

/* NUL-terminated, owned by the token; "" where there is none, and for a NULL token. */
JALON_API const char *jalon_token_campaign(const jalon_token *token);
JALON_API const char *jalon_token_creator(const jalon_token *token);
JALON_API const char *jalon_token_channel(const jalon_token *token);
JALON_API const char *jalon_token_target(const jalon_token *token);
/* Seconds since 1970; 0: never. */
JALON_API int64_t jalon_token_expires_at(const jalon_token *token);

/* The 64-bit link id that click ids carry: the first 8 bytes, big-endian, of SHA-256 over
 * "code" NUL CODE for a short or vanity link (vanity ones in lower case), over
 * "portable" NUL CAMPAIGN NUL CREATOR NUL CHANNEL NUL TARGET for a portable one. JALON_BAD_ARGUMENT,
 * JALON_CRYPTO. */
JALON_API int jalon_link_id(const char *code, size_t size, uint64_t *ret_link_id);
JALON_API int jalon_token_link_id(const jalon_token *token, uint64_t *ret_link_id);

#ifdef __cplusplus
}
#endif
#endif
