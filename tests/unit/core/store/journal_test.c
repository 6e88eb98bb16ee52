#include "core/store/journal.h"
#include "core/store/journal_format.h"
#include "tests/unit/core/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#define SEGMENT 65536
#define ENTRY 1000 /* bytes of a payload: 65 of them (with heads) fill a segment */
#define PER_SEGMENT ((SEGMENT - JOURNAL_HEADER_BYTES) / (ENTRY + 8))

static struct scratch folder;

static int set_up(void **state)
{
    (void)state;
    folder = scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove(&folder);
    return 0;
}

static struct journal *journal_of(uint64_t segments)
{
    struct journal *journal;
    struct journal_options options = {folder.path, SEGMENT, segments * SEGMENT};
    assert_int_equal(journal_open(&journal, &options), JALON_OK);
    return journal;
}

static int append_number(struct journal *journal, uint64_t number)
{
    char payload[ENTRY] = {0};
    memcpy(payload, &number, sizeof number);
    return journal_append(journal, JOURNAL_CLICK, slice_of(payload, sizeof payload));
}

static struct journal_reader *reader_of(const struct journal *journal)
{
    struct journal_reader *reader;
    assert_int_equal(journal_reader_open(&reader, folder.path, journal_incarnation(journal)),
                     JALON_OK);
    return reader;
}

static uint64_t number_of(const struct journal_entry *entry)
{
    uint64_t number;
    assert_int_equal(entry->payload.size, ENTRY);
    memcpy(&number, entry->payload.data, sizeof number);
    return number;
}

static void expect_numbers(struct journal_reader *reader, uint64_t from, uint64_t to)
{
    struct journal_entry entry;
    for (uint64_t number = from; number < to; number++) {
        assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_OK);
        assert_int_equal(number_of(&entry), number);
    }
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_NOT_FOUND);
}

static void test_a_reader_sees_what_is_appended_as_it_is(void **state)
{
    (void)state;
    struct journal *journal = journal_of(4);
    struct journal_reader *reader = reader_of(journal);
    expect_numbers(reader, 0, 0);
    for (uint64_t number = 0; number < 5; number++) {
        assert_int_equal(append_number(journal, number), JALON_OK);
        expect_numbers(reader, number, number + 1);
    }
    journal_reader_free(reader);
    journal_free(journal);
}

static void test_offsets_count_the_whole_incarnation(void **state)
{
    (void)state;
    struct journal *journal = journal_of(4);
    assert_int_equal(journal_end(journal), JOURNAL_HEADER_BYTES);
    assert_int_equal(journal_append(journal, JOURNAL_LINK, SLICE("12345")), JALON_OK);
    assert_int_equal(journal_end(journal),
                     JOURNAL_HEADER_BYTES + 16); /* head 8, 5 bytes to a multiple of 8 */
    assert_int_equal(journal_append(journal, JOURNAL_CLICK, SLICE_NONE), JALON_OK);
    assert_int_equal(journal_end(journal), JOURNAL_HEADER_BYTES + 24);
    struct journal_reader *reader = reader_of(journal);
    struct journal_entry entry;
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_OK);
    assert_int_equal(entry.kind, JOURNAL_LINK);
    assert_int_equal(entry.offset, JOURNAL_HEADER_BYTES);
    assert_int_equal(entry.next, JOURNAL_HEADER_BYTES + 16);
    assert_true(slice_is(entry.payload, "12345"));
    journal_reader_free(reader);
    journal_free(journal);
}

static void test_entries_go_on_in_the_next_segment(void **state)
{
    (void)state;
    struct journal *journal = journal_of(8);
    uint64_t count = 3 * PER_SEGMENT + 2;
    for (uint64_t number = 0; number < count; number++) {
        assert_int_equal(journal_tend(journal, true, 0, 0, 1), JALON_OK);
        assert_int_equal(append_number(journal, number), JALON_OK);
    }
    assert_true(journal_end(journal) > 3 * SEGMENT && journal_end(journal) < 4 * SEGMENT);
    struct journal_reader *reader = reader_of(journal);
    expect_numbers(reader, 0, count);
    journal_reader_free(reader);
    journal_free(journal);
}

