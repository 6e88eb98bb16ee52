/* Visitors in their own keys, sealed, and both, against what Redis counts of all of them together. */
#include "core/report/visitors.h"
#include "tests/unit/core/report/installation.h"

#include <inttypes.h>

#define ROWS 8
#define WANTED_MAX 8000
#define FIRST_DAY 20039 /* not the first of its block */

static struct link_day wanted[WANTED_MAX];
static size_t wanted_count;

static void want(size_t row, uint64_t link_id, int32_t day, int64_t humans)
{
    assert_true(wanted_count < WANTED_MAX);
    wanted[wanted_count++] =
        (struct link_day){.row = row, .link_id = link_id, .day = day, .humans = humans};
}

static int clear(void **state)
{
    wanted_count = 0;
    return installation_clear(state);
}

static void add(struct key key, uint64_t visitor)
{
    check_reply(redisCommand(redis, "PFADD %b %016" PRIx64, key.text, key.size, visitor));
}

/* The key that the test keeps all visitors of a link and day in. */
static struct key key_of_all(uint64_t link_id, int32_t day)
{
    struct key key = key_visitors(link_id, day);
    memcpy(key.text, "tests", 5);
    return key;
}

/* `count` visitors from `first` on come by, and are counted in the day's own key. */
static void come(uint64_t link_id, int32_t day, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        add(key_visitors(link_id, day), first + i);
        add(key_of_all(link_id, day), first + i);
    }
}

static void seal(uint64_t link_id, int32_t day)
{
    struct key own = key_visitors(link_id, day), sealed = key_sealed_visitors(link_id, day);
    redisReply *reply = redisCommand(redis, "GET %b", own.text, own.size);
    assert_int_equal(reply->type, REDIS_REPLY_STRING);
    check_reply(redisCommand(redis, "HSET %b %d %b", sealed.text, sealed.size, day, reply->str,
                             reply->len));
    freeReplyObject(reply);
    check_reply(redisCommand(redis, "DEL %b", own.text, own.size));
}

static void set_until(unsigned partition, const char *day)
{
    struct key key = key_sealed_until(partition);
    check_reply(redisCommand(redis, "SET %b %s", key.text, key.size, day));
}

static void set_all_until(int32_t day)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%d", day); /* fits */
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++)
        set_until(i, text);
}

static int64_t count_union(redisReply *reply)
{
    assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
    int64_t count = reply->integer;
    freeReplyObject(reply);
    return count;
}

/* What a row and day has, by Redis. */
static int64_t count_day(size_t row, int32_t day)
{
    int64_t humans = 0;
    check_reply(redisCommand(redis, "DEL tests:union"));
    for (size_t i = 0; i < wanted_count; i++) {
        if (wanted[i].row != row || wanted[i].day != day)
            continue;
        struct key key = key_of_all(wanted[i].link_id, day);
        humans += wanted[i].humans;
        check_reply(redisCommand(redis, "PFMERGE tests:union %b", key.text, key.size));
    }
    int64_t visitors = count_union(redisCommand(redis, "PFCOUNT tests:union"));
    visitors = visitors < 1 && humans ? 1 : visitors;
    return visitors < humans ? visitors : humans;
}

static void check_counts(int32_t last_day)
{
    int64_t expected[ROWS] = {0}, unique[ROWS] = {0};
    for (size_t row = 0; row < ROWS; row++)
        for (int32_t day = FIRST_DAY; day <= last_day; day++)
            expected[row] += count_day(row, day);
    assert_int_equal(visitors_count(store, wanted, wanted_count, unique), JALON_OK);
    for (size_t row = 0; row < ROWS; row++)
        assert_int_equal(unique[row], expected[row]);
}

/* A row's links on `days` days: up to `until` sealed, then some sealed and some not, some in both. */
static void make_row(size_t row, uint64_t link_id, size_t links, int32_t days, int32_t until)
{
    for (uint64_t i = 0; i < links; i++) {
        for (int32_t day = FIRST_DAY; day < FIRST_DAY + days; day++) {
            uint64_t visitors = (i + (uint64_t)day) % 4 + 1;
            come(link_id + i, day, 3 * i + (uint64_t)day, visitors);
            if (day <= until || day % 3)
                seal(link_id + i, day);
            if (day > until && day % 3 == 2)
                come(link_id + i, day, 500 + i, 2);
            want(row, link_id + i, day, (int64_t)visitors + 2);
        }
    }
}

