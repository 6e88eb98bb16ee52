#include "core/sign/digest.h"

#include "core/base/encoding.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void test_sha256(void **state)
{
    (void)state;
    static const struct {
        struct slice bytes;
        const char *hex;
    } rows[] = {
        /* FIPS 180-4's examples, and the empty message */
        {SLICE_INIT("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {SLICE_INIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {SLICE_INIT(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t digest[SHA256_BYTES];
        char hex[2 * SHA256_BYTES];
        assert_int_equal(sha256(digest, rows[i].bytes), JALON_OK);
        hex_encode(hex, slice_of(digest, sizeof digest));
        assert_memory_equal(hex, rows[i].hex, sizeof hex);
    }
    uint8_t digest[SHA256_BYTES];
    assert_int_equal(sha256(digest, SLICE_NONE), JALON_OK);
    assert_int_equal(digest[0], 0xe3);
}

static void test_bytes_equal_ct(void **state)
{
    (void)state;
    assert_true(bytes_equal_ct("abc", "abd", 2));
    assert_true(bytes_equal_ct("", "", 0));
    assert_false(bytes_equal_ct("abc", "abd", 3));
    assert_false(bytes_equal_ct("xbc", "abc", 3));
    assert_false(bytes_equal_ct("a\0b", "a\0c", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_bytes_equal_ct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
