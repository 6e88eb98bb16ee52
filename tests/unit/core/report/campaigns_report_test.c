#include "tests/unit/core/report/installation.h"

/* 2026-11-10T12:00:00Z; and now, the 29th. */
#define NOON (INT64_C(1794312000) * 1000)
#define NOW (INT64_C(1795952712) * 1000)

static struct report_query query_of(const struct slice *campaigns, size_t count)
{
    return (struct report_query){
        .name = SLICE("campaigns"),
        .campaigns = campaigns,
        .campaign_count = count,
        .now_ms = NOW,
    };
}

/* spring and autumn in euros, tokyo in yen: an empty one. */
static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    put_campaign("autumn", "EUR", "Europe/Paris", "code-first");
    put_campaign("tokyo", "JPY", "Asia/Tokyo", "code-first");
    put_creator("marie", ",\"name\":\"Marie\",\"followers\":12000");
    put_creator("tom", "");
    put_link(1, "AAAAAAAAAAAA", "spring", "marie", "bio");
    put_link(18, "BBBBBBBBBBBB", "spring", "tom", "bio");
    put_link(3, "CCCCCCCCCCCC", "autumn", "marie", "bio");
    return 0;
}

#define SALE(creator)                                                                              \
    ",\"amount_minor\":1250,\"status\":\"approved\",\"code\":{\"text\":\"X\",\"folded\":\"X\","    \
    "\"verdict\":\"valid\",\"creator\":\"" creator "\"}"

static void a_row_is_what_the_creators_have_together(void **state)
{
    (void)state;
    put_click(1, NOON, CLICK_HUMAN, "a");
    put_click(18, NOON, CLICK_HUMAN, "a"); /* one visitor of two creators */
    put_click(18, NOON, CLICK_BOT, "");
    put_click(3, NOON, CLICK_HUMAN, "a");
    /* Half a cent each: every creator's line is rounded, half to even, before they are added. */
    put_cost("spring", "marie/2026-11-01/per_click", "0.005");
    put_cost("spring", "tom/2026-11-01/per_click", "0.005");
    put_cost("spring", "tom/2026-11-02/fee", "7");
    put_order("spring", "1", "sale", NOON, SALE("marie"));
    put_order("spring", "2", "sale", NOON, SALE("tom"));
    put_order("spring", "3", "signup", NOON, SALE("lea")); /* who has neither link nor post */
    put_order("autumn", "1", "sale", NOON, ",\"amount_minor\":99,\"status\":\"approved\"");
    put_post("spring", "marie", "https://x.example/1", NOON,
             "{\"taken_ms\":1,\"impressions\":100,\"likes\":6,\"comments\":2}");
    put_post("spring", "tom", "https://x.example/2", NOON,
             "{\"taken_ms\":1,\"impressions\":300,\"likes\":6,\"comments\":2}");
    struct report_query query = query_of(NULL, 0);
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 3);
    check_row(report, "campaign", "spring",
              "{\"currency\":\"EUR\",\"brand\":\"acme\",\"kind\":\"content\","
              "\"timezone\":\"Europe/Paris\",\"clicks\":2,\"unique_clicks\":1,"
              "\"impressions\":400,\"ctr\":0.005,\"engagement_rate\":0.04,\"comment_ratio\":0.25,"
              "\"conversions\":{\"sale\":2,\"signup\":1},"
              "\"conversions_by\":{\"click\":0,\"code\":2,\"both\":0},\"revenue\":\"37.50\","
              "\"cost\":\"7.00\",\"cost_per_click\":\"3.5000\",\"cost_per_result\":\"3.5000\"}");
    check_row(report, "campaign", "autumn",
              "{\"clicks\":1,\"unique_clicks\":1,\"revenue\":\"0.00\",\"impressions\":null}");
    check_row(report, "campaign", "tokyo",
              "{\"currency\":\"JPY\",\"clicks\":0,\"revenue\":\"0\",\"cost\":\"0\"}");
    check_members("report", report,
                  "{\"campaign\":[\"autumn\",\"spring\",\"tokyo\"],"
                  "\"currency\":null,\"timezone\":null}");
    check_part(report, "totals", "{\"clicks\":3,\"unique_clicks\":2,\"revenue\":null}");
    check_part(json_object_get(report, "totals_by_currency"), "EUR",
               "{\"revenue\":\"37.50\",\"cost\":\"7.00\"}");
    check_part(report, "unattributed",
               "{\"conversions\":{\"sale\":1},\"revenue\":null,"
               "\"revenue_by_currency\":{\"EUR\":\"0.99\",\"JPY\":\"0\"}}");
    json_decref(report);
}

