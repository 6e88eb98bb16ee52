/* Batches against a real server: what it holds afterwards is counted again, by hand or by a plain loop. */
#include "core/store/reply_error.h"
#include "tests/unit/core/store/ship_fixture.h"

static void test_increments_are_merged_and_exact(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 5; i++)
        add(LINK_A, NOON, CLICK_HUMAN, 100 + i % 3); /* three visitors */
    add(LINK_A, NOON, CLICK_BOT, 0);
    add(LINK_A, NOON + 900000, CLICK_HUMAN, 100);
    add(LINK_A, NOON + 43200000, CLICK_HUMAN, 100); /* the next day, quarter 0 */
    add(LINK_B, NOON - 1, CLICK_DUPLICATE, 200);    /* quarter 47, and no visitor */
    assert_int_equal(ship_batch_count(batch), 9);
    expect_applied(ship(0, 640, 0), 640);

    expect_text("6", "HGET", "jalon:{p07}:days:0000000000000017", "20057:h");
    expect_text("1", "HGET", "jalon:{p07}:days:0000000000000017", "20057:b");
    expect_text("1", "HGET", "jalon:{p07}:days:0000000000000017", "20058:h");
    expect_text("1", "HGET", "jalon:{p07}:days:0000000000000027", "20057:r");
    expect_text("5", "HGET", "jalon:{p07}:quarter_hours:0000000000000017:20032", "20057:48:h");
    expect_text("1", "HGET", "jalon:{p07}:quarter_hours:0000000000000017:20032", "20057:48:b");
    expect_text("1", "HGET", "jalon:{p07}:quarter_hours:0000000000000017:20032", "20057:49:h");
    expect_text("1", "HGET", "jalon:{p07}:quarter_hours:0000000000000017:20032", "20058:0:h");
    expect_text("1", "HGET", "jalon:{p07}:quarter_hours:0000000000000027:20032", "20057:47:r");
    expect_text("3", "PFCOUNT", "jalon:{p07}:visitors:0000000000000017:20057", NULL);
    expect_text("1", "PFCOUNT", "jalon:{p07}:visitors:0000000000000017:20058", NULL);
    expect_text("0", "EXISTS", "jalon:{p07}:visitors:0000000000000027:20057", NULL);
    expect_text("1", "LLEN", "jalon:{p07}:clicks:20057", NULL);
    expect_text("1", "LLEN", "jalon:{p07}:clicks:20058", NULL);
    expect_text("640", "HGET", "jalon:{p07}:positions", "00000000000000ab");
}

static int count_click(void *context, const struct click_record *click)
{
    size_t *counts = context;
    assert_true(click->link_id == LINK_A || click->link_id == LINK_B);
    counts[click->link_id == LINK_B]++;
    return JALON_OK;
}

static void test_raw_clicks_can_be_read_back(void **state)
{
    (void)state;
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    add(LINK_B, NOON, CLICK_HUMAN, 2);
    add(LINK_A, NOON + 1, CLICK_BOT, 0);
    expect_applied(ship(0, 64, 0), 64);
    struct reply *reply;
    assert_int_equal(
        client_say(client, &reply, "LRANGE", "jalon:{p07}:clicks:20057", "0", "-1", NULL),
        JALON_OK);
    assert_int_equal(reply_count(reply), 1);
    size_t counts[2] = {0};
    assert_int_equal(click_pack_each(reply_text(reply_at(reply, 0)), count_click, counts),
                     JALON_OK);
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 1);
    reply_free(reply);
}

static void test_a_batch_is_applied_once(void **state)
{
    (void)state;
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    expect_applied(ship(0, 640, 0), 640);
    struct ship_reply again = ship(0, 640, 0);
    assert_false(again.is_applied);
    assert_int_equal(again.position, 640);
    expect_text("1", "HGET", "jalon:{p07}:days:0000000000000017", "20057:h");
    expect_text("1", "LLEN", "jalon:{p07}:clicks:20057", NULL);
}

static void test_a_batch_from_elsewhere_changes_nothing(void **state)
{
    (void)state;
    static const uint64_t froms[] = {1, 63, 65, 128, UINT64_C(9007199254740991)};
    expect_applied(ship(0, 64, 0), 64);
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    for (size_t i = 0; i < sizeof froms / sizeof *froms; i++) {
        struct ship_reply reply = ship(froms[i], froms[i] + 64, 0);
        assert_false(reply.is_applied);
        assert_int_equal(reply.position, 64);
    }
    expect_text("0", "EXISTS", "jalon:{p07}:days:0000000000000017", NULL);
    expect_text("0", "EXISTS", "jalon:{p07}:clicks:20057", NULL);
}

