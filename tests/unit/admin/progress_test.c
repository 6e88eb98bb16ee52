#include "admin/progress.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *things;
        uint64_t count, done, total;
        int64_t spent_ms;
        const char *line;
    } cases[] = {
        /* a rate and what is left are told once a second has passed */
        {"clicks", 400, 40, 100, 999, "at work [############..................]  40 %"},
        {"clicks", 1000000, 40, 100, 2000,
         "at work [############..................]  40 %, 500 000 clicks a second, 3 s left"},
        {"clicks", 0, 1, 3, 3600000,
         "at work [##########....................]  33 %, 2 h 0 min 0 s left"},
        {NULL, 0, 50, 100, 61000, "at work [###############...............]  50 %, 1 min 1 s left"},
        {"clicks", 7, 0, 100, 7000,
         "at work [..............................]   0 %, 1 clicks a second"},
        {"clicks", 7, 100, 100, 7000,
         "at work [##############################] 100 %, 1 clicks a second, 0 s left"},
        /* of unknown length, or longer than was thought: no bar, no end */
        {NULL, 0, 1234567, 0, 5000, "at work 1 234 567"},
        {"rows", 12000, 3, 0, 2000, "at work 12 000 rows, 6 000 a second"},
        {"rows", 12000, 101, 100, 2000, "at work 12 000 rows, 6 000 a second"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct progress progress = {
            .what = "at work", .things = cases[i].things, .count = cases[i].count};
        struct buffer out;
        buffer_init(&out, 256);
        progress_write(&out, &progress, cases[i].done, cases[i].total, cases[i].spent_ms);
        assert_string_equal(buffer_string(&out), cases[i].line);
        buffer_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
