/* Sealing on a real server; what is sealed is counted by Redis. */
#include "core/store/store_seal.h"
#include "tests/unit/core/store/store_fixture.h"
#include "tests/unit/core/store/sealed.h"

#include <inttypes.h>
#include <limits.h>
#include <time.h>

#define LAST 20070
#define PAST_MS (INT64_C(86400000) * (LAST + 3) + 1) /* when that is the last day to seal */

static struct client *client;
static unsigned pauses, pauses_left; /* after which the walk is to end */

static int connect_too(void **state)
{
    client = NULL;
    int err = set_up(state);
    client = redis_server_client(&server);
    pauses = 0;
    pauses_left = UINT_MAX;
    return err;
}

static int disconnect_too(void **state)
{
    client_free(client);
    return tear_down(state);
}

static int count_pause(void *context)
{
    assert_ptr_equal(context, &pauses);
    pauses++;
    return pauses_left-- ? JALON_OK : JALON_CONFLICT;
}

static struct seal_result seal_expecting(int expected, int32_t last_day)
{
    struct seal_result result;
    assert_int_equal(store_seal(store, last_day, count_pause, &pauses, &result), expected);
    return result;
}

static void expect_seal(int32_t last_day, uint64_t days)
{
    struct seal_result result = seal_expecting(JALON_OK, last_day);
    assert_int_equal(result.days, days);
    assert_int_equal(result.refused, 0);
}

static int64_t ask_integer(const char *a, const char *b, const char *c, const char *d,
                           const char *e)
{
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, a, b, c, d, e, NULL), JALON_OK);
    int64_t result = reply_integer(reply);
    reply_free(reply);
    return result;
}

static void ask(const char *a, const char *b, const char *c, const char *d)
{
    (void)ask_integer(a, b, c, d, NULL);
}

static const char *text_of(uint64_t number)
{
    static char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, number); /* fits */
    return text;
}

static void add_link(uint64_t link_id)
{
    struct key links = key_links(schema_partition(link_id));
    char text[LINK_ID_TEXT + 1];
    link_id_format(text, link_id);
    ask("HSET", links.text, text, "1 {}");
}

static void add_clicks(uint64_t link_id, int32_t day, char class)
{
    struct key days = key_days(link_id);
    char field[24];
    (void)snprintf(field, sizeof field, "%d:%c", day, class); /* fits */
    ask("HINCRBY", days.text, field, "1");
}

static void add_visitors(struct key key, uint64_t first, uint64_t count)
{
    struct reply *reply;
    char last[24];
    (void)snprintf(last, sizeof last, "%" PRIu64, first + count - 1); /* fits */
    assert_int_equal(client_say(client, &reply, "EVAL",
                                "for i = ARGV[1], ARGV[2] do redis.call('PFADD', KEYS[1], i) end",
                                "1", key.text, text_of(first), last, NULL),
                     JALON_OK);
    reply_free(reply);
}

/* Clicks of people on that day, as they are counted in its own key. */
static void come(uint64_t link_id, int32_t day, uint64_t first, uint64_t count)
{
    add_clicks(link_id, day, 'h');
    add_visitors(key_visitors(link_id, day), first, count);
}

static int64_t count_own(uint64_t link_id, int32_t day)
{
    return ask_integer("PFCOUNT", key_visitors(link_id, day).text, NULL, NULL, NULL);
}

static int64_t count_sealed(uint64_t link_id, int32_t day)
{
    return sealed_count(client, key_sealed_visitors(link_id, day).text, text_of((uint64_t)day));
}

static size_t sealed_bytes(uint64_t link_id, int32_t day)
{
    return (size_t)ask_integer("HSTRLEN", key_sealed_visitors(link_id, day).text,
                               text_of((uint64_t)day), NULL, NULL);
}

static void expect_where(uint64_t link_id, int32_t day, int64_t own, int64_t sealed)
{
    assert_int_equal(count_own(link_id, day), own);
    assert_int_equal(count_sealed(link_id, day), sealed);
}

static void expect_until(unsigned partition, int32_t day)
{
    int32_t days[SCHEMA_PARTITIONS];
    assert_int_equal(store_sealed_until(store, days), JALON_OK);
    assert_int_equal(days[partition], day);
}

static void test_days_that_may_be_sealed(void **state)
{
    (void)state;
    assert_int_equal(seal_last_day(PAST_MS), LAST);
    assert_int_equal(seal_last_day(PAST_MS - 2), LAST - 1);
    assert_int_equal(seal_recent_day(PAST_MS), LAST + 2);
    assert_int_equal(seal_last_day(0), -3);
}

