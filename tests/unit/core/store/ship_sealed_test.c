/* Batches with clicks of days that are sealed, or should be. */
#include "tests/unit/core/store/sealed.h"
#include "tests/unit/core/store/ship_fixture.h"

#define OWN "jalon:{p07}:visitors:0000000000000017:"
#define OWN_B "jalon:{p07}:visitors:0000000000000027:"
#define SEALED "jalon:{p07}:sealed_visitors:0000000000000017:20032" /* of 20032 … 20063 */
#define SEALED_B "jalon:{p07}:sealed_visitors:0000000000000027:20032"
#define DAY_MS 86400000

static void expect_sealed(int64_t expected, const char *block, const char *day)
{
    assert_int_equal(sealed_count(client, block, day), expected);
}

static void test_visitors_of_late_clicks_are_sealed(void **state)
{
    (void)state;
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    add(LINK_A, NOON - DAY_MS, CLICK_HUMAN, 1); /* of yesterday */
    expect_applied(ship(0, 64, 0), 64);
    expect_text("1", "PFCOUNT", OWN "20057", NULL);
    expect_text("1", "PFCOUNT", OWN "20056", NULL);
    expect_text("0", "EXISTS", SEALED, NULL);

    /* Two days later: with what had come in time, those of before yesterday are in their block. */
    ship_batch_clear(batch);
    now_ms = NOON + 2 * DAY_MS;
    for (uint64_t i = 0; i < 2; i++) {
        add(LINK_A, NOON, CLICK_HUMAN, 2 + i);
        add(LINK_A, NOON + DAY_MS, CLICK_HUMAN, 4);
        add(LINK_A, NOON + 2 * DAY_MS, CLICK_HUMAN, 5);
        add(LINK_B, NOON - DAY_MS + (int64_t)i, CLICK_HUMAN, 6 + i);
        add(LINK_B, NOON, CLICK_BOT, 0);
    }
    assert_int_equal(ship_batch_add_link(batch, LINK_B, SLICE("spring"), SLICE("{}")), JALON_OK);
    expect_applied(ship(64, 128, 0), 128);
    expect_sealed(3, SEALED, "20057");
    expect_text("0", "EXISTS", OWN "20057", NULL);
    expect_sealed(2, SEALED_B, "20056");
    expect_text("0", "EXISTS", OWN_B "20056", NULL);
    expect_text("1", "HLEN", SEALED, NULL);
    expect_text("1", "HLEN", SEALED_B, NULL);
    expect_text("1", "PFCOUNT", OWN "20056", NULL); /* nobody came any more */
    expect_text("1", "PFCOUNT", OWN "20058", NULL);
    expect_text("1", "PFCOUNT", OWN "20059", NULL);
    expect_text("3", "HGET", "jalon:{p07}:days:0000000000000017", "20057:h");
    expect_text("2", "HGET", "jalon:{p07}:days:0000000000000027", "20057:b");
    expect_text("1", "SISMEMBER", "jalon:{p07}:links_of:spring", "0000000000000027");

    /* And once more: some of them known, some not. */
    ship_batch_clear(batch);
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    add(LINK_A, NOON, CLICK_HUMAN, 9);
    expect_applied(ship(128, 192, 0), 192);
    expect_sealed(4, SEALED, "20057");
    expect_text("0", "EXISTS", OWN "20057", NULL);
    expect_text("0", "EXISTS", "jalon:{p07}:sealing", NULL);
}

static void test_many_late_visitors_count_as_others(void **state)
{
    (void)state;
    struct reply *reply;
    now_ms = NOON + 30 * (int64_t)DAY_MS;
    for (uint64_t i = 0; i < SHIP_BATCH_CLICKS_MAX; i++) {
        char fingerprint[LINK_ID_TEXT + 1];
        link_id_format(fingerprint, i + 1);
        assert_int_equal(client_say(client, &reply, "PFADD", "plain", fingerprint, NULL), JALON_OK);
        reply_free(reply);
        add(LINK_A, NOON, CLICK_HUMAN, i + 1);
    }
    expect_applied(ship(0, 64, 0), 64);
    assert_int_equal(client_say(client, &reply, "PFCOUNT", "plain", NULL), JALON_OK);
    expect_sealed(reply_integer(reply), SEALED, "20057");
    reply_free(reply);
}

static void test_late_visitors_without_a_place_are_counted(void **state)
{
    (void)state;
    now_ms = NOON + 2 * DAY_MS;
    struct reply *reply;
    static const char *const keys[] = {OWN "20057", SEALED_B};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(client_say(client, &reply, "SET", keys[i], "rubbish", NULL), JALON_OK);
        reply_free(reply);
    }
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    add(LINK_A, NOON - DAY_MS, CLICK_HUMAN, 1);
    add(LINK_B, NOON, CLICK_HUMAN, 1);
    struct ship_reply result = ship(0, 64, 0);
    assert_true(result.is_applied);
    assert_int_equal(result.failures, 2);
    expect_text("rubbish", "GET", OWN "20057", NULL);
    expect_text("nil", "HGET", SEALED, "20057");
    expect_sealed(1, SEALED, "20056");
    expect_text("rubbish", "GET", SEALED_B, NULL);
    expect_text("1", "PFCOUNT", OWN_B "20057", NULL); /* kept where a later sealing finds it */
    expect_text("1", "HGET", "jalon:{p07}:days:0000000000000027", "20057:h");
}

