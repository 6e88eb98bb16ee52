#include "admin/sparkline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void check(const double *values, size_t count, double most, const char *expected)
{
    char memory[64];
    struct buffer out;
    buffer_over(&out, memory, sizeof memory);
    sparkline_append(&out, values, count, most);
    assert_int_equal(buffer_error(&out), JALON_OK);
    assert_memory_equal(memory, expected, strlen(expected));
    assert_int_equal(out.size, strlen(expected));
}

static void bars_have_eight_heights(void **state)
{
    (void)state;
    check((const double[]){0, 1, 2, 3, 4, 5, 6, 7}, 8, 7, "▁▂▃▄▅▆▇█");
    check((const double[]){0.49, 0.51, 6.49, 6.51}, 4, 7, "▁▂▇█");
}

static void what_is_unknown_is_blank(void **state)
{
    (void)state;
    check((const double[]){7, -1, 0}, 3, 7, "█ ▁");
}

static void nothing_at_all_is_flat(void **state)
{
    (void)state;
    check((const double[]){0, 0}, 2, 0, "▁▁");
    check(NULL, 0, 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_have_eight_heights),
        cmocka_unit_test(what_is_unknown_is_blank),
        cmocka_unit_test(nothing_at_all_is_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