static void test_without_the_sync_thread_it_is_full_at_the_segments_end(void **state)
{
    (void)state;
    struct journal *journal = journal_of(4);
    for (uint64_t number = 0; number < PER_SEGMENT; number++)
        assert_int_equal(append_number(journal, number), JALON_OK);
    uint64_t end = journal_end(journal);
    assert_int_equal(append_number(journal, PER_SEGMENT), JALON_FULL);
    assert_int_equal(journal_end(journal), end);
    assert_int_equal(journal_tend(journal, false, 0, 0, 1), JALON_OK);
    assert_int_equal(append_number(journal, PER_SEGMENT), JALON_OK);
    struct journal_reader *reader = reader_of(journal);
    expect_numbers(reader, 0, PER_SEGMENT + 1);
    journal_reader_free(reader);
    journal_free(journal);
}

static uint64_t fill(struct journal *journal)
{
    uint64_t count = 0;
    while (append_number(journal, count) == JALON_OK) {
        count++;
        int err = journal_tend(journal, false, 0, 0, 1);
        assert_true(err == JALON_OK || err == JALON_FULL);
    }
    return count;
}

static void test_the_bound_holds_and_shipping_makes_room(void **state)
{
    (void)state;
    struct journal *journal = journal_of(4);
    assert_false(journal_is_low(journal));
    uint64_t count = fill(journal);
    assert_int_equal(count, 4 * PER_SEGMENT);
    assert_true(journal_is_low(journal));
    assert_int_equal(journal_tend(journal, true, 0, 0, 1), JALON_FULL);
    uint64_t bytes;
    assert_int_equal(journal_folder_bytes(&bytes, folder.path), JALON_OK);
    assert_true(bytes <= 4 * SEGMENT);

    assert_int_equal(journal_tend(journal, true, 2 * SEGMENT, 0, 2), JALON_OK);
    assert_int_equal(append_number(journal, count), JALON_OK);
    struct journal_reader *reader = reader_of(journal);
    assert_int_equal(journal_reader_first(reader), 2 * SEGMENT);
    assert_int_equal(journal_reader_seek(reader, 0), JALON_NOT_FOUND);
    assert_int_equal(journal_reader_seek(reader, 2 * SEGMENT), JALON_OK);
    expect_numbers(reader, 2 * PER_SEGMENT, count + 1);
    journal_reader_free(reader);
    journal_free(journal);
}

static void append_segments(struct journal *journal, uint64_t segments)
{
    for (uint64_t number = 0; number < segments * PER_SEGMENT + 1; number++) {
        assert_int_equal(journal_tend(journal, false, 0, 0, 1), JALON_OK);
        assert_int_equal(append_number(journal, number), JALON_OK);
    }
}

static void expect_first(const struct journal *journal, uint64_t segment)
{
    struct journal_reader *reader = reader_of(journal);
    assert_int_equal(journal_reader_first(reader), segment * SEGMENT);
    journal_reader_free(reader);
}

static void test_what_was_shipped_is_kept_for_its_time(void **state)
{
    (void)state;
    struct journal *journal = journal_of(16);
    append_segments(journal, 3);
    static const struct {
        uint64_t released;
        int64_t now_ms;
        uint64_t first;
    } rows[] = {
        {SEGMENT - 1, 1000, 0}, /* not quite shipped */
        {SEGMENT, 2000, 0},     /* from now on */
        {SEGMENT, 11999, 0},     {SEGMENT, 12000, 1},
        {3 * SEGMENT, 20000, 1}, /* the other two from now on */
        {SEGMENT, 29000, 1},     /* Redis lost its tail: not shipped any more */
        {3 * SEGMENT, 30001, 1}, /* again from now on */
        {3 * SEGMENT, 40000, 1}, {3 * SEGMENT, 40001, 3},
        {9 * SEGMENT, 90000, 3}, {9 * SEGMENT, 900000, 3}, /* the one in use stays */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(journal_tend(journal, false, rows[i].released, 10000, rows[i].now_ms),
                         JALON_OK);
        expect_first(journal, rows[i].first);
    }
    journal_free(journal);
}

