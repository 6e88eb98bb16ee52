/* What changed since a range ended: to the millisecond at which it did. */
#include "tests/unit/core/report/installation.h"

#define AT INT64_C(1794308400000)  /* 2026-11-10T12:00+01:00 */
#define NOW INT64_C(1795952712000) /* 2026-11-29 */
#define END_BEFORE "1794351599999" /* the last millisecond of 2026-11-10 in Paris */
#define END "1794351600000"        /* 2026-11-11T00:00+01:00 */
#define DAY_13_LAST "1794610799999"
#define DAY_14 "1794610800000"

static const struct slice spring[] = {SLICE_INIT("spring")};

static void put_spring(const char *rules)
{
    char json[1024];
    (void)snprintf(json, sizeof json,
                   "{\"v\":1,\"campaign\":\"spring\",\"brand\":\"acme\",\"target\":"
                   "\"https://acme.example/\",\"kind\":\"content\",\"timezone\":\"Europe/Paris\","
                   "\"currency\":\"EUR\",\"goal\":\"sale\",\"click_param\":\"jclid\","
                   "\"duplicate_window\":\"10s\",\"created_ms\":1,%s}",
                   rules);
    put_record(key_campaigns(), "spring", json);
}

#define CODE_FIRST "\"attribution\":\"code-first\",\"window\":\"30d\""
#define LAST_CLICK_SINCE(until)                                                                    \
    "\"attribution\":\"last-click\",\"window\":\"30d\",\"earlier_rules\":[{\"attribution\":"       \
    "\"code-first\",\"window\":\"30d\",\"until_ms\":" until "}]"
#define REFUND(id, minor, at) "{\"id\":\"" id "\",\"minor\":" minor ",\"at_ms\":" at "}"
#define REFUNDS(list) ",\"status\":\"approved\",\"refunds\":[" list "]"
#define CANCELLED(at)                                                                              \
    ",\"status\":\"cancelled\",\"history\":[{\"status\":\"cancelled\",\"at_ms\":" at "}]"
#define APPROVED ",\"status\":\"approved\""
#define UNCHANGED "\"conversions_first\":null,\"revenue_first\":null,\"changed_at\":null}"
#define CHANGED(first, revenue, day)                                                               \
    "\"conversions_first\":" first ",\"revenue_first\":\"" revenue "\",\"changed_at\":\"" day "\"" \
    "}"
#define ONE "{\"sale\":1}"

/* An order of 10.00 with a code of marie and a click of tom. */
static const struct {
    const char *name, *rules, *life, *marie, *tom, *campaign, *order;
} rows[] = {
    {"nothing happened", CODE_FIRST, APPROVED, "{\"revenue\":\"10.00\"," UNCHANGED, "{" UNCHANGED,
     "{" UNCHANGED, "{\"revenue_first\":null,\"credits_first\":null,\"changed_at\":null}"},
    {"a refund on the last day", CODE_FIRST, REFUNDS(REFUND("a", "300", END_BEFORE)),
     "{\"revenue\":\"7.00\"," UNCHANGED, "{" UNCHANGED, "{" UNCHANGED,
     "{\"revenue_first\":null,\"credits_first\":null,\"changed_at\":null}"},
    {"a refund on the next day", CODE_FIRST, REFUNDS(REFUND("a", "300", END)),
     "{\"revenue\":\"7.00\"," CHANGED(ONE, "10.00", "2026-11-11"), "{" UNCHANGED,
     "{\"revenue\":\"7.00\"," CHANGED(ONE, "10.00", "2026-11-11"),
     "{\"revenue\":\"7.00\",\"revenue_first\":\"10.00\",\"credits_first\":{\"marie\":1},"
     "\"changed_at\":\"2026-11-11\"}"},
    {"refunds before, on and after", CODE_FIRST,
     REFUNDS(REFUND("a", "100", END_BEFORE) "," REFUND("b", "200",
                                                       DAY_13_LAST) "," REFUND("c", "50", DAY_14)),
     "{\"revenue\":\"6.50\"," CHANGED(ONE, "9.00", "2026-11-14"), "{" UNCHANGED,
     "{" CHANGED(ONE, "9.00", "2026-11-14"),
     "{\"revenue_first\":\"9.00\",\"changed_at\":\"2026-11-14\"}"},
    {"cancelled on the last day", CODE_FIRST, CANCELLED(END_BEFORE),
     "{\"conversions\":{},\"revenue\":\"0.00\"," UNCHANGED, "{" UNCHANGED, "{" UNCHANGED,
     "{\"changed_at\":null}"},
    {"cancelled later", CODE_FIRST, CANCELLED(DAY_13_LAST),
     "{\"conversions\":{},\"revenue\":\"0.00\"," CHANGED(ONE, "10.00", "2026-11-13"), "{" UNCHANGED,
     "{" CHANGED(ONE, "10.00", "2026-11-13"),
     "{\"status\":\"cancelled\",\"revenue_first\":\"10.00\",\"changed_at\":\"2026-11-13\"}"},
    {"another rule on the last day", LAST_CLICK_SINCE(END_BEFORE), APPROVED,
     "{\"conversions\":{}," UNCHANGED, "{\"conversions\":" ONE "," UNCHANGED, "{" UNCHANGED,
     "{\"credits\":{\"tom\":1},\"changed_at\":null}"},
    {"another rule later", LAST_CLICK_SINCE(DAY_14), APPROVED,
     "{\"conversions\":{},\"revenue\":\"0.00\"," CHANGED(ONE, "10.00", "2026-11-14"),
     "{\"conversions\":" ONE ",\"revenue\":\"10.00\"," CHANGED("{}", "0.00", "2026-11-14"),
     "{\"revenue\":\"10.00\"," UNCHANGED,
     "{\"credits\":{\"tom\":1},\"credits_first\":{\"marie\":1},\"revenue_first\":\"10.00\","
     "\"changed_at\":\"2026-11-14\"}"},
    {"another rule, then a refund of what it moved", LAST_CLICK_SINCE(END),
     REFUNDS(REFUND("a", "400", DAY_14)),
     "{\"revenue\":\"0.00\"," CHANGED(ONE, "10.00", "2026-11-11"),
     "{\"revenue\":\"6.00\"," CHANGED("{}", "0.00", "2026-11-14"),
     "{\"revenue\":\"6.00\"," CHANGED(ONE, "10.00", "2026-11-14"),
     "{\"revenue\":\"6.00\",\"revenue_first\":\"10.00\",\"changed_at\":\"2026-11-14\"}"},
};

