#include "core/store/effect.h"
#include "tests/unit/guard_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct argument_list list;

static int set_up(void **state)
{
    (void)state;
    argument_list_init(&list, 4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    argument_list_done(&list);
    return 0;
}

static void test_a_command_comes_back(void **state)
{
    (void)state;
    struct buffer bytes;
    buffer_init(&bytes, 4096);
    argument_list_add_string(&list, "FCALL");
    argument_list_add(&list, SLICE_NONE);
    argument_list_add(&list, SLICE("a\0b"));
    argument_list_add_u64(&list, UINT64_MAX);
    effect_append(&bytes, &list);
    argument_list_clear(&list);
    assert_int_equal(effect_read(&list, buffer_slice(&bytes)), JALON_OK);
    assert_int_equal(list.count, 4);
    assert_true(slice_is(argument_list_at(&list, 0), "FCALL"));
    assert_int_equal(argument_list_at(&list, 1).size, 0);
    assert_true(slice_equal(argument_list_at(&list, 2), SLICE("a\0b")));
    assert_true(slice_is(argument_list_at(&list, 3), "18446744073709551615"));
    buffer_done(&bytes);
}

static void test_other_bytes_are_none(void **state)
{
    (void)state;
    static const struct slice rows[] = {
        SLICE_INIT(""),
        SLICE_INIT("\0\0\0"),
        SLICE_INIT("\0\0\0\0"),                         /* no argument */
        SLICE_INIT("\1\0\0\0"),                         /* no size */
        SLICE_INIT("\1\0\0\0\2\0\0\0a"),                /* one byte short */
        SLICE_INIT("\1\0\0\0\1\0\0\0ab"),               /* one too many */
        SLICE_INIT("\2\0\0\0\1\0\0\0a"),                /* one argument short */
        SLICE_INIT("\1\0\0\0\377\377\377\377a"),        /* 4 GiB */
        SLICE_INIT("\377\377\377\377\0\0\0\0\0\0\0\0"), /* 4 billion arguments */
    };
    struct guard_page guard = guard_page_new(64);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        argument_list_clear(&list);
        assert_int_equal(effect_read(&list, guard_page_copy(&guard, rows[i])), JALON_DAMAGED);
    }
    guard_page_free(&guard);
}

static void test_a_list_that_overflowed_gives_no_command(void **state)
{
    (void)state;
    int argc;
    const char **argv;
    const size_t *sizes;
    struct argument_list *lists[] = {&list};
    char large[5000] = {0};
    argument_list_add_string(&list, "SET");
    argument_list_add(&list, slice_of(large, sizeof large));
    assert_int_equal(argument_lists_argv(lists, 1, &argc, &argv, &sizes), JALON_FULL);
    argument_list_clear(&list);
    argument_list_add_string(&list, "PING");
    assert_int_equal(argument_lists_argv(lists, 1, &argc, &argv, &sizes), JALON_OK);
    assert_int_equal(argc, 1);
    assert_int_equal(sizes[0], 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_command_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_bytes_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_list_that_overflowed_gives_no_command, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
