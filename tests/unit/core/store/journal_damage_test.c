/* What a crash, a bad disk or a stranger can do to a journal's files: the intact entries come out, the damage is told
 * with file and offset, once, and nothing crashes. */
#include "core/store/journal.h"
#include "core/store/journal_folder.h"
#include "core/store/journal_format.h"
#include "tests/unit/core/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define SEGMENT 65536
#define COUNT 8  /* entries */
#define BYTES 56 /* of a payload; with its head 64 */
#define SIZE (JOURNAL_HEADER_BYTES + COUNT * 64)

static struct scratch folder;
static uint64_t incarnation;
static char first_segment[FOLDER_PATH_MAX];

static void write_entries(struct journal *journal, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        char payload[BYTES];
        memset(payload, (int)('a' + i), sizeof payload);
        assert_int_equal(journal_append(journal, JOURNAL_CLICK, slice_of(payload, sizeof payload)),
                         JALON_OK);
    }
}

static const char *segment_path(uint64_t number)
{
    static char path[FOLDER_PATH_MAX + 40];
    char name[32], incarnation_folder[FOLDER_PATH_MAX];
    journal_segment_name(name, number);
    assert_int_equal(journal_folder_path(incarnation_folder, folder.path, incarnation), JALON_OK);
    (void)snprintf(path, sizeof path, "%s/%s", incarnation_folder, name); /* fits */
    return path;
}

/* A dead incarnation of COUNT entries in one segment. */
static int set_up(void **state)
{
    (void)state;
    folder = scratch_new();
    struct journal *journal;
    struct journal_options options = {folder.path, SEGMENT, 8 * SEGMENT};
    assert_int_equal(journal_open(&journal, &options), JALON_OK);
    incarnation = journal_incarnation(journal);
    write_entries(journal, 0, COUNT);
    journal_free(journal);
    (void)snprintf(first_segment, sizeof first_segment, "%s", segment_path(0)); /* fits */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove(&folder);
    return 0;
}

struct outcome {
    unsigned entries, damages;
    char letters[1024]; /* the first byte of each entry */
    char where[64];     /* of the first damage */
};

static struct outcome read_all(void)
{
    struct outcome outcome = {0};
    struct journal_reader *reader;
    assert_int_equal(journal_reader_open(&reader, folder.path, incarnation), JALON_OK);
    for (;;) {
        struct journal_entry entry;
        const char *where = NULL;
        int err = journal_reader_next(reader, &entry, &where);
        if (err == JALON_NOT_FOUND)
            break;
        if (err == JALON_DAMAGED) {
            assert_non_null(where);
            if (outcome.damages++ == 0)
                (void)snprintf(outcome.where, sizeof outcome.where, "%s", where); /* fits */
            assert_true(outcome.damages < 1000);
            continue;
        }
        assert_int_equal(err, JALON_OK);
        assert_int_equal(entry.payload.size, BYTES);
        outcome.letters[outcome.entries++] = entry.payload.data[0];
    }
    journal_reader_free(reader);
    return outcome;
}

static void assert_where(const struct outcome *outcome, off_t at)
{
    char expected[64];
    (void)snprintf(expected, sizeof expected, "%016llx/00000000.seg:%lld",
                   (unsigned long long)incarnation, (long long)at); /* fits */
    assert_string_equal(outcome->where, expected);
}

static void test_an_intact_one_is_read_without_a_word(void **state)
{
    (void)state;
    struct outcome outcome = read_all();
    assert_string_equal(outcome.letters, "abcdefgh");
    assert_int_equal(outcome.damages, 0);
}

static void test_each_cut_leaves_what_is_before_it(void **state)
{
    (void)state;
    for (off_t size = SIZE - 1; size >= 0; size--) {
        assert_int_equal(truncate(first_segment, size), 0);
        struct outcome outcome = read_all();
        off_t whole = size <= JOURNAL_HEADER_BYTES ? 0 : (size - JOURNAL_HEADER_BYTES) / 64;
        assert_int_equal(outcome.entries, whole);
        assert_memory_equal(outcome.letters, "abcdefgh", (size_t)whole);
        assert_int_equal(outcome.damages, 1);
        assert_where(&outcome, size < JOURNAL_HEADER_BYTES ? 0 : JOURNAL_HEADER_BYTES + whole * 64);
    }
}