static void test_days_that_are_over_are_sealed(void **state)
{
    (void)state;
    static const uint64_t links[] = {1, 2, 17, 0x1f0}; /* 1 and 17 are of one partition */
    for (size_t i = 0; i < 4; i++) {
        add_link(links[i]);
        for (int32_t day = LAST - 40; day <= LAST + 3; day++)
            come(links[i], day, (uint64_t)day, i + 1);
        add_clicks(links[i], LAST - 41, 'b'); /* nobody came that day */
        add_clicks(links[i], LAST - 42, 'h'); /* somebody did whose fingerprint is not known */
    }
    expect_until(1, -1);
    expect_seal(LAST, 4 * 42);
    for (size_t i = 0; i < 4; i++) {
        int64_t count = (int64_t)i + 1;
        for (int32_t day = LAST - 40; day <= LAST; day++)
            expect_where(links[i], day, 0, count);
        for (int32_t day = LAST + 1; day <= LAST + 3; day++)
            expect_where(links[i], day, count, 0);
        expect_where(links[i], LAST - 41, 0, 0);
        expect_where(links[i], LAST - 42, 0, 0);
    }
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++)
        expect_until(i, LAST);
}

static void test_the_next_run_seals_what_came_since(void **state)
{
    (void)state;
    add_link(1);
    for (int32_t day = LAST - 2; day <= LAST + 3; day++)
        come(1, day, 1, 2);
    expect_seal(LAST, 3);
    come(1, LAST, 50, 1); /* as no writer does: nothing looks at it any more */
    expect_seal(LAST, 0);
    expect_where(1, LAST, 1, 2);
    expect_seal(LAST + 2, 2);
    expect_where(1, LAST, 1, 2);
    expect_where(1, LAST + 1, 0, 2);
    expect_where(1, LAST + 2, 0, 2);
    expect_where(1, LAST + 3, 2, 0);
    expect_until(1, LAST + 2);
    /* With what somebody sealed before the rest came, and from the whole of the link's days. */
    ask("DEL", key_sealed_until(1).text, NULL, NULL);
    expect_seal(LAST + 3, 6);
    expect_where(1, LAST, 0, 3);
    expect_where(1, LAST + 3, 0, 2);
    expect_seal(LAST + 4, 0);
    come(1, LAST + 4, 1, 1);
    come(1, LAST + 30, 1, 1);
    expect_seal(LAST + 40, 1); /* so many days that they are not named one by one */
    expect_where(1, LAST + 4, 1, 0);
    expect_where(1, LAST + 30, 0, 1);
}

static void test_a_union_is_what_redis_makes_of_it(void **state)
{
    (void)state;
    static const struct {
        uint64_t first, second; /* visitors, and a third of the second ones are among the first */
        size_t max_bytes;
    } rows[] = {{1, 1, 40},      {5, 3, 90},       {40, 60, 500},    {600, 10, 3100},
                {10, 900, 3100}, {5000, 1, 12304}, {1, 5000, 12304}, {3000, 3000, 12304}};
    add_link(1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int32_t day = LAST - 20 + (int32_t)i;
        uint64_t from = rows[i].first - rows[i].second / 3 % (rows[i].first + 1);
        struct key all = key_visitors(99, day);
        come(1, day, 0, rows[i].first);
        expect_seal(day, 1);
        come(1, day, from, rows[i].second);
        add_visitors(all, 0, rows[i].first);
        add_visitors(all, from, rows[i].second);
        ask("DEL", key_sealed_until(1).text, NULL, NULL);
        expect_seal(day, i + 1);
        expect_where(1, day, 0, count_own(99, day));
        assert_in_range(sealed_bytes(1, day), 17, rows[i].max_bytes);
    }
    assert_int_equal(ask_integer("EXISTS", key_sealing(1).text, NULL, NULL, NULL), 0);
}

/* Sealed alone, it is the same bytes: 16 of a head and a few for each visitor. */
static void test_a_few_visitors_stay_few_bytes(void **state)
{
    (void)state;
    add_link(1);
    come(1, LAST, 7, 3);
    size_t bytes = (size_t)ask_integer("STRLEN", key_visitors(1, LAST).text, NULL, NULL, NULL);
    expect_seal(LAST, 1);
    assert_in_range(bytes, 17, 40);
    assert_int_equal(sealed_bytes(1, LAST), bytes);
}

static void test_many_links_go_in_calls_of_a_bounded_size(void **state)
{
    (void)state;
    enum { LINKS = 200 };
    for (uint64_t i = 0; i < LINKS; i++) {
        add_link(16 * i + 5);
        for (int32_t day = LAST - 2; day <= LAST; day++)
            come(16 * i + 5, day, i, 1 + i % 3);
    }
    expect_seal(LAST, 3 * LINKS);
    for (uint64_t i = 0; i < LINKS; i++)
        for (int32_t day = LAST - 2; day <= LAST; day++)
            expect_where(16 * i + 5, day, 0, 1 + (int64_t)i % 3);
    assert_in_range(pauses, 3 * LINKS / 128 + 1, 12); /* one after each */
    expect_seal(LAST, 0);
}

