#include "core/store/redo.h"
#include "core/store/redo_file.h"
#include "tests/unit/core/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <sys/wait.h>

#define RUN SLICE("run-1")

static struct scratch folder;
static struct redo *redo;

static int set_up(void **state)
{
    (void)state;
    folder = scratch_new();
    return redo_open(&redo, folder.path);
}

static int tear_down(void **state)
{
    (void)state;
    redo = redo_free(redo);
    scratch_remove(&folder);
    return 0;
}

static void reopen(void)
{
    redo = redo_free(redo);
    assert_int_equal(redo_open(&redo, folder.path), JALON_OK);
}

static bool append(const char *effect)
{
    struct redo_entry entry = {.effect = slice_of_string(effect)};
    bool is_current;
    assert_int_equal(redo_append(redo, RUN, &entry, 1, &is_current), JALON_OK);
    return is_current;
}

static void append_mark(const char *effect, const char *name, uint64_t value)
{
    struct redo_entry entry = {slice_of_string(effect), slice_of_string(name), value};
    bool is_current;
    assert_int_equal(redo_append(redo, RUN, &entry, 1, &is_current), JALON_OK);
}

/* Effects as one text, by commas; long ones by their first byte. */
struct seen {
    char text[4096];
    size_t size, count;
    int end_with;
};

static int note(void *context, struct slice effect)
{
    struct seen *seen = context;
    struct slice shown = effect.size > 100 ? slice_first(effect, 1) : effect;
    seen->count++;
    if (seen->size + shown.size + 2 < sizeof seen->text)
        seen->size += (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size,
                                       "%.*s,", SLICE_ARG(shown)); /* fits */
    return seen->end_with;
}

static void expect_effects(const char *expected, const char *damage)
{
    struct seen seen = {0};
    char where[REDO_WHERE_MAX];
    assert_int_equal(redo_each(redo, note, &seen, where), JALON_OK);
    assert_string_equal(seen.text, expected);
    assert_string_equal(where, damage);
}

static const char *first_file(void)
{
    return scratch_file(&folder, "redo/00000001.log");
}

static void test_effects_come_back_in_order(void **state)
{
    (void)state;
    expect_effects("", "");
    append("a");
    append("");
    append("ccccccccccccccccccccccc");
    expect_effects("a,,ccccccccccccccccccccccc,", "");
    reopen();
    append("d");
    expect_effects("a,,ccccccccccccccccccccccc,d,", "");
}

static bool begins_with_x(void *context, struct slice effect)
{
    (void)context;
    return slice_starts(effect, SLICE("x"));
}

/* What is dropped is on disk no more, marks and the rest stay, and a writer that had the file open goes on. */
static void test_rewritten_without_some(void **state)
{
    (void)state;
    struct redo *other;
    append("a");
    append("xSECRET");
    append_mark("m", "link", 7);
    assert_int_equal(redo_open(&other, folder.path), JALON_OK);
    assert_int_equal(redo_rewrite(other, begins_with_x, NULL), JALON_OK);
    other = redo_free(other);
    expect_effects("a,m,", "");
    assert_int_equal(access(first_file(), F_OK), -1); /* its name was "the last file" for others */
    append("b");
    expect_effects("a,m,b,", "");
    reopen();
    expect_effects("a,m,b,", "");
    assert_int_equal(redo_rewrite(redo, begins_with_x, NULL), JALON_OK); /* nothing to drop */
    append("c");
    expect_effects("a,m,b,c,", "");
}

static void test_a_visits_error_ends_the_walk(void **state)
{
    (void)state;
    append("a");
    append("b");
    struct seen seen = {.end_with = JALON_CONFLICT};
    char where[REDO_WHERE_MAX];
    assert_int_equal(redo_each(redo, note, &seen, where), JALON_CONFLICT);
    assert_string_equal(seen.text, "a,");
}

static void test_a_torn_tail_is_cut_off_by_the_next_writer(void **state)
{
    (void)state;
    append("first");
    size_t intact, whole;
    free(scratch_read(first_file(), &intact));
    append("second, somewhat longer than the first");
    char *content = scratch_read(first_file(), &whole);
    for (size_t size = intact; size < whole; size++) {
        redo = redo_free(redo);
        scratch_write(first_file(), slice_of(content, size));
        reopen();
        expect_effects("first,", "");
        append("third");
        expect_effects("first,third,", "");
    }
    free(content);
}

static void test_damage_in_the_middle_is_stepped_over_and_told(void **state)
{
    (void)state;
    append("first");
    size_t second, third;
    free(scratch_read(first_file(), &second));
    append("secondly");
    free(scratch_read(first_file(), &third));
    append("third");
    char where[64];
    (void)snprintf(where, sizeof where, "00000001.log:%zu", second); /* fits */
    for (size_t at = second; at < third; at++) {
        scratch_flip(first_file(), (off_t)at, 0x40);
        reopen();
        expect_effects("first,third,", where);
        scratch_flip(first_file(), (off_t)at, 0x40);
    }
    scratch_flip(first_file(), (off_t)second, 1);
    reopen();
    append("fourth");
    expect_effects("first,third,fourth,", where);
}

