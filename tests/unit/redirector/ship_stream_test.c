/* The stream against a store of the test's own, which keeps positions and clicks as functions.c says, and loses answers,
 * connections and its own tail: after all of that every click is in it once. */
#include "redirector/ship_stream.h"

#include "core/store/journal.h"
#include "redirector/counters.h"
#include "redirector/log.h"
#include "redirector/worker.h"
#include "tests/unit/redirector/data_folder.h"
#include "tests/unit/redirector/shipping_store.h"

#include <sys/stat.h>
#include <unistd.h>

/* the worker */

static struct worker worker;
static struct counters counters;
static struct journal *journal;
static struct ship_stream *stream;
static char *folder;
static unsigned appended, functions_wanted;

static void want_nothing(void *context)
{
    (void)context;
}

static void want_functions(void *context, unsigned partition)
{
    (void)context;
    assert_true(partition < SCHEMA_PARTITIONS);
    functions_wanted++;
}

static void open_stream(bool is_live)
{
    struct ship_stream_options options = {.worker = &worker,
                                          .folder = folder,
                                          .incarnation = journal_incarnation(journal),
                                          .journal = is_live ? journal : NULL,
                                          .wanted = want_nothing,
                                          .lacks_functions = want_functions};
    assert_int_equal(ship_stream_new(&stream, &options), JALON_OK);
}