static void test_a_walk_that_was_ended_is_taken_up_again(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 200; i++) {
        add_link(16 * i);
        come(16 * i, LAST, i, 2);
    }
    pauses_left = 0;
    struct seal_result result = seal_expecting(JALON_CONFLICT, LAST);
    assert_in_range(result.days, 1, 198);
    expect_until(0, -1);
    pauses_left = UINT_MAX;
    expect_seal(LAST, 199);
    for (uint64_t i = 1; i < 200; i++)
        expect_where(16 * i, LAST, 0, 2);
    expect_until(0, LAST);
}

static void test_keys_of_a_wrong_type_are_stepped_over(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 6; i++) {
        add_link(16 * i + 1);
        come(16 * i + 1, LAST, i, 2);
    }
    ask("SET", key_visitors(17, LAST).text, "rubbish", NULL);
    ask("DEL", key_visitors(33, LAST).text, NULL, NULL);
    ask("RPUSH", key_visitors(33, LAST).text, "rubbish", NULL);
    ask("SET", key_sealed_visitors(49, LAST).text, "rubbish", NULL);
    ask("HSET", key_sealed_visitors(65, LAST).text, text_of(LAST), "rubbish");
    ask("RPUSH", key_sealing(1).text, "rubbish", NULL); /* of no use to anybody */
    ask("HSET", key_sealed_visitors(81, LAST).text, "yesterday", "rubbish");
    struct seal_result result = seal_expecting(JALON_OK, LAST);
    assert_int_equal(result.days, 2);
    assert_int_equal(result.refused, 4);
    assert_int_equal(ask_integer("STRLEN", key_visitors(17, LAST).text, NULL, NULL, NULL), 7);
    assert_int_equal(ask_integer("LLEN", key_visitors(33, LAST).text, NULL, NULL, NULL), 1);
    assert_int_equal(count_own(49, LAST), 2);
    assert_int_equal(count_own(65, LAST), 2);
    expect_where(81, LAST, 0, 2);
    expect_where(97, LAST, 0, 2);
    expect_until(1, LAST);
}

static void test_what_is_no_store_of_ours_is_told(void **state)
{
    (void)state;
    add_link(1);
    ask("SET", key_days(1).text, "rubbish", NULL);
    (void)seal_expecting(JALON_BAD_REPLY, LAST);
    ask("DEL", key_days(1).text, NULL, NULL);
    ask("HSET", key_days(1).text, "soon:h", "1");
    (void)seal_expecting(JALON_DAMAGED, LAST);
    ask("DEL", key_days(1).text, NULL, NULL);
    ask("HSET", key_links(1).text, "me", "1 {}");
    (void)seal_expecting(JALON_MALFORMED, LAST);
    expect_until(1, -1);
    ask("SET", key_sealed_until(3).text, "soon", NULL);
    (void)seal_expecting(JALON_DAMAGED, LAST);
}

static int32_t today(void)
{
    return (int32_t)(time(NULL) / 86400);
}

static void test_clocks_that_are_wrong_do_no_harm(void **state)
{
    (void)state;
    add_link(1);
    come(1, LAST, 1, 2);
    /* Ours is years ahead: the store knows better. */
    expect_seal(today() + 1000, 1);
    int32_t days[SCHEMA_PARTITIONS];
    assert_int_equal(store_sealed_until(store, days), JALON_OK);
    assert_in_range(days[1], today() - 4, today() - 3); /* midnight may be between */
    /* Both were, once: what comes on those days is to be found. */
    ask("SET", key_sealed_until(1).text, "30000", NULL);
    expect_seal(LAST, 0);
    expect_until(1, LAST);
    /* A day's difference is none. */
    ask("SET", key_sealed_until(1).text, text_of(LAST + 1), NULL);
    expect_seal(LAST, 0);
    expect_until(1, LAST + 1);
    ask("SET", key_sealed_until(1).text, text_of(LAST + 2), NULL);
    expect_seal(LAST, 0);
    expect_until(1, LAST);
    /* In the first days of 1970 there is nothing to seal. */
    expect_seal(-1, 0);
    expect_until(1, LAST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, connect_too, disconnect_too)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_days_that_may_be_sealed),
        TEST(test_days_that_are_over_are_sealed),
        TEST(test_the_next_run_seals_what_came_since),
        TEST(test_a_union_is_what_redis_makes_of_it),
        TEST(test_a_few_visitors_stay_few_bytes),
        TEST(test_many_links_go_in_calls_of_a_bounded_size),
        TEST(test_a_walk_that_was_ended_is_taken_up_again),
        TEST(test_keys_of_a_wrong_type_are_stepped_over),
        TEST(test_what_is_no_store_of_ours_is_told),
        TEST(test_clocks_that_are_wrong_do_no_harm),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
