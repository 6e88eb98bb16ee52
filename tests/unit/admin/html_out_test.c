#include "admin/html_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define REPLACED "\xef\xbf\xbd"

static void test_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *html;
    } rows[] = {
        {"", ""},
        {"Léa & Tom", "Léa &amp; Tom"},
        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"\" onload=\"x", "&quot; onload=&quot;x"},
        {"' onload='x", "&#39; onload=&#39;x"},
        {"&lt;", "&amp;lt;"},
        {"-->", "--&gt;"},
        {"\xf0\x9f\x8f\x94 日本", "\xf0\x9f\x8f\x94 日本"},
        {"a\x01\x7f\tb", "a" REPLACED REPLACED REPLACED "b"},
        {"a\xc2\x85g", "a" REPLACED "g"},                     /* a C1 control */
        {"\u202egpj.exe\u2066", REPLACED "gpj.exe" REPLACED}, /* would turn what follows */
        {"\xff<", REPLACED "&lt;"},                           /* no UTF-8 */
        {"\xe2\x82", REPLACED REPLACED},                      /* cut short */
        {"\xc0\xbc"
         "b>",
         REPLACED REPLACED "b&gt;"},               /* an overlong "<" */
        {"\xe2\x82<b", REPLACED REPLACED "&lt;b"}, /* must not swallow the "<" */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buffer out;
        buffer_init(&out, 1024);
        html_text(&out, slice_of_string(rows[i].text));
        assert_string_equal(buffer_string(&out), rows[i].html);
        buffer_done(&out);
    }
}

static void test_nul(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1024);
    html_text(&out, SLICE("a\0<"));
    assert_string_equal(buffer_string(&out), "a" REPLACED "&lt;");
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
