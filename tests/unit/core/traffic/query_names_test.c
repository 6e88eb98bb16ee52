#include "core/traffic/query_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

/* CPU time of one merge of about `size` bytes of names on either side; the least of many. */
static int64_t merging_ns(size_t size)
{
    static char memory[65536];
    struct buffer target, visitor, out;
    buffer_init(&target, URL_SIZE_MAX);
    buffer_init(&visitor, 8192);
    buffer_append_string(&target, "https://shop.example/?");
    for (unsigned i = 0; target.size < size; i++)
        buffer_printf(&target, "&t%x", i);
    for (unsigned i = 0; visitor.size < size; i++)
        buffer_printf(&visitor, "&v%x", i);
    buffer_append_string(&visitor, "&t7=x");
    int64_t least = INT64_MAX;
    for (int i = 0; i < 50; i++) {
        struct timespec before, after;
        buffer_over(&out, memory, sizeof memory);
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before); /* can't fail on Linux */
        url_merge(&out, buffer_slice(&target), NULL, 0, buffer_slice(&visitor), SLICE("jclid"),
                  SLICE("ID"));
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
        int64_t ns =
            (int64_t)(after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec;
        least = ns < least ? ns : least;
    }
    assert_non_null(buffer_string(&out));
    assert_non_null(strstr(memory, "&v6f&")); /* the visitor's */
    assert_null(strstr(memory, "t7=x"));      /* the target's name */
    buffer_done(&target);
    buffer_done(&visitor);
    return least;
}

/* Comparing each with each would be sixteen times the work for four times the names. */
static void test_merging_many_with_many_is_no_work(void **state)
{
    (void)state;
    int64_t few = merging_ns((URL_SIZE_MAX - 32) / 4), many = merging_ns(URL_SIZE_MAX - 32);
    print_message("%lld ns, four times the names %lld ns\n", (long long)few, (long long)many);
    assert_true(many < 9 * few);
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