static void test_each_flipped_bit_costs_one_entry_at_most(void **state)
{
    (void)state;
    for (off_t bit = 0; bit < 8 * SIZE; bit++) {
        off_t at = bit / 8, told = 0;
        scratch_flip(first_segment, at, (uint8_t)(1 << bit % 8));
        struct outcome outcome = read_all();
        char letters[COUNT + 1] = "abcdefgh";
        if (at >= JOURNAL_HEADER_BYTES) {
            off_t entry = (at - JOURNAL_HEADER_BYTES) / 64;
            memmove(letters + entry, letters + entry + 1, (size_t)(COUNT - entry));
            told = JOURNAL_HEADER_BYTES + entry * 64;
        }
        assert_string_equal(outcome.letters, letters);
        assert_int_equal(outcome.damages, 1);
        assert_where(&outcome, told);
        scratch_flip(first_segment, at, (uint8_t)(1 << bit % 8));
    }
}

static void overwrite(off_t at, const char *bytes, size_t size)
{
    int fd = open(first_segment, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0 && pwrite(fd, bytes, size, at) == (ssize_t)size && close(fd) == 0);
}

static void test_a_page_of_zeros_in_the_middle_is_damage(void **state)
{
    (void)state;
    static const char zeros[2 * 64];
    overwrite(JOURNAL_HEADER_BYTES + 2 * 64, zeros, sizeof zeros); /* entries c and d */
    struct outcome outcome = read_all();
    assert_string_equal(outcome.letters, "abefgh");
    assert_int_equal(outcome.damages, 1);
    assert_where(&outcome, 192);
}

static void test_zeros_at_the_end_are_the_end(void **state)
{
    (void)state;
    static const char zeros[3 * 64];
    overwrite(JOURNAL_HEADER_BYTES + 5 * 64, zeros,
              sizeof zeros); /* what the machine's death took */
    struct outcome outcome = read_all();
    assert_string_equal(outcome.letters, "abcde");
    assert_int_equal(outcome.damages, 0);
}

static bool is_zero(const char *bytes, off_t from, off_t to)
{
    for (off_t i = from; i < to; i++)
        if (bytes[i])
            return false;
    return true;
}

/* What a machine's death leaves of blocks that were not written: zeros from any byte on, the length as it was. An entry has
 * zeros of its own: one that ends in them is not touched, and of one that begins with them nothing may be left. */
static void test_zeros_from_any_byte_on_leave_what_is_before_them(void **state)
{
    (void)state;
    static const char zeros[SIZE];
    size_t size;
    char *content = scratch_read(first_segment, &size);
    for (off_t at = SIZE - 1; at > JOURNAL_HEADER_BYTES; at--) {
        overwrite(at, zeros, (size_t)(SIZE - at));
        struct outcome outcome = read_all();
        off_t whole = (at - JOURNAL_HEADER_BYTES) / 64, start = JOURNAL_HEADER_BYTES + whole * 64;
        bool is_untouched = is_zero(content, at, start + 64);
        bool is_damage = !is_untouched && !is_zero(content, start, at);
        assert_int_equal(outcome.entries, whole + is_untouched);
        assert_memory_equal(outcome.letters, "abcdefgh", (size_t)(whole + is_untouched));
        assert_int_equal(outcome.damages, is_damage);
        if (is_damage)
            assert_where(&outcome, start);
    }
    overwrite(0, content, size);
    free(content);
}

/* Bytes of chance over everything from any entry on, as a disk gives back that lost its mind. */
static void test_rubbish_from_any_entry_on_leaves_what_is_before_it(void **state)
{
    (void)state;
    static char rubbish[SIZE];
    uint32_t chance = 1;
    for (unsigned entry = COUNT; entry-- > 0;) {
        for (size_t i = 0; i < sizeof rubbish; i++)
            rubbish[i] = (char)((chance = chance * 1664525 + 1013904223) >> 24);
        overwrite(JOURNAL_HEADER_BYTES + entry * 64, rubbish, (COUNT - entry) * 64);
        struct outcome outcome = read_all();
        assert_int_equal(outcome.entries, entry);
        assert_memory_equal(outcome.letters, "abcdefgh", entry);
        assert_int_equal(outcome.damages, 1);
        assert_where(&outcome, JOURNAL_HEADER_BYTES + entry * 64);
    }
}

