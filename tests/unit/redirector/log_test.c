#include "redirector/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOON INT64_C(1796040000123) /* date -u -d @1796040000: 2026-11-30T12:00:00Z */

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        enum log_level level;
        bool is_json;
        const char *message, *line;
    } rows[] = {
        {LOG_INFO, false, "up", "2026-11-30T12:00:00.123Z info up\n"},
        {LOG_ERROR, false, "a\nb\tc\x7f", "2026-11-30T12:00:00.123Z error a b c \n"},
        {LOG_WARN, true, "up",
         "{\"time\":\"2026-11-30T12:00:00.123Z\",\"level\":\"warn\",\"message\":\"up\"}\n"},
        {LOG_DEBUG, true, "say \"no\"\\\n",
         "{\"time\":\"2026-11-30T12:00:00.123Z\",\"level\":\"debug\",\"message\":\"say "
         "\\\"no\\\"\\\\ \"}\n"},
        {LOG_INFO, true, "caf\xc3\xa9",
         "{\"time\":\"2026-11-30T12:00:00.123Z\",\"level\":\"info\",\"message\":\"caf\xc3\xa9\"}"
         "\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[256];
        size_t size =
            log_format(line, sizeof line, rows[i].level, rows[i].is_json, NOON, rows[i].message);
        assert_string_equal(line, rows[i].line);
        assert_int_equal(size, strlen(line));
    }
}

/* A message that is too long is cut, and the line still ends as it must: no half escape, no half character. */
static void test_cut(void **state)
{
    (void)state;
    char message[300];
    memset(message, '"', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    for (size_t capacity = 100; capacity < 140; capacity++) {
        char line[140];
        memset(line, 'x', sizeof line);
        size_t size = log_format(line, capacity, LOG_INFO, true, NOON, message);
        assert_in_range(size, 4, capacity - 1);
        assert_string_equal(line + size - 3, "\"}\n");
        size_t backslashes = 0;
        for (size_t at = size - 4; line[at] == '\\'; at--)
            backslashes++;
        assert_int_equal(backslashes % 2, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
