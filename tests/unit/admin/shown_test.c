#include "admin/shown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Of each range its first and its last, and the neighbours that stay. */
static void what_a_terminal_obeys_or_hides_is_written_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"", ""},
        {"Zo\u00e9 \u4e00 \U0001f600 1\u202f234", "Zo\u00e9 \u4e00 \U0001f600 1\u202f234"},
        {"a\\u202Eb", "a\\u202Eb"},
        {"\x01 \x1f~\x7f", "\\u0001 \\u001F~\\u007F"},
        {"\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009F\xc2\xa0"},
        {"\u061b\u061c\u061d", "\u061b\\u061C\u061d"},
        {"\u200a\u200b\u200f\u2010", "\u200a\\u200B\\u200F\u2010"},
        {"\u2027\u2028\u202a\u202e\u202f", "\u2027\\u2028\\u202A\\u202E\u202f"},
        {"\u205f\u2060\u2069\u206a", "\u205f\\u2060\\u2069\u206a"},
        {"\ufeff", "\\uFEFF"},
        {"1042\u202e00.0001", "1042\\u202E00.0001"},
        {"a\xff\xe2\x80", "a\ufffd\ufffd\ufffd"},
        {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"}, /* a surrogate */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice text = slice_of_string(rows[i].text);
        struct buffer out;
        buffer_init(&out, SHOWN_MAX(text.size) + 1);
        shown_append(&out, text);
        assert_string_equal(buffer_string(&out), rows[i].shown);
        buffer_done(&out);
    }
}

static void a_nul_is_no_end(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 64);
    shown_append(&out, slice_of("a\0b", 3));
    assert_string_equal(buffer_string(&out), "a\\u0000b");
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_terminal_obeys_or_hides_is_written_out),
        cmocka_unit_test(a_nul_is_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
