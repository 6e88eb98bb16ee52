#include "core/report/name_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static void names_get_numbers_in_turn(void **state)
{
    (void)state;
    struct name_index index = {0};
    size_t number;
    assert_false(name_index_find(&index, SLICE("a"), &number));
    for (size_t i = 0; i < 5000; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "n%zu", i);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(name_index_put(&index, slice_of_string(name), &number), JALON_OK);
            assert_int_equal(number, i);
        }
    }
    assert_int_equal(index.count, 5000);
    assert_true(name_index_find(&index, SLICE("n4321"), &number));
    assert_int_equal(number, 4321);
    assert_true(slice_is(index.names[4321], "n4321"));
    assert_false(name_index_find(&index, SLICE("n5000"), &number));
    assert_false(name_index_find(&index, SLICE(""), &number));
    name_index_done(&index);
}

static void pairs_are_told_apart_by_both_names(void **state)
{
    (void)state;
    static const struct {
        struct slice a, b;
    } rows[] = {
        {SLICE_INIT("ab"), SLICE_INIT("c")},
        {SLICE_INIT("a"), SLICE_INIT("bc")},
        {SLICE_INIT("abc"), SLICE_INIT("")},
        {SLICE_INIT(""), SLICE_INIT("abc")},
    };
    struct name_index index = {0};
    size_t number;
    for (size_t i = 0; i < 4; i++) {
        assert_false(name_index_find_pair(&index, rows[i].a, rows[i].b, &number));
        assert_int_equal(name_index_put_pair(&index, rows[i].a, rows[i].b, &number), JALON_OK);
        assert_int_equal(number, i);
    }
    assert_true(name_index_find_pair(&index, SLICE("a"), SLICE("bc"), &number));
    assert_int_equal(number, 1);
    name_index_done(&index);
}

static void a_pair_that_is_too_long_is_refused(void **state)
{
    (void)state;
    static const char name[600] = "x";
    struct name_index index = {0};
    size_t number = 7;
    assert_int_equal(name_index_put_pair(&index, slice_of(name, 300), slice_of(name, 300), &number),
                     JALON_TOO_LONG);
    assert_false(name_index_find_pair(&index, slice_of(name, 300), slice_of(name, 300), &number));
    assert_int_equal(index.count, 0);
    assert_int_equal(number, 7);
    name_index_done(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_get_numbers_in_turn),
        cmocka_unit_test(pairs_are_told_apart_by_both_names),
        cmocka_unit_test(a_pair_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
