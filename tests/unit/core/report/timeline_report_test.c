#include "tests/unit/core/report/installation.h"

/* 2026-10-25 in Paris, a day of 25 hours from 2026-10-24T22:00Z on; and now, the 29th of November. */
#define DAY_25 (INT64_C(1792879200) * 1000)
#define HOUR_MS INT64_C(3600000)
#define NOW (INT64_C(1795952712) * 1000)

static const struct slice spring[] = {SLICE_INIT("spring")};
static const struct slice both[] = {SLICE_INIT("spring"), SLICE_INIT("tokyo")};

static struct report_query query_of(const char *step, const char *from, const char *to)
{
    return (struct report_query){
        .name = SLICE("timeline"),
        .campaigns = spring,
        .campaign_count = 1,
        .from = slice_of_string(from),
        .to = slice_of_string(to),
        .step = slice_of_string(step),
        .now_ms = NOW,
    };
}

static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    put_creator("marie", "");
    put_creator("tom", "");
    put_link(1, "AAAAAAAAAAAA", "spring", "marie", "bio");
    put_link(18, "BBBBBBBBBBBB", "spring", "tom", "bio");
    return 0;
}

/* Of a checked code, so that nothing but the order is needed. */
static void put_sale(const char *campaign, const char *id, int64_t at_ms, const char *creator,
                     int64_t amount_minor)
{
    char members[256];
    (void)snprintf(members, sizeof members,
                   ",\"amount_minor\":%lld,\"status\":\"approved\",\"code\":{\"text\":\"X\","
                   "\"folded\":\"X\",\"verdict\":\"%s\",\"creator\":\"%s\"}",
                   (long long)amount_minor, *creator ? "valid" : "unknown", creator);
    put_order(campaign, id, "sale", at_ms, members);
}

/* The rows' `start`s are those, and no others. */
static void check_starts(const json_t *report, const char *const *starts, size_t count)
{
    const json_t *rows = json_object_get(report, "rows");
    assert_int_equal(json_array_size(rows), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(rows, i), "start")),
                            starts[i]);
}

static void check_note(const json_t *report, const char *note)
{
    const json_t *notes = json_object_get(report, "notes");
    assert_int_equal(json_array_size(notes), 1);
    assert_string_equal(json_string_value(json_array_get(notes, 0)), note);
}

static void each_step_has_its_own_figures(void **state)
{
    (void)state;
    struct report_query query = query_of("day", "2026-10-24", "2026-10-26");
    put_click(1, DAY_25 - 1, CLICK_HUMAN, "a");
    put_click(1, DAY_25, CLICK_HUMAN, "a");
    put_click(18, DAY_25 + HOUR_MS, CLICK_HUMAN, "a"); /* the same person at another creator's */
    put_click(18, DAY_25 + 25 * HOUR_MS - 1, CLICK_BOT, "");
    put_click(18, DAY_25 + 25 * HOUR_MS, CLICK_DUPLICATE, "");
    put_sale("spring", "1", DAY_25 + 25 * HOUR_MS - 1, "marie", 1000);
    put_sale("spring", "2", DAY_25 + 25 * HOUR_MS, "tom", 501);
    put_sale("spring", "3", DAY_25, "", 99);
    json_t *report = run_report(&query);
    check_starts(report, (const char *const[]){"2026-10-24", "2026-10-25", "2026-10-26"}, 3);
    check_row(report, "start", "2026-10-24",
              "{\"clicks\":1,\"unique_clicks\":1,\"conversions\":{},\"revenue\":\"0.00\","
              "\"conversion_rate\":0}");
    check_row(report, "start", "2026-10-25",
              "{\"clicks\":2,\"conversions\":{\"sale\":1},\"revenue\":\"10.00\","
              "\"revenue_per_click\":\"5.0000\",\"invalid_clicks\":{\"preview\":0,\"bot\":1,"
              "\"prefetch\":0,\"datacenter\":0,\"duplicate\":0}}");
    check_row(report, "start", "2026-10-26",
              "{\"clicks\":0,\"unique_clicks\":0,\"conversion_rate\":null,\"revenue\":\"5.01\","
              "\"conversions_by\":{\"click\":0,\"code\":1,\"both\":0},"
              "\"invalid_clicks\":{\"preview\":0,\"bot\":0,\"prefetch\":0,\"datacenter\":0,"
              "\"duplicate\":1}}");
    check_part(report, "totals",
               "{\"clicks\":3,\"conversions\":{\"sale\":2},\"revenue\":\"15.01\"}");
    check_part(report, "unattributed", "{\"conversions\":{\"sale\":1},\"revenue\":\"0.99\"}");
    json_decref(report);
}