static void test_entries_of_another_place_or_incarnation_never_pass(void **state)
{
    (void)state;
    size_t size;
    char *content = scratch_read(first_segment, &size);
    overwrite(JOURNAL_HEADER_BYTES + 64, content + JOURNAL_HEADER_BYTES,
              64); /* a again, in b's place */
    struct outcome outcome = read_all();
    assert_string_equal(outcome.letters, "acdefgh");

    /* The same file under another incarnation's name: not one entry. */
    uint64_t other = incarnation ^ 1;
    char path[FOLDER_PATH_MAX];
    assert_int_equal(journal_folder_path(path, folder.path, other), JALON_OK);
    assert_int_equal(mkdir(path, 0700), 0);
    incarnation = other;
    scratch_write(segment_path(0), slice_of(content, size));
    outcome = read_all();
    assert_int_equal(outcome.entries, 0);
    assert_true(outcome.damages >= 1);
    free(content);
}

/* Another incarnation, of three segments: 1 024 entries fill one but for its header. */
static void fill_three_segments(void)
{
    struct journal *journal;
    struct journal_options options = {folder.path, SEGMENT, 8 * SEGMENT};
    assert_int_equal(journal_open(&journal, &options), JALON_OK);
    incarnation = journal_incarnation(journal);
    for (unsigned segment = 0; segment < 3; segment++) {
        assert_int_equal(journal_tend(journal, false, 0, 0, 1), JALON_OK);
        for (unsigned i = 0; i < (SEGMENT - JOURNAL_HEADER_BYTES) / 64 / 8 + 1; i++)
            write_entries(journal, 8 * segment, 8 * segment + (i < 127 ? 8 : 7));
    }
    journal_free(journal);
}

static unsigned read_counts(unsigned counts[3])
{
    struct journal_reader *reader;
    unsigned damages = 0;
    memset(counts, 0, 3 * sizeof *counts);
    assert_int_equal(journal_reader_open(&reader, folder.path, incarnation), JALON_OK);
    for (;;) {
        struct journal_entry entry;
        int err = journal_reader_next(reader, &entry, NULL);
        if (err == JALON_NOT_FOUND)
            break;
        damages += err == JALON_DAMAGED;
        if (!err)
            counts[(entry.payload.data[0] - 'a') / 8]++;
    }
    journal_reader_free(reader);
    return damages;
}

static void test_a_missing_segment_is_told_and_stepped_over(void **state)
{
    (void)state;
    unsigned counts[3];
    fill_three_segments();
    assert_int_equal(read_counts(counts), 0);
    assert_int_equal(counts[0] + counts[1] + counts[2], 3 * 1023);
    assert_int_equal(unlink(segment_path(1)), 0);
    assert_int_equal(read_counts(counts), 1);
    assert_int_equal(counts[0], 1023);
    assert_int_equal(counts[1], 0);
    assert_int_equal(counts[2], 1023);
}

static void test_a_cut_segment_does_not_hide_the_next(void **state)
{
    (void)state;
    static const off_t sizes[] = {0, 1, 63, 64, 70, 640, 65535};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned counts[3];
        fill_three_segments();
        assert_int_equal(truncate(segment_path(1), sizes[i]), 0);
        unsigned damages = read_counts(counts);
        assert_int_equal(damages, 1);
        assert_int_equal(counts[0], 1023);
        assert_int_equal(counts[1], sizes[i] < 64 ? 0 : (sizes[i] - 64) / 64);
        assert_int_equal(counts[2], 1023);
    }
}

