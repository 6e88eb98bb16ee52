/* A signed promo code, folded, is PREFIX SSSS TTTTT C: the prefix of 2 to 16 characters, then digits of
 * Crockford's base 32, most significant first: a serial of 20 bits, a tag of 25, and the check
 * character of check_character.c. Printed: PREFIX-SSSST-TTTTC, the prefix as it was given.
 *
 *     tag = the first 25 bits of HMAC-SHA256(K, folded prefix NUL serial attempt)
 *
 * where K is the sub-key "jalon/1/code/CAMPAIGN", serial 4 bytes big-endian, and attempt one byte: the
 * first of 0, 1, 2, ... whose tag has a check character (32 in 37 do). So each prefix and serial has
 * one tag per key.
 *
 * Folding: letters in upper case, spaces and hyphens left out, I and L read as 1, O as 0. */
#include "core/sign/check_character.h"
#include "core/sign/digest.h"
#include "core/sign/slug.h"
#include "core/sign/subkey.h"
#include "jalon/code.h"

#define FOLDED_MAX 64
#define SERIAL_DIGITS 4
#define TAG_DIGITS 5
#define BODY_DIGITS (SERIAL_DIGITS + TAG_DIGITS + 1)
#define ATTEMPTS 256

struct promo_code {
    char folded[FOLDED_MAX];
    struct slice prefix; /* into `folded` */
    uint32_t serial;
    uint32_t tag;
};

/* NUL for what is no letter or digit. */
static char fold(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'I' || c == 'L')
        return '1';
    if (c == 'O')
        return '0';
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '\0';
}

static int fold_text(char ret_folded[FOLDED_MAX], size_t *ret_size, struct slice text)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == ' ' || c == '-')
            continue;
        c = fold(c);
        if (!c || size == FOLDED_MAX)
            return JALON_MALFORMED;
        ret_folded[size++] = c;
    }
    if (size == 0)
        return JALON_MALFORMED;
    *ret_size = size;
    return JALON_OK;
}

int jalon_code_fold(const char *text, size_t size, char *ret_folded, size_t capacity)
{
    if ((!text && size) || !ret_folded)
        return JALON_BAD_ARGUMENT;
    char folded[FOLDED_MAX];
    size_t folded_size;
    int err = fold_text(folded, &folded_size, slice_of(text, size));
    if (err)
        return err;
    return slice_to_string(ret_folded, capacity, slice_of(folded, folded_size));
}

/* -1 unless all are digits of Crockford's. */
static int64_t number_of(struct slice text)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        int value = crockford_value(text.data[i]);
        if (value < 0)
            return -1;
        number = number << 5 | value;
    }
    return number;
}

static void print_number(char *ret_digits, uint32_t number, size_t count)
{
    for (; count-- > 0; number >>= 5)
        ret_digits[count] = crockford_digit(number);
}

static int split(struct promo_code *ret_code, struct slice text)
{
    size_t size;
    int err = fold_text(ret_code->folded, &size, text);
    if (err)
        return err;
    if (size < JALON_CODE_PREFIX_MIN + BODY_DIGITS || size > JALON_CODE_PREFIX_MAX + BODY_DIGITS)
        return JALON_MALFORMED;
    struct slice all = slice_of(ret_code->folded, size);
    struct slice body = slice_from(all, size - BODY_DIGITS);
    int64_t serial = number_of(slice_first(body, SERIAL_DIGITS));
    int64_t tag = number_of(slice_first(slice_from(body, SERIAL_DIGITS), TAG_DIGITS));
    if (serial < 0 || tag < 0 || !check_character_fits(all))
        return JALON_MISTYPED;
    ret_code->prefix = slice_first(all, size - BODY_DIGITS);
    ret_code->serial = (uint32_t)serial;
    ret_code->tag = (uint32_t)tag;
    return JALON_OK;
}

int jalon_code_check(const char *text, size_t size)
{
    if (!text && size)
        return JALON_BAD_ARGUMENT;
    struct promo_code code;
    return split(&code, slice_of(text, size));
}

