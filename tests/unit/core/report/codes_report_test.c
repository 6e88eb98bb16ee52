#include "tests/unit/core/report/installation.h"

#define NOON_10 INT64_C(1794308400000) /* 2026-11-10T12:00+01:00 */
#define AT_10 "1794308400000"
#define NOW (INT64_C(1795952712) * 1000)

static const struct slice campaigns[] = {SLICE_INIT("spring"), SLICE_INIT("autumn")};

#define ONE_CODE(campaign, from, until)                                                            \
    "{\"code\":\"RE-USED\",\"campaign\":\"" campaign                                               \
    "\",\"creator\":\"tom\",\"valid_from_ms\":" from ",\"valid_until_ms\":" until                  \
    ",\"created_ms\":1}"

static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    put_campaign("autumn", "EUR", "Europe/Paris", "code-first");
    put_creator("marie", "");
    put_code("MARIE10", "spring", "marie", ",\"discount\":\"10 %\",\"max_redemptions\":2");
    put_code("OLD", "spring", "tom",
             ",\"valid_until_ms\":1794000000000,\"valid_from_ms\":1790000000000");
    put_code("OFF", "spring", "tom", ",\"disabled\":true");
    put_code("FALL", "autumn", "tom", "");
    /* One text twice in the campaign and once in another, at different times. */
    put_record(
        key_codes(SLICE("acme")), "REUSED",
        "{\"v\":1,\"folded\":\"REUSED\",\"codes\":[" ONE_CODE(
            "spring", "1790000000000",
            "1794000000000") "," ONE_CODE("spring", "1794000000000",
                                          "1799000000000") "," ONE_CODE("autumn", "1700000000000",
                                                                        "1790000000000") "]}");
    put_member(key_codes_of(SLICE("acme"), SLICE("spring")), "REUSED");
    return 0;
}

static struct report_query query_of(size_t campaign_count)
{
    return (struct report_query){.name = SLICE("codes"),
                                 .campaigns = campaigns,
                                 .campaign_count = campaign_count,
                                 .now_ms = NOW};
}

#define SALE(amount, more) ",\"amount_minor\":" amount ",\"status\":\"approved\"" more
#define CODE(code, verdict, creator, more)                                                         \
    ",\"code\":{\"text\":\"" code "\",\"folded\":\"" code "\",\"verdict\":\"" verdict              \
    "\",\"creator\":\"" creator "\"" more "}"

static void redemptions_and_limits_are_counted(void **state)
{
    (void)state;
    put_order("spring", "1", "sale", NOON_10, SALE("1000", CODE("MARIE10", "valid", "marie", "")));
    put_order("spring", "2", "sale", NOON_10,
              SALE("2000", CODE("MARIE10", "valid", "marie", ",\"over_limit\":true")));
    put_order(
        "spring", "3", "sale", NOON_10,
        ",\"amount_minor\":900,\"status\":\"cancelled\"" CODE("MARIE10", "valid", "marie", ""));
    put_order("spring", "4", "sale", NOON_10,
              SALE("300", CODE("OLD", "no-longer-valid", "tom", "")));
    put_order("spring", "5", "sale", NOON_10,
              SALE("400", CODE("OFF", "valid", "tom", ",\"disabled\":true")));
    put_order("spring", "6", "sale", NOON_10, SALE("70", CODE("NOBODYS", "unknown", "", "")));
    put_order("spring", "7", "sale", NOON_10, SALE("600", CODE("REUSED", "valid", "tom", "")));
    struct report_query query = query_of(1);
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 5);
    check_row(
        report, "code", "MARIE10",
        "{\"creator\":\"marie\",\"state\":\"active\",\"discount\":\"10 %\",\"max_redemptions\":2,"
        "\"valid_from\":null,\"valid_until\":null,\"redemptions\":2,\"over_limit\":1,"
        "\"while_disabled\":0,\"outside_validity\":0,\"conversions\":{\"sale\":2},"
        "\"revenue\":\"30.00\",\"order_revenue\":\"30.00\"}");
    check_row(report, "code", "OLD",
              "{\"state\":\"expired\",\"valid_until\":\"2026-11-06T21:20:00Z\",\"redemptions\":0,"
              "\"outside_validity\":1,\"revenue\":\"0.00\",\"max_redemptions\":null}");
    check_row(
        report, "code", "OFF",
        "{\"state\":\"disabled\",\"redemptions\":1,\"while_disabled\":1,\"revenue\":\"4.00\"}");
    check_row(report, "valid_from", "2026-09-21T14:13:20Z", "{\"redemptions\":0}");
    check_row(report, "valid_from", "2026-11-06T21:20:00Z",
              "{\"code\":\"RE-USED\",\"redemptions\":1,\"revenue\":\"6.00\"}");
    check_part(report, "totals", "{\"redemptions\":4,\"over_limit\":1,\"revenue\":\"40.00\"}");
    check_part(report, "unattributed", "{\"conversions\":{\"sale\":2},\"revenue\":\"3.70\"}");
    json_decref(report);
}

