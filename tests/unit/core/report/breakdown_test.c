/* The reports that look at each raw click: sources, geo, devices, quality. */
#include "core/base/encoding.h"
#include "core/traffic/agents.h"
#include "tests/unit/core/report/installation.h"

#include <math.h>

#define NOON_10 INT64_C(1794308400000)     /* 2026-11-10T12:00+01:00 */
#define MIDNIGHT_10 INT64_C(1794265200000) /* 2026-11-10T00:00+01:00 */
#define NOW (INT64_C(1795952712) * 1000)

static const struct slice campaigns[] = {SLICE_INIT("spring"), SLICE_INIT("autumn"),
                                         SLICE_INIT("winter")};
static uint64_t nonce;

static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    nonce = 0;
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    put_campaign("autumn", "EUR", "Europe/Paris", "code-first");
    put_campaign("winter", "USD", "Europe/Paris", "code-first");
    put_creator("marie", "");
    put_creator("tom", "");
    put_link(1, "AAAAAAAAAAAA", "spring", "marie", "bio");
    put_link(2, "BBBBBBBBBBBB", "spring", "tom", "bio");
    put_link(3, "CCCCCCCCCCCC", "autumn", "marie", "bio");
    put_link(4, "DDDDDDDDDDDD", "winter", "marie", "bio");
    return 0;
}

static struct click_record click_from(uint64_t link_id, int64_t at_ms, const char *source)
{
    return (struct click_record){.link_id = link_id,
                                 .nonce = ++nonce,
                                 .at_ms = at_ms,
                                 .class = CLICK_HUMAN,
                                 .source = slice_of_string(source)};
}

static void put_clicks(size_t count, struct click_record click)
{
    for (size_t i = 0; i < count; i++) {
        click.nonce = ++nonce;
        put_raw_click(&click);
    }
}

static struct report_query query_of(const char *name, size_t campaign_count)
{
    return (struct report_query){.name = slice_of_string(name),
                                 .campaigns = campaigns,
                                 .campaign_count = campaign_count,
                                 .from = SLICE("2026-11-01"),
                                 .now_ms = NOW};
}

static json_t *run_named(const char *name)
{
    struct report_query query = query_of(name, 1);
    return run_report(&query);
}

static bool has_note(const json_t *report, const char *words)
{
    const json_t *notes = json_object_get(report, "notes");
    bool is_there = false;
    for (size_t i = 0; i < json_array_size(notes); i++)
        is_there = is_there || strstr(json_string_value(json_array_get(notes, i)), words);
    return is_there;
}

static const json_t *nameless_row(const json_t *report, const char *key)
{
    json_t *rows = json_object_get(report, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (json_is_null(json_object_get(json_array_get(rows, i), key)))
            return json_array_get(rows, i);
    fail_msg("there is no row without a %s", key);
    return NULL;
}

static void check_near(const json_t *row, const char *field, double expected)
{
    double found = json_real_value(json_object_get(row, field));
    if (fabs(found - expected) > 0.00005)
        fail_msg("%s is %f, not %f", field, found, expected);
}

/* Of a click id only what it says counts here: it was verified when the order came. */
static void put_sale(const char *order_id, const struct click_record *click, const char *more)
{
    uint8_t bytes[33] = {1};
    char id[45] = "", members[512];
    for (int i = 0; i < 8; i++) {
        bytes[8 - i] = (uint8_t)(click->link_id >> 8 * i);
        bytes[22 - i] = (uint8_t)(click->nonce >> 8 * i);
    }
    for (int i = 0; i < 6; i++)
        bytes[14 - i] = (uint8_t)(click->at_ms >> 8 * i);
    base64url_encode(id, slice_of(bytes, sizeof bytes));
    (void)snprintf(members, sizeof members,
                   ",\"amount_minor\":1000,\"status\":\"approved\",\"clicks\":[{\"id\":\"%s\","
                   "\"verdict\":\"valid\",\"at_ms\":%lld,\"link\":\"%016llx\",\"creator\":\"%s\"}]"
                   "%s",
                   id, (long long)click->at_ms, (unsigned long long)click->link_id,
                   click->link_id == 2 ? "tom" : "marie", more);
    put_order("spring", order_id, "sale", NOON_10, members);
}

/* Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 1 of 29 is 0.0061 to 0.1718. */
static void each_source_has_its_clicks_and_their_share(void **state)
{
    (void)state;
    put_clicks(28, click_from(1, NOON_10, "instagram.com"));
    put_clicks(1, click_from(2, NOON_10, "com.example.app"));
    struct click_record bot = click_from(1, NOON_10, "instagram.com");
    bot.class = CLICK_BOT;
    put_clicks(3, bot);
    put_clicks(1, click_from(3, NOON_10, "tiktok.com")); /* of another campaign */
    json_t *report = run_named("sources");
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 2);
    check_row(report, "source", "instagram.com",
              "{\"clicks\":28,\"share\":0.965517,\"conversions\":{},\"revenue\":\"0.00\","
              "\"invalid_clicks\":{\"preview\":0,\"bot\":3,\"prefetch\":0,\"datacenter\":0,"
              "\"duplicate\":0}}");
    const json_t *row = find_row(report, "source", "com.example.app");
    check_members("app", row, "{\"clicks\":1,\"share\":0.034483}");
    check_near(row, "share_low", 0.0061);
    check_near(row, "share_high", 0.1718);
    check_part(report, "totals", "{\"clicks\":29,\"share\":null}");
    assert_int_equal(json_array_size(json_object_get(report, "notes")), 0);
    json_decref(report);
}