static int sum_tag(uint32_t *ret_tag, const struct hmac *hmac, struct slice prefix, uint32_t serial,
                   unsigned attempt)
{
    const uint8_t tail[] = {0,
                            (uint8_t)(serial >> 24),
                            (uint8_t)(serial >> 16),
                            (uint8_t)(serial >> 8),
                            (uint8_t)serial,
                            (uint8_t)attempt};
    const struct slice parts[] = {prefix, slice_of(tail, sizeof tail)};
    uint8_t sum[HMAC_BYTES];
    int err = hmac_sum_parts(sum, hmac, parts, 2);
    if (err)
        return err;
    uint32_t bits =
        (uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 | sum[3];
    *ret_tag = bits >> 7;
    return JALON_OK;
}

/* Completes `ret_body` with the first tag that has a check character, and that character. */
static int sign(char ret_body[BODY_DIGITS], uint32_t *ret_tag, const struct hmac *hmac,
                struct slice prefix, uint32_t serial)
{
    char text[JALON_CODE_PREFIX_MAX + BODY_DIGITS];
    char *body = text + prefix.size;
    memcpy(text, prefix.data, prefix.size);
    print_number(body, serial, SERIAL_DIGITS);
    struct slice all = slice_of(text, prefix.size + BODY_DIGITS - 1);
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint32_t tag;
        int err = sum_tag(&tag, hmac, prefix, serial, attempt);
        if (err)
            return err;
        print_number(body + SERIAL_DIGITS, tag, TAG_DIGITS);
        body[BODY_DIGITS - 1] = check_character(all);
        if (!body[BODY_DIGITS - 1])
            continue;
        memcpy(ret_body, body, BODY_DIGITS);
        *ret_tag = tag;
        return JALON_OK;
    }
    return JALON_CRYPTO; /* 256 misses of 5 in 37: it is the HMAC that is broken */
}

static int check_signature(const struct hmac *hmac, void *thing)
{
    const struct promo_code *code = thing;
    char body[BODY_DIGITS];
    uint32_t tag;
    int err = sign(body, &tag, hmac, code->prefix, code->serial);
    if (err)
        return err;
    return bytes_equal_ct(&tag, &code->tag, sizeof tag) ? JALON_OK : JALON_BAD_SIGNATURE;
}

/* JALON_BAD_ARGUMENT unless `prefix` is 2-16 [A-Z0-9]. */
static int fold_prefix(char ret_folded[JALON_CODE_PREFIX_MAX], struct slice prefix)
{
    if (prefix.size < JALON_CODE_PREFIX_MIN || prefix.size > JALON_CODE_PREFIX_MAX)
        return JALON_BAD_ARGUMENT;
    for (size_t i = 0; i < prefix.size; i++) {
        char c = prefix.data[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            return JALON_BAD_ARGUMENT;
        ret_folded[i] = fold(c);
    }
    return JALON_OK;
}

static void print_code(char *ret_code, struct slice prefix, const char body[BODY_DIGITS])
{
    memcpy(ret_code, prefix.data, prefix.size);
    ret_code += prefix.size;
    *ret_code++ = '-';
    memcpy(ret_code, body, BODY_DIGITS / 2);
    ret_code[BODY_DIGITS / 2] = '-';
    memcpy(ret_code + BODY_DIGITS / 2 + 1, body + BODY_DIGITS / 2, BODY_DIGITS / 2);
    ret_code[BODY_DIGITS + 1] = '\0';
}

int jalon_code_mint(const jalon_keys *keys, const char *campaign, const char *prefix,
                    uint32_t serial, char ret_code[JALON_CODE_SIZE_MAX + 1])
{
    struct slice slug = slice_of_string(campaign), given = slice_of_string(prefix);
    char folded[JALON_CODE_PREFIX_MAX];
    if (!keys || !ret_code || !slug_is_valid(slug) || serial > JALON_CODE_SERIAL_MAX ||
        fold_prefix(folded, given))
        return JALON_BAD_ARGUMENT;
    struct hmac hmac;
    int err = subkey_signer(&hmac, keys, PURPOSE_CODE, slug);
    if (err)
        return err;
    char body[BODY_DIGITS];
    uint32_t tag;
    err = sign(body, &tag, &hmac, slice_of(folded, given.size), serial);
    hmac_wipe(&hmac);
    if (!err)
        print_code(ret_code, given, body);
    return err;
}

static int verify(const jalon_keys *keys, const char *campaign, struct slice text,
                  uint32_t *ret_serial, size_t *ret_index)
{
    struct slice slug = slice_of_string(campaign);
    if (!keys || (!text.data && text.size) || !slug_is_valid(slug))
        return JALON_BAD_ARGUMENT;
    struct promo_code code;
    int err = split(&code, text);
    if (err)
        return err;
    err = subkey_try(keys, PURPOSE_CODE, slug, check_signature, &code, ret_index);
    if (!err && ret_serial)
        *ret_serial = code.serial;
    return err;
}

int jalon_code_verify(const jalon_keys *keys, const char *campaign, const char *text, size_t size,
                      uint32_t *ret_serial)
{
    return verify(keys, campaign, slice_of(text, size), ret_serial, NULL);
}

int key_ring_find_promo_code(size_t *ret_index, const jalon_keys *keys, const char *campaign,
                             struct slice code)
{
    return verify(keys, campaign, code, NULL, ret_index);
}
