/* Counters, strings, sets, sorted sets and lists, as reports read them. */
#include "tests/unit/core/store/store_fixture.h"

static int sum_counters(void *context, size_t index, struct slice field, int64_t count)
{
    int64_t *sums = context;
    assert_true(slice_is(field, "20057:h") || slice_is(field, "20057:b"));
    sums[index] += count;
    return JALON_OK;
}

static void test_figures_of_many_keys_come_in_their_order(void **state)
{
    (void)state;
    enum { MANY = 1500 }; /* more than one round trip */
    struct key *keys = calloc(MANY, sizeof *keys);
    int64_t *sums = calloc(MANY, sizeof *sums);
    for (uint64_t i = 0; i < MANY; i++)
        keys[i] = key_days(i / 2); /* each twice */
    say("HINCRBY", keys[2].text, "20057:h", "5");
    say("HINCRBY", keys[2].text, "20057:b", "2");
    say("HINCRBY", keys[MANY - 1].text, "20057:h", "9223372036854775807");
    assert_int_equal(store_counters_each(store, keys, MANY, sum_counters, sums), JALON_OK);
    for (size_t i = 0; i < MANY; i++)
        assert_true(sums[i] == (i / 2 == 1 ? 7 : i / 2 == MANY / 2 - 1 ? INT64_MAX : 0));

    uint64_t counts[3];
    struct key limits[3] = {key_redemptions(SLICE("b"), SLICE("X")),
                            key_redemptions(SLICE("b"), SLICE("Y")),
                            key_redemptions(SLICE("b"), SLICE("Z"))};
    say("ZADD", limits[1].text, "0", "m");
    say("ZADD", limits[1].text, "0", "n");
    say("ZADD", limits[1].text, "1", "freed");
    assert_int_equal(store_counted(store, counts, limits, 3), JALON_OK);
    assert_int_equal(counts[0], 0);
    assert_int_equal(counts[1], 2);
    assert_int_equal(counts[2], 0);
    free(sums);
    free(keys);
}

static void test_bad_figures_are_told_and_the_handle_goes_on(void **state)
{
    (void)state;
    struct key keys[3] = {key_days(1), key_days(2), key_days(3)};
    int64_t sums[3] = {0};
    say("SET", keys[0].text, "rubbish", NULL);
    assert_int_equal(store_counters_each(store, keys, 3, sum_counters, sums), JALON_BAD_REPLY);
    say("DEL", keys[0].text, NULL, NULL);
    static const char *const values[] = {"", "-1", "x", "1.5", "9223372036854775808"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        say("HSET", keys[1].text, "20057:h", values[i]);
        assert_int_equal(store_counters_each(store, keys, 3, sum_counters, sums), JALON_DAMAGED);
    }
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
}

struct members {
    char text[8192];
    size_t count;
};

static int note_member(void *context, struct slice member)
{
    struct members *members = context;
    members->count++;
    size_t size = strlen(members->text);
    (void)snprintf(members->text + size, sizeof members->text - size, "%.*s,",
                   SLICE_ARG(member)); /* cut to fit */
    return JALON_OK;
}

