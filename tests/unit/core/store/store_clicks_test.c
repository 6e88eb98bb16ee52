/* Clicks by day and quarter-hour, shipped to a real server, sealed at some time or not, against a plain table of them. */
#include "core/store/ship_batch.h"
#include "core/store/store_seal.h"
#include "tests/unit/core/store/store_fixture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)
#define QUARTER_MS INT64_C(900000)
#define QUARTERS 96
#define LINKS 3 /* of one partition */
#define FIRST 20000
#define DAYS 100 /* from FIRST on: four blocks */
#define CLASSES (CLICK_CLASS_MAX + 1)

typedef uint64_t table[LINKS][DAYS][QUARTERS][CLASSES];
static table expected, found;

static struct client *client;
static uint64_t positions; /* where the next batch starts */

static int connect_too(void **state)
{
    int err = set_up(state);
    client = redis_server_client(&server);
    memset(expected, 0, sizeof expected);
    positions = 0;
    return err;
}

static int disconnect_too(void **state)
{
    client_free(client);
    return tear_down(state);
}

static uint64_t link_id(size_t link)
{
    return 16 * link + 5;
}

static void ask(const char *a, const char *b, const char *c, const char *d)
{
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, a, b, c, d, NULL), JALON_OK);
    reply_free(reply);
}

static void add_links(void)
{
    for (size_t i = 0; i < LINKS; i++) {
        struct key links = key_links(schema_partition(link_id(i)));
        char text[LINK_ID_TEXT + 1];
        link_id_format(text, link_id(i));
        ask("HSET", links.text, text, "1 {}");
    }
}

/* `count` clicks at random, shipped as one batch by a writer whose clock shows that day. */
static void ship(size_t count, int first_day, int last_day, int32_t today)
{
    struct ship_batch *batch;
    int argc;
    const char **argv;
    const size_t *sizes;
    struct argument_list command;
    struct reply *reply;
    assert_int_equal(ship_batch_new(&batch, 5, 77), JALON_OK);
    for (size_t i = 0; i < count; i++) {
        size_t link = (size_t)random() % LINKS, quarter = (size_t)random() % QUARTERS;
        int day = first_day + (int)(random() % (last_day - first_day + 1));
        struct click_record click = {.link_id = link_id(link),
                                     .at_ms =
                                         (FIRST + day) * DAY_MS + (int64_t)quarter * QUARTER_MS,
                                     .class = (uint8_t)(1 + random() % CLICK_CLASS_MAX),
                                     .visitor = (uint64_t)random(),
                                     .nonce = i};
        assert_int_equal(ship_batch_add_click(batch, &click), JALON_OK);
        expected[link][day][quarter][click.class]++;
    }
    assert_int_equal(ship_batch_command(batch, positions, positions + 64, 0, today * DAY_MS, &argc,
                                        &argv, &sizes),
                     JALON_OK);
    positions += 64;
    argument_list_init(&command, 1U << 26);
    for (int i = 0; i < argc; i++)
        argument_list_add(&command, slice_of(argv[i], sizes[i]));
    assert_int_equal(client_call(client, &command, &reply), JALON_OK);
    assert_int_equal(reply_kind(reply), REPLY_LIST);
    assert_int_equal(reply_integer(reply_at(reply, 0)), 1);
    assert_int_equal(reply_integer(reply_at(reply, 2)), 0);
    reply_free(reply);
    argument_list_done(&command);
    (void)ship_batch_free(batch);
}

static int no_pause(void *context)
{
    (void)context;
    return JALON_OK;
}

static void seal(int last_day)
{
    struct seal_result result;
    assert_int_equal(store_seal(store, FIRST + last_day, no_pause, NULL, &result), JALON_OK);
    assert_int_equal(result.refused, 0);
}

static int add_day(void *context, size_t index, int32_t day, enum click_class class, int64_t count)
{
    (void)context;
    found[index][day - FIRST][0][class] += (uint64_t)count;
    return JALON_OK;
}