static void what_a_click_does_not_say_is_a_row_without_a_name(void **state)
{
    (void)state;
    struct click_record click = click_from(1, NOON_10, "");
    click.country[0] = 'F';
    click.country[1] = 'R';
    put_clicks(3, click);
    put_clicks(1, click_from(1, NOON_10, "youtube.com"));
    json_t *report = run_named("sources");
    check_members("unknown", nameless_row(report, "source"), "{\"clicks\":3,\"share\":0.75}");
    assert_true(has_note(report, "without a source"));
    json_decref(report);
    report = run_named("geo");
    check_row(report, "country", "FR", "{\"clicks\":3,\"share\":0.75}");
    check_members("unknown", nameless_row(report, "country"), "{\"clicks\":1,\"share\":0.25}");
    assert_true(has_note(report, "without a country"));
    json_decref(report);
}

static void devices_are_told_apart_by_system_and_app(void **state)
{
    (void)state;
    struct click_record click = click_from(1, NOON_10, "");
    click.device = 1, click.system = 1, click.app = 1; /* phone, ios, instagram */
    put_clicks(2, click);
    click.app = 18; /* safari */
    put_clicks(1, click);
    click.device = 200, click.system = 200, click.app = 200; /* of a later version */
    put_clicks(1, click);
    click.device = click.system = click.app = 0;
    put_clicks(1, click);
    struct report_query query = query_of("devices", 1);
    query.sort = SLICE("app");
    json_t *report = run_report(&query), *rows = json_object_get(report, "rows");
    assert_int_equal(json_array_size(rows), 3);
    check_members("1", json_array_get(rows, 0),
                  "{\"device\":\"phone\",\"os\":\"ios\",\"app\":\"instagram\",\"clicks\":2}");
    check_members("2", json_array_get(rows, 1),
                  "{\"device\":\"phone\",\"os\":\"ios\",\"app\":\"safari\",\"clicks\":1}");
    check_members("3", json_array_get(rows, 2),
                  "{\"device\":null,\"os\":null,\"app\":null,\"clicks\":2,\"share\":0.4}");
    json_decref(report);
}

static void quality_counts_each_class_and_reason(void **state)
{
    (void)state;
    struct click_record click = click_from(1, NOON_10, "");
    put_clicks(5, click);
    click.class = CLICK_BOT, click.reason = CLICK_REASON_MONITOR;
    put_clicks(2, click);
    click.reason = CLICK_REASON_NO_AGENT;
    put_clicks(1, click);
    click.link_id = 2;
    click.class = CLICK_DATACENTER, click.reason = CLICK_REASON_HOSTING_NETWORK;
    put_clicks(2, click);
    json_t *report = run_named("quality"), *rows = json_object_get(report, "rows");
    assert_int_equal(json_array_size(rows), 4);
    check_members("people", json_array_get(rows, 0),
                  "{\"class\":\"human\",\"reason\":null,\"count\":5,\"share\":0.5}");
    check_row(report, "reason", "monitor", "{\"class\":\"bot\",\"count\":2,\"share\":0.2}");
    check_row(report, "reason", "no-agent", "{\"class\":\"bot\",\"count\":1,\"share\":0.1}");
    check_row(report, "class", "datacenter", "{\"reason\":\"hosting-network\",\"count\":2}");
    check_part(report, "totals", "{\"count\":10,\"share\":null}");
    json_decref(report);
    struct report_query query = query_of("quality", 1);
    query.creator = SLICE("tom");
    report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 1);
    check_row(report, "class", "datacenter", "{\"count\":2,\"share\":1}");
    json_decref(report);
}