static void test_a_gap_is_stepped_over_and_written_down(void **state)
{
    (void)state;
    expect_applied(ship(0, 64, 0), 64);
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    expect_applied(ship(4096, 8192, GAP_MS), 8192);
    expect_text("4096 1732968000000", "HGET", "jalon:{p07}:gaps", "00000000000000ab:64");
    /* Back is no gap: what lies between was applied already. */
    struct ship_reply reply = ship(128, 256, GAP_MS);
    assert_false(reply.is_applied);
    assert_int_equal(reply.position, 8192);
    /* And where the position fits, none is written down. */
    expect_applied(ship(8192, 9000, GAP_MS), 9000);
    expect_text("1", "HLEN", "jalon:{p07}:gaps", NULL);
    expect_text("2", "HGET", "jalon:{p07}:days:0000000000000017", "20057:h");
    /* Without a click behind it, when that place was written is what is known. */
    ship_batch_clear(batch);
    expect_applied(ship(16384, 16448, GAP_MS), 16448);
    expect_text("16384 1732970000000", "HGET", "jalon:{p07}:gaps", "00000000000000ab:9000");
}

static void test_an_empty_batch_moves_the_position(void **state)
{
    (void)state;
    expect_applied(ship(0, 4096, 0), 4096);
    expect_text("1", "DBSIZE", NULL, NULL);
}

static void test_a_portable_link_is_registered_at_its_first_click_and_said(void **state)
{
    (void)state;
    struct client *listener = redis_server_client(&server);
    struct reply *reply;
    assert_int_equal(client_say(listener, &reply, "SUBSCRIBE", SCHEMA_CHANGED_CHANNEL, NULL),
                     JALON_OK);
    reply_free(reply);
    assert_int_equal(ship_batch_add_link(batch, LINK_A, SLICE("spring"), SLICE("{\"v\":1}")),
                     JALON_OK);
    assert_int_equal(
        ship_batch_add_link(batch, LINK_B, SLICE("summer"), SLICE("{\"v\":1,\"b\":2}")), JALON_OK);
    expect_applied(ship(0, 64, 0), 64);
    expect_text("1 {\"v\":1}", "HGET", "jalon:{p07}:links", "0000000000000017");
    expect_text("1 {\"v\":1,\"b\":2}", "HGET", "jalon:{p07}:links", "0000000000000027");
    expect_text("1", "SISMEMBER", "jalon:{p07}:links_of:spring", "0000000000000017");
    expect_text("1", "SISMEMBER", "jalon:{p07}:links_of:summer", "0000000000000027");
    assert_int_equal(client_receive(listener, &reply), JALON_OK);
    assert_true(slice_is(reply_text(reply_at(reply, 2)), "link 0000000000000017"));
    reply_free(reply);
    client_free(listener);

    /* Known already: what is there stays. */
    ship_batch_clear(batch);
    assert_int_equal(ship_batch_add_link(batch, LINK_A, SLICE("other"), SLICE("{\"v\":9}")),
                     JALON_OK);
    expect_applied(ship(64, 128, 0), 128);
    expect_text("1 {\"v\":1}", "HGET", "jalon:{p07}:links", "0000000000000017");
    expect_text("0", "EXISTS", "jalon:{p07}:links_of:other", NULL);
}

static void test_keys_of_a_wrong_type_are_stepped_over_and_counted(void **state)
{
    (void)state;
    struct reply *reply;
    static const char *const keys[] = {"jalon:{p07}:quarter_hours:0000000000000017:20032",
                                       "jalon:{p07}:visitors:0000000000000017:20057"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(client_say(client, &reply, "SET", keys[i], "rubbish", NULL), JALON_OK);
        reply_free(reply);
    }
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    struct ship_reply result = ship(0, 64, 0);
    assert_true(result.is_applied);
    assert_int_equal(result.failures, 2);
    expect_text("1", "HGET", "jalon:{p07}:days:0000000000000017", "20057:h");
    expect_text("1", "LLEN", "jalon:{p07}:clicks:20057", NULL);
}

static void test_missing_functions_are_told_apart(void **state)
{
    (void)state;
    say("FUNCTION", "FLUSH");
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    struct reply *reply = send(0, 64, 0);
    assert_int_equal(reply_kind(reply), REPLY_ERROR);
    assert_int_equal(reply_error_read(reply_text(reply)), JALON_NOT_FOUND);
    reply_free(reply);
    expect_text("0", "EXISTS", "jalon:{p07}:positions", NULL);
}