static void one_campaign_is_named_in_its_row_too(void **state)
{
    (void)state;
    static const struct slice autumn[] = {SLICE_INIT("autumn")};
    struct report_query query = query_of(autumn, 1);
    query.sort = SLICE("campaign");
    json_t *report = run_report(&query);
    check_members("report", report, "{\"campaign\":\"autumn\",\"currency\":\"EUR\"}");
    check_row(report, "campaign", "autumn", "{\"clicks\":0,\"brand\":\"acme\"}");
    assert_null(json_object_get(find_row(report, "campaign", "autumn"), "currency"));
    json_decref(report);
}

static void of_a_creator_only_where_they_take_part(void **state)
{
    (void)state;
    put_click(1, NOON, CLICK_HUMAN, "a");
    put_click(18, NOON, CLICK_HUMAN, "a");
    struct report_query query = query_of(NULL, 0);
    query.creator = SLICE("tom");
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 1);
    check_row(report, "campaign", "spring", "{\"clicks\":1}");
    assert_true(json_is_null(json_object_get(report, "unattributed")));
    json_decref(report);
}

static void of_a_brand_only_its_own(void **state)
{
    (void)state;
    struct report_query query = query_of(NULL, 0);
    query.brand = SLICE("acme");
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 3);
    json_decref(report);
    put_record(key_campaigns(), "winter",
               "{\"v\":1,\"campaign\":\"winter\",\"brand\":\"alpina\","
               "\"target\":\"https://alpina.example/\",\"kind\":\"ads\",\"timezone\":\"UTC\","
               "\"currency\":\"CHF\",\"goal\":\"sale\",\"click_param\":\"jclid\","
               "\"attribution\":\"linear\",\"window\":\"30d\",\"duplicate_window\":\"10s\","
               "\"created_ms\":1}");
    query.brand = SLICE("alpina");
    report = run_report(&query);
    check_members("report", report, "{\"campaign\":\"winter\",\"currency\":\"CHF\"}");
    check_row(report, "campaign", "winter", "{\"kind\":\"ads\",\"clicks\":0}");
    json_decref(report);
    query.brand = SLICE("");
    report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 4);
    json_decref(report);
}

static void check_refused(const struct report_query *query, enum problem_kind kind,
                          const char *words)
{
    struct problem problem = {0};
    struct json_sink sink;
    struct buffer out;
    buffer_init(&out, 16 << 20);
    json_sink_init(&sink, &out, NULL);
    assert_int_not_equal(report_run(store, query, &sink.sink, &problem), JALON_OK);
    assert_int_equal(problem.kind, kind);
    if (!strstr(problem.detail, words) && !strstr(problem.fields[0].detail, words))
        fail_msg("%s %s", problem.detail, problem.fields[0].detail);
    assert_int_equal(out.size, 0);
    buffer_done(&out);
}

static void what_can_not_be_is_said(void **state)
{
    (void)state;
    struct report_query query = query_of(NULL, 0);
    query.brand = SLICE("nobody");
    check_refused(&query, PROBLEM_NOT_FOUND, "no campaign yet");
    query.brand = SLICE("");
    query.step = SLICE("day");
    check_refused(&query, PROBLEM_INVALID, "no steps");
    query.step = SLICE("");
    put_campaign("nowhere", "EUR", "Mars/Olympus", "code-first");
    check_refused(&query, PROBLEM_INTERNAL, "Mars/Olympus");
    put_campaign("nowhere", "EUR", "UTC", "code-first");
    for (int i = 0; i < 253; i++) {
        char slug[16];
        (void)snprintf(slug, sizeof slug, "c%d", i);
        put_campaign(slug, "EUR", "UTC", "code-first");
    }
    check_refused(&query, PROBLEM_INVALID, "name those");
    put_record(key_campaigns(), "c0", "{\"v\":1}");
    query.name = SLICE("timeline");
    check_refused(&query, PROBLEM_INVALID, "which campaign");
    query.name = SLICE("residual");
    check_refused(&query, PROBLEM_INVALID, "which campaign");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_is_what_the_creators_have_together),
        TEST(one_campaign_is_named_in_its_row_too),
        TEST(of_a_creator_only_where_they_take_part),
        TEST(of_a_brand_only_its_own),
        TEST(what_can_not_be_is_said),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