static void test_what_was_shipped_gives_way_early_rather_than_refuse_clicks(void **state)
{
    (void)state;
    struct journal *journal = journal_of(4);
    uint64_t count = fill(journal);
    assert_int_equal(journal_tend(journal, false, SEGMENT, 3600000, 2), JALON_OK);
    expect_first(journal, 1);
    assert_int_equal(append_number(journal, count), JALON_OK);
    journal_free(journal);
}

static void test_synced_follows_only_a_sync(void **state)
{
    (void)state;
    struct journal *journal = journal_of(4);
    assert_int_equal(append_number(journal, 0), JALON_OK);
    assert_int_equal(journal_tend(journal, false, 0, 0, 1), JALON_OK);
    assert_int_equal(journal_synced(journal), 0);
    assert_int_equal(journal_tend(journal, true, 0, 0, 1), JALON_OK);
    assert_int_equal(journal_synced(journal), journal_end(journal));
    for (uint64_t number = 1; number < PER_SEGMENT + 3; number++)
        assert_int_equal(append_number(journal, number), JALON_OK);
    assert_true(journal_synced(journal) < journal_end(journal));
    assert_int_equal(journal_tend(journal, true, 0, 0, 1), JALON_OK);
    assert_int_equal(journal_synced(journal), journal_end(journal));
    journal_free(journal);
}

static void test_bad_options_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint64_t segment_bytes, max_bytes;
    } rows[] = {
        {0, 1 << 20},
        {32768, 1 << 20},
        {65535, 1 << 20},
        {100000, 1 << 20},
        {65536, 0},
        {65536, 65536},
        {65536, 131071},
        {(uint64_t)1 << 33, UINT64_MAX},
        {(uint64_t)1 << 63, UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct journal *journal = NULL;
        struct journal_options options = {folder.path, rows[i].segment_bytes, rows[i].max_bytes};
        assert_int_equal(journal_open(&journal, &options), JALON_BAD_ARGUMENT);
        assert_null(journal);
    }
}

static void test_payloads_up_to_the_bound_fit_and_no_longer_ones(void **state)
{
    (void)state;
    struct journal *journal = journal_of(4);
    char *payload = calloc(1, JOURNAL_PAYLOAD_MAX + 1);
    assert_int_equal(
        journal_append(journal, JOURNAL_LINK, slice_of(payload, JOURNAL_PAYLOAD_MAX + 1)),
        JALON_TOO_LONG);
    assert_int_equal(journal_append(journal, JOURNAL_LINK, slice_of(payload, JOURNAL_PAYLOAD_MAX)),
                     JALON_OK);
    assert_int_equal(journal_tend(journal, false, 0, 0, 1), JALON_OK);
    /* The next one is padded over half a segment. */
    assert_int_equal(journal_append(journal, JOURNAL_LINK, slice_of(payload, JOURNAL_PAYLOAD_MAX)),
                     JALON_OK);
    struct journal_reader *reader = reader_of(journal);
    struct journal_entry entry;
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_OK);
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_OK);
    assert_int_equal(entry.payload.size, JOURNAL_PAYLOAD_MAX);
    assert_int_equal(entry.offset, SEGMENT + JOURNAL_HEADER_BYTES);
    journal_reader_free(reader);
    journal_free(journal);
    free(payload);
}

static void test_reading_goes_on_from_where_an_entry_ended(void **state)
{
    (void)state;
    struct journal *journal = journal_of(4);
    append_segments(journal, 1);
    struct journal_reader *reader = reader_of(journal);
    uint64_t nexts[PER_SEGMENT + 1];
    struct journal_entry entry;
    for (size_t i = 0; i <= PER_SEGMENT; i++) {
        assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_OK);
        nexts[i] = entry.next;
    }
    assert_int_equal(nexts[PER_SEGMENT], journal_end(journal));
    for (size_t i = 0; i < PER_SEGMENT; i++) {
        assert_int_equal(journal_reader_seek(reader, nexts[i]), JALON_OK);
        expect_numbers(reader, i + 1, PER_SEGMENT + 1);
    }
    static const uint64_t beyond[] = {10 * SEGMENT, (uint64_t)1 << 40, UINT64_MAX,
                                      UINT64_MAX - 65536};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        assert_int_equal(journal_reader_seek(reader, beyond[i]), JALON_OK);
        assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_NOT_FOUND);
    }
    journal_reader_free(reader);
    journal_free(journal);
}

