#include "redirector/left_behind.h"

#include "core/store/journal.h"
#include "tests/unit/redirector/data_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char *folder;

static struct journal *new_journal(void)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%.400s/" JOURNAL_FOLDER, folder); /* fits */
    struct journal_options options = {
        .folder = path, .segment_bytes = 65536, .max_bytes = 2 * 65536};
    struct journal *journal;
    assert_int_equal(journal_open(&journal, &options), JALON_OK);
    return journal;
}

static void nobody_left_anything(void **state)
{
    (void)state;
    struct left_behind *left;
    uint64_t incarnation, bytes = 1;
    assert_int_equal(left_behind_new(&left, folder), JALON_OK);
    assert_false(left_behind_take(left, &incarnation));
    assert_int_equal(left_behind_count(left), 0);
    assert_int_equal(left_behind_bytes(&bytes, left), JALON_OK);
    assert_int_equal(bytes, 0);
    left_behind_free(left);
}

/* A journal is found when its writer has let go of it, once, whenever that is; our own are never. */
static void a_journal_is_found_when_its_writer_is_gone(void **state)
{
    (void)state;
    struct journal *early = new_journal(), *draining = new_journal();
    uint64_t early_id = journal_incarnation(early), draining_id = journal_incarnation(draining);
    journal_free(early);

    struct left_behind *left;
    assert_int_equal(left_behind_new(&left, folder), JALON_OK);
    assert_int_equal(left_behind_count(left), 2); /* one to take, one alive */
    uint64_t incarnation;
    assert_true(left_behind_take(left, &incarnation));
    assert_true(incarnation == early_id);
    assert_false(left_behind_take(left, &incarnation));
    assert_int_equal(left_behind_count(left), 1);

    struct journal *own = new_journal();
    assert_int_equal(left_behind_look(left, 1), 1);
    assert_false(left_behind_take(left, &incarnation));
    journal_free(draining);
    assert_int_equal(left_behind_look(left, 1), 0);
    assert_int_equal(left_behind_count(left), 1);
    assert_int_equal(left_behind_look(left, 1), 0); /* it is not found twice */
    assert_true(left_behind_take(left, &incarnation));
    assert_true(incarnation == draining_id);
    assert_false(left_behind_take(left, &incarnation));
    assert_int_equal(left_behind_count(left), 0);
    journal_free(own);
    left_behind_free(left);
}

static void what_is_found_is_cut_to_what_it_holds(void **state)
{
    (void)state;
    struct journal *journal = new_journal();
    struct left_behind *left;
    uint64_t alive, gone;
    assert_int_equal(left_behind_new(&left, folder), JALON_OK);
    assert_int_equal(left_behind_bytes(&alive, left), JALON_OK);
    assert_true(alive >= 65536); /* it counts as it is: its writer may fill it */
    journal_free(journal);
    assert_int_equal(left_behind_look(left, 0), 0);
    assert_int_equal(left_behind_bytes(&gone, left), JALON_OK);
    assert_true(gone < alive / 2);
    left_behind_free(left);
}

static int set_up(void **state)
{
    (void)state;
    folder = data_folder_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    data_folder_remove(folder);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_left_anything),
        TEST(a_journal_is_found_when_its_writer_is_gone),
        TEST(what_is_found_is_cut_to_what_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