/* Each span of days is what the table has of it, and nothing else is visited. */
static void expect_days(int first, int last)
{
    uint64_t ids[LINKS];
    for (size_t i = 0; i < LINKS; i++)
        ids[i] = link_id(i);
    memset(found, 0, sizeof found);
    assert_int_equal(store_days_each(store, ids, LINKS, FIRST + first, FIRST + last, add_day, NULL),
                     JALON_OK);
    for (size_t link = 0; link < LINKS; link++)
        for (int day = 0; day < DAYS; day++)
            for (size_t class = 0; class < CLASSES; class ++) {
                uint64_t sum = 0;
                for (size_t i = 0; i < QUARTERS && day >= first && day <= last; i++)
                    sum += expected[link][day][i][class];
                if (found[link][day][0][class] != sum)
                    fail_msg("link %zu, day %d, class %zu: %" PRIu64 ", not %" PRIu64, link, day,
                             class, found[link][day][0][class], sum);
            }
}

static int add_quarter(void *context, size_t index, unsigned quarter, enum click_class class,
                       int64_t count)
{
    const struct day_of_link *days = context;
    found[days[index].link_id / 16][days[index].day - FIRST][quarter][class] += (uint64_t)count;
    return JALON_OK;
}

static void expect_quarters(int first, int last)
{
    static struct day_of_link days[LINKS * DAYS];
    size_t count = 0;
    memset(found, 0, sizeof found);
    for (size_t link = 0; link < LINKS; link++)
        for (int day = first; day <= last; day++)
            days[count++] = (struct day_of_link){link_id(link), FIRST + day};
    assert_int_equal(store_quarters_each(store, days, count, add_quarter, days), JALON_OK);
    for (size_t link = 0; link < LINKS; link++)
        for (int day = 0; day < DAYS; day++) {
            bool is_asked = day >= first && day <= last;
            static uint64_t nothing[QUARTERS][CLASSES]; /* zeros */
            assert_memory_equal(found[link][day], is_asked ? expected[link][day] : nothing,
                                sizeof nothing);
        }
}

static void expect_all(void)
{
    static const int spans[][2] = {{0, DAYS - 1}, {0, 0},   {31, 32}, {40, 46}, {40, 47}, {13, 60},
                                   {50, 61},      {60, 72}, {95, 99}, {99, 99}, {61, 61}, {88, 99}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        expect_days(spans[i][0], spans[i][1]);
        expect_quarters(spans[i][0], spans[i][1]);
    }
}

/* How many fields of days up to that one are not sealed. */
static int64_t count_loose(const char *key, int day)
{
    struct reply *reply;
    char text[16];
    (void)snprintf(text, sizeof text, "%d", FIRST + day); /* fits */
    assert_int_equal(
        client_say(client, &reply, "EVAL",
                   "local n = 0 "
                   "for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do "
                   "  local day = string.match(field, '^(%d+):') "
                   "  if day and tonumber(day) <= tonumber(ARGV[1]) then n = n + 1 end "
                   "end return n",
                   "1", key, text, NULL),
        JALON_OK);
    int64_t count = reply_integer(reply);
    reply_free(reply);
    return count;
}

static void expect_sealed(int last_day)
{
    for (size_t link = 0; link < LINKS; link++) {
        assert_int_equal(count_loose(key_days(link_id(link)).text, last_day), 0);
        for (int day = 0; day <= last_day; day += SCHEMA_BLOCK_DAYS)
            assert_int_equal(
                count_loose(key_quarter_hours(link_id(link), FIRST + day).text, last_day), 0);
    }
}

static void expect_until(unsigned partition, int32_t day)
{
    int32_t until[SCHEMA_PARTITIONS];
    assert_int_equal(store_sealed_until(store, until), JALON_OK);
    assert_int_equal(until[partition], day);
}

static int ship_nothing(void *context)
{
    unsigned *pauses = context;
    ++*pauses;
    return JALON_OK;
}

static int sum_quarter(void *context, size_t index, unsigned quarter, enum click_class class,
                       int64_t count)
{
    (void)quarter, (void)class;
    ((uint64_t *)context)[index] += (uint64_t)count;
    return JALON_OK;
}

static void test_clicks_are_found_where_they_are(void **state)
{
    (void)state;
    add_links();
    ship(3000, 0, DAYS - 1, FIRST + DAYS);
    ship(3000, 0, DAYS - 1, FIRST + DAYS);
    expect_all();
    seal(60);
    expect_sealed(60);
    assert_true(count_loose(key_days(link_id(0)).text, 61) > 0);
    expect_all();
}

