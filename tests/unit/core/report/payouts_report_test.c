#include "tests/unit/core/report/installation.h"

#define OCTOBER_10 INT64_C(1791626400000)  /* 2026-10-10T12:00+02:00 */
#define NOVEMBER_10 INT64_C(1794308400000) /* 2026-11-10T12:00+01:00 */
#define AT_NOVEMBER_10 "1794308400000"
#define NOW (INT64_C(1795952712) * 1000) /* 2026-11-29 */

static const struct slice campaigns[] = {SLICE_INIT("spring"), SLICE_INIT("rise")};

static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    put_campaign("rise", "JPY", "Asia/Tokyo", "code-first");
    put_creator("marie", ",\"name\":\"Marie D.\"");
    put_creator("tom", "");
    put_link(1, "AAAAAAAAAAAA", "spring", "marie", "bio");
    put_cost("spring", "marie/2026-10-01/commission", "10%");
    put_cost("spring", "marie/2026-11-01/commission", "20%");
    put_cost("spring", "marie/2026-10-01/per_click", "0.125");
    return 0;
}

static struct report_query query_of(size_t campaign_count, const char *from, const char *to)
{
    return (struct report_query){.name = SLICE("payouts"),
                                 .campaigns = campaigns,
                                 .campaign_count = campaign_count,
                                 .from = slice_of_string(from),
                                 .to = slice_of_string(to),
                                 .now_ms = NOW};
}

#define CODE(creator)                                                                              \
    ",\"code\":{\"text\":\"X\",\"folded\":\"X\",\"verdict\":\"valid\",\"creator\":\"" creator "\"" \
    "}"
#define SALE(minor, status, more)                                                                  \
    ",\"amount_minor\":" minor ",\"status\":\"" status "\"" more CODE("marie")

static const json_t *line_of(const json_t *report, const char *line, const char *period)
{
    const json_t *rows = json_object_get(report, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(json_string_value(json_object_get(row, "line")), line) == 0 &&
            strcmp(json_string_value(json_object_get(row, "period")), period) == 0)
            return row;
    }
    return NULL;
}

static void clicks_are_paid_in_their_own_days(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        put_click(1, OCTOBER_10 + i, CLICK_HUMAN, "a");
    put_click(1, OCTOBER_10, CLICK_BOT, "b");
    put_click(1, NOVEMBER_10, CLICK_HUMAN, "a");
    struct report_query query = query_of(1, "2026-10-01", "2026-10-31");
    json_t *report = run_report(&query);
    check_members("October", line_of(report, "per_click", "own"), /* 0.375, half to even */
                  "{\"creator\":\"marie\",\"name\":\"Marie "
                  "D.\",\"base\":\"3\",\"unit\":\"clicks\",\"rate\":\"0.125\",\"orders\":null,"
                  "\"evidence\":null,\"owed\":\"0.38\",\"creator_owed\":\"0.38\"}");
    json_decref(report);
    query = query_of(1, "2026-11-01", "");
    report = run_report(&query);
    check_members("November", line_of(report, "per_click", "own"),
                  "{\"base\":\"1\",\"owed\":\"0.12\"}");
    assert_null(line_of(report, "per_click", "earlier"));
    json_decref(report);
}

static void what_comes_later_is_carried_at_its_own_days_rate(void **state)
{
    (void)state;
    put_order("spring", "1", "sale", OCTOBER_10,
              SALE("1000", "approved",
                   ",\"refunds\":[{\"id\":\"a\",\"minor\":250,\"at_ms\":" AT_NOVEMBER_10 "}]"));
    put_order("spring", "2", "sale", OCTOBER_10,
              SALE("700", "cancelled",
                   ",\"history\":[{\"status\":\"cancelled\",\"at_ms\":" AT_NOVEMBER_10 "}]"));
    put_order("spring", "3", "sale", NOVEMBER_10, SALE("500", "pending", ""));
    struct report_query query = query_of(1, "2026-10-01", "2026-10-31");
    json_t *report = run_report(&query);
    check_members("October", line_of(report, "commission", "own"),
                  "{\"base\":\"17.00\",\"rate\":\"10%\",\"orders\":2,"
                  "\"evidence\":\"1 10.00, 2 7.00\",\"owed\":\"1.70\"}");
    check_part(report, "totals", "{\"owed\":\"1.70\"}");
    json_decref(report);
    query = query_of(1, "2026-11-01", "2026-11-29");
    report = run_report(&query);
    check_members("November", line_of(report, "commission", "own"),
                  "{\"base\":\"5.00\",\"rate\":\"20%\",\"orders\":1,\"owed\":\"1.00\","
                  "\"creator_owed\":\"0.05\"}");
    check_members("carried", line_of(report, "commission", "earlier"),
                  "{\"name\":\"Marie D.\",\"base\":\"-9.50\",\"rate\":\"10%\",\"orders\":2,"
                  "\"evidence\":\"1 -2.50, 2 -7.00\",\"owed\":\"-0.95\"}");
    check_part(report, "totals", "{\"owed\":\"0.05\"}");
    const char *note = json_string_value(json_array_get(json_object_get(report, "notes"), 0));
    assert_non_null(note);
    assert_non_null(strstr(note, "Orders not approved yet, and counted: 1;"));
    json_decref(report);
}

