#include "core/base/json_out.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void test_strings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *json;
    } cases[] = {/* RFC 8259 section 7 */
                 {"", "\"\""},
                 {"marie", "\"marie\""},
                 {"café", "\"café\""},
                 {"say \"hi\"", "\"say \\\"hi\\\"\""},
                 {"a\\b", "\"a\\\\b\""},
                 {"two\nlines", "\"two\\u000alines\""},
                 {"\x01\x1f", "\"\\u0001\\u001f\""},
                 {"\x7f", "\"\x7f\""},
                 {"\"", "\"\\\"\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out;
        buffer_init(&out, 1024);
        json_out_string(&out, slice_of_string(cases[i].text));
        assert_string_equal(buffer_string(&out), cases[i].json);
        buffer_done(&out);
    }
}

static void test_an_object(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1024);
    struct json_out json;
    json_out_start(&json, &out);
    json_out_text(&json, "a", SLICE_NONE);
    json_out_text_or_null(&json, "b", SLICE_NONE);
    json_out_text_or_null(&json, "c", SLICE("x"));
    json_out_raw(&json, "d", SLICE("0.5"));
    json_out_number(&json, "e", INT64_MIN);
    json_out_number(&json, "f", INT64_MAX);
    json_out_name(&json, "g");
    struct json_out inner;
    json_out_start(&inner, &out);
    json_out_number(&inner, "h", 0);
    json_out_end(&inner);
    json_out_name(&json, "i");
    json_out_start(&inner, &out);
    json_out_end(&inner);
    json_out_end(&json);
    assert_string_equal(buffer_string(&out),
                        "{\"a\":\"\",\"b\":null,\"c\":\"x\",\"d\":0.5,\"e\":-9223372036854775808,"
                        "\"f\":9223372036854775807,\"g\":{\"h\":0},\"i\":{}}");
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_strings),
                                       cmocka_unit_test(test_an_object)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