static int set_up(void **state)
{
    (void)state;
    memset(&store, 0, sizeof store);
    memset((void *)&counters, 0, sizeof counters);
    store.is_connected = store.has_functions = true;
    worker = (struct worker){.counters = &counters, .monotonic_ms = 1000};
    appended = functions_wanted = 0;
    folder = data_folder_new();
    struct journal_options options = {
        .folder = folder, .segment_bytes = 65536, .max_bytes = 64 * 65536};
    assert_int_equal(journal_open(&journal, &options), JALON_OK);
    open_stream(true);
    log_configure(LOG_ERROR, false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ship_stream_free(stream);
    journal_free(journal);
    data_folder_remove(folder);
    return 0;
}

static void append(unsigned count)
{
    for (; count > 0; count--) {
        struct click_record click = {.link_id =
                                         appended % 37, /* partitions of very different size */
                                     .nonce = appended,
                                     .visitor = 1 + appended % 5,
                                     .at_ms = INT64_C(1796040000000) + appended,
                                     .class = CLICK_HUMAN};
        char memory[CLICK_RECORD_MAX];
        struct buffer record;
        buffer_over(&record, memory, sizeof memory);
        click_record_write(&record, &click);
        assert_true(appended < CLICKS_MAX);
        assert_int_equal(journal_tend(journal, false, 0, 0, 0), JALON_OK);
        assert_int_equal(journal_append(journal, JOURNAL_CLICK, buffer_slice(&record)), JALON_OK);
        appended++;
    }
}

/* A loop turn, and time goes on. */
static void turn(bool is_draining)
{
    worker.monotonic_ms += 100;
    while (ship_stream_turn(stream, is_draining))
        ;
}

static void run_to_the_end(void)
{
    unsigned rounds = 0;
    do { /* what was appended since the last turn is not known to the stream */
        assert_true(++rounds < 10000);
        turn(true);
        while (store.count > 0)
            answer_one();
    } while (!ship_stream_is_done(stream));
    assert_true(ship_stream_is_quiet(stream));
}

static void expect_each_once(unsigned from)
{
    for (unsigned i = 0; i < appended; i++)
        assert_int_equal(store.now.clicks[i], i >= from);
}

/* The connection ends: of what is on its way, the first `carried_out` are, and nobody hears of it. */
static void lose_connection(size_t carried_out)
{
    ship_stream_lost(stream);
    store.is_connected = false;
    while (store.count > 0) {
        struct asked asked = take_asked();
        struct redis_reply reply;
        if (carried_out > 0) {
            carry_out(&asked, &reply);
            carried_out--;
        }
        asked.heard(asked.context, asked.tag, NULL);
        free_asked(&asked);
    }
    assert_true(ship_stream_is_quiet(stream));
}

static void connect_again(void)
{
    store.is_connected = true;
    ship_stream_restart(stream);
}

static void test_ships_all(void **state)
{
    (void)state;
    append(3000); /* several segments */
    ship_stream_restart(stream);
    run_to_the_end();
    expect_each_once(0);
    assert_int_equal(counter_get(&counters, shipped_clicks), 3000);
    append(10);
    turn(false);
    run_to_the_end();
    expect_each_once(0);
    assert_true(ship_stream_stored(stream) > 0);
    assert_int_equal(ship_stream_lag(stream, journal_end(journal)), 0);
}

/* What came since the last turn is missing in the store, though nobody has read it yet. */
static void test_lag_grows_with_the_journal(void **state)
{
    (void)state;
    append(3);
    ship_stream_restart(stream);
    run_to_the_end();
    assert_int_equal(ship_stream_lag(stream, journal_end(journal)), 0);
    append(1);
    assert_true(ship_stream_lag(stream, journal_end(journal)) > 0);
    turn(false);
    run_to_the_end();
    assert_int_equal(ship_stream_lag(stream, journal_end(journal)), 0);
}

/* An answer that is lost is no click that is lost, and none that is there twice, nor one that is not counted. */
static void test_lost_answers(void **state)
{
    (void)state;
    append(500);
    ship_stream_restart(stream);
    for (size_t carried_out = 0; carried_out <= SCHEMA_PARTITIONS; carried_out++) {
        while (store.count > 0)
            answer_one();
        append(100);
        turn(false);
        lose_connection(carried_out);
        connect_again();
    }
    run_to_the_end();
    expect_each_once(0);
    assert_int_equal(counter_get(&counters, shipped_clicks), appended);
}

/* Carried out or not, nobody hears of it, and the connection stays: a cluster in between two states. */
static void leave_unanswered(bool is_carried_out)
{
    struct asked asked = take_asked();
    struct redis_reply reply;
    if (is_carried_out)
        carry_out(&asked, &reply);
    asked.heard(asked.context, asked.tag, NULL);
    free_asked(&asked);
}

static bool is_asking_positions(void)
{
    for (size_t i = 0; i < store.count; i++)
        if (strcmp(store.queue[i].argv[0], "HGET") != 0)
            return false;
    return store.count == SCHEMA_PARTITIONS;
}

static void test_no_answer(void **state)
{
    (void)state;
    append(500);
    ship_stream_restart(stream);
    while (store.count > 0)
        answer_one();
    turn(false);
    assert_int_equal(store.count, SCHEMA_PARTITIONS);
    leave_unanswered(true);
    leave_unanswered(false);
    while (store.count > 0)
        answer_one();
    turn(false);
    assert_true(is_asking_positions());
    run_to_the_end();
    expect_each_once(0);
    assert_int_equal(counter_get(&counters, shipped_clicks), appended);
}

/* Nobody answers for long: it is asked again, and again, but not all the time. */
static void test_no_answer_for_long(void **state)
{
    (void)state;
    append(10);
    ship_stream_restart(stream);
    unsigned rounds = 0;
    for (int64_t end = worker.monotonic_ms + 10000; worker.monotonic_ms < end; turn(false)) {
        rounds += store.count > 0;
        while (store.count > 0)
            leave_unanswered(false);
    }
    assert_in_range(rounds, 10, 18);
    run_to_the_end();
    expect_each_once(0);
}

/* A partition is on another server than before, with batches on their way to both: positions are asked for when
 * those were heard out, and the new server's is the older one. */
static void test_moved_to_older(void **state)
{
    (void)state;
    append(300);
    ship_stream_restart(stream);
    run_to_the_end();
    store.saved = store.now;
    append(300);
    run_to_the_end();
    append(300);
    while (store.count == 0) /* small batches wait */
        turn(false);
    size_t open = store.count;
    assert_in_range(open, 1, SCHEMA_PARTITIONS);
    store.now.positions[3] = store.saved.positions[3];
    for (unsigned i = 0; i < CLICKS_MAX; i++) /* see append() */
        if (i % 37 % SCHEMA_PARTITIONS == 3)
            store.now.clicks[i] = store.saved.clicks[i];
    ship_stream_lost(stream);
    ship_stream_restart(stream);
    turn(false);
    assert_int_equal(store.count, open);
    while (store.count > 0)
        answer_one();
    turn(false);
    assert_true(is_asking_positions());
    run_to_the_end();
    expect_each_once(0);
}

/* The store comes back older than what it had acknowledged. */
static void test_lost_tail(void **state)
{
    (void)state;
    append(300);
    ship_stream_restart(stream);
    run_to_the_end();
    store.saved = store.now;
    append(700);
    run_to_the_end();
    expect_each_once(0);
    lose_connection(0);
    store.now = store.saved;
    connect_again();
    run_to_the_end();
    expect_each_once(0);
    assert_int_equal(counter_get(&counters, ship_gaps), 0);
}

/* It does so behind a proxy that kept the connection: the refusal tells. */
static void test_lost_tail_unnoticed(void **state)
{
    (void)state;
    append(300);
    ship_stream_restart(stream);
    run_to_the_end();
    store.saved = store.now;
    append(300);
    run_to_the_end();
    store.now = store.saved;
    append(100);
    run_to_the_end();
    turn(false);
    run_to_the_end();
    expect_each_once(0);
    assert_in_range(counter_get(&counters, ship_refused), 1, SCHEMA_PARTITIONS);
}

static void test_gap(void **state)
{
    (void)state;
    append(2000);
    ship_stream_restart(stream);
    run_to_the_end();
    /* Segments that the store has are not kept for longer than is asked: 0 ms. */
    assert_int_equal(journal_tend(journal, false, ship_stream_stored(stream), 0, 5000), JALON_OK);
    lose_connection(0);
    memset(&store.now, 0, sizeof store.now);
    connect_again();
    append(100);
    run_to_the_end();
    unsigned first = 0;
    while (store.now.clicks[first] == 0)
        first++;
    assert_in_range(first, 1, 1999);
    expect_each_once(first);
    assert_int_equal(store.now.gaps, SCHEMA_PARTITIONS);
    assert_int_equal(counter_get(&counters, ship_gaps), SCHEMA_PARTITIONS);
}

static void test_functions_missing(void **state)
{
    (void)state;
    append(100);
    store.has_functions = false;
    ship_stream_restart(stream);
    for (unsigned i = 0; i < 50; i++) {
        turn(false);
        while (store.count > 0)
            answer_one();
    }
    assert_in_range(functions_wanted, 1, 50);
    store.has_functions = true;
    run_to_the_end();
    expect_each_once(0);
}

/* A position past the journal's end: a machine's crash took the tail that the store already has. */
static void test_store_is_ahead(void **state)
{
    (void)state;
    append(100);
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++)
        store.now.positions[i] = journal_end(journal) + 4096;
    ship_stream_free(stream);
    open_stream(false);
    ship_stream_restart(stream);
    run_to_the_end();
    for (unsigned i = 0; i < appended; i++)
        assert_int_equal(store.now.clicks[i], 0);
}

