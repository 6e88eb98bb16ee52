#include "core/sign/hmac.h"

#include "core/base/encoding.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

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

static void test_rfc4231(void **state)
{
    (void)state;
    EVP_MAC *method = EVP_MAC_fetch(NULL, "HMAC", NULL);
    for (size_t i = 0; i < COUNT(rfc4231); i++) {
        uint8_t key[HMAC_BYTES], sum[HMAC_BYTES];
        assert_int_equal(hex_decode(key, sizeof key, slice_of_string(rfc4231[i].key)), JALON_OK);
        EVP_MAC_CTX *template, *mac;
        assert_int_equal(hmac_new(&template, method, key), JALON_OK);
        assert_int_equal(hmac_dup(&mac, template), JALON_OK);
        for (int again = 0; again < 3; again++) { /* a sum leaves nothing behind for the next */
            assert_int_equal(hmac_sum(sum, mac, rfc4231[i].message), JALON_OK);
            assert_hex(sum, sizeof sum, rfc4231[i].sum);
        }
        const struct slice parts[] = {slice_first(rfc4231[i].message, 3), SLICE_NONE,
                                      slice_from(rfc4231[i].message, 3)};
        assert_int_equal(hmac_sum_parts(sum, template, parts, 3), JALON_OK);
        assert_hex(sum, sizeof sum, rfc4231[i].sum);
        EVP_MAC_CTX_free(mac);
        EVP_MAC_CTX_free(template);
    }
    EVP_MAC_free(method);
}

static void test_rekey(void **state)
{
    (void)state;
    EVP_MAC *method = EVP_MAC_fetch(NULL, "HMAC", NULL);
    uint8_t key[HMAC_BYTES] = {0}, sum[HMAC_BYTES];
    EVP_MAC_CTX *mac;
    assert_int_equal(hmac_new(&mac, method, key), JALON_OK);
    for (size_t i = 0; i < COUNT(rfc4231); i++) {
        assert_int_equal(hex_decode(key, sizeof key, slice_of_string(rfc4231[i].key)), JALON_OK);
        assert_int_equal(hmac_rekey(mac, key), JALON_OK);
        assert_int_equal(hmac_sum(sum, mac, rfc4231[i].message), JALON_OK);
        assert_hex(sum, sizeof sum, rfc4231[i].sum);
    }
    EVP_MAC_CTX_free(mac);
    EVP_MAC_free(method);
}

/* RFC 5869, test case 3: neither salt nor info; of its 42 bytes of output the first block. */
static void test_rfc5869(void **state)
{
    (void)state;
    uint8_t secret[22], prk[HMAC_BYTES], key[HMAC_BYTES];
    memset(secret, 0x0b, sizeof secret);
    assert_int_equal(hkdf_extract(prk, slice_of(secret, sizeof secret)), JALON_OK);
    assert_hex(prk, sizeof prk, "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
    EVP_MAC *method = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac;
    assert_int_equal(hmac_new(&mac, method, prk), JALON_OK);
    assert_int_equal(hkdf_expand(key, mac, SLICE_NONE), JALON_OK);
    assert_hex(key, sizeof key, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
    EVP_MAC_CTX_free(mac);
    EVP_MAC_free(method);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc4231),
        cmocka_unit_test(test_rekey),
        cmocka_unit_test(test_rfc5869),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