static void test_a_file_without_its_header_is_read_and_left(void **state)
{
    (void)state;
    append("a");
    scratch_flip(first_file(), 3, 0x40);
    reopen();
    expect_effects("a,", "00000001.log:0");
    append("b");
    expect_effects("a,b,", "00000001.log:0");
    size_t size;
    free(scratch_read(scratch_file(&folder, "redo/00000002.log"), &size));
    assert_true(size > REDO_HEADER_BYTES);
}

static void test_entries_do_not_pass_in_another_place_or_file(void **state)
{
    (void)state;
    append("aaaaaaaa");
    append("bbbbbbbb");
    size_t size;
    char *content = scratch_read(first_file(), &size);
    /* The two entries, 32 bytes each, change places. */
    char moved[256];
    assert_int_equal(size, REDO_HEADER_BYTES + 64);
    memcpy(moved, content, REDO_HEADER_BYTES);
    memcpy(moved + REDO_HEADER_BYTES, content + REDO_HEADER_BYTES + 32, 32);
    memcpy(moved + REDO_HEADER_BYTES + 32, content + REDO_HEADER_BYTES, 32);
    redo = redo_free(redo);
    scratch_write(first_file(), slice_of(moved, size));
    reopen();
    expect_effects("", "");
    scratch_write(scratch_file(&folder, "redo/00000002.log"), slice_of(content, size));
    reopen();
    expect_effects("", "00000002.log:0");
    free(content);
}

static void test_strange_files_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = {"redo/1.log", "redo/00000000.log", "redo/99999999999.log",
                                        "redo/x.log", "redo/00000001.log.77.new"};
    append("a");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        scratch_write(scratch_file(&folder, names[i]), SLICE("rubbish"));
    reopen();
    append("b");
    expect_effects("a,b,", "");
}

static void test_too_long_an_effect_is_refused(void **state)
{
    (void)state;
    char *effect = calloc(1, REDO_EFFECT_MAX + 1);
    struct redo_entry entry = {.effect = slice_of(effect, REDO_EFFECT_MAX + 1)};
    bool is_current;
    assert_int_equal(redo_append(redo, RUN, &entry, 1, &is_current), JALON_TOO_LONG);
    free(effect);
    append("a");
    expect_effects("a,", "");
}

static void append_mebibytes(unsigned count)
{
    char *effect = malloc(1U << 20);
    memset(effect, 'L', 1U << 20);
    for (unsigned i = 0; i < count; i++) {
        struct redo_entry entry = {.effect = slice_of(effect, 1U << 20)};
        bool is_current;
        assert_int_equal(redo_append(redo, RUN, &entry, 1, &is_current), JALON_OK);
    }
    free(effect);
}

static void test_a_full_file_is_left_and_the_highest_marks_are_carried_over(void **state)
{
    (void)state;
    append("old");
    append_mark("link=5", "link", 5);
    append_mark("code=7", "code", 7);
    append_mark("link=9", "link", 9);
    append_mark("link=8", "link", 8); /* a slower process's */
    append_mark("link:=99", "link:", 99);
    append_mebibytes(16);
    append("new");
    /* The new file alone holds them, were the old one deleted. */
    redo = redo_free(redo);
    assert_int_equal(unlink(first_file()), 0);
    reopen();
    expect_effects("code=7,link=9,link:=99,new,", "");
}

static void test_marks_survive_damage_to_the_file_before(void **state)
{
    (void)state;
    append_mark("link=5", "link", 5);
    append_mebibytes(16);
    append_mark("link=9", "link", 9); /* in file 2, behind the carried link=5 */
    scratch_flip(scratch_file(&folder, "redo/00000002.log"), REDO_HEADER_BYTES + 4, 1);
    append_mebibytes(16);
    append("new");
    redo = redo_free(redo);
    assert_int_equal(unlink(first_file()), 0);
    assert_int_equal(unlink(scratch_file(&folder, "redo/00000002.log")), 0);
    reopen();
    expect_effects("link=9,new,", "");
}