/* The first and last millisecond of 10 November in Paris are of two UTC days. */
static void days_are_those_of_the_campaign(void **state)
{
    (void)state;
    put_clicks(1, click_from(1, MIDNIGHT_10 - 1, "before"));
    put_clicks(2, click_from(1, MIDNIGHT_10, "first"));
    put_clicks(3, click_from(1, MIDNIGHT_10 + DAY_MS - 1, "last"));
    put_clicks(4, click_from(1, MIDNIGHT_10 + DAY_MS, "after"));
    struct report_query query = query_of("sources", 1);
    query.from = query.to = SLICE("2026-11-10");
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 2);
    check_row(report, "source", "first", "{\"clicks\":2,\"share\":0.4}");
    check_row(report, "source", "last", "{\"clicks\":3,\"share\":0.6}");
    query.name = SLICE("creators");
    json_t *creators = run_report(&query);
    check_part(creators, "totals", "{\"clicks\":5}");
    json_decref(creators);
    json_decref(report);
}

static void a_sale_is_its_clicks_whenever_that_was(void **state)
{
    (void)state;
    struct click_record early = click_from(1, NOON_10 - 5 * DAY_MS, "early"),
                        same_ms = click_from(1, early.at_ms, "other"),
                        toms = click_from(2, NOON_10 - 1, "toms"),
                        gone = click_from(1, NOON_10 - 3, "gone");
    put_raw_click(&same_ms);
    put_raw_click(&early);
    put_raw_click(&toms);
    put_sale("1", &early, "");
    put_sale("2", &early, ",\"refunds\":[{\"id\":\"r\",\"minor\":250,\"at_ms\":1}]");
    put_sale("3", &toms, "");
    put_sale("4", &gone, "");
    put_sale("5", &toms,
             ",\"code\":{\"text\":\"M\",\"folded\":\"M\",\"verdict\":\"valid\","
             "\"creator\":\"marie\"}");
    struct report_query query = query_of("sources", 1);
    query.from = query.to = SLICE("2026-11-10");
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 2);
    check_row(report, "source", "early",
              "{\"clicks\":0,\"share\":0,\"conversions\":{\"sale\":2},\"revenue\":\"17.50\"}");
    check_row(report, "source", "toms",
              "{\"clicks\":1,\"share\":1,\"conversions\":{\"sale\":1},\"revenue\":\"10.00\"}");
    assert_true(has_note(report, "not kept one by one, so in no row: 1."));
    assert_true(has_note(report, "by promo code alone, so in no row: 1."));
    json_decref(report);
    query.creator = SLICE("tom");
    report = run_report(&query);
    check_part(report, "totals", "{\"clicks\":1,\"conversions\":{\"sale\":1}}");
    assert_int_equal(json_array_size(json_object_get(report, "notes")), 0);
    json_decref(report);
}

static void clicks_that_are_counted_but_not_kept_are_told(void **state)
{
    (void)state;
    put_clicks(4, click_from(1, NOON_10, "instagram.com"));
    put_clicks(6, click_from(1, NOON_10 + DAY_MS, "instagram.com"));
    struct key clicks = key_clicks(1, (int32_t)(NOON_10 / DAY_MS));
    check_reply(redisCommand(redis, "DEL %b", clicks.text, clicks.size));
    json_t *report = run_named("sources");
    check_row(report, "source", "instagram.com",
              "{\"clicks\":6,\"share\":null,\"share_low\":null,\"share_high\":null}");
    check_part(report, "totals", "{\"share\":null}");
    assert_true(has_note(report, "Clicks by the counters: 10; kept one by one: 6."));
    json_decref(report);
    struct report_query query = query_of("sources", 1); /* days that are whole are told as such */
    query.from = SLICE("2026-11-11");
    report = run_report(&query);
    check_row(report, "source", "instagram.com", "{\"clicks\":6,\"share\":1}");
    json_decref(report);
}

static void clicks_that_are_kept_but_not_counted_are_told(void **state)
{
    (void)state;
    struct key days = key_days(1);
    put_clicks(2, click_from(1, NOON_10, "instagram.com"));
    check_reply(redisCommand(redis, "DEL %b", days.text, days.size));
    json_t *report = run_named("quality");
    check_row(report, "class", "human", "{\"count\":2,\"share\":null}");
    assert_true(has_note(report, "Clicks by the counters: 0; kept one by one: 2."));
    json_decref(report);
}