#define DAYS "jalon:{p07}:days:0000000000000017"
#define QUARTERS "jalon:{p07}:quarter_hours:0000000000000017:20032"

static void set(const char *key, const char *value)
{
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "SET", key, value, NULL), JALON_OK);
    reply_free(reply);
}

/* Slots are 8 x 25 + class for the day 20057 of its block, 8 x 48 + class for the quarter-hour from noon on; both take two bytes. */
static void test_clicks_of_days_that_are_sealed_go_to_what_is_sealed(void **state)
{
    (void)state;
    now_ms = NOON; /* by this clock, it is today that is sealed */
    set("jalon:{p07}:sealing_until", "20057");
    for (uint64_t i = 0; i < 3; i++)
        add(LINK_A, NOON, CLICK_HUMAN, i + 1);
    add(LINK_A, NOON, CLICK_BOT, 0);
    add(LINK_A, NOON + DAY_MS, CLICK_HUMAN, 1);
    add(LINK_B, NOON - DAY_MS, CLICK_HUMAN, 1);
    expect_applied(ship(0, 64, 0), 64);
    expect_text("\xca\x01\x01\xce\x01\x03", "HGET", DAYS, "20032");
    expect_text("1", "HGET", DAYS, "20058:h");
    expect_text("2", "HLEN", DAYS, NULL);
    expect_text("\x82\x03\x01\x86\x03\x03", "HGET", QUARTERS, "20057");
    expect_text("1", "HGET", QUARTERS, "20058:48:h");
    expect_text("2", "HLEN", QUARTERS, NULL);
    expect_text("\xc6\x01\x01", "HGET", "jalon:{p07}:days:0000000000000027", "20032");
    expect_text("1", "LLEN", "jalon:{p07}:clicks:20057", NULL);

    /* Together with what is there, and without a carry lost: 3 + 130 clicks take two bytes. */
    ship_batch_clear(batch);
    for (uint64_t i = 0; i < 130; i++)
        add(LINK_A, NOON, CLICK_HUMAN, 1);
    add(LINK_A, NOON - DAY_MS, CLICK_PREVIEW, 0);
    expect_applied(ship(64, 128, 0), 128);
    expect_text("\xc1\x01\x01\xca\x01\x01\xce\x01\x85\x01", "HGET", DAYS, "20032");
    expect_text("\x82\x03\x01\x86\x03\x85\x01", "HGET", QUARTERS, "20057");
    expect_text("\x81\x03\x01", "HGET", QUARTERS, "20056");
}

/* A mark that is none must not end a batch half-way: the position would be written, and its clicks lost. */
static void test_a_mark_that_is_none_is_as_none(void **state)
{
    (void)state;
    struct reply *reply;
    set("jalon:{p07}:sealing_until", "soon");
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    expect_applied(ship(0, 64, 0), 64);
    assert_int_equal(client_say(client, &reply, "DEL", "jalon:{p07}:sealing_until", NULL),
                     JALON_OK);
    reply_free(reply);
    assert_int_equal(
        client_say(client, &reply, "RPUSH", "jalon:{p07}:sealing_until", "20057", NULL), JALON_OK);
    reply_free(reply);
    expect_applied(ship(64, 128, 0), 128);
    expect_text("2", "HGET", DAYS, "20057:h");
    expect_text("2", "HGET", QUARTERS, "20057:48:h");
}

/* Its clicks wait in its journal. */
static void test_a_batch_of_an_older_jalond_is_refused(void **state)
{
    (void)state;
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "FCALL", "jalon_ship", "4", "jalon:{p07}:positions",
                                "jalon:{p07}:gaps", "jalon:{p07}:links", DAYS, "00000000000000ab",
                                "0", "64", "", "1", "0", "0", "0", "1", "20057:h", "1", NULL),
                     JALON_BAD_REPLY);
    expect_text("0", "EXISTS", "jalon:{p07}:positions", NULL);
    expect_text("0", "EXISTS", DAYS, NULL);
}

static void test_clicks_without_a_sealed_place_are_counted(void **state)
{
    (void)state;
    struct reply *reply;
    set("jalon:{p07}:sealing_until", "20057");
    set(DAYS, "rubbish");
    assert_int_equal(client_say(client, &reply, "HSET", QUARTERS, "20057", "\x86", NULL), JALON_OK);
    reply_free(reply);
    add(LINK_A, NOON, CLICK_HUMAN, 1);
    add(LINK_B, NOON, CLICK_HUMAN, 1);
    struct ship_reply result = ship(0, 64, 0);
    assert_true(result.is_applied);
    assert_int_equal(result.failures, 2);
    expect_text("rubbish", "GET", DAYS, NULL);
    expect_text("\x86", "HGET", QUARTERS, "20057");
    expect_text("\xce\x01\x01", "HGET", "jalon:{p07}:days:0000000000000027", "20032");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_visitors_of_late_clicks_are_sealed),
        TEST(test_many_late_visitors_count_as_others),
        TEST(test_late_visitors_without_a_place_are_counted),
        TEST(test_clicks_of_days_that_are_sealed_go_to_what_is_sealed),
        TEST(test_clicks_without_a_sealed_place_are_counted),
        TEST(test_a_mark_that_is_none_is_as_none),
        TEST(test_a_batch_of_an_older_jalond_is_refused),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
