/* code.h - signed promo codes such as MARIE-7K2QF-9XW3B.
 *
 * A prefix of 2-16 [A-Z0-9], then ten characters of Crockford's 32: a 20-bit serial per prefix, a
 * 25-bit tag over prefix and serial, and a check character that catches each single substitution and
 * each adjacent transposition. Case, spaces and hyphens don't matter on input; O is 0, I and L are 1. */
#ifndef JALON_CODE_H
#define JALON_CODE_H
#include "jalon/keys.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JALON_CODE_PREFIX_MIN 2
#define JALON_CODE_PREFIX_MAX 16
#define JALON_CODE_SIZE_MAX 28 /* prefix, two hyphens, ten characters */
#define JALON_CODE_SERIAL_MAX 0xfffffU

/* Writes the code, as printed, and a NUL to ret_code. The serial must be new for the folded prefix:
 * the caller counts. JALON_BAD_ARGUMENT, JALON_NO_KEY, JALON_CRYPTO. */
JALON_API int jalon_code_mint(const jalon_keys *keys, const char *campaign, const char *prefix,
                              uint32_t serial, char ret_code[JALON_CODE_SIZE_MAX + 1]);

/* The folded form, by which codes are looked up and compared: upper case, without spaces and hyphens,
 * I and L as 1, O as 0. For vanity codes too. capacity counts the NUL; 65 always do, JALON_TOO_SMALL
 * otherwise. JALON_MALFORMED: nothing but ASCII letters, digits, spaces and hyphens is a code, and 1-64
 * letters and digits must remain. */
JALON_API int jalon_code_fold(const char *text, size_t size, char *ret_folded, size_t capacity);

/* Has the text a signed code's shape, and does its check character fit? Needs no key.
 * JALON_OK; JALON_MALFORMED: not 12 to 26 letters and digits, so a vanity code at best;
 * JALON_MISTYPED: as long as one, but no signed code: mistyped, or a long vanity code. */
JALON_API int jalon_code_check(const char *text, size_t size);

/* Check character and tag, with the campaign's keys. ret_serial may be NULL. JALON_MALFORMED,
 * JALON_MISTYPED, JALON_BAD_SIGNATURE, JALON_BAD_ARGUMENT, JALON_NO_KEY, JALON_CRYPTO. */
JALON_API int jalon_code_verify(const jalon_keys *keys, const char *campaign, const char *text,
                                size_t size, uint32_t *ret_serial);

#ifdef __cplusplus
}
#endif
#endif