static void hours_have_no_visitors_and_weeks_do(void **state)
{
    (void)state;
    put_click(1, DAY_25, CLICK_HUMAN, "a");
    put_click(1, DAY_25 + HOUR_MS, CLICK_HUMAN, "a");
    put_click(18, DAY_25 + 2 * HOUR_MS, CLICK_HUMAN, "a");
    put_click(18, DAY_25 + 2 * HOUR_MS, CLICK_HUMAN, "b");
    struct report_query query = query_of("hour", "2026-10-25", "2026-10-25");
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 25);
    check_row(report, "start", "2026-10-25T02:00:00+02:00",
              "{\"clicks\":2,\"unique_clicks\":null}");
    check_row(report, "start", "2026-10-25T02:00:00+01:00",
              "{\"clicks\":0,\"unique_clicks\":null}");
    check_part(report, "totals", "{\"clicks\":4,\"unique_clicks\":null}");
    json_decref(report);

    /* The 24th and the 25th of UTC, a alone and then with b. */
    query = query_of("week", "2026-10-21", "2026-10-27");
    report = run_report(&query);
    check_starts(report, (const char *const[]){"2026-10-19", "2026-10-26"}, 2);
    check_row(report, "start", "2026-10-19", "{\"clicks\":4,\"unique_clicks\":3}");
    json_decref(report);
}

static void an_open_range_begins_with_the_first_of_anything(void **state)
{
    (void)state;
    struct report_query query = query_of("", "", "2026-10-28");
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 0);
    check_part(report, "totals", "{\"clicks\":0,\"conversions\":{}}");
    json_decref(report);

    put_click(18, DAY_25 + 80 * HOUR_MS, CLICK_HUMAN, "a"); /* the 28th */
    put_click(18, DAY_25 + 200 * HOUR_MS, CLICK_HUMAN, "a");
    report = run_report(&query);
    check_starts(report, (const char *const[]){"2026-10-28"}, 1);
    json_decref(report);

    put_click(1, DAY_25 + 60 * HOUR_MS, CLICK_BOT, ""); /* the 27th */
    report = run_report(&query);
    check_starts(report, (const char *const[]){"2026-10-27", "2026-10-28"}, 2);
    json_decref(report);

    put_sale("spring", "1", DAY_25 + 30 * HOUR_MS, "marie", 100); /* the 26th */
    report = run_report(&query);
    check_starts(report, (const char *const[]){"2026-10-26", "2026-10-27", "2026-10-28"}, 3);
    json_decref(report);

    put_post("spring", "tom", "https://x.example/1", DAY_25, "{\"taken_ms\":1,\"likes\":1}");
    report = run_report(&query);
    assert_non_null(find_row(report, "start", "2026-10-25"));
    json_decref(report);

    put_cost("spring", "tom/2026-10-24/fee", "10");
    put_cost("spring", "tom/2026-12-24/fee", "10"); /* after the range: begins nothing */
    report = run_report(&query);
    assert_non_null(find_row(report, "start", "2026-10-24"));
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 5);
    json_decref(report);

    query.creator = SLICE("marie"); /* none of that was hers but the bot's click and the sale */
    report = run_report(&query);
    check_starts(report, (const char *const[]){"2026-10-26", "2026-10-27", "2026-10-28"}, 3);
    check_part(report, "totals", "{\"clicks\":0,\"revenue\":\"1.00\"}");
    assert_true(json_is_null(json_object_get(report, "unattributed")));
    json_decref(report);

    query = query_of("hour", "", "2026-10-25");
    query.creator = SLICE("tom");
    report = run_report(&query);
    assert_non_null(find_row(report, "start", "2026-10-24T00:00:00+02:00"));
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 24 + 25);
    json_decref(report);
}