static uint64_t read_to_the_end(uint64_t incarnation, unsigned *ret_entries)
{
    struct journal_reader *reader;
    struct journal_entry entry;
    assert_int_equal(journal_reader_open(&reader, folder.path, incarnation), JALON_OK);
    *ret_entries = 0;
    while (journal_reader_next(reader, &entry, NULL) == JALON_OK)
        ++*ret_entries;
    uint64_t end = journal_reader_end(reader);
    journal_reader_free(reader);
    return end;
}

/* What was shipped goes, and a mark stays where the store's positions are: at the end that was read. */
static void test_a_retired_incarnation_leaves_a_mark(void **state)
{
    (void)state;
    struct journal *journal = journal_of(4);
    uint64_t incarnation = journal_incarnation(journal), bytes, found[4];
    size_t count;
    unsigned entries;
    assert_int_equal(journal_append(journal, JOURNAL_CLICK, SLICE("click")), JALON_OK);
    assert_int_equal(journal_tend(journal, false, 0, 0, 1), JALON_OK); /* makes the next segment */
    assert_int_equal(journal_retire(folder.path, incarnation, 7), JALON_LOCKED);
    journal_free(journal);
    assert_false(journal_is_mark(folder.path, incarnation));
    uint64_t end = read_to_the_end(incarnation, &entries);
    assert_int_equal(entries, 1);
    for (unsigned i = 0; i < 3; i++) { /* again changes nothing */
        assert_int_equal(journal_retire(folder.path, incarnation, 7 + i), JALON_OK);
        assert_true(journal_is_mark(folder.path, incarnation));
        struct journal_reader *reader;
        assert_int_equal(journal_reader_open(&reader, folder.path, incarnation), JALON_OK);
        assert_true(journal_reader_first(reader) == end);
        assert_int_equal(journal_reader_first_ms(reader), 7);
        journal_reader_free(reader);
        (void)read_to_the_end(incarnation, &entries);
        assert_int_equal(entries, 0);
    }
    assert_int_equal(journal_folder_bytes(&bytes, folder.path), JALON_OK);
    assert_true(bytes <= 8192);
    assert_int_equal(journal_remove(folder.path, incarnation), JALON_OK);

    journal = journal_of(4); /* one that held nothing */
    incarnation = journal_incarnation(journal);
    journal_free(journal);
    assert_int_equal(journal_retire(folder.path, incarnation, 7), JALON_OK);
    assert_int_equal(journal_list(found, 4, &count, folder.path), JALON_OK);
    assert_int_equal(count, 0);
}

static void test_incarnations_are_found_and_removed_when_dead(void **state)
{
    (void)state;
    uint64_t found[4];
    size_t count;
    assert_int_equal(journal_list(found, 4, &count, folder.path), JALON_OK);
    assert_int_equal(count, 0);
    struct journal *first = journal_of(4), *second = journal_of(4);
    uint64_t incarnation = journal_incarnation(first);
    assert_true(incarnation != journal_incarnation(second));
    assert_int_equal(mkdir(scratch_file(&folder, "not-an-incarnation"), 0700), 0);
    assert_int_equal(journal_list(found, 4, &count, folder.path), JALON_OK);
    assert_int_equal(count, 2);
    assert_int_equal(journal_list(found, 1, &count, folder.path), JALON_FULL);
    assert_int_equal(count, 1);

    assert_int_equal(journal_remove(folder.path, incarnation), JALON_LOCKED);
    assert_int_equal(journal_trim(folder.path, incarnation), JALON_LOCKED);
    journal_free(first);
    assert_int_equal(journal_remove(folder.path, incarnation), JALON_OK);
    assert_int_equal(journal_remove(folder.path, incarnation), JALON_NOT_FOUND);
    assert_int_equal(journal_list(found, 4, &count, folder.path), JALON_OK);
    assert_int_equal(count, 1);
    assert_true(found[0] == journal_incarnation(second));
    struct journal_reader *reader;
    assert_int_equal(journal_reader_open(&reader, folder.path, incarnation), JALON_NOT_FOUND);
    journal_free(second);
}