static void of_several_campaigns_each_row_has_its_currency(void **state)
{
    (void)state;
    for (uint64_t link_id = 1; link_id <= 4; link_id++)
        put_clicks(link_id, click_from(link_id, NOON_10, "instagram.com"));
    struct report_query query = query_of("sources", 3);
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 2);
    check_row(report, "currency", "EUR",
              "{\"source\":\"instagram.com\",\"clicks\":6,\"share\":0.6,\"revenue\":\"0.00\"}");
    check_row(report, "currency", "USD", "{\"clicks\":4,\"share\":0.4}");
    check_part(report, "totals", "{\"clicks\":10,\"share\":null,\"revenue\":null}");
    check_part(json_object_get(report, "totals_by_currency"), "USD",
               "{\"clicks\":4,\"share\":null,\"revenue\":\"0.00\"}");
    query.campaign_count = 2;
    json_t *one = run_report(&query);
    check_row(one, "source", "instagram.com", "{\"currency\":\"EUR\",\"clicks\":6,\"share\":1}");
    json_decref(one);
    json_decref(report);
}

/* Of a range that is open each day since the campaign was made is looked at: here, since 1970. */
static void without_clicks_there_are_no_rows(void **state)
{
    (void)state;
    static const char *const names[] = {"sources", "geo", "devices", "quality"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct report_query query = query_of(names[i], 1);
        if (i == 0)
            query.from = SLICE_NONE;
        json_t *report = run_report(&query);
        assert_int_equal(json_array_size(json_object_get(report, "rows")), 0);
        check_part(report, "totals", "{\"share\":null}");
        assert_int_equal(json_array_size(json_object_get(report, "notes")), 0);
        json_decref(report);
    }
}

static void refuse(const char *name, struct problem *ret_problem)
{
    struct report_query query = query_of(name, 1);
    struct json_sink sink;
    struct buffer out;
    *ret_problem = (struct problem){0};
    buffer_init(&out, 1 << 20);
    json_sink_init(&sink, &out, NULL);
    assert_int_not_equal(report_run(store, &query, &sink.sink, ret_problem), JALON_OK);
    assert_int_equal(out.size, 0);
    buffer_done(&out);
}

static void damaged_clicks_are_named(void **state)
{
    (void)state;
    struct key clicks = key_clicks(1, (int32_t)(NOON_10 / DAY_MS));
    struct problem problem;
    check_reply(redisCommand(redis, "RPUSH %b rubbish", clicks.text, clicks.size));
    refuse("geo", &problem);
    assert_non_null(strstr(problem.detail, clicks.text));
}

/* A referrer is whatever somebody sends. */
static void more_sources_than_fit_are_refused_in_words(void **state)
{
    (void)state;
    enum { A_PACK = 50000, PACKS = 5 };
    struct key clicks = key_clicks(1, (int32_t)(NOON_10 / DAY_MS));
    struct click_record *records = calloc(A_PACK, sizeof *records);
    char(*sources)[16] = calloc(A_PACK, sizeof *sources);
    struct problem problem;
    for (int pack = 0; pack < PACKS; pack++) {
        struct buffer out;
        for (int i = 0; i < A_PACK; i++) {
            (void)snprintf(sources[i], sizeof sources[i], "%d.example", pack * A_PACK + i);
            records[i] = click_from(1, NOON_10, sources[i]);
        }
        buffer_init(&out, 1 << 24);
        assert_int_equal(click_pack_write(&out, records, A_PACK), JALON_OK);
        check_reply(
            redisCommand(redis, "RPUSH %b %b", clicks.text, clicks.size, out.data, out.size));
        buffer_done(&out);
    }
    refuse("sources", &problem);
    assert_string_equal(problem.fields[0].pointer, "/from");
    assert_non_null(strstr(problem.fields[0].detail, "fewer days"));
    json_t *report = run_named("geo"); /* the same clicks are one row of it */
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 1);
    json_decref(report);
    free(sources);
    free(records);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_source_has_its_clicks_and_their_share),
        TEST(what_a_click_does_not_say_is_a_row_without_a_name),
        TEST(devices_are_told_apart_by_system_and_app),
        TEST(quality_counts_each_class_and_reason),
        TEST(days_are_those_of_the_campaign),
        TEST(a_sale_is_its_clicks_whenever_that_was),
        TEST(clicks_that_are_counted_but_not_kept_are_told),
        TEST(clicks_that_are_kept_but_not_counted_are_told),
        TEST(of_several_campaigns_each_row_has_its_currency),
        TEST(without_clicks_there_are_no_rows),
        TEST(damaged_clicks_are_named),
        TEST(more_sources_than_fit_are_refused_in_words),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