#define OF_STORY(text, more)                                                                       \
    "{\"v\":1,\"folded\":\"" text "\",\"codes\":[{\"code\":\"" text                                \
    "\",\"campaign\":\"spring\",\"creator\":\"marie\"," more "}]}"

/* A used twice, and B between them: A → B → A again → C; and D, which is alone. */
static void replaced_codes_are_one_story(void **state)
{
    (void)state;
    put_record(
        key_codes(SLICE("acme")), "A",
        "{\"v\":1,\"folded\":\"A\",\"codes\":["
        "{\"code\":\"A\",\"campaign\":\"spring\",\"creator\":\"marie\",\"created_ms\":1,"
        "\"valid_until_ms\":1794000000000,\"replaced_by\":\"B\"},"
        "{\"code\":\"A\",\"campaign\":\"spring\",\"creator\":\"marie\",\"created_ms\":3,"
        "\"valid_from_ms\":1794000000000,\"valid_until_ms\":1794300000000,"
        "\"grace_ms\":86400000,\"replaces\":\"B\",\"redemptions\":\"A\",\"replaced_by\":\"C\","
        "\"max_redemptions\":3}]}");
    put_record(key_codes(SLICE("acme")), "B",
               OF_STORY("B", "\"created_ms\":2,\"valid_until_ms\":1794000000000,\"replaces\":\"A\","
                             "\"redemptions\":\"A\",\"replaced_by\":\"A\""));
    put_record(key_codes(SLICE("acme")), "C",
               OF_STORY("C", "\"created_ms\":4,\"replaces\":\"A\",\"redemptions\":\"A\","
                             "\"max_redemptions\":2"));
    put_record(key_codes(SLICE("acme")), "D", OF_STORY("D", "\"created_ms\":5"));
    for (const char *text = "ABCD"; *text; text++)
        put_member(key_codes_of(SLICE("acme"), SLICE("spring")), (char[]){*text, '\0'});
    put_order("spring", "1", "sale", INT64_C(1793000000000),
              SALE("100", CODE("A", "valid", "marie", "")));
    put_order("spring", "2", "sale", INT64_C(1793900000000),
              SALE("200", CODE("B", "valid", "marie", "")));
    put_order("spring", "3", "sale", INT64_C(1794100000000),
              SALE("400", CODE("A", "valid", "marie", "")));
    put_order("spring", "4", "sale", INT64_C(1794310000000), /* in the days of grace */
              SALE("800", CODE("A", "valid", "marie", ",\"over_limit\":true")));
    put_order("spring", "5", "sale", INT64_C(1794310000000),
              SALE("1600", CODE("C", "valid", "marie", ",\"over_limit\":true")));
    put_order("spring", "6", "sale", INT64_C(1794500000000),
              SALE("3200", CODE("A", "no-longer-valid", "marie", "")));
    put_order("spring", "7", "sale", INT64_C(1794500000000),
              SALE("6400", CODE("D", "valid", "marie", "")));
    struct report_query query = query_of(1);
    json_t *report = run_report(&query);
    assert_null(find_row(report, "code", "A"));
    assert_null(find_row(report, "code", "B"));
    check_row(
        report, "code", "C",
        "{\"rotated_from\":\"A, B, A\",\"redemptions\":5,\"over_limit\":2,\"state\":\"active\","
        "\"max_redemptions\":2,\"outside_validity\":1,\"conversions\":{\"sale\":5},"
        "\"revenue\":\"31.00\",\"order_revenue\":\"31.00\",\"without_click\":5}");
    check_row(report, "code", "D",
              "{\"rotated_from\":null,\"redemptions\":1,\"revenue\":\"64.00\"}");
    check_part(report, "totals", "{\"redemptions\":6,\"revenue\":\"95.00\"}");
    json_decref(report);
}