static void test_members_of_a_zset_come_by_score(void **state)
{
    (void)state;
    struct key key = key_order_times(SLICE("acme"), SLICE("spring"));
    say("ZADD", key.text, "300", "c");
    say("ZADD", key.text, "100", "a");
    say("ZADD", key.text, "200", "b");
    say("ZADD", key.text, "-5", "z");
    static const struct {
        int64_t from, to;
        const char *members;
    } rows[] = {{100, 300, "a,b,"}, {INT64_MIN / 2048, INT64_MAX / 2048, "z,a,b,c,"},
                {101, 200, ""},     {300, 301, "c,"},
                {-5, -4, "z,"},     {200, 100, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct members members = {0};
        assert_int_equal(
            store_sorted_each(store, &key, rows[i].from, rows[i].to, note_member, &members),
            JALON_OK);
        assert_string_equal(members.text, rows[i].members);
    }
}

/* 7 000 members by number: 990 alone, then 3 010 equal, then three by three; and a record of each but the sevenths. */
static void add_many(const struct key *index, const struct key *hash)
{
    struct client *client = redis_server_client(&server);
    struct argument_list scores, records;
    struct reply *reply;
    argument_list_init(&scores, 1U << 22);
    argument_list_init(&records, 1U << 22);
    argument_list_add_string(&scores, "ZADD");
    argument_list_add(&scores, key_slice(index));
    argument_list_add_string(&records, "HSET");
    argument_list_add(&records, key_slice(hash));
    for (uint64_t i = 0; i < 7000; i++) {
        argument_list_add_u64(&scores, i < 990 ? i : i < 4000 ? 1000 : 2000 + i / 3);
        argument_list_add_u64(&scores, i);
        if (i % 7 == 0)
            continue;
        argument_list_add_u64(&records, i);
        buffer_append_string(argument_list_start(&records), "5 ");
        buffer_append_u64(&records.text, i);
        argument_list_end(&records);
    }
    assert_int_equal(client_call(client, &scores, &reply), JALON_OK);
    reply_free(reply);
    assert_int_equal(client_call(client, &records, &reply), JALON_OK);
    reply_free(reply);
    argument_list_done(&scores);
    argument_list_done(&records);
    client_free(client);
}

struct sight {
    bool is_seen[7000];
    size_t count, last_group;
    int result_at_5000;
};

/* Each once, those of a lower score before. */
static int see_record(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct sight *sight = context;
    uint64_t number;
    assert_int_equal(slice_to_u64(&number, field, 6999), JALON_OK);
    assert_false(sight->is_seen[number]);
    sight->is_seen[number] = true;
    size_t group = number < 990 ? number : number < 4000 ? 1000 : 2000 + number / 3;
    assert_true(group >= sight->last_group);
    sight->last_group = group;
    assert_int_equal(version, number % 7 ? 5 : 0);
    assert_true(number % 7 ? slice_equal(json, field) : json.size == 0);
    return ++sight->count == 5000 ? sight->result_at_5000 : JALON_OK;
}

static void test_a_zset_of_many_equal_scores_loses_none(void **state)
{
    (void)state;
    struct key key = key_order_times(SLICE("acme"), SLICE("spring"));
    struct key orders = key_orders(SLICE("acme"), SLICE("spring"));
    add_many(&key, &orders);
    struct members members = {0};
    assert_int_equal(store_sorted_each(store, &key, 0, 100000, note_member, &members), JALON_OK);
    assert_int_equal(members.count, 7000);
    static const struct {
        int64_t from, to;
        int result_at_5000;
        size_t count;
    } rows[] = {{0, 100000, JALON_OK, 7000},  {1, 990, JALON_OK, 989},
                {1000, 1001, JALON_OK, 3010}, {990, 1000, JALON_OK, 0},
                {4333, 4334, JALON_OK, 1},    {0, 100000, JALON_FULL, 5000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sight sight = {.result_at_5000 = rows[i].result_at_5000};
        assert_int_equal(store_sorted_get_each(store, &key, &orders, rows[i].from, rows[i].to,
                                               see_record, &sight),
                         rows[i].result_at_5000);
        assert_int_equal(sight.count, rows[i].count);
    }
    assert_int_equal(store_ping(store), JALON_OK);
}

static void test_elements_of_a_list_come_in_order(void **state)
{
    (void)state;
    struct key key = key_clicks(7, 20057);
    struct members members = {0};
    assert_int_equal(store_list_each(store, &key, note_member, &members), JALON_OK);
    assert_int_equal(members.count, 0);
    char expected[8192] = "";
    for (int i = 0; i < 32; i++) { /* two full pieces */
        char element[16];
        (void)snprintf(element, sizeof element, "%d", i); /* fits */
        say("RPUSH", key.text, element, NULL);
        (void)snprintf(expected + strlen(expected), 8, "%d,", i); /* fits */
    }
    assert_int_equal(store_list_each(store, &key, note_member, &members), JALON_OK);
    assert_string_equal(members.text, expected);
    uint64_t sizes[2];
    struct key keys[2] = {key_clicks(7, 20058), key};
    assert_int_equal(store_list_sizes(store, sizes, keys, 2), JALON_OK);
    assert_int_equal(sizes[0], 0);
    assert_int_equal(sizes[1], 32);
    assert_int_equal(store_list_sizes(store, sizes, keys, 0), JALON_OK);
    say("SET", keys[0].text, "rubbish", NULL);
    assert_int_equal(store_list_sizes(store, sizes, keys, 2), JALON_BAD_REPLY);
}

static int count_member(void *context, struct slice member)
{
    (void)member; /* only counted */
    ++*(size_t *)context;
    return JALON_OK;
}

static void test_each_member_of_a_set_is_visited(void **state)
{
    (void)state;
    struct key key = key_links_of(7, SLICE("spring"));
    size_t count = 0;
    assert_int_equal(store_set_each(store, &key, count_member, &count), JALON_OK);
    assert_int_equal(count, 0);
    say("SADD", key.text, "a", "b");
    assert_int_equal(store_set_each(store, &key, count_member, &count), JALON_OK);
    assert_int_equal(count, 2);
}

static void test_what_doctors_ask(void **state)
{
    (void)state;
    struct store_health health;
    assert_int_equal(store_health(store, &health), JALON_OK);
    assert_true(health.is_aof_enabled && health.is_last_write_ok);
    assert_string_equal(health.appendfsync, "no");
    assert_string_equal(health.maxmemory_policy, "noeviction");
    assert_string_equal(health.role, "master");
    assert_true(health.used_bytes > 100000);
    assert_true(health.server_ms > (int64_t)1700000000 * 1000);
    assert_true(strncmp(store_server(store), "redis ", 6) == 0 ||
                strncmp(store_server(store), "valkey ", 7) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_figures_of_many_keys_come_in_their_order),
        STORE_TEST(test_bad_figures_are_told_and_the_handle_goes_on),
        STORE_TEST(test_members_of_a_zset_come_by_score),
        STORE_TEST(test_a_zset_of_many_equal_scores_loses_none),
        STORE_TEST(test_elements_of_a_list_come_in_order),
        STORE_TEST(test_each_member_of_a_set_is_visited),
        STORE_TEST(test_what_doctors_ask),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
