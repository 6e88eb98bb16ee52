#include "core/base/encoding.h"

static const char base64url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex_digits[] = "0123456789abcdef";

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

void base64url_encode(char *ret_text, struct slice bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.data;
    size_t left = bytes.size;
    for (; left >= 3; left -= 3, at += 3) {
        uint32_t bits = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
        *ret_text++ = base64url_digits[bits >> 18];
        *ret_text++ = base64url_digits[bits >> 12 & 63];
        *ret_text++ = base64url_digits[bits >> 6 & 63];
        *ret_text++ = base64url_digits[bits & 63];
    }
    if (left == 0)
        return;
    uint32_t bits = (uint32_t)at[0] << 16 | (left == 2 ? (uint32_t)at[1] << 8 : 0);
    for (size_t i = 0; i <= left; i++)
        *ret_text++ = base64url_digits[bits >> (18 - 6 * i) & 63];
}

int base64url_decode(uint8_t *ret_bytes, size_t capacity, size_t *ret_size, struct slice text)
{
    if (text.size % 4 == 1)
        return JALON_MALFORMED;
    if (text.size * 3 / 4 > capacity)
        return JALON_TOO_SMALL;
    uint32_t bits = 0;
    unsigned count = 0;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        int value = base64url_value(text.data[i]);
        if (value < 0)
            return JALON_MALFORMED;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            ret_bytes[size++] = (uint8_t)(bits >> count);
        }
    }
    if (bits & ((1U << count) - 1))
        return JALON_NOT_CANONICAL;
    *ret_size = size;
    return JALON_OK;
}

void hex_encode(char *ret_text, struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = (uint8_t)bytes.data[i];
        *ret_text++ = hex_digits[byte >> 4];
        *ret_text++ = hex_digits[byte & 15];
    }
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_value_any_case(char c) /* RFC 3986 section 2.1 allows both */
{
    return hex_value(c >= 'A' && c <= 'F' ? (char)(c + ('a' - 'A')) : c);
}

int hex_decode(uint8_t *ret_bytes, size_t size, struct slice text)
{
    if (text.size != size * 2)
        return JALON_MALFORMED;
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(text.data[2 * i]), low = hex_value(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return JALON_MALFORMED;
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    return JALON_OK;
}

static bool is_unreserved(char c) /* RFC 3986 section 2.3 */
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void percent_encode(struct buffer *out, struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (is_unreserved(text.data[i])) {
            buffer_append_byte(out, text.data[i]);
            continue;
        }
        uint8_t byte = (uint8_t)text.data[i];
        char escape[3] = {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
        buffer_append(out, slice_of(escape, sizeof escape));
    }
}

int percent_decode(struct buffer *out, struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '%') {
            buffer_append_byte(out, text.data[i]);
            continue;
        }
        if (text.size - i < 3)
            return JALON_MALFORMED;
        int high = hex_value_any_case(text.data[i + 1]);
        int low = hex_value_any_case(text.data[i + 2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0))
            return JALON_MALFORMED;
        buffer_append_byte(out, (char)(high << 4 | low));
        i += 2;
    }
    return buffer_error(out);
}