static void visitors_are_those_of_all_keys_together(void **state)
{
    (void)state;
    make_row(0, 100, 1, 5, FIRST_DAY + 1); /* few days */
    make_row(1, 200, 1, 30, FIRST_DAY + 20);
    make_row(2, 300, 150, 3, FIRST_DAY + 1);  /* many links */
    make_row(3, 500, 1, 300, FIRST_DAY + 20); /* more days than are counted at a time */
    make_row(4, 600, 10, 140, FIRST_DAY + 20);
    for (int32_t day = FIRST_DAY; day < FIRST_DAY + 20; day++) {
        want(5, 604, day, 1); /* links and days of another row, too */
        want(5, 605, day, 2);
        want(6, 604, day, 5);
        want(7, 9000, day, 1); /* nothing is known but that someone clicked */
        if (day % 2)
            want(7, 9001, day, 1);
    }
    check_counts(FIRST_DAY + 300); /* of a store where only single days were sealed */
    set_all_until(FIRST_DAY + 1);
    check_counts(FIRST_DAY + 300);
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i += 2)
        set_until(i, "20039");
    check_counts(FIRST_DAY + 300);
}

/* A timeline's rows: a day each, of all links. */
static void rows_of_a_day_are_read_together(void **state)
{
    (void)state;
    for (size_t row = 0; row < ROWS; row++) {
        for (uint64_t link = 1; link <= 40; link++) {
            int32_t day = FIRST_DAY + (int32_t)(row / 2); /* each day is in two rows */
            if (row % 2 == 0)
                come(link, day, link % 7 + row, link % 5);
            want(row, link, day, 1 + (int64_t)link % 3);
        }
    }
    check_counts(FIRST_DAY + ROWS);
}

static int64_t calls(const char *command)
{
    char name[64];
    (void)snprintf(name, sizeof name, "cmdstat_%s:calls=", command); /* fits */
    redisReply *reply = redisCommand(redis, "INFO commandstats");
    const char *found = strstr(reply->str, name);
    uint64_t count = 0;
    if (found) {
        struct slice digits = slice_of_string(found + strlen(name));
        assert_int_equal(slice_to_u64(&count, slice_take(&digits, ','), INT64_MAX), JALON_OK);
    }
    freeReplyObject(reply);
    return (int64_t)count;
}

static void expect_calls(int64_t own, int64_t whole, int64_t named)
{
    int64_t unique[ROWS] = {0};
    check_reply(redisCommand(redis, "CONFIG RESETSTAT"));
    assert_int_equal(visitors_count(store, wanted, wanted_count, unique), JALON_OK);
    assert_int_equal(calls("mget"), own);
    assert_int_equal(calls("hgetall"), whole);
    assert_int_equal(calls("hmget"), named);
}

static void sealed_days_are_read_by_the_block(void **state)
{
    (void)state;
    for (int32_t day = FIRST_DAY; day < FIRST_DAY + 90; day++)
        want(0, 1, day,
             2); /* 25 days of the block that begins with 20032, two blocks, and one day */
    expect_calls(1, 3, 1);
    set_all_until(FIRST_DAY + 88);
    expect_calls(1, 3, 1);
    set_all_until(FIRST_DAY + 89);
    expect_calls(0, 3, 1);
    for (size_t row = 1; row < ROWS; row++)
        want(row, 1, FIRST_DAY + 3 * (int32_t)row, 2); /* no more of it, as they share a pass */
    expect_calls(0, 3, 1);
    wanted_count = 0;
    for (uint64_t link = 0; link < 20; link++)
        want(0, link, FIRST_DAY, 1);
    want(1, 7, FIRST_DAY, 1); /* a single click is not looked up */
    expect_calls(0, 0, 20);
}

static void a_row_is_divided_where_a_block_ends(void **state)
{
    (void)state;
    for (int32_t day = FIRST_DAY; day < FIRST_DAY + 150; day++)
        want(0, 1, day, 2); /* 121 days to the end of a block, and 29 */
    expect_calls(2, 5, 0);
    wanted_count = 0;
    for (size_t row = 0; row < 2; row++)
        for (int32_t day = FIRST_DAY; day < FIRST_DAY + 90; day++)
            want(row, row, day, 2); /* the second one fits whole into another pass */
    expect_calls(2, 6, 2);
}