/* Whatever was sealed before it came, and whatever the writer's clock shows. */
static void test_any_history_reads_the_same(void **state)
{
    (void)state;
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    srandom(seed);
    add_links();
    for (int sealed = -1, round = 0; round < 25; round++) {
        if (random() % 3 == 0 && sealed < DAYS - 4) {
            sealed += 1 + (int)(random() % 12);
            sealed = sealed < DAYS - 4 ? sealed : DAYS - 4;
            seal(sealed);
        }
        ship(1 + (size_t)random() % 800, 0, DAYS - 1, FIRST + (int32_t)(random() % (DAYS + 9)));
        if (sealed >= 0)
            expect_sealed(sealed);
        expect_all();
    }
}

static void test_large_counts_stay_exact(void **state)
{
    (void)state;
    static const char *const counts[] = {"127",        "128",           "16384",
                                         "4294967297", "1099511627775", "4503599627370495"};
    enum { COUNTS = sizeof counts / sizeof *counts };
    add_links();
    for (int i = 0; i < COUNTS; i++) {
        char day[32], quarter[32];
        uint64_t count = strtoull(counts[i], NULL, 10);
        (void)snprintf(day, sizeof day, "%d:h", FIRST + i);                    /* fits */
        (void)snprintf(quarter, sizeof quarter, "%d:%d:h", FIRST + i, 95 - i); /* fits */
        ask("HSET", key_days(link_id(1)).text, day, counts[i]);
        ask("HSET", key_quarter_hours(link_id(1), FIRST).text, quarter, counts[i]);
        expected[1][i][95 - i][CLICK_HUMAN] = count;
    }
    expect_all();
    seal(50);
    expect_sealed(50);
    expect_all();
    /* What Lua's numbers can't hold stays as it is. */
    ask("HSET", key_days(link_id(1)).text, "20010:h", "9223372036854775807");
    ask("HSET", key_quarter_hours(link_id(1), FIRST).text, "20010:3:h", "9223372036854775807");
    expected[1][10][3][CLICK_HUMAN] = INT64_MAX;
    ask("DEL", key_sealed_until(5).text, NULL, NULL);
    struct seal_result result;
    assert_int_equal(store_seal(store, FIRST + 51, no_pause, NULL, &result), JALON_OK);
    assert_int_equal(result.refused, 2);
    assert_int_equal(count_loose(key_days(link_id(1)).text, 50), 1);
    expect_all();
}

static void test_sealing_is_what_was_said_before_the_walk(void **state)
{
    (void)state;
    struct key sealing = key_sealing_until(5);
    add_links();
    seal(20);
    ask("SET", sealing.text, "20010", NULL); /* a server that came back without its last second */
    ask("SET", key_sealed_until(5).text, "20010", NULL);
    ship(300, 0, 30, FIRST);
    expect_all();
    seal(20);
    expect_sealed(20);
    expect_all();
    /* What is said of the end of a walk is no more than what was said of its beginning. */
    struct reply *reply;
    ask("SET", sealing.text, "20015", NULL);
    assert_int_equal(client_say(client, &reply, "FCALL", FUNCTION_SEALED, "2", sealing.text,
                                key_sealed_until(5).text, "20020", NULL),
                     JALON_OK);
    assert_int_equal(reply_integer(reply), 20015);
    reply_free(reply);
    expect_until(5, 20015);
    /* It never goes back. */
    assert_int_equal(
        client_say(client, &reply, "FCALL", FUNCTION_SEALING, "1", sealing.text, "20001", NULL),
        JALON_OK);
    reply_free(reply);
    assert_int_equal(client_say(client, &reply, "GET", sealing.text, NULL), JALON_OK);
    assert_true(slice_is(reply_text(reply), "20015"));
    reply_free(reply);
}

