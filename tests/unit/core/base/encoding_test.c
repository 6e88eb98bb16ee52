#include "core/base/encoding.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void test_base64url(void **state)
{
    (void)state;
    static const struct {
        struct slice bytes;
        const char *text;
    } rows[] = {
        /* RFC 4648 section 10, without padding */
        {SLICE_INIT(""), ""},
        {SLICE_INIT("f"), "Zg"},
        {SLICE_INIT("fo"), "Zm8"},
        {SLICE_INIT("foo"), "Zm9v"},
        {SLICE_INIT("foob"), "Zm9vYg"},
        {SLICE_INIT("fooba"), "Zm9vYmE"},
        {SLICE_INIT("foobar"), "Zm9vYmFy"},
        /* section 9's bits, and the two characters that differ from base64 */
        {SLICE_INIT("\x14\xfb\x9c\x03\xd9\x7e"), "FPucA9l-"},
        {SLICE_INIT("\xff\xef\xbe"), "_---"},
        {SLICE_INIT("\0\0\0\0"), "AAAAAA"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[16];
        size_t text_size = strlen(rows[i].text);
        assert_int_equal(BASE64URL_SIZE(rows[i].bytes.size), text_size);
        base64url_encode(text, rows[i].bytes);
        assert_memory_equal(text, rows[i].text, text_size);
        uint8_t bytes[16];
        size_t size = 99;
        assert_int_equal(
            base64url_decode(bytes, rows[i].bytes.size, &size, slice_of(text, text_size)),
            JALON_OK);
        assert_true(slice_equal(slice_of(bytes, size), rows[i].bytes));
    }
}

static void test_base64url_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t capacity;
        int error;
    } rows[] = {
        {"A", 9, JALON_MALFORMED},      {"AAAAA", 9, JALON_MALFORMED},
        {"AA==", 9, JALON_MALFORMED},   {"AA=", 9, JALON_MALFORMED},
        {"AA A", 9, JALON_MALFORMED},   {"AAA\n", 9, JALON_MALFORMED},
        {"AA+A", 9, JALON_MALFORMED},   {"AA/A", 9, JALON_MALFORMED},
        {"AA.A", 9, JALON_MALFORMED},   {"\xc3\xa9", 9, JALON_MALFORMED},
        {"AA@A", 9, JALON_MALFORMED},   {"AA[A", 9, JALON_MALFORMED},
        {"AA`A", 9, JALON_MALFORMED},   {"AA{A", 9, JALON_MALFORMED},
        {"Zh", 9, JALON_NOT_CANONICAL}, {"Zm9", 9, JALON_NOT_CANONICAL},
        {"AB", 9, JALON_NOT_CANONICAL}, {"A_", 9, JALON_NOT_CANONICAL},
        {"Zm9v", 2, JALON_TOO_SMALL},   {"Zg", 0, JALON_TOO_SMALL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[9];
        size_t size = 4711;
        int err = base64url_decode(bytes, rows[i].capacity, &size, slice_of_string(rows[i].text));
        if (err != rows[i].error || size != 4711)
            fail_msg("row %zu: %s", i, jalon_error_name(err));
    }
}

static void test_hex(void **state)
{
    (void)state;
    char text[8];
    hex_encode(text, slice_of("\x00\x9f\xa0\xff", 4));
    assert_memory_equal(text, "009fa0ff", 8);
    uint8_t bytes[4];
    assert_int_equal(hex_decode(bytes, 4, slice_of(text, 8)), JALON_OK);
    assert_memory_equal(bytes, "\x00\x9f\xa0\xff", 4);
    static const char *const bad[] = {"",         "009fa0f",  "009fa0ff0", "009fA0ff", "009fg0ff",
                                      "0x9fa0ff", " 09fa0ff", "009fa0f/",  "009fa0f:"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(hex_decode(bytes, 4, slice_of_string(bad[i])), JALON_MALFORMED);
    assert_int_equal(hex_decode(bytes, 0, SLICE_NONE), JALON_OK);
}

static void test_percent(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1024);
    percent_encode(&out, SLICE("aZ09-._~ /?%&=+\xc3\xa9\x7f"));
    assert_string_equal(buffer_string(&out), "aZ09-._~%20%2F%3F%25%26%3D%2B%C3%A9%7F");
    struct buffer back;
    buffer_init(&back, 1024);
    assert_int_equal(percent_decode(&back, buffer_slice(&out)), JALON_OK);
    assert_string_equal(buffer_string(&back), "aZ09-._~ /?%&=+\xc3\xa9\x7f");
    buffer_clear(&back);
    assert_int_equal(percent_decode(&back, SLICE("%c3%A9+%20")), JALON_OK);
    assert_string_equal(buffer_string(&back), "\xc3\xa9+ ");
    static const char *const bad[] = {"%", "a%2", "%2", "%zz", "%2g", "%g2", "%00", "a%00b", "%-1"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        buffer_clear(&back);
        assert_int_equal(percent_decode(&back, slice_of_string(bad[i])), JALON_MALFORMED);
    }
    buffer_done(&back);
    buffer_done(&out);
}

static void test_percent_tells_overflow(void **state)
{
    (void)state;
    char memory[4];
    struct buffer out;
    buffer_over(&out, memory, sizeof memory);
    percent_encode(&out, SLICE("ab/"));
    assert_int_equal(buffer_error(&out), JALON_FULL);
    buffer_clear(&out);
    assert_int_equal(percent_decode(&out, SLICE("abcde")), JALON_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64url),
        cmocka_unit_test(test_base64url_refuses),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_percent_tells_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