/* A journal that can't be read on, now or ever: what is before that place is in the store all the same. */
static void test_unreadable_segment(void **state)
{
    (void)state;
    append(3000); /* several segments */
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%016llx/00000001.seg", folder,
                   (unsigned long long)journal_incarnation(journal)); /* fits */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    ship_stream_free(stream);
    open_stream(false);
    ship_stream_restart(stream);
    for (unsigned i = 0; i < 50; i++) {
        turn(false);
        while (store.count > 0)
            answer_one();
    }
    unsigned last = 0;
    while (store.now.clicks[last] == 1)
        last++;
    assert_in_range(last, 500, 2000); /* about a segment's worth */
    for (unsigned i = last; i < appended; i++)
        assert_int_equal(store.now.clicks[i], 0);
    assert_false(ship_stream_is_done(stream));
    assert_int_equal(rmdir(path), 0);
}

static uint32_t next_random(uint32_t *seed) /* xorshift32 */
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void do_something(uint32_t *seed)
{
    switch (next_random(seed) % 14) {
    case 0:
        lose_connection(next_random(seed) % 20);
        connect_again();
        break;
    case 1:
        store.saved = store.now;
        break;
    case 2:
        lose_connection(next_random(seed) % 20);
        store.now = store.saved;
        connect_again();
        break;
    case 3:
        store.has_functions = !store.has_functions;
        break;
    case 4:
    case 5:
        append(next_random(seed) % 40);
        break;
    case 6:
        if (store.count > 0)
            leave_unanswered(next_random(seed) % 2 == 0);
        break;
    case 7:
        ship_stream_lost(stream);
        ship_stream_restart(stream);
        break;
    case 8:
    case 9:
    case 10:
        turn(next_random(seed) % 4 == 0);
        break;
    default:
        for (uint32_t left = next_random(seed) % 20; left > 0 && store.count > 0; left--)
            answer_one();
    }
}

static void test_anything_goes(void **state)
{
    (void)state;
    uint32_t seed = 2026;
    ship_stream_restart(stream);
    for (unsigned step = 0; step < 3000 && appended < CLICKS_MAX - 100; step++)
        do_something(&seed);
    store.has_functions = true;
    run_to_the_end();
    expect_each_once(0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ships_all),           TEST(test_lost_answers),
        TEST(test_lost_tail),           TEST(test_lag_grows_with_the_journal),
        TEST(test_lost_tail_unnoticed), TEST(test_gap),
        TEST(test_no_answer),           TEST(test_no_answer_for_long),
        TEST(test_moved_to_older),      TEST(test_functions_missing),
        TEST(test_store_is_ahead),      TEST(test_unreadable_segment),
        TEST(test_anything_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