static void test_a_full_batch_says_so_and_counts_right(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < SHIP_BATCH_CLICKS_MAX; i++)
        add(LINK_A, NOON + (int64_t)i, CLICK_HUMAN, i + 1);
    struct click_record click = {.link_id = LINK_A, .at_ms = NOON, .class = CLICK_HUMAN};
    assert_int_equal(ship_batch_add_click(batch, &click), JALON_FULL);
    expect_applied(ship(0, 64, 0), 64);
    expect_text("4096", "HGET", "jalon:{p07}:days:0000000000000017", "20057:h");
    /* 4 096 visitors within 3 standard errors of a HyperLogLog. */
    struct reply *reply;
    assert_int_equal(
        client_say(client, &reply, "PFCOUNT", "jalon:{p07}:visitors:0000000000000017:20057", NULL),
        JALON_OK);
    assert_in_range(reply_integer(reply), 4096 - 100, 4096 + 100);
    reply_free(reply);
    ship_batch_clear(batch);
    assert_int_equal(ship_batch_count(batch), 0);
    assert_int_equal(ship_batch_add_click(batch, &click), JALON_OK);
}

static void test_many_links_at_once_count_right(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < SHIP_BATCH_CLICKS_MAX; i++)
        add(16 * (i % 1500) + P, NOON + (int64_t)(i % 7) * 900000,
            i % 3 ? CLICK_HUMAN : CLICK_PREVIEW, i + 1);
    expect_applied(ship(0, 64, 0), 64);
    int64_t total = 0;
    for (uint64_t i = 0; i < 1500; i++) {
        struct key key = key_days(16 * i + P);
        struct reply *reply;
        assert_int_equal(client_say(client, &reply, "HVALS", key.text, NULL), JALON_OK);
        for (size_t j = 0; j < reply_count(reply); j++) {
            uint64_t count;
            assert_int_equal(slice_to_u64(&count, reply_text(reply_at(reply, j)), 10), JALON_OK);
            total += (int64_t)count;
        }
        reply_free(reply);
    }
    assert_int_equal(total, SHIP_BATCH_CLICKS_MAX);
}

static void test_what_is_not_this_partitions_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint64_t link_id;
        uint8_t class;
    } rows[] = {
        {LINK_A + 1, CLICK_HUMAN}, {0, CLICK_HUMAN}, {LINK_A, 0}, {LINK_A, 7}, {LINK_A, 255}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct click_record click = {.link_id = rows[i].link_id, .class = rows[i].class};
        assert_int_equal(ship_batch_add_click(batch, &click), JALON_BAD_ARGUMENT);
    }
    assert_int_equal(ship_batch_add_link(batch, LINK_A + 1, SLICE("c"), SLICE("{}")),
                     JALON_BAD_ARGUMENT);
    assert_int_equal(ship_batch_count(batch), 0);
}

/* As when it has just been started from a file that may end within a transaction. */
static void test_a_server_whose_log_was_not_rewritten_takes_nothing(void **state)
{
    (void)state;
    static const char *const keys[] = {"jalon:{p07}:positions", "jalon:{p07}:closing"};
    redis_server_end(&server, SIGKILL);
    redis_server_start(&server, folder.path);
    client_free(client);
    client = redis_server_client(&server);
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    struct reply *reply = send(0, 64, false);
    assert_int_equal(reply_kind(reply), REPLY_ERROR);
    assert_int_equal(reply_error_read(reply_text(reply)), JALON_UNAVAILABLE);
    reply_free(reply);
    assert_int_equal(client_say(client, &reply, "FCALL", FUNCTION_CLOSE, "1", keys[1], NULL),
                     JALON_OK);
    reply_free(reply);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_int_equal(client_say(client, &reply, "EXISTS", keys[i], NULL), JALON_OK);
        assert_int_equal(reply_integer(reply), 0);
        reply_free(reply);
    }
    redis_server_rewrite(&server);
    expect_applied(ship(0, 64, false), 64);
}

static void test_other_replies_are_none(void **state)
{
    (void)state;
    static const struct {
        long long values[4];
        size_t count;
    } rows[] = {{{0}, 0},         {{1, 64}, 2},     {{1, 64, 0, 0}, 4}, {{2, 64, 0}, 3},
                {{-1, 64, 0}, 3}, {{1, -64, 0}, 3}, {{1, 64, -1}, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ship_reply reply;
        assert_int_equal(ship_reply_read(&reply, rows[i].values, rows[i].count), JALON_BAD_REPLY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_increments_are_merged_and_exact),
        TEST(test_raw_clicks_can_be_read_back),
        TEST(test_a_batch_is_applied_once),
        TEST(test_a_batch_from_elsewhere_changes_nothing),
        TEST(test_a_gap_is_stepped_over_and_written_down),
        TEST(test_an_empty_batch_moves_the_position),
        TEST(test_a_portable_link_is_registered_at_its_first_click_and_said),
        TEST(test_keys_of_a_wrong_type_are_stepped_over_and_counted),
        TEST(test_missing_functions_are_told_apart),
        TEST(test_a_full_batch_says_so_and_counts_right),
        TEST(test_many_links_at_once_count_right),
        TEST(test_what_is_not_this_partitions_is_refused),
        TEST(test_a_server_whose_log_was_not_rewritten_takes_nothing),
        TEST(test_other_replies_are_none),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