static void days_sealed_in_any_order_are_found(void **state)
{
    (void)state;
    for (int32_t day = FIRST_DAY + 20; day >= FIRST_DAY; day--) {
        int32_t other = FIRST_DAY + (day - FIRST_DAY) * 8 % 21;
        come(1, other, (uint64_t)other, 3);
        seal(1, other);
        want(0, 1, other, 5);
    }
    check_counts(FIRST_DAY + 20);
}

static void own_keys_of_sealed_days_are_not_looked_at(void **state)
{
    (void)state;
    int64_t unique[ROWS] = {0};
    come(1, FIRST_DAY, 1, 3);
    come(1, FIRST_DAY + 1, 1, 3);
    want(0, 1, FIRST_DAY, 9);
    want(0, 1, FIRST_DAY + 1, 9);
    set_all_until(FIRST_DAY);
    assert_int_equal(visitors_count(store, wanted, wanted_count, unique), JALON_OK);
    assert_int_equal(unique[0], 1 + 3);
}

static void nothing_wanted_is_nothing_read(void **state)
{
    (void)state;
    int64_t unique[ROWS] = {0};
    assert_int_equal(visitors_count(store, wanted, 0, unique), JALON_OK);
    want(0, 1, FIRST_DAY, 1);
    assert_int_equal(visitors_count(store, wanted, 1, unique), JALON_OK);
    assert_int_equal(unique[0], 1);
}

/* What somebody else wrote, for a link on so many days. */
static void expect_error(int expected, int32_t days, const char *command)
{
    int64_t unique[ROWS] = {0};
    wanted_count = 0;
    for (int32_t day = FIRST_DAY; day < FIRST_DAY + days; day++)
        want(0, 1, day, 2);
    check_reply(redisCommand(redis, "FLUSHALL"));
    check_reply(redisCommand(redis, command));
    int err = visitors_count(store, wanted, wanted_count, unique);
    if (err != expected)
        fail_msg("%s: %s", command, jalon_error_name(err));
    assert_int_equal(store_ping(store), JALON_OK); /* the handle goes on */
}

static void what_is_no_hyperloglog_is_told(void **state)
{
    (void)state;
#define BLOCK "jalon:{p01}:sealed_visitors:0000000000000001:20032"
#define OWN "jalon:{p01}:visitors:0000000000000001:20039"
    expect_error(JALON_BAD_REPLY, 1, "SET " BLOCK " x");
    expect_error(JALON_BAD_REPLY, 20, "SET " BLOCK " x");
    expect_error(JALON_DAMAGED, 1, "HSET " BLOCK " 20039 x");
    expect_error(JALON_DAMAGED, 20, "HSET " BLOCK " 20039 x");
    expect_error(JALON_DAMAGED, 20, "HSET " BLOCK " yesterday x");
    expect_error(JALON_DAMAGED, 20, "HSET " BLOCK " -1 x");
    expect_error(JALON_DAMAGED, 20, "HSET " BLOCK " 2147483648 x");
    expect_error(JALON_DAMAGED, 1, "SET " OWN " x");
    expect_error(JALON_OK, 1, "LPUSH " OWN " x"); /* passed over, as always */
    expect_error(JALON_DAMAGED, 1, "SET jalon:{p09}:sealed_until soon");
    expect_error(JALON_DAMAGED, 1, "SET jalon:{p09}:sealed_until 2147483647");
    expect_error(JALON_BAD_REPLY, 1, "LPUSH jalon:{p09}:sealed_until 1");
    expect_error(JALON_OK, 20, "HSET " BLOCK " 20038 x"); /* of a day that is not wanted */
}

#define TEST(name) cmocka_unit_test_setup(name, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(visitors_are_those_of_all_keys_together),
        TEST(rows_of_a_day_are_read_together),
        TEST(sealed_days_are_read_by_the_block),
        TEST(a_row_is_divided_where_a_block_ends),
        TEST(days_sealed_in_any_order_are_found),
        TEST(own_keys_of_sealed_days_are_not_looked_at),
        TEST(nothing_wanted_is_nothing_read),
        TEST(what_is_no_hyperloglog_is_told),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
