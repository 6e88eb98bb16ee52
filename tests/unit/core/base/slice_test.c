#include "core/base/slice.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void test_equal(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool is_equal, is_equal_nocase, starts, starts_nocase;
    } rows[] = {
        {"", "", true, true, true, true},
        {"abc", "abc", true, true, true, true},
        {"abc", "", false, false, true, true},
        {"abc", "ABC", false, true, false, true},
        {"abc", "ab", false, false, true, true},
        {"ab", "abc", false, false, false, false},
        {"abc", "AB", false, false, false, true},
        {"abc", "abd", false, false, false, false},
        {"[", "{", false, false, false, false}, /* 0x20 apart, as a letter's cases are */
        {"\xc3\xa9", "\xc3\x89", false, false, false, false}, /* ASCII case only */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice a = slice_of_string(rows[i].a), b = slice_of_string(rows[i].b);
        assert_int_equal(slice_equal(a, b), rows[i].is_equal);
        assert_int_equal(slice_is(a, rows[i].b), rows[i].is_equal);
        assert_int_equal(slice_equal_nocase(a, b), rows[i].is_equal_nocase);
        assert_int_equal(slice_starts(a, b), rows[i].starts);
        assert_int_equal(slice_starts_nocase(a, b), rows[i].starts_nocase);
    }
    assert_true(slice_equal(SLICE_NONE, SLICE("")));
    assert_true(slice_equal(slice_of_string(NULL), SLICE_NONE));
    assert_false(slice_equal(slice_of("a\0b", 3), slice_of("a\0c", 3)));
}

static void test_contains(void **state)
{
    (void)state;
    assert_true(slice_contains_nocase(SLICE("a GoogleBot/2"), SLICE("googlebot")));
    assert_true(slice_contains_nocase(SLICE("bot"), SLICE("bot")));
    assert_true(slice_contains_nocase(SLICE("x"), SLICE_NONE));
    assert_false(slice_contains_nocase(SLICE("bo"), SLICE("bot")));
    assert_false(slice_contains_nocase(SLICE("bobo t"), SLICE("bot")));
    assert_false(slice_contains_nocase(SLICE_NONE, SLICE("bot")));
}

static void test_parts(void **state)
{
    (void)state;
    struct slice s = SLICE("abc");
    assert_true(slice_is(slice_from(s, 1), "bc"));
    assert_true(slice_is(slice_from(s, 3), ""));
    assert_true(slice_is(slice_from(s, 99), ""));
    assert_true(slice_is(slice_first(s, 2), "ab"));
    assert_true(slice_is(slice_first(s, 99), "abc"));
    assert_null(slice_from(SLICE_NONE, 5).data);
    assert_int_equal(slice_find(SLICE("a,b,c"), ',', 0), 1);
    assert_int_equal(slice_find(SLICE("a,b,c"), ',', 2), 3);
    assert_int_equal(slice_find(SLICE("a,b,c"), ';', 0), 5);
    assert_int_equal(slice_find(SLICE("a,b,c"), ',', 99), 5);
    assert_int_equal(slice_find(SLICE_NONE, ',', 0), 0);
}

static void test_take(void **state)
{
    (void)state;
    struct slice rest = SLICE("a,,bc");
    assert_true(slice_is(slice_take(&rest, ','), "a"));
    assert_true(slice_is(slice_take(&rest, ','), ""));
    assert_true(slice_is(slice_take(&rest, ','), "bc"));
    assert_int_equal(rest.size, 0);
    assert_true(slice_is(slice_take(&rest, ','), ""));
    rest = SLICE_NONE;
    assert_int_equal(slice_take(&rest, ',').size, 0);
}

static void test_trim(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""}, {" ", ""}, {"\t a b \t", "a b"}, {"a", "a"}, {"\n a", "\n a"}, {"a\r", "a\r"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(slice_is(slice_trim(slice_of_string(rows[i][0])), rows[i][1]));
    assert_int_equal(slice_trim(SLICE_NONE).size, 0);
}

static void test_control(void **state)
{
    (void)state;
    assert_false(slice_has_control(SLICE("caf\xc3\xa9 ~")));
    assert_false(slice_has_control(SLICE_NONE));
    for (unsigned c = 0; c < 256; c++) {
        char byte = (char)c;
        assert_int_equal(slice_has_control(slice_of(&byte, 1)), c < 0x20 || c == 0x7f);
    }
}