static void fees_name_their_days(void **state)
{
    (void)state;
    put_cost("spring", "marie/2026-10-31/fee", "250.00");
    put_cost("spring", "marie/2026-11-01/fee", "100.00");
    put_cost("spring", "marie/2026-11-29/fee", "50.50");
    struct report_query query = query_of(1, "2026-11-01", "2026-11-29");
    json_t *report = run_report(&query);
    check_members("fees", line_of(report, "fee", "own"),
                  "{\"base\":null,\"unit\":null,\"rate\":null,\"owed\":\"150.50\","
                  "\"evidence\":\"2026-11-01 100.00, 2026-11-29 50.50\"}");
    assert_null(line_of(report, "fee", "earlier"));
    assert_null(line_of(report, "product", "own"));
    json_decref(report);
}

static void two_currencies_are_two_totals(void **state)
{
    (void)state;
    put_cost("rise", "marie/2026-11-02/product", "3000");
    put_cost("spring", "marie/2026-11-02/fee", "12.00");
    struct report_query query = query_of(2, "2026-11-01", "2026-11-28");
    json_t *report = run_report(&query);
    check_members("yen", line_of(report, "product", "own"),
                  "{\"campaign\":\"rise\",\"currency\":\"JPY\",\"owed\":\"3000\","
                  "\"creator_owed\":\"3000\"}");
    check_members("euros", line_of(report, "fee", "own"),
                  "{\"campaign\":\"spring\",\"currency\":\"EUR\",\"creator_owed\":\"12.00\"}");
    check_part(report, "totals", "{\"owed\":null}");
    json_decref(report);
}

static void who_has_no_costs_is_told_of_and_owed_nothing(void **state)
{
    (void)state;
    put_order("spring", "1", "sale", NOVEMBER_10,
              ",\"amount_minor\":900,\"status\":\"approved\"" CODE("tom"));
    put_order("spring", "2", "sale", NOVEMBER_10, ",\"amount_minor\":70,\"status\":\"approved\"");
    struct report_query query = query_of(1, "2026-11-01", "");
    json_t *report = run_report(&query);
    assert_null(find_row(report, "creator", "tom"));
    check_part(report, "unattributed", "{\"conversions\":{\"sale\":1},\"revenue\":\"0.70\"}");
    const char *note = json_string_value(json_array_get(json_object_get(report, "notes"), 0));
    assert_non_null(note);
    assert_non_null(strstr(note, "Orders credited to creators for whom no cost was entered: 1."));
    json_decref(report);
    query.creator = SLICE("marie");
    report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "notes")), 0);
    json_decref(report);
}

static void long_lists_of_orders_are_cut(void **state)
{
    (void)state;
    for (int i = 10; i < 33; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "%d", i);
        put_order("spring", id, "sale", NOVEMBER_10 + i, SALE("100", "approved", ""));
    }
    struct report_query query = query_of(1, "2026-11-01", "");
    json_t *report = run_report(&query);
    const json_t *line = line_of(report, "commission", "own");
    check_members("line", line, "{\"orders\":23,\"base\":\"23.00\",\"owed\":\"4.60\"}");
    const char *evidence = json_string_value(json_object_get(line, "evidence"));
    assert_non_null(strstr(evidence, "10 1.00, 11 1.00,"));
    assert_non_null(strstr(evidence, ", 29 1.00 and 3 more"));
    json_decref(report);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(clicks_are_paid_in_their_own_days),
        TEST(what_comes_later_is_carried_at_its_own_days_rate),
        TEST(fees_name_their_days),
        TEST(two_currencies_are_two_totals),
        TEST(who_has_no_costs_is_told_of_and_owed_nothing),
        TEST(long_lists_of_orders_are_cut),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