static void test_no_folder_is_no_incarnation(void **state)
{
    (void)state;
    uint64_t found[1], bytes = 1;
    size_t count = 1;
    assert_int_equal(journal_list(found, 1, &count, scratch_file(&folder, "missing")), JALON_OK);
    assert_int_equal(count, 0);
    assert_int_equal(journal_folder_bytes(&bytes, scratch_file(&folder, "missing")), JALON_OK);
    assert_int_equal(bytes, 0);
}

static void test_trimming_gives_room_back_and_loses_nothing(void **state)
{
    (void)state;
    struct journal *journal = journal_of(4);
    assert_int_equal(journal_tend(journal, true, 0, 0, 1), JALON_OK);
    for (uint64_t number = 0; number < 3; number++)
        assert_int_equal(append_number(journal, number), JALON_OK);
    uint64_t incarnation = journal_incarnation(journal), before, after;
    journal_free(journal);
    assert_int_equal(journal_folder_bytes(&before, folder.path), JALON_OK);
    assert_int_equal(journal_trim(folder.path, incarnation), JALON_OK);
    assert_int_equal(journal_folder_bytes(&after, folder.path), JALON_OK);
    assert_true(before >= 2 * SEGMENT);
    assert_true(after <= before);
    struct journal_reader *reader;
    assert_int_equal(journal_reader_open(&reader, folder.path, incarnation), JALON_OK);
    expect_numbers(reader, 0, 3);
    journal_reader_free(reader);
}

/* A worker, a sync thread and a reader at once: TSan sees the first two, the reader sees every number. */
#define MANY 4000

struct pair {
    struct journal *journal;
    _Atomic uint64_t released;
    _Atomic bool is_over;
};

static void *tend(void *context)
{
    struct pair *pair = context;
    while (!atomic_load(&pair->is_over))
        if (journal_tend(pair->journal, false, atomic_load(&pair->released), 0, 1) == JALON_IO)
            break; /* full passes; a broken disk does not, and the worker's loop would not end */
    return NULL;
}

static void *append_many(void *context)
{
    struct pair *pair = context;
    for (uint64_t number = 0; number < MANY;)
        if (append_number(pair->journal, number) == JALON_OK)
            number++;
    return NULL;
}

static void test_three_threads_lose_nothing(void **state)
{
    (void)state;
    struct pair pair = {.journal = journal_of(4)};
    struct journal_reader *reader = reader_of(pair.journal);
    pthread_t worker, syncer;
    assert_int_equal(pthread_create(&syncer, NULL, tend, &pair), 0);
    assert_int_equal(pthread_create(&worker, NULL, append_many, &pair), 0);
    for (uint64_t number = 0; number < MANY;) {
        struct journal_entry entry;
        int err = journal_reader_next(reader, &entry, NULL);
        if (err == JALON_NOT_FOUND)
            continue;
        assert_int_equal(err, JALON_OK);
        assert_int_equal(number_of(&entry), number);
        atomic_store(&pair.released, entry.next);
        number++;
    }
    (void)pthread_join(worker, NULL);
    atomic_store(&pair.is_over, true);
    (void)pthread_join(syncer, NULL);
    journal_reader_free(reader);
    journal_free(pair.journal);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_reader_sees_what_is_appended_as_it_is),
        TEST(test_offsets_count_the_whole_incarnation),
        TEST(test_entries_go_on_in_the_next_segment),
        TEST(test_without_the_sync_thread_it_is_full_at_the_segments_end),
        TEST(test_the_bound_holds_and_shipping_makes_room),
        TEST(test_what_was_shipped_is_kept_for_its_time),
        TEST(test_what_was_shipped_gives_way_early_rather_than_refuse_clicks),
        TEST(test_synced_follows_only_a_sync),
        TEST(test_bad_options_are_refused),
        TEST(test_payloads_up_to_the_bound_fit_and_no_longer_ones),
        TEST(test_reading_goes_on_from_where_an_entry_ended),
        TEST(test_incarnations_are_found_and_removed_when_dead),
        TEST(test_a_retired_incarnation_leaves_a_mark),
        TEST(test_no_folder_is_no_incarnation),
        TEST(test_trimming_gives_room_back_and_loses_nothing),
        TEST(test_three_threads_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
