/* The stream against a store of the test's own, which keeps positions and clicks as functions.c says, and loses answers,
 * connections and its own tail: after all of that every click is in it once. */
#include "redirector/ship_stream.h"

#include "core/store/click_pack.h"
#include "core/store/journal.h"
#include "core/store/schema.h"
#include "redirector/counters.h"
#include "redirector/log.h"
#include "redirector/redis.h"
#include "redirector/worker.h"
#include "tests/unit/redirector/data_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define CLICKS_MAX 8000
#define QUEUE_MAX 64

/* the store */

struct redis_reply {
    enum redis_kind kind;
    char text[32];
    long long number;
    size_t count;
    struct redis_reply *items[3];
};

struct applied { /* all that the store holds */
    uint64_t positions[SCHEMA_PARTITIONS];
    uint8_t clicks[CLICKS_MAX]; /* how often it has the click of this nonce */
    unsigned gaps;
};

struct asked {
    int argc;
    char **argv;
    size_t *sizes;
    redis_heard *heard;
    void *context;
    uint64_t tag;
};

static struct {
    struct applied now, saved;
    struct asked queue[QUEUE_MAX];
    size_t count;
    bool is_connected, has_functions;
} store;

int redis_send(struct redis *redis, int argc, const char *const *argv, const size_t *sizes,
               redis_heard *heard, void *context, uint64_t tag)
{
    (void)redis;
    if (!store.is_connected)
        return JALON_UNAVAILABLE;
    assert_true(store.count < QUEUE_MAX);
    struct asked *asked = &store.queue[store.count++];
    *asked = (struct asked){.argc = argc, .heard = heard, .context = context, .tag = tag};
    asked->argv = calloc((size_t)argc, sizeof *asked->argv);
    asked->sizes = calloc((size_t)argc, sizeof *asked->sizes);
    for (int i = 0; i < argc; i++) {
        asked->sizes[i] = sizes ? sizes[i] : strlen(argv[i]);
        asked->argv[i] = calloc(1, asked->sizes[i] + 1);
        memcpy(asked->argv[i], argv[i], asked->sizes[i]);
    }
    return JALON_OK;
}

enum redis_kind redis_reply_kind(const struct redis_reply *reply)
{
    return reply->kind;
}

struct slice redis_reply_text(const struct redis_reply *reply)
{
    return slice_of_string(reply->text);
}

long long redis_reply_number(const struct redis_reply *reply)
{
    return reply->number;
}

size_t redis_reply_count(const struct redis_reply *reply)
{
    return reply->count;
}

const struct redis_reply *redis_reply_at(const struct redis_reply *reply, size_t index)
{
    return reply->items[index];
}

static struct asked take_asked(void)
{
    struct asked asked = store.queue[0];
    store.count--;
    memmove(&store.queue[0], &store.queue[1], store.count * sizeof store.queue[0]);
    return asked;
}

static void free_asked(struct asked *asked)
{
    for (int i = 0; i < asked->argc; i++)
        free(asked->argv[i]);
    free(asked->argv);
    free(asked->sizes);
}

static uint64_t number_at(const struct asked *asked, size_t index)
{
    uint64_t number;
    assert_true(index < (size_t)asked->argc);
    assert_int_equal(slice_to_u64(&number, slice_of_string(asked->argv[index]), UINT64_MAX),
                     JALON_OK);
    return number;
}

static int count_click(void *context, const struct click_record *click)
{
    (void)context;
    assert_true(click->nonce < CLICKS_MAX);
    store.now.clicks[click->nonce]++;
    return JALON_OK;
}

/* Applies the groups of jalon_ship: see the top of functions.c. */
static void apply(const struct asked *asked, size_t head)
{
    uint64_t groups = number_at(asked, head + 4) + number_at(asked, head + 5);
    uint64_t packs = number_at(asked, head + 6);
    size_t counters = number_at(asked, head + 4);
    size_t at = head + 8;
    for (size_t i = 0; i < groups; i++)
        at += 1 + number_at(asked, at) * (i < counters ? 2 : 1);
    for (size_t i = 0; i < packs; i++, at++)
        assert_int_equal(
            click_pack_each(slice_of(asked->argv[at], asked->sizes[at]), count_click, NULL),
            JALON_OK);
}

/* KEYS[1] is jalon:{pNN}:positions. */
static unsigned partition_of(const char *key)
{
    return (unsigned)(key[8] - '0') * 10 + (unsigned)(key[9] - '0');
}

static struct redis_reply *reply_of_number(struct redis_reply *reply, uint64_t number)
{
    *reply = (struct redis_reply){.kind = REDIS_NUMBER, .number = (long long)number};
    return reply;
}

static void carry_out_ship(const struct asked *asked, struct redis_reply *ret_reply)
{
    static struct redis_reply numbers[3];
    uint64_t *position = &store.now.positions[partition_of(asked->argv[3])];
    size_t head = 3 + number_at(asked, 2);
    uint64_t from = number_at(asked, head + 1), to = number_at(asked, head + 2);
    bool is_gap = asked->argv[head + 3][0] != '\0';
    bool fits = *position == from || (is_gap && *position < from);
    assert_true(to > from);
    if (fits) {
        store.now.gaps += *position != from;
        apply(asked, head);
        *position = to;
    }
    *ret_reply = (struct redis_reply){.kind = REDIS_LIST, .count = 3};
    ret_reply->items[0] = reply_of_number(&numbers[0], fits);
    ret_reply->items[1] = reply_of_number(&numbers[1], *position);
    ret_reply->items[2] = reply_of_number(&numbers[2], 0);
}

static void carry_out(const struct asked *asked, struct redis_reply *ret_reply)
{
    *ret_reply = (struct redis_reply){.kind = REDIS_NIL};
    if (strcmp(asked->argv[0], "HGET") == 0) {
        uint64_t position = store.now.positions[partition_of(asked->argv[1])];
        ret_reply->kind = position ? REDIS_TEXT : REDIS_NIL;
        (void)snprintf(ret_reply->text, sizeof ret_reply->text, "%llu",
                       (unsigned long long)position);
    } else if (!store.has_functions) {
        ret_reply->kind = REDIS_ERROR;
        (void)snprintf(ret_reply->text, sizeof ret_reply->text, "ERR Function not found");
    } else {
        carry_out_ship(asked, ret_reply);
    }
}

static void answer_one(void)
{
    struct asked asked = take_asked();
    struct redis_reply reply;
    carry_out(&asked, &reply);
    asked.heard(asked.context, asked.tag, &reply);
    free_asked(&asked);
}

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

static void want_functions(void *context)
{
    (void)context;
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

static uint32_t next_random(uint32_t *seed) /* xorshift32 */
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void do_something(uint32_t *seed)
{
    switch (next_random(seed) % 12) {
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
    case 7:
    case 8:
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
        TEST(test_functions_missing),   TEST(test_store_is_ahead),
        TEST(test_anything_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
