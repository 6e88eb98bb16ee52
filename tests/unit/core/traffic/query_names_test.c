#include "core/traffic/query_names.h"

#include "core/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_index_agrees_with_looking_through(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "",
        "&",
        "&&",
        "a",
        "a=1&b=2",
        "a=1&a=2&&c",
        "=x&y",
        "%61=1",
        "a%20b=1&c+d",
        "%=1&%zz",
        "A=1",
        "a%00b",
        "utm_source=x&utm%5Fmedium=y&=",
        "a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p",
    };
    static const char *const names[] = {
        "",  "a", "b",   "c",     "d",    "y",          "%61",        "a b", "a+b",   "c%20d",
        "A", "%", "%zz", "a%00b", "a%00", "utm_source", "utm_medium", "p",   "utm_so"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        static struct query_index index;
        struct slice query = slice_of_string(queries[i]);
        assert_true(query_index_make(&index, query));
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            struct slice name = slice_of_string(names[j]);
            if (query_index_has(&index, name) != query_has_name(query, name))
                fail_msg("\"%s\" in \"%s\"", names[j], queries[i]);
        }
    }
}

static void test_as_many_as_a_target_holds(void **state)
{
    (void)state;
    static struct query_index index;
    static char query[2 * QUERY_INDEX_NAMES + 2];
    for (size_t i = 0; i < sizeof query; i++)
        query[i] = i % 2 ? '&' : 'a';
    assert_true(query_index_make(&index, slice_of(query, (size_t)2 * QUERY_INDEX_NAMES)));
    assert_true(query_index_has(&index, SLICE("a")));
    assert_false(query_index_has(&index, SLICE("b")));
    assert_false(query_index_make(&index, slice_of(query, sizeof query)));
}

/* A visitor who sends as many names as a request holds, to the longest of targets. */
static void test_merging_many_with_many_is_no_work(void **state)
{
    (void)state;
    static char memory[65536];
    struct buffer target, visitor, out;
    buffer_init(&target, URL_SIZE_MAX);
    buffer_init(&visitor, 8192);
    buffer_append_string(&target, "https://shop.example/?");
    for (unsigned i = 0; target.size < URL_SIZE_MAX - 8; i++)
        buffer_printf(&target, "&t%x", i);
    for (unsigned i = 0; visitor.size < 8192 - 8; i++)
        buffer_printf(&visitor, "&v%x", i);
    buffer_append_string(&visitor, "&t7=x");
    int64_t before_ms = clock_monotonic_ms();
    for (int i = 0; i < 200; i++) {
        buffer_over(&out, memory, sizeof memory);
        url_merge(&out, buffer_slice(&target), NULL, 0, buffer_slice(&visitor), SLICE("jclid"),
                  SLICE("ID"));
    }
    int64_t took_ms = clock_monotonic_ms() - before_ms;
    assert_non_null(buffer_string(&out));
    assert_non_null(strstr(memory, "&v6f&")); /* the visitor's */
    assert_null(strstr(memory, "t7=x"));      /* the target's name */
    print_message("%.3f ms a merge\n", (double)took_ms / 200);
    assert_true(took_ms < 1000); /* comparing each with each takes more than ten times as long */
    buffer_done(&target);
    buffer_done(&visitor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index_agrees_with_looking_through),
        cmocka_unit_test(test_as_many_as_a_target_holds),
        cmocka_unit_test(test_merging_many_with_many_is_no_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