static void test_a_hole_to_the_segments_end_is_told_when_something_is_behind_it(void **state)
{
    (void)state;
    unsigned counts[3];
    static char zeros[SEGMENT - 640];
    fill_three_segments();
    int fd = open(segment_path(1), O_WRONLY | O_CLOEXEC);
    assert_true(pwrite(fd, zeros, sizeof zeros, 640) == (ssize_t)sizeof zeros && close(fd) == 0);
    assert_int_equal(read_counts(counts), 1);
    assert_int_equal(counts[1], 9);
    assert_int_equal(counts[2], 1023);
}

static void test_strange_things_in_the_folder_do_no_harm(void **state)
{
    (void)state;
    char path[FOLDER_PATH_MAX], name[FOLDER_PATH_MAX + 40];
    assert_int_equal(journal_folder_path(path, folder.path, incarnation), JALON_OK);
    static const char *const names[] = {
        "000000000.seg", "99999999999999999999.seg", "1.seg",       "00000001.SEG",
        "x.seg",         "00000001.seg.bak",         "00000001.new"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(name, sizeof name, "%s/%s", path, names[i]); /* fits */
        scratch_write(name, SLICE("rubbish"));
    }
    struct outcome outcome = read_all();
    assert_string_equal(outcome.letters, "abcdefgh");
    assert_int_equal(outcome.damages, 0);

    /* A folder, a dangling link and a pipe where a segment should be: errors, no crash and no wait. */
    (void)snprintf(name, sizeof name, "%s/00000001.seg", path); /* fits */
    struct journal_reader *reader;
    struct journal_entry entry;
    for (int kind = 0; kind < 3; kind++) {
        int made = kind == 0   ? mkdir(name, 0700)
                   : kind == 1 ? symlink("nowhere", name)
                               : mkfifo(name, 0600);
        assert_int_equal(made, 0);
        assert_int_equal(journal_reader_open(&reader, folder.path, incarnation), JALON_OK);
        int err = JALON_OK;
        for (int i = 0; i < 2 * COUNT && (err == JALON_OK || err == JALON_DAMAGED); i++)
            err = journal_reader_next(reader, &entry, NULL);
        assert_int_equal(err, JALON_IO);
        journal_reader_free(reader);
        assert_int_equal(remove(name), 0);
    }
}

static void test_a_damaged_header_does_not_hide_the_size_of_segments(void **state)
{
    (void)state;
    unsigned counts[3];
    fill_three_segments();
    for (uint64_t number = 0; number < 3; number++)
        scratch_flip(segment_path(number), 20, 0xff);
    assert_int_equal(read_counts(counts), 3);
    assert_int_equal(counts[0] + counts[1] + counts[2], 3 * 1023);
}

static void test_a_writer_that_dies_while_it_is_read_is_read_to_its_end(void **state)
{
    (void)state;
    struct journal *journal;
    struct journal_options options = {folder.path, SEGMENT, 8 * SEGMENT};
    assert_int_equal(journal_open(&journal, &options), JALON_OK);
    struct journal_reader *reader;
    struct journal_entry entry;
    assert_int_equal(journal_reader_open(&reader, folder.path, journal_incarnation(journal)),
                     JALON_OK);
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_NOT_FOUND);
    write_entries(journal, 0, 2);
    journal_free(journal);
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_OK);
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_OK);
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_NOT_FOUND);
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_NOT_FOUND);
    journal_reader_free(reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_intact_one_is_read_without_a_word),
        TEST(test_each_cut_leaves_what_is_before_it),
        TEST(test_each_flipped_bit_costs_one_entry_at_most),
        TEST(test_a_page_of_zeros_in_the_middle_is_damage),
        TEST(test_zeros_at_the_end_are_the_end),
        TEST(test_zeros_from_any_byte_on_leave_what_is_before_them),
        TEST(test_rubbish_from_any_entry_on_leaves_what_is_before_it),
        TEST(test_entries_of_another_place_or_incarnation_never_pass),
        TEST(test_a_missing_segment_is_told_and_stepped_over),
        TEST(test_a_cut_segment_does_not_hide_the_next),
        TEST(test_a_hole_to_the_segments_end_is_told_when_something_is_behind_it),
        TEST(test_strange_things_in_the_folder_do_no_harm),
        TEST(test_a_damaged_header_does_not_hide_the_size_of_segments),
        TEST(test_a_writer_that_dies_while_it_is_read_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