/* Nothing of a hash that can't be sealed is lost, and the others are. */
static void test_what_cant_be_sealed_is_stepped_over(void **state)
{
    (void)state;
    struct seal_result result;
    struct key bad_type = key_quarter_hours(link_id(1), FIRST),
               bad_field = key_quarter_hours(link_id(0), FIRST);
    add_links();
    ship(400, 0, 10, FIRST + 21);
    ask("HSET", bad_field.text, "20003", "\x86");
    ask("DEL", bad_type.text, NULL, NULL);
    ask("RPUSH", bad_type.text, "rubbish", NULL);
    int64_t loose = count_loose(bad_field.text, 10);
    assert_int_equal(store_seal(store, FIRST + 10, no_pause, NULL, &result), JALON_OK);
    assert_int_equal(result.refused, 2);
    assert_true(loose > 0);
    assert_int_equal(count_loose(bad_field.text, 10), loose);
    assert_int_equal(count_loose(key_quarter_hours(link_id(2), FIRST).text, 10), 0);
    for (size_t i = 0; i < LINKS; i++)
        assert_int_equal(count_loose(key_days(link_id(i)).text, 10), 0);
    expect_days(0, DAYS - 1);
    /* So it is not said to be sealed, and what is not is read on. */
    expect_until(5, -1);
    expect_until(4, FIRST + 10);
    ask("DEL", bad_type.text, NULL, NULL);
    ask("HDEL", bad_field.text, "20003", NULL);
    memset(expected[1], 0, sizeof expected[1]); /* went with the key */
    expect_quarters(4, 6);
    assert_int_equal(store_seal(store, FIRST + 10, no_pause, NULL, &result), JALON_OK);
    assert_int_equal(result.refused, 0);
    expect_until(5, FIRST + 10);
    expect_quarters(4, 6);
}

/* A click of a day under way, from a writer whose clock is behind, comes wherever the walk is. */
static int ship_meanwhile(void *context)
{
    unsigned *pauses = context;
    ++*pauses;
    ship(40, 0, 12, FIRST);
    return JALON_OK;
}

static void test_what_comes_during_the_walk_is_sealed(void **state)
{
    (void)state;
    struct seal_result result;
    unsigned pauses = 0;
    add_links();
    ship(4000, 0, 20, FIRST + 21);
    assert_int_equal(store_seal(store, FIRST + 10, ship_meanwhile, &pauses, &result), JALON_OK);
    assert_true(pauses >= 3);
    expect_sealed(10);
    expect_until(5, FIRST + 10);
    expect_all();
}

static int end_at_zero(void *context)
{
    unsigned *left = context;
    return (*left)-- ? JALON_OK : JALON_CONFLICT;
}

static void test_a_walk_that_is_ended_says_nothing(void **state)
{
    (void)state;
    struct seal_result result;
    add_links();
    ship(4000, 0, 20, FIRST + 21);
    ship(4000, 0, 20, FIRST + 21);
    for (unsigned after = 0, left = 0;; after++, left = after) {
        int err = store_seal(store, FIRST + 10, end_at_zero, &left, &result);
        expect_quarters(4, 6);
        expect_days(0, 12);
        if (err == JALON_OK)
            break;
        assert_int_equal(err, JALON_CONFLICT);
        assert_true(after < 100);
        expect_until(5, -1);
    }
    expect_sealed(10);
    expect_all();
}

static int cut_connection(void *context)
{
    (void)context;
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "CLIENT", "KILL", "SKIPME", "yes", NULL), JALON_OK);
    reply_free(reply);
    return JALON_OK;
}

/* The server may be one that lost its last second. */
static void test_a_walk_over_two_connections_says_nothing(void **state)
{
    (void)state;
    struct seal_result result;
    add_links();
    ship(300, 0, 20, FIRST + 21);
    assert_int_equal(store_seal(store, FIRST + 10, cut_connection, NULL, &result),
                     JALON_UNAVAILABLE);
    expect_until(5, -1);
    expect_all();
    seal(10);
    expect_sealed(10);
    expect_all();
}

/* Should only the first command of a sealing ever be carried out, as when a cut file is loaded twice, nothing is counted twice. */
static void test_half_a_sealing_is_a_whole_one(void **state)
{
    (void)state;
    static const char whole[] = "redis.call('HDEL', key, unpack(fields))", half[] = "--";
    char *source = strdup(functions_source), *at = strstr(source, whole);
    assert_non_null(at);
    memset(at, ' ', strlen(whole));
    memcpy(at, half, strlen(half));
    add_links();
    ship(900, 0, 20, FIRST + 21); /* not so many that a call takes them once more */
    ask("FUNCTION", "LOAD", "REPLACE", source);
    seal(10);
    assert_true(count_loose(key_days(link_id(0)).text, 10) > 0);
    expect_all();
    ask("FUNCTION", "LOAD", "REPLACE", functions_source);
    seal(12);
    expect_all();
    free(source);
}