static void put_sale(const char *life)
{
    char members[768];
    (void)snprintf(members, sizeof members,
                   ",\"amount_minor\":1000,\"code\":{\"text\":\"MARIE10\",\"folded\":\"MARIE10\","
                   "\"verdict\":\"valid\",\"creator\":\"marie\"},\"clicks\":[{\"id\":\"c\","
                   "\"verdict\":\"valid\",\"at_ms\":%lld,\"link\":\"0000000000000001\","
                   "\"creator\":\"tom\"}]%s",
                   (long long)AT - 60000, life);
    put_order("spring", "1", "sale", AT, members);
}

static struct report_query query_of(const char *name, const char *to)
{
    return (struct report_query){
        .name = slice_of_string(name),
        .campaigns = spring,
        .campaign_count = 1,
        .from = SLICE("2026-11-10"),
        .to = slice_of_string(to),
        .now_ms = NOW,
    };
}

static void check(const char *name, const char *report_name, const char *key, const char *row,
                  const char *expected)
{
    struct report_query query = query_of(report_name, "2026-11-10");
    json_t *report = run_report(&query);
    const json_t *found = find_row(report, key, row);
    if (!found)
        fail_msg("%s: there is no row %s", name, row);
    check_members(name, found, expected);
    json_decref(report);
}

static void both_values_and_the_day_are_told(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(installation_clear(state), 0);
        put_spring(rows[i].rules);
        put_creator("marie", "");
        put_creator("tom", "");
        put_code("MARIE10", "spring", "marie", "");
        put_link(1, "abc", "spring", "tom", "bio");
        put_sale(rows[i].life);
        check(rows[i].name, "creators", "creator", "marie", rows[i].marie);
        check(rows[i].name, "creators", "creator", "tom", rows[i].tom);
        check(rows[i].name, "campaigns", "campaign", "spring", rows[i].campaign);
        check(rows[i].name, "orders", "order_id", "1", rows[i].order);
    }
}

/* Today is not over: nothing is first yet, whatever happened. */
static void a_range_with_today_has_no_first_figures(void **state)
{
    assert_int_equal(installation_clear(state), 0);
    put_spring(LAST_CLICK_SINCE(DAY_14));
    put_sale(REFUNDS(REFUND("a", "300", END)));
    static const char *const ends[] = {"", "2026-11-29", "2026-12-31"};
    for (size_t i = 0; i < 3; i++) {
        struct report_query query = query_of("creators", ends[i]);
        json_t *report = run_report(&query);
        check_row(report, "creator", "tom", "{\"revenue\":\"7.00\"," UNCHANGED);
        assert_int_equal(json_array_size(json_object_get(report, "notes")), 0);
        json_decref(report);
    }
}

static void an_order_that_was_theirs_is_shown_to_them(void **state)
{
    assert_int_equal(installation_clear(state), 0);
    put_creator("marie", "");
    put_order("spring", "1", "sale", AT,
              ",\"status\":\"approved\",\"clicks\":[{\"id\":\"c\",\"verdict\":\"valid\",\"at_ms\":"
              "1793444400000,\"link\":\"0000000000000001\",\"creator\":\"marie\"}]");
    static const struct {
        const char *until;
        size_t orders;
    } cases[] = {{END_BEFORE, 0}, {END, 1}};
    for (size_t i = 0; i < 2;
         i++) { /* a window that the click, 10 days before, is not in any more */
        char rules[512];
        (void)snprintf(rules, sizeof rules,
                       "\"attribution\":\"code-first\",\"window\":\"9d\",\"earlier_rules\":["
                       "{\"attribution\":\"code-first\",\"window\":\"10d\",\"until_ms\":%s}]",
                       cases[i].until);
        put_spring(rules);
        struct report_query query = query_of("orders", "2026-11-10");
        query.creator = SLICE("marie");
        json_t *report = run_report(&query);
        assert_int_equal(json_array_size(json_object_get(report, "rows")), cases[i].orders);
        json_decref(report);
    }
}

static void the_note_counts_what_changed(void **state)
{
    assert_int_equal(installation_clear(state), 0);
    put_spring(CODE_FIRST);
    put_sale(REFUNDS(REFUND("a", "300", END)));
    struct report_query query = query_of("creators", "2026-11-10");
    json_t *report = run_report(&query);
    const char *note = json_string_value(json_array_get(json_object_get(report, "notes"), 0));
    assert_non_null(note);
    assert_string_equal(note, "Figures changed since the range ended (creators: 1).");
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_values_and_the_day_are_told),
        cmocka_unit_test(a_range_with_today_has_no_first_figures),
        cmocka_unit_test(an_order_that_was_theirs_is_shown_to_them),
        cmocka_unit_test(the_note_counts_what_changed),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
