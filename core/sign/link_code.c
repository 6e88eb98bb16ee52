/* A short link code is a number below 2^71 in 12 digits of base 62 (0-9, A-Z, a-z; most significant
 * first):
 *
 *     number = tag * 2^31 + sealed serial
 *     tag    = the first 40 bits of HMAC-SHA256(K, "tag" NUL serial)       serial: 4 bytes, big-endian
 *     sealed = serial XOR (the first 4 bytes of HMAC-SHA256(K, "stream" NUL tag), big-endian, without
 *              their top bit)                                             tag: 5 bytes
 *
 * K is the sub-key "jalon/1/link/". The tag is both proof and nonce (as in RFC 5297, SIV): without K
 * neither the serial nor whether two codes are neighbours can be told. 62^12 is more than 2^71: numbers
 * beyond were never issued, and are refused without an HMAC. */
#include "core/sign/link_code.h"

#include "core/sign/digest.h"
#include "core/sign/subkey.h"
#include "jalon/link.h"

#define TAG_BYTES 5
#define SERIAL_BITS 31
#define NUMBER_BITS (8 * TAG_BYTES + SERIAL_BITS)

typedef unsigned __int128 uint128;

struct link_code {
    uint8_t tag[TAG_BYTES];
    uint32_t sealed;
    uint32_t serial;
};

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'z' ? c - 'a' + 36 : -1;
}

bool link_code_has_shape(struct slice text)
{
    if (text.size != JALON_LINK_CODE_SIZE)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (digit_value(text.data[i]) < 0)
            return false;
    return true;
}

static int sum_tag(uint8_t ret_tag[TAG_BYTES], const struct hmac *hmac, uint32_t serial)
{
    const uint8_t bytes[] = {(uint8_t)(serial >> 24), (uint8_t)(serial >> 16),
                             (uint8_t)(serial >> 8), (uint8_t)serial};
    const struct slice parts[] = {slice_of("tag", 4), slice_of(bytes, sizeof bytes)};
    uint8_t sum[HMAC_BYTES];
    int err = hmac_sum_parts(sum, hmac, parts, 2);
    if (err)
        return err;
    memcpy(ret_tag, sum, TAG_BYTES);
    return JALON_OK;
}

static int sum_stream(uint32_t *ret_stream, const struct hmac *hmac, const uint8_t tag[TAG_BYTES])
{
    const struct slice parts[] = {slice_of("stream", 7), slice_of(tag, TAG_BYTES)};
    uint8_t sum[HMAC_BYTES];
    int err = hmac_sum_parts(sum, hmac, parts, 2);
    if (err)
        return err;
    uint32_t bits =
        (uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 | sum[3];
    *ret_stream = bits & JALON_LINK_SERIAL_MAX;
    return JALON_OK;
}

static void print_code(char ret_code[JALON_LINK_CODE_SIZE + 1], const struct link_code *code)
{
    uint128 number = 0;
    for (size_t i = 0; i < TAG_BYTES; i++)
        number = number << 8 | code->tag[i];
    number = number << SERIAL_BITS | code->sealed;
    for (size_t i = JALON_LINK_CODE_SIZE; i-- > 0; number /= 62)
        ret_code[i] = digits[number % 62];
    ret_code[JALON_LINK_CODE_SIZE] = '\0';
}

static int split_code(struct link_code *ret_code, struct slice text)
{
    if (!link_code_has_shape(text))
        return JALON_MALFORMED;
    uint128 number = 0;
    for (size_t i = 0; i < text.size; i++)
        number = number * 62 + (unsigned)digit_value(text.data[i]);
    if (number >> NUMBER_BITS)
        return JALON_BAD_SIGNATURE;
    ret_code->sealed = (uint32_t)number & JALON_LINK_SERIAL_MAX;
    number >>= SERIAL_BITS;
    for (size_t i = TAG_BYTES; i-- > 0; number >>= 8)
        ret_code->tag[i] = (uint8_t)number;
    return JALON_OK;
}

static int check_code(const struct hmac *hmac, void *thing)
{
    struct link_code *code = thing;
    uint32_t stream;
    int err = sum_stream(&stream, hmac, code->tag);
    if (err)
        return err;
    code->serial = code->sealed ^ stream;
    uint8_t tag[TAG_BYTES];
    err = sum_tag(tag, hmac, code->serial);
    if (err)
        return err;
    return bytes_equal_ct(tag, code->tag, TAG_BYTES) ? JALON_OK : JALON_BAD_SIGNATURE;
}

static int seal(struct link_code *ret_code, const struct hmac *hmac, uint32_t serial)
{
    struct link_code code = {.serial = serial};
    int err = sum_tag(code.tag, hmac, serial);
    if (err)
        return err;
    uint32_t stream;
    err = sum_stream(&stream, hmac, code.tag);
    if (err)
        return err;
    code.sealed = serial ^ stream;
    *ret_code = code;
    return JALON_OK;
}

int jalon_link_code_mint(const jalon_keys *keys, uint32_t serial,
                         char ret_code[JALON_LINK_CODE_SIZE + 1])
{
    if (!keys || !ret_code || serial > JALON_LINK_SERIAL_MAX)
        return JALON_BAD_ARGUMENT;
    struct hmac hmac;
    int err = subkey_signer(&hmac, keys, PURPOSE_LINK, SLICE_NONE);
    if (err)
        return err;
    struct link_code code;
    err = seal(&code, &hmac, serial);
    hmac_wipe(&hmac);
    if (err)
        return err;
    print_code(ret_code, &code);
    return JALON_OK;
}

static int verify(const jalon_keys *keys, struct slice text, uint32_t *ret_serial,
                  size_t *ret_index)
{
    struct link_code code;
    int err = split_code(&code, text);
    if (err)
        return err;
    err = subkey_try(keys, PURPOSE_LINK, SLICE_NONE, check_code, &code, ret_index);
    if (!err && ret_serial)
        *ret_serial = code.serial;
    return err;
}

int jalon_link_code_verify(const jalon_keys *keys, const char *code, size_t size,
                           uint32_t *ret_serial)
{
    if (!keys || (!code && size))
        return JALON_BAD_ARGUMENT;
    return verify(keys, slice_of(code, size), ret_serial, NULL);
}

int key_ring_find_link_code(size_t *ret_index, const jalon_keys *keys, struct slice code)
{
    return verify(keys, code, NULL, ret_index);
}
