#include "core/sign/hmac.h"

#include "core/base/encoding.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void assert_hex(const uint8_t *bytes, size_t size, const char *hex)
{
    char text[2 * HMAC_BYTES];
    hex_encode(text, slice_of(bytes, size));
    assert_memory_equal(text, hex, 2 * size);
}

/* RFC 4231. Its shorter keys are ours filled up with zeros, which HMAC does anyway. */
static const struct {
    const char *key;
    struct slice message;
    const char *sum;
} rfc4231[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b000000000000000000000000", SLICE_INIT("Hi There"),
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"4a65666500000000000000000000000000000000000000000000000000000000",
     SLICE_INIT("what do ya want for nothing?"),
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
};

static void init_hex(struct hmac *hmac, const char *hex)
{
    uint8_t key[HMAC_BYTES];
    assert_int_equal(hex_decode(key, sizeof key, slice_of_string(hex)), JALON_OK);
    assert_int_equal(hmac_init(hmac, key), JALON_OK);
}

static void test_rfc4231(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rfc4231); i++) {
        struct hmac hmac;
        uint8_t sum[HMAC_BYTES];
        init_hex(&hmac, rfc4231[i].key);
        assert_int_equal(hmac_sum(sum, &hmac, rfc4231[i].message), JALON_OK);
        assert_hex(sum, sizeof sum, rfc4231[i].sum);
        const struct slice parts[] = {slice_first(rfc4231[i].message, 3), SLICE_NONE,
                                      slice_from(rfc4231[i].message, 3)};
        assert_int_equal(hmac_sum_parts(sum, &hmac, parts, 3), JALON_OK);
        assert_hex(sum, sizeof sum, rfc4231[i].sum);
    }
}

static void test_a_sum_only_reads(void **state)
{
    (void)state;
    struct hmac hmac, before;
    uint8_t sum[HMAC_BYTES];
    init_hex(&hmac, rfc4231[0].key);
    memcpy(&before, &hmac, sizeof before);
    for (int again = 0; again < 3; again++) {
        assert_int_equal(hmac_sum(sum, &hmac, rfc4231[0].message), JALON_OK);
        assert_hex(sum, sizeof sum, rfc4231[0].sum);
        assert_memory_equal(&hmac, &before, sizeof hmac);
    }
}

static void test_a_copy_is_as_good(void **state)
{
    (void)state;
    struct hmac hmac, copy;
    uint8_t sum[HMAC_BYTES];
    init_hex(&hmac, rfc4231[0].key);
    copy = hmac;
    init_hex(&hmac, rfc4231[1].key); /* and does not change with what it was copied from */
    assert_int_equal(hmac_sum(sum, &copy, rfc4231[0].message), JALON_OK);
    assert_hex(sum, sizeof sum, rfc4231[0].sum);
    assert_int_equal(hmac_sum(sum, &hmac, rfc4231[1].message), JALON_OK);
    assert_hex(sum, sizeof sum, rfc4231[1].sum);
}

static void test_nothing_is_left_of_a_wiped_one(void **state)
{
    (void)state;
    struct hmac hmac;
    static const uint8_t zeros[sizeof hmac];
    init_hex(&hmac, rfc4231[0].key);
    hmac_wipe(&hmac);
    assert_memory_equal(&hmac, zeros, sizeof hmac);
}

/* Against libcrypto's own HMAC, over all sizes around SHA-256's block and its padding. */
static void test_every_size(void **state)
{
    (void)state;
    uint8_t key[HMAC_BYTES], message[3 * SHA256_CBLOCK], sum[HMAC_BYTES], expected[HMAC_BYTES];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(0xa5 ^ i);
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(7 * i);
    struct hmac hmac;
    assert_int_equal(hmac_init(&hmac, key), JALON_OK);
    for (size_t size = 0; size <= sizeof message; size++) {
        assert_non_null(HMAC(EVP_sha256(), key, sizeof key, message, size, expected, NULL));
        assert_int_equal(hmac_sum(sum, &hmac, slice_of(message, size)), JALON_OK);
        assert_memory_equal(sum, expected, sizeof sum);
    }
}

/* RFC 5869, test case 3: neither salt nor info; of its 42 bytes of output the first block. */
static void test_rfc5869(void **state)
{
    (void)state;
    uint8_t secret[22], prk[HMAC_BYTES], key[HMAC_BYTES];
    memset(secret, 0x0b, sizeof secret);
    assert_int_equal(hkdf_extract(prk, slice_of(secret, sizeof secret)), JALON_OK);
    assert_hex(prk, sizeof prk, "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
    struct hmac hmac;
    assert_int_equal(hmac_init(&hmac, prk), JALON_OK);
    assert_int_equal(hkdf_expand(key, &hmac, SLICE_NONE), JALON_OK);
    assert_hex(key, sizeof key, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc4231),
        cmocka_unit_test(test_a_sum_only_reads),
        cmocka_unit_test(test_a_copy_is_as_good),
        cmocka_unit_test(test_nothing_is_left_of_a_wiped_one),
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_rfc5869),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