static void campaigns_have_their_own_days(void **state)
{
    (void)state;
    put_campaign("tokyo", "JPY", "Asia/Tokyo", "code-first");
    put_link(3, "CCCCCCCCCCCC", "tokyo", "marie", "bio");
    put_click(1, DAY_25 - HOUR_MS, CLICK_HUMAN, "a"); /* the 24th there, the 25th here */
    put_click(3, DAY_25 - HOUR_MS, CLICK_HUMAN, "a");
    put_sale("tokyo", "1", DAY_25 - HOUR_MS, "marie", 700);
    struct report_query query = query_of("day", "2026-10-24", "2026-10-25");
    query.campaigns = both;
    query.campaign_count = 2;
    json_t *report = run_report(&query);
    const char *const starts[] = {"2026-10-24", "2026-10-24", "2026-10-25", "2026-10-25"};
    check_starts(report, starts, 4); /* by the moment: Tokyo's come first */
    const json_t *rows = json_object_get(report, "rows");
    check_members("0", json_array_get(rows, 0),
                  "{\"campaign\":\"tokyo\",\"currency\":\"JPY\",\"clicks\":0}");
    check_members("1", json_array_get(rows, 1),
                  "{\"campaign\":\"spring\",\"currency\":\"EUR\",\"clicks\":1}");
    check_members("2", json_array_get(rows, 2),
                  "{\"campaign\":\"tokyo\",\"clicks\":1,\"revenue\":\"700\"}");
    check_part(report, "totals", "{\"clicks\":2,\"revenue\":null}");
    query.sort = SLICE("clicks"); /* rows that tie stay in the order of time */
    json_t *sorted = run_report(&query);
    rows = json_object_get(sorted, "rows");
    check_members("0", json_array_get(rows, 0), "{\"campaign\":\"spring\",\"clicks\":1}");
    check_members("2", json_array_get(rows, 2),
                  "{\"campaign\":\"tokyo\",\"start\":\"2026-10-24\"}");
    json_decref(sorted);
    json_decref(report);
}

/* More links than are read together: they are still one row, in which a visitor counts once a day. */
static void a_row_of_many_links_is_one(void **state)
{
    (void)state;
    for (int i = 0; i < 600; i++) {
        char code[16], visitor[16];
        (void)snprintf(code, sizeof code, "CODE%08d", i);
        (void)snprintf(visitor, sizeof visitor, "v%d", i % 2);
        put_link((uint64_t)(1000 + i), code, "spring", i % 3 ? "marie" : "tom", "bio");
        put_click((uint64_t)(1000 + i), DAY_25 + 12 * HOUR_MS, CLICK_HUMAN, visitor);
    }
    struct report_query query = query_of("day", "2026-10-25", "2026-10-26");
    json_t *report = run_report(&query);
    check_row(report, "start", "2026-10-25", "{\"clicks\":600,\"unique_clicks\":2}");
    check_row(report, "start", "2026-10-26", "{\"clicks\":0,\"unique_clicks\":0}");
    json_decref(report);
    query.creator = SLICE("tom");
    report = run_report(&query);
    check_row(report, "start", "2026-10-25", "{\"clicks\":200,\"unique_clicks\":2}");
    json_decref(report);
}

/* Of the rule linear: shares that are no whole orders, and cents that can't be halved. */
static void shares_add_up_over_the_steps(void **state)
{
    (void)state;
    put_campaign("spring", "EUR", "Europe/Paris", "linear");
    for (int i = 0; i < 3; i++) {
        char id[4], members[768];
        (void)snprintf(id, sizeof id, "%d", i);
        (void)snprintf(members, sizeof members,
                       ",\"amount_minor\":1001,\"status\":\"approved\",\"clicks\":["
                       "{\"id\":\"x\",\"verdict\":\"valid\",\"at_ms\":%lld,"
                       "\"link\":\"0000000000000001\",\"creator\":\"marie\"},"
                       "{\"id\":\"y\",\"verdict\":\"valid\",\"at_ms\":%lld,"
                       "\"link\":\"0000000000000012\",\"creator\":\"tom\"}]",
                       (long long)DAY_25, (long long)DAY_25 + 1);
        put_order("spring", id, "sale", DAY_25 + (1 + 24 * i) * HOUR_MS, members);
    }
    struct report_query query = query_of("day", "2026-10-25", "2026-10-28");
    json_t *report = run_report(&query);
    check_row(report, "start", "2026-10-25",
              "{\"conversions\":{\"sale\":1},\"revenue\":\"10.01\"}");
    check_part(report, "totals", "{\"conversions\":{\"sale\":3},\"revenue\":\"30.03\"}");
    json_decref(report);
    query.creator = SLICE("tom");
    report = run_report(&query);
    check_row(report, "start", "2026-10-25",
              "{\"conversions\":{\"sale\":0.5},\"conversion_rate_low\":null}");
    check_part(report, "totals", "{\"conversions\":{\"sale\":1.5}}");
    json_decref(report);
}

