#include "redirector/counters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *page(struct counters *const *all, size_t count)
{
    static char memory[32768];
    struct buffer out;
    buffer_over(&out, memory, sizeof memory);
    counters_write(&out, all, count);
    assert_int_equal(buffer_error(&out), JALON_OK);
    return buffer_string(&out);
}

static void test_sums_over_workers(void **state)
{
    (void)state;
    static struct counters first, second;
    counter_add(&first, redirects, 40);
    counter_add(&second, redirects, 2);
    counter_add(&first, clicks_bot, 3);
    counter_set(&second, store_connected, 1);
    struct counters *all[] = {&first, &second};
    const char *text = page(all, 2);
    assert_non_null(strstr(text, "\njalond_redirects_total 42\n"));
    assert_non_null(strstr(text, "\njalond_clicks_total{class=\"bot\"} 3\n"));
    assert_non_null(strstr(text, "\njalond_clicks_total{class=\"human\"} 0\n"));
    assert_non_null(strstr(text, "\njalond_store_connections 1\n"));
}

/* Exposition format 0.0.4: one HELP and one TYPE a name, before its samples, and these all together. */
static void test_format(void **state)
{
    (void)state;
    static struct counters none;
    struct counters *all[] = {&none};
    const char *text = page(all, 1);
    assert_memory_equal(text, "# HELP ", 7);
    char last[128] = "", heads[64][128];
    size_t head_count = 0;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        char name[128];
        bool is_type = strncmp(line, "# TYPE ", 7) == 0;
        if (strncmp(line, "# HELP ", 7) == 0)
            continue;
        const char *start = is_type ? line + 7 : line;
        size_t size = strcspn(start, " {\n");
        assert_in_range(size, 1, sizeof name - 1);
        memcpy(name, start, size);
        name[size] = '\0';
        if (is_type) {
            for (size_t i = 0; i < head_count; i++)
                assert_string_not_equal(heads[i], name);
            assert_in_range(head_count, 0, 63);
            memcpy(heads[head_count++], name, size + 1);
            memcpy(last, name, size + 1);
        } else {
            assert_string_equal(name, last);
        }
    }
    assert_in_range(head_count, 10, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_over_workers),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
