#include "tests/unit/core/report/installation.h"

#define NOON_10 INT64_C(1794308400000) /* 2026-11-10T12:00+01:00 */
#define AT_7 "1794035400000"           /* 3 d 3 h 50 min before: 2026-11-07T08:10+01:00 */
#define AT_9 "1794222000000"           /* a day before */
#define NOW (INT64_C(1795952712) * 1000)

static const struct slice campaigns[] = {SLICE_INIT("spring"), SLICE_INIT("autumn")};

#define CODE(code, verdict, creator, more)                                                         \
    ",\"code\":{\"text\":\"" code "\",\"folded\":\"" code "\",\"verdict\":\"" verdict              \
    "\",\"creator\":\"" creator "\"" more "}"
#define CLICK(at, link, creator, channel)                                                          \
    "{\"id\":\"x" at "\",\"verdict\":\"valid\",\"at_ms\":" at ",\"link\":\"000000000000000" link   \
    "\",\"creator\":\"" creator "\",\"channel\":\"" channel "\"}"
#define APPROVED(amount) ",\"amount_minor\":" amount ",\"status\":\"approved\""

static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    put_campaign("autumn", "USD", "America/New_York", "linear");
    put_creator("marie", ",\"name\":\"Marie\"");
    put_creator("tom", ",\"name\":\"Tom\"");
    put_creator("lea", "");
    put_link(1, "AAAAAAAAAAAA", "spring", "tom", "story");
    return 0;
}

static struct report_query query_of(size_t campaign_count)
{
    return (struct report_query){.name = SLICE("orders"),
                                 .campaigns = campaigns,
                                 .campaign_count = campaign_count,
                                 .now_ms = NOW};
}

static void each_order_has_its_evidence(void **state)
{
    (void)state;
    put_order("spring", "1042", "sale", NOON_10,
              APPROVED("4990") CODE("MARIE10", "valid", "marie",
                                    "") ",\"source\":\"api\""
                                        ",\"clicks\":[" CLICK(AT_7, "2", "marie", "bio") "," CLICK(
                                            AT_9, "1", "tom", "story") "]");
    put_order("spring", "1043", "sale", NOON_10 + 1,
              APPROVED("1000") ",\"source\":\"import\",\"clicks\":[{\"id\":\"y\",\"verdict\":"
                               "\"unregistered\",\"at_ms\":" AT_9
                               ",\"link\":\"0000000000000001\"}]");
    put_order("spring", "1044", "sale", NOON_10 + 2,
              APPROVED("500") CODE("FOO", "unknown", "", ""));
    put_order("spring", "1045", "signup", NOON_10 + 3, ",\"status\":\"cancelled\"");
    struct report_query query = query_of(1);
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 4);
    check_row(
        report, "order_id", "1042",
        "{\"occurred_at\":\"2026-11-10T12:00:00+01:00\",\"status\":\"approved\","
        "\"type\":\"sale\",\"amount\":\"49.90\",\"refunded\":\"0.00\",\"revenue\":\"49.90\","
        "\"code\":\"MARIE10\",\"credits\":{\"marie\":1},\"by\":\"both\",\"assists\":{\"tom\":1},"
        "\"unattributed\":null,\"source\":\"api\",\"refunds\":null,\"differences\":null,"
        "\"evidence\":\"Order 1042: Marie, code MARIE10 (checked), click 3 d 3 h before; "
        "assist: Tom, story\"}");
    check_row(report, "order_id", "1043",
              "{\"credits\":{\"tom\":1},\"by\":\"click\",\"assists\":{},\"source\":\"import\","
              "\"evidence\":\"Order 1043: Tom, click 1 d before\"}");
    check_row(report, "order_id", "1044",
              "{\"credits\":{},\"by\":null,\"unattributed\":\"unknown-code\",\"source\":null,"
              "\"evidence\":\"Order 1044: nobody, as the code \\\"FOO\\\" is unknown\"}");
    check_row(report, "order_id", "1045",
              "{\"amount\":null,\"revenue\":\"0.00\",\"status\":\"cancelled\",\"code\":null}");
    check_part(report, "totals", "{\"revenue\":\"64.90\"}");
    check_part(report, "unattributed", "{\"conversions\":{\"sale\":1},\"revenue\":\"5.00\"}");
    json_decref(report);
}

static void refunds_and_differences_are_told(void **state)
{
    (void)state;
    put_order("spring", "1", "sale", NOON_10,
              APPROVED("5000") ",\"refunds\":[{\"id\":\"R-1\",\"minor\":2000,\"at_ms\":" AT_7
                               "},{\"id\":\"R-2\",\"minor\":500,\"at_ms\":" AT_9 "}]");
    put_order(
        "spring", "2", "sale", NOON_10,
        APPROVED("5000") ",\"import\":{\"at_ms\":" AT_9 ",\"amount_minor\":5990,\"code\":"
                         "\"TOM5\",\"clicks\":true,\"status\":\"refunded\",\"refunded_minor\":10}");
    struct report_query query = query_of(1);
    json_t *report = run_report(&query);
    check_row(report, "order_id", "1",
              "{\"refunded\":\"25.00\",\"revenue\":\"25.00\",\"refunds\":"
              "\"R-1 20.00 2026-11-07T08:10:00+01:00; R-2 5.00 2026-11-09T12:00:00+01:00\"}");
    check_row(report, "order_id", "2",
              "{\"differences\":\"import of 2026-11-09T12:00:00+01:00: amount 59.90, code TOM5, "
              "other click ids, status refunded, refunded 0.10\"}");
    json_decref(report);
}

static void shares_of_a_linear_order_are_told(void **state)
{
    (void)state;
    put_order("autumn", "1", "sale", NOON_10,
              APPROVED("1000") CODE("LEA5", "valid", "lea", "") ",\"clicks\":[" CLICK(
                  AT_7, "2", "marie", "bio") "," CLICK(AT_9, "3", "tom", "") "]");
    struct report_query query = query_of(2);
    json_t *report = run_report(&query);
    check_row(report, "order_id", "1",
              "{\"campaign\":\"autumn\",\"currency\":\"USD\",\"by\":\"mixed\","
              "\"occurred_at\":\"2026-11-10T06:00:00-05:00\","
              "\"credits\":{\"marie\":0.333334,\"tom\":0.333333,\"lea\":0.333333}}");
    json_decref(report);
}

static void one_creator_sees_what_is_theirs(void **state)
{
    (void)state;
    put_order("spring", "1", "sale", NOON_10, APPROVED("1000") CODE("M", "valid", "marie", ""));
    put_order("spring", "2", "sale", NOON_10 - 5, APPROVED("1000") CODE("T", "valid", "tom", ""));
    put_order("spring", "3", "sale", NOON_10 - 9,
              APPROVED("100") CODE("M", "valid", "marie",
                                   "") ",\"clicks\":[" CLICK(AT_9, "1", "tom", "story") "]");
    put_order("spring", "4", "sale", NOON_10, APPROVED("700"));
    struct report_query query = query_of(1);
    query.creator = SLICE("tom");
    json_t *report = run_report(&query);
    json_t *rows = json_object_get(report, "rows");
    assert_int_equal(json_array_size(rows), 2); /* by time */
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "order_id")),
                        "3");
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 1), "order_id")),
                        "2");
    assert_true(json_is_null(json_object_get(report, "unattributed")));
    json_decref(report);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_order_has_its_evidence),
        TEST(refunds_and_differences_are_told),
        TEST(shares_of_a_linear_order_are_told),
        TEST(one_creator_sees_what_is_theirs),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