#define CHAIN 400
#define CHAIN_NAME_MAX 32

static void chain_name(char name[CHAIN_NAME_MAX], int number)
{
    (void)snprintf(name, CHAIN_NAME_MAX, "SPRING-MARIE-%d", number);
}

static void put_link_of_chain(int number)
{
    char name[CHAIN_NAME_MAX], before[CHAIN_NAME_MAX], after[CHAIN_NAME_MAX], members[256];
    chain_name(name, number);
    chain_name(before, number - 1);
    chain_name(after, number + 1);
    int size = snprintf(members, sizeof members, ",\"redemptions\":\"SPRING-MARIE-0\"");
    if (number > 0)
        size +=
            snprintf(members + size, sizeof members - (size_t)size, ",\"replaces\":\"%s\"", before);
    if (number + 1 < CHAIN)
        (void)snprintf(members + size, sizeof members - (size_t)size, ",\"replaced_by\":\"%s\"",
                       after);
    put_code(name, "spring", "marie", members);
}

/* All of one millisecond, and listed in no order: what replaced what is known by their names only. */
static void a_long_story_of_one_millisecond_is_told_to_its_end(void **state)
{
    (void)state;
    char wanted[16 * 1024], name[CHAIN_NAME_MAX];
    struct buffer text;
    buffer_over(&text, wanted, sizeof wanted);
    for (int number = 0; number < CHAIN; number++)
        put_link_of_chain(number);
    for (int number = CHAIN - 2; number >= 0; number--) {
        chain_name(name, number);
        buffer_printf(&text, "%s%s", text.size ? ", " : "", name);
    }
    put_order("spring", "1", "sale", NOON_10,
              SALE("100", CODE("SPRING-MARIE-7", "valid", "marie", "")));
    struct report_query query = query_of(1);
    json_t *report = run_report(&query);
    chain_name(name, CHAIN - 1);
    const json_t *row = find_row(report, "code", name);
    assert_non_null(row);
    assert_string_equal(json_string_value(json_object_get(row, "rotated_from")),
                        buffer_string(&text));
    assert_int_equal(json_integer_value(json_object_get(row, "redemptions")), 1);
    assert_null(find_row(report, "code", "SPRING-MARIE-7"));
    json_decref(report);
}

/* A → B → A again → C, made in one millisecond. */
static void a_text_that_comes_twice_in_one_millisecond_is_in_its_story(void **state)
{
    (void)state;
    put_record(key_codes(SLICE("acme")), "A",
               "{\"v\":1,\"folded\":\"A\",\"codes\":["
               "{\"code\":\"A\",\"campaign\":\"spring\",\"creator\":\"marie\",\"created_ms\":2,"
               "\"valid_until_ms\":1794000000000,\"replaced_by\":\"B\"},"
               "{\"code\":\"A\",\"campaign\":\"spring\",\"creator\":\"marie\",\"created_ms\":2,"
               "\"valid_from_ms\":1794000000000,\"replaces\":\"B\",\"redemptions\":\"A\","
               "\"replaced_by\":\"C\"}]}");
    put_record(key_codes(SLICE("acme")), "B",
               OF_STORY("B", "\"created_ms\":2,\"replaces\":\"A\",\"redemptions\":\"A\","
                             "\"replaced_by\":\"A\""));
    put_record(key_codes(SLICE("acme")), "C",
               OF_STORY("C", "\"created_ms\":2,\"replaces\":\"A\",\"redemptions\":\"A\""));
    for (const char *text = "ABC"; *text; text++)
        put_member(key_codes_of(SLICE("acme"), SLICE("spring")), (char[]){*text, '\0'});
    struct report_query query = query_of(1);
    json_t *report = run_report(&query);
    assert_null(find_row(report, "code", "A"));
    assert_null(find_row(report, "code", "B"));
    check_row(report, "code", "C", "{\"rotated_from\":\"A, B, A\"}");
    json_decref(report);
}

