#include "core/base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ctype.h>
#include <string.h>

static void test_each_error_has_a_name_and_advice(void **state)
{
    (void)state;
    static const int values[] = {
#define VALUE(name, value, sentence) value,
        JALON_ERRORS(VALUE)
#undef VALUE
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_int_equal(values[i], (int)i); /* appended, never renumbered, no gap */
        assert_true(strlen(jalon_error_text(values[i])) >= 4);
        for (const char *c = jalon_error_name(values[i]); *c; c++)
            assert_true(isupper((unsigned char)*c) || *c == '_');
    }
    assert_string_equal(jalon_error_name(JALON_BAD_SIGNATURE), "BAD_SIGNATURE");
    assert_string_equal(jalon_error_text(JALON_OK), "done");
    assert_non_null(strstr(jalon_error_text(JALON_KEY_FILE_EXPOSED), "chmod 600"));
}

static void test_unknown_errors_are_told_as_such(void **state)
{
    (void)state;
    static const int values[] = {-1, JALON_UNSUPPORTED + 1, 4711, -2147483647 - 1, 2147483647};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_string_equal(jalon_error_name(values[i]), "UNKNOWN");
        assert_non_null(strstr(jalon_error_text(values[i]), "does not know"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_error_has_a_name_and_advice),
        cmocka_unit_test(test_unknown_errors_are_told_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