static void test_utf8(void **state)
{
    (void)state;
    /* The table of RFC 3629 section 4 and what lies just outside it. */
    static const struct {
        const char *text;
        bool is_utf8;
    } rows[] = {
        {"", true},
        {"plain", true},
        {"\xc2\x80", true},
        {"\xdf\xbf", true},
        {"\xe0\xa0\x80", true},
        {"\xed\x9f\xbf", true},
        {"\xee\x80\x80", true},
        {"\xef\xbf\xbf", true},
        {"\xf0\x90\x80\x80", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"\x80", false},
        {"\xbf", false},
        {"\xc0\x80", false},
        {"\xc1\xbf", false},
        {"\xc2", false},
        {"\xc2\x41", false},
        {"\xc2\xc2\x80", false},
        {"\xe0\x80\x80", false},
        {"\xe0\x9f\xbf", false},
        {"\xe1\x80", false},
        {"\xed\xa0\x80", false}, /* surrogates */
        {"\xed\xbf\xbf", false},
        {"\xf0\x80\x80\x80", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xf0\x90\x80", false},
        {"\xf4\x90\x80\x80", false}, /* beyond U+10FFFF */
        {"\xf5\x80\x80\x80", false},
        {"\xff", false},
        {"ok\xff", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (slice_is_utf8(slice_of_string(rows[i].text)) != rows[i].is_utf8)
            fail_msg("row %zu", i);
    assert_true(slice_is_utf8(slice_of("a\0b", 3)));
}

static void test_to_u64(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max, value;
        int error;
    } rows[] = {
        {"0", 0, 0, JALON_OK},
        {"7", 7, 7, JALON_OK},
        {"007", 7, 7, JALON_OK},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX, JALON_OK},
        {"100", 100, 100, JALON_OK},
        {"", 9, 0, JALON_MALFORMED},
        {"8", 7, 0, JALON_MALFORMED},
        {"1", 0, 0, JALON_MALFORMED},
        {"101", 100, 0, JALON_MALFORMED},
        {"18446744073709551616", UINT64_MAX, 0, JALON_MALFORMED},
        {"99999999999999999999", UINT64_MAX, 0, JALON_MALFORMED},
        {"000000000000000000001", 9, 0, JALON_MALFORMED}, /* 21 digits */
        {"-1", 9, 0, JALON_MALFORMED},
        {"+1", 9, 0, JALON_MALFORMED},
        {" 1", 9, 0, JALON_MALFORMED},
        {"1 ", 9, 0, JALON_MALFORMED},
        {"0x1", 99, 0, JALON_MALFORMED},
        {"1e3", 9999, 0, JALON_MALFORMED},
        {"/", 99, 0, JALON_MALFORMED}, /* the neighbours of the digits */
        {":", 99, 0, JALON_MALFORMED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t value = 4711;
        int err = slice_to_u64(&value, slice_of_string(rows[i].text), rows[i].max);
        if (err != rows[i].error || value != (err ? 4711 : rows[i].value))
            fail_msg("row %zu", i);
    }
}

static void test_to_string(void **state)
{
    (void)state;
    char text[4] = "old";
    assert_int_equal(slice_to_string(text, sizeof text, SLICE("four")), JALON_TOO_SMALL);
    assert_string_equal(text, "old");
    assert_int_equal(slice_to_string(text, 0, SLICE_NONE), JALON_TOO_SMALL);
    assert_int_equal(slice_to_string(text, sizeof text, SLICE("new")), JALON_OK);
    assert_string_equal(text, "new");
    assert_int_equal(slice_to_string(text, 1, SLICE_NONE), JALON_OK);
    assert_string_equal(text, "");
}

static int sign_of(int number)
{
    return (number > 0) - (number < 0);
}

static void test_compare(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "a", "aa", "a\x7f", "b", "\xff"};
    const size_t count = sizeof texts / sizeof *texts;
    assert_int_equal(slice_compare(SLICE_NONE, SLICE("")), 0);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            assert_int_equal(
                sign_of(slice_compare(slice_of_string(texts[i]), slice_of_string(texts[j]))),
                sign_of(strcmp(texts[i], texts[j])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),     cmocka_unit_test(test_contains),
        cmocka_unit_test(test_parts),     cmocka_unit_test(test_take),
        cmocka_unit_test(test_trim),      cmocka_unit_test(test_control),
        cmocka_unit_test(test_utf8),      cmocka_unit_test(test_to_u64),
        cmocka_unit_test(test_to_string), cmocka_unit_test(test_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