static void what_a_click_won_is_redeemed_but_not_credited(void **state)
{
    (void)state;
    put_campaign("spring", "EUR", "Europe/Paris", "last-click");
    put_link(1, "AAAAAAAAAAAA", "spring", "tom", "bio");
    put_order(
        "spring", "1", "sale", NOON_10,
        SALE("1000",
             CODE("MARIE10", "valid", "marie",
                  "") ",\"clicks\":[{\"id\":\"x\",\"verdict\":\"unregistered\",\"at_ms\":" AT_10
                      ",\"link\":\"0000000000000001\"}]"));
    struct report_query query = query_of(1);
    json_t *report = run_report(&query);
    check_row(
        report, "code", "MARIE10",
        "{\"redemptions\":1,\"conversions\":{},\"revenue\":\"0.00\",\"order_revenue\":\"10.00\"}");
    check_part(report, "unattributed", "{\"conversions\":{},\"revenue\":\"0.00\"}");
    json_decref(report);
}

/* 12 orders an hour apart with a click of Marie's, then 12 of which one has one; the thirteenth at 10:00+01:00. */
static void a_leak_is_told_with_its_hour(void **state)
{
    (void)state;
    put_link(1, "AAAAAAAAAAAA", "spring", "marie", "bio");
    for (int i = 0; i < 24; i++) {
        char id[16];
        int64_t at_ms = NOON_10 + (i - 14) * INT64_C(3600000) + 1234;
        (void)snprintf(id, sizeof id, "%d", i);
        put_order(
            "spring", id, "sale", at_ms,
            i < 12 || i == 20
                ? SALE("100",
                       CODE("MARIE10", "valid", "marie",
                            "") ",\"clicks\":[{\"id\":\"x\","
                                "\"verdict\":\"unregistered\",\"at_ms\":1794200000000,\"link\":"
                                "\"0000000000000001\"}]")
                : SALE("100", CODE("MARIE10", "valid", "marie", "")));
    }
    put_order("spring", "tom", "sale", NOON_10, SALE("100", CODE("OFF", "valid", "tom", "")));
    struct report_query query = query_of(1);
    json_t *report = run_report(&query);
    check_row(report, "code", "MARIE10",
              "{\"redemptions\":24,\"without_click\":11,\"without_click_share\":0.458333,"
              "\"leak_since\":\"2026-11-10T10:00:00+01:00\",\"leak_share_before\":0,"
              "\"leak_share_after\":0.916667}");
    check_row(report, "code", "OFF",
              "{\"without_click\":1,\"without_click_share\":1,\"leak_since\":null}");
    check_row(report, "code", "OLD", "{\"without_click_share\":null,\"leak_since\":null}");
    check_part(report, "totals", "{\"without_click\":12,\"without_click_share\":0.48}");
    assert_int_equal(json_array_size(json_object_get(report, "notes")), 2);
    json_decref(report);
}

static void rows_follow_their_fields(void **state)
{
    (void)state;
    struct report_query query = query_of(2);
    query.sort = SLICE("valid_from");
    json_t *report = run_report(&query);
    static const char *const order[] = {"OLD", "RE-USED", "RE-USED", "FALL", "MARIE10", "OFF"};
    json_t *rows = json_object_get(report, "rows");
    assert_int_equal(json_array_size(rows), 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(rows, i), "code")),
                            order[i]);
    check_row(report, "code", "FALL", "{\"campaign\":\"autumn\",\"currency\":\"EUR\"}");
    json_decref(report);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(redemptions_and_limits_are_counted),
        TEST(replaced_codes_are_one_story),
        TEST(a_long_story_of_one_millisecond_is_told_to_its_end),
        TEST(a_text_that_comes_twice_in_one_millisecond_is_in_its_story),
        TEST(what_a_click_won_is_redeemed_but_not_credited),
        TEST(a_leak_is_told_with_its_hour),
        TEST(rows_follow_their_fields),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