static void test_many_links_and_blocks_are_sealed(void **state)
{
    (void)state;
    enum { MANY = 300 };
    struct seal_result result;
    for (uint64_t i = 0; i < MANY; i++) {
        char text[LINK_ID_TEXT + 1];
        link_id_format(text, 16 * i + 5);
        ask("HSET", key_links(5).text, text, "1 {}");
        for (int day = 0; day < DAYS; day += 40) {                  /* a block each */
            (void)snprintf(text, sizeof text, "%d:h", FIRST + day); /* fits */
            ask("HSET", key_days(16 * i + 5).text, text, "7");
            (void)snprintf(text, sizeof text, "%d:9:h", FIRST + day); /* fits */
            ask("HSET", key_quarter_hours(16 * i + 5, FIRST + day).text, text, "7");
        }
    }
    assert_int_equal(store_seal(store, FIRST + DAYS, no_pause, NULL, &result), JALON_OK);
    for (uint64_t i = 0; i < MANY; i++) {
        assert_int_equal(count_loose(key_days(16 * i + 5).text, DAYS), 0);
        for (int day = 0; day < DAYS; day += 40)
            assert_int_equal(count_loose(key_quarter_hours(16 * i + 5, FIRST + day).text, DAYS), 0);
    }
}

/* A link's busy days don't make one call a long one: thousands of counters take several. */
static void test_a_call_is_bounded(void **state)
{
    (void)state;
    unsigned pauses = 0;
    struct seal_result result;
    add_links();
    for (int i = 0; i < 8; i++)
        ship(4000, 0, 20, FIRST + 21);
    assert_int_equal(store_seal(store, FIRST + 20, ship_nothing, &pauses, &result), JALON_OK);
    /* Nearly each is a counter of its own; no call takes more than 500 of one hash, or much more of several. */
    assert_in_range(pauses, 8 * 4000 / 2 / 1000, 8 * 4000);
    expect_sealed(20);
    expect_all();
}

/* Each is visited under its own index, in whatever order they are asked for. */
static void test_days_in_any_order(void **state)
{
    (void)state;
    const struct day_of_link days[] = {{link_id(1), FIRST + 9}, {link_id(1), FIRST + 3},
                                       {link_id(1), FIRST + 3}, {link_id(1), FIRST + 4},
                                       {link_id(0), FIRST + 4}, {link_id(1), FIRST + 3}};
    enum { COUNT = sizeof days / sizeof *days };
    add_links();
    ship(3000, 0, 20, FIRST + 21);
    for (int sealed = 0; sealed < 2; sealed++) {
        uint64_t sums[COUNT] = {0};
        assert_int_equal(store_quarters_each(store, days, COUNT, sum_quarter, sums), JALON_OK);
        for (size_t i = 0; i < COUNT; i++) {
            uint64_t sum = 0;
            for (size_t j = 0; j < QUARTERS * CLASSES; j++)
                sum +=
                    expected[days[i].link_id / 16][days[i].day - FIRST][j / CLASSES][j % CLASSES];
            assert_int_equal(sums[i], sum);
        }
        seal(15);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, connect_too, disconnect_too)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_clicks_are_found_where_they_are),
        TEST(test_any_history_reads_the_same),
        TEST(test_large_counts_stay_exact),
        TEST(test_sealing_is_what_was_said_before_the_walk),
        TEST(test_what_cant_be_sealed_is_stepped_over),
        TEST(test_what_comes_during_the_walk_is_sealed),
        TEST(test_a_walk_that_is_ended_says_nothing),
        TEST(test_a_walk_over_two_connections_says_nothing),
        TEST(test_half_a_sealing_is_a_whole_one),
        TEST(test_many_links_and_blocks_are_sealed),
        TEST(test_a_call_is_bounded),
        TEST(test_days_in_any_order),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
