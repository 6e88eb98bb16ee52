/* encoding.h - bytes as text and back, strictly: one spelling only. */
#ifndef BASE_ENCODING_H
#define BASE_ENCODING_H
#include "core/base/buffer.h"

/* RFC 4648 section 5, without padding. */
#define BASE64URL_SIZE(bytes) (((bytes)*4 + 2) / 3)

/* Writes BASE64URL_SIZE(bytes.size) characters, no NUL. */
void base64url_encode(char *ret_text, struct slice bytes);
/* Writes text.size * 3 / 4 bytes. JALON_MALFORMED: a character outside the alphabet or an impossible
 * length. JALON_NOT_CANONICAL: spare bits set. JALON_TOO_SMALL: capacity. */
CHECKED int base64url_decode(uint8_t *ret_bytes, size_t capacity, size_t *ret_size,
                             struct slice text);

void hex_encode(char *ret_text, struct slice bytes); /* 2 lower-case digits a byte, no NUL */
CHECKED int hex_decode(uint8_t *ret_bytes, size_t size, struct slice text); /* lower case only */

/* RFC 3986: everything but unreserved characters becomes %XX. */
void percent_encode(struct buffer *out, struct slice text);
/* %XX becomes its byte. JALON_MALFORMED on a broken escape or %00. */
CHECKED int percent_decode(struct buffer *out, struct slice text);
#endif