/* It is 12:45 in Paris on the 29th. */
static void steps_to_come_are_no_rows(void **state)
{
    (void)state;
    struct report_query query = query_of("day", "2026-11-28", "2026-12-06");
    put_click(1, NOW - 1, CLICK_HUMAN, "a");
    json_t *report = run_report(&query);
    check_starts(report, (const char *const[]){"2026-11-28", "2026-11-29"}, 2);
    check_row(report, "start", "2026-11-28", "{\"running\":null,\"clicks\":0}");
    check_row(report, "start", "2026-11-29", "{\"running\":\"running\",\"clicks\":1}");
    check_note(report, "The row of 2026-11-29 is not over yet: its figures are not final.");
    json_decref(report);

    query = query_of("hour", "2026-11-29", "2026-11-30");
    report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 13);
    check_row(report, "start", "2026-11-29T12:00:00+01:00", "{\"running\":\"running\"}");
    json_decref(report);

    query = query_of("week", "2026-11-22", "2026-12-20");
    report = run_report(&query);
    check_starts(report, (const char *const[]){"2026-11-16", "2026-11-23"}, 2);
    check_row(report, "start", "2026-11-23", "{\"running\":\"running\"}");
    json_decref(report);

    /* A shop's clock is ahead: that is told, and what nothing is known of is not. */
    query = query_of("day", "2026-11-29", "2026-12-06");
    put_sale("spring", "1", NOW + 4 * 24 * HOUR_MS, "marie", 100);
    report = run_report(&query);
    check_starts(report, (const char *const[]){"2026-11-29", "2026-12-03"}, 2);
    check_row(report, "start", "2026-12-03", "{\"running\":null,\"revenue\":\"1.00\"}");
    check_part(report, "totals", "{\"revenue\":\"1.00\"}");
    json_decref(report);

    query = query_of("day", "2026-11-27", "2026-11-28"); /* all is over */
    report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "notes")), 0);
    json_decref(report);

    put_campaign("tokyo", "JPY", "Asia/Tokyo", "code-first");
    query = query_of("day", "2026-11-28", "2026-11-30");
    query.campaigns = both;
    query.campaign_count = 2;
    report = run_report(&query);
    check_note(report,
               "Rows that are not over yet, one a campaign: 2. Their figures are not final.");
    json_decref(report);
}

static void too_many_rows_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *step, *from;
        int rows; /* 0: refused */
    } ranges[] = {
        /* 20 000 days up to the 29th of November 2026 begin on 1972-02-27. */
        {"day", "1972-02-27", 20000},
        {"day", "1972-02-26", 0},
        {"week", "1970-01-01", 2970},
        {"hour", "1970-01-01", 0},
        /* 698 days, both changes in them twice, but for the 11 hours of today that are to come */
        {"hour", "2025-01-01", 16741},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        struct report_query query = query_of(ranges[i].step, ranges[i].from, "2026-11-29");
        if (ranges[i].rows) {
            json_t *report = run_report(&query);
            assert_int_equal(json_array_size(json_object_get(report, "rows")), ranges[i].rows);
            json_decref(report);
            continue;
        }
        struct problem problem = {0};
        struct json_sink sink;
        struct buffer out;
        buffer_init(&out, 16 << 20);
        json_sink_init(&sink, &out, NULL);
        assert_int_not_equal(report_run(store, &query, &sink.sink, &problem), JALON_OK);
        assert_int_equal(problem.kind, PROBLEM_INVALID);
        assert_string_equal(problem.fields[0].pointer, "/step");
        assert_non_null(strstr(problem.fields[0].detail, "larger step"));
        assert_int_equal(out.size, 0);
        buffer_done(&out);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_step_has_its_own_figures),
        TEST(hours_have_no_visitors_and_weeks_do),
        TEST(an_open_range_begins_with_the_first_of_anything),
        TEST(campaigns_have_their_own_days),
        TEST(a_row_of_many_links_is_one),
        TEST(shares_add_up_over_the_steps),
        TEST(steps_to_come_are_no_rows),
        TEST(too_many_rows_are_refused),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