static void test_a_run_is_seen_when_it_was_replayed_to(void **state)
{
    (void)state;
    struct seen seen = {0};
    char where[REDO_WHERE_MAX];
    assert_false(redo_has_seen(redo, RUN));
    assert_false(append("a"));
    assert_int_equal(redo_replay(redo, RUN, note, NULL, &seen, where), JALON_OK);
    assert_string_equal(seen.text, "a,");
    assert_true(redo_has_seen(redo, RUN));
    assert_false(redo_has_seen(redo, SLICE("run-")));
    assert_false(redo_has_seen(redo, SLICE("run-11")));
    assert_false(redo_has_seen(redo, SLICE_NONE));
    assert_true(append("b"));
    reopen();
    assert_true(redo_has_seen(redo, RUN));
    assert_true(append("c"));

    assert_int_equal(redo_replay(redo, SLICE("run-2"), note, NULL, &seen, where), JALON_OK);
    assert_false(redo_has_seen(redo, RUN));
    assert_false(append("d")); /* it took effect in run 1, which may be gone */
}

static int refuse(void *context)
{
    (void)context; /* the answer is always the same */
    return JALON_UNAVAILABLE;
}

static void test_a_replay_that_fails_leaves_the_run_unseen(void **state)
{
    (void)state;
    append("a");
    struct seen seen = {.end_with = JALON_UNAVAILABLE};
    char where[REDO_WHERE_MAX];
    assert_int_equal(redo_replay(redo, RUN, note, NULL, &seen, where), JALON_UNAVAILABLE);
    assert_false(redo_has_seen(redo, RUN));
    seen.end_with = JALON_OK;
    assert_int_equal(redo_replay(redo, RUN, note, refuse, &seen, where), JALON_UNAVAILABLE);
    assert_false(redo_has_seen(redo, RUN));
    char long_run[REDO_RUN_MAX + 1] = {0};
    assert_int_equal(
        redo_replay(redo, slice_of(long_run, sizeof long_run), note, NULL, &seen, where),
        JALON_TOO_LONG);
}

/* An effect appended between the replay's first look and its mark is replayed too. */
struct late {
    struct seen seen;
    bool is_late;
};

static int append_late(void *context, struct slice effect)
{
    struct late *late = context;
    if (!late->is_late) {
        late->is_late = true;
        append("late");
    }
    return note(&late->seen, effect);
}

static void test_what_is_appended_during_a_replay_is_replayed(void **state)
{
    (void)state;
    append("a");
    struct late late = {0};
    char where[REDO_WHERE_MAX];
    assert_int_equal(redo_replay(redo, SLICE("run-2"), append_late, NULL, &late, where), JALON_OK);
    assert_string_equal(late.seen.text, "a,late,");
}

#define THREADS 4
#define EACH 50

static void *append_many(void *context)
{
    (void)context; /* all share one log */
    for (int i = 0; i < EACH; i++)
        append("t");
    return NULL;
}

static void test_threads_share_one_log(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, append_many, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    struct seen seen = {0};
    char where[REDO_WHERE_MAX];
    assert_int_equal(redo_each(redo, note, &seen, where), JALON_OK);
    assert_int_equal(seen.count, THREADS * EACH);
    assert_string_equal(where, "");
}

static void test_processes_share_one_log(void **state)
{
    (void)state;
    pid_t pids[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct redo *own;
            if (redo_open(&own, folder.path))
                _exit(1);
            for (int j = 0; j < EACH; j++) {
                struct redo_entry entry = {.effect = SLICE("p")};
                bool is_current;
                if (redo_append(own, RUN, &entry, 1, &is_current))
                    _exit(2);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    struct seen seen = {0};
    char where[REDO_WHERE_MAX];
    assert_int_equal(redo_each(redo, note, &seen, where), JALON_OK);
    assert_int_equal(seen.count, THREADS * EACH);
    assert_string_equal(where, "");
}

static void test_a_folder_that_cannot_be_is_told(void **state)
{
    (void)state;
    struct redo *other;
    scratch_write(scratch_file(&folder, "file"), SLICE("x"));
    assert_int_equal(redo_open(&other, scratch_file(&folder, "file")), JALON_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_effects_come_back_in_order),
        TEST(test_a_visits_error_ends_the_walk),
        TEST(test_rewritten_without_some),
        TEST(test_a_torn_tail_is_cut_off_by_the_next_writer),
        TEST(test_damage_in_the_middle_is_stepped_over_and_told),
        TEST(test_a_file_without_its_header_is_read_and_left),
        TEST(test_entries_do_not_pass_in_another_place_or_file),
        TEST(test_strange_files_do_no_harm),
        TEST(test_too_long_an_effect_is_refused),
        TEST(test_a_full_file_is_left_and_the_highest_marks_are_carried_over),
        TEST(test_marks_survive_damage_to_the_file_before),
        TEST(test_a_run_is_seen_when_it_was_replayed_to),
        TEST(test_a_replay_that_fails_leaves_the_run_unseen),
        TEST(test_what_is_appended_during_a_replay_is_replayed),
        TEST(test_threads_share_one_log),
        TEST(test_processes_share_one_log),
        TEST(test_a_folder_that_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
