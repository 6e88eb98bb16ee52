#include "tests/unit/core/report/installation.h"

#define NOON_10 INT64_C(1794308400000) /* 2026-11-10T12:00+01:00 */
#define AT_10 "1794308400000"
#define NOW (INT64_C(1795952712) * 1000)

static const struct slice campaigns[] = {SLICE_INIT("spring"), SLICE_INIT("autumn")};

static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    put_campaign("autumn", "USD", "Europe/Paris", "code-first");
    put_creator("marie", "");
    put_creator("tom", "");
    put_link(1, "AAAAAAAAAAAA", "spring", "marie", "bio");
    put_link(2, "marie-trail", "spring", "marie", "story");
    put_link(3, "", "spring", "tom", "bio"); /* portable */
    put_link(4, "DDDDDDDDDDDD", "autumn", "marie", "bio");
    for (int i = 0; i < 4; i++)
        put_click(1, NOON_10 + i, CLICK_HUMAN, i ? "a" : "b");
    put_click(2, NOON_10, CLICK_HUMAN, "a");
    put_click(2, NOON_10, CLICK_DATACENTER, "");
    put_click(4, NOON_10, CLICK_HUMAN, "a");
    return 0;
}

static struct report_query query_of(size_t campaign_count)
{
    return (struct report_query){.name = SLICE("links"),
                                 .campaigns = campaigns,
                                 .campaign_count = campaign_count,
                                 .now_ms = NOW};
}

#define CLICK(id, creator, link)                                                                   \
    "{\"id\":\"" id "\",\"verdict\":\"valid\",\"at_ms\":" AT_10 ",\"link\":\"000000000000000" link \
    "\",\"creator\":\"" creator "\"}"
#define SALE(amount, more) ",\"amount_minor\":" amount ",\"status\":\"approved\"" more

static void each_link_has_its_clicks_and_sales(void **state)
{
    (void)state;
    put_order(
        "spring", "1", "sale", NOON_10,
        SALE("1000", ",\"clicks\":[" CLICK("x", "marie", "1") "," CLICK("y", "marie", "2") "]"));
    put_order("spring", "2", "signup", NOON_10,
              ",\"status\":\"approved\",\"clicks\":[" CLICK("z", "marie", "1") "]");
    put_order("spring", "3", "sale", NOON_10,
              SALE("500", ",\"code\":{\"text\":\"M\",\"folded\":\"M\",\"verdict\":\"valid\","
                          "\"creator\":\"marie\"}"));
    put_order("spring", "4", "sale", NOON_10, SALE("70", ""));
    struct report_query query = query_of(1);
    json_t *report = run_report(&query);
    check_row(report, "code", "AAAAAAAAAAAA",
              "{\"creator\":\"marie\",\"channel\":\"bio\",\"state\":\"active\",\"target\":null,"
              "\"link_id\":\"0000000000000001\",\"clicks\":4,\"unique_clicks\":2,"
              "\"conversions\":{\"signup\":1},\"conversion_rate\":0,\"revenue\":\"0.00\","
              "\"revenue_per_click\":\"0.0000\"}");
    check_row(
        report, "code", "marie-trail",
        "{\"clicks\":1,\"unique_clicks\":1,\"conversions\":{\"sale\":1},\"conversion_rate\":1,"
        "\"conversion_rate_high\":1,\"revenue\":\"10.00\",\"revenue_per_click\":\"10.0000\","
        "\"invalid_clicks\":{\"preview\":0,\"bot\":0,\"prefetch\":0,\"datacenter\":1,\"duplicate\":"
        "0}}");
    check_row(report, "link_id", "0000000000000003",
              "{\"code\":null,\"creator\":\"tom\",\"clicks\":0,\"conversion_rate\":null}");
    check_part(report, "totals",
               "{\"clicks\":5,\"unique_clicks\":3,\"revenue\":\"10.00\","
               "\"conversions\":{\"sale\":1,\"signup\":1}}");
    check_part(report, "unattributed", "{\"conversions\":{\"sale\":1},\"revenue\":\"0.70\"}");
    assert_non_null(strstr(json_string_value(json_array_get(json_object_get(report, "notes"), 0)),
                           "by promo code alone, so to no link: 1."));
    json_decref(report);
}

static void of_several_campaigns_each_row_says_which(void **state)
{
    (void)state;
    struct report_query query = query_of(2);
    query.creator = SLICE("marie");
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 3);
    check_row(report, "code", "DDDDDDDDDDDD",
              "{\"campaign\":\"autumn\",\"currency\":\"USD\",\"clicks\":1}");
    check_row(report, "code", "AAAAAAAAAAAA", "{\"campaign\":\"spring\",\"currency\":\"EUR\"}");
    check_part(report, "totals", "{\"clicks\":6,\"revenue\":null}");
    check_part(json_object_get(report, "totals_by_currency"), "USD", "{\"clicks\":1}");
    assert_true(json_is_null(json_object_get(report, "unattributed")));
    json_decref(report);
}

/* More links and days than one read or batch takes, against a count made on the way. */
static void many_links_are_read_in_batches(void **state)
{
    (void)state;
    enum { LINKS = 700, FIRST = 1000 };
    for (uint64_t i = 0; i < LINKS; i++) {
        char code[16];
        (void)snprintf(code, sizeof code, "link-%u", (unsigned)i);
        put_link(FIRST + i, code, "spring", "tom", "bio");
        put_click(FIRST + i, NOON_10, CLICK_HUMAN, "same");
        put_click(FIRST + i, NOON_10 + DAY_MS, CLICK_HUMAN, "same");
        put_click(FIRST + i, NOON_10 + DAY_MS, CLICK_HUMAN, "other");
    }
    struct report_query query = query_of(1);
    json_t *report = run_report(&query);
    check_part(report, "totals", "{\"clicks\":2105,\"unique_clicks\":2103}");
    check_row(report, "code", "link-699", "{\"clicks\":3,\"unique_clicks\":3}");
    json_decref(report);
    query.name = SLICE("creators");
    report = run_report(&query);
    check_row(report, "creator", "tom", "{\"clicks\":2100,\"unique_clicks\":3}");
    json_decref(report);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_link_has_its_clicks_and_sales),
        TEST(of_several_campaigns_each_row_says_which),
        TEST(many_links_are_read_in_batches),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
