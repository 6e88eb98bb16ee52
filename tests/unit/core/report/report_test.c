#include "core/report/report.h"
#include "tests/unit/core/report/installation.h"

#define NOW (INT64_C(1795952712) * 1000) /* 2026-11-29T11:45:12Z */

static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    put_campaign("tokyo", "EUR", "Asia/Tokyo", "code-first");
    put_campaign("nowhere", "EUR", "Mars/Olympus", "code-first");
    put_creator("marie", "");
    return 0;
}

struct row {
    const char *report, *campaigns, *creator, *from, *to, *sort;
    enum problem_kind kind;
    const char *words; /* in the problem, somewhere */
};

static const struct row rows[] = {
    {"creator", "spring", "", "", "", "", PROBLEM_NOT_FOUND,
     "creators, campaigns, links, codes, orders, payouts"},
    {"", "spring", "", "", "", "", PROBLEM_NOT_FOUND, "creators, campaigns, links, codes"},
    {"creators", "", "", "", "", "", PROBLEM_INVALID, "which campaign"},
    {"creators", "summer", "", "", "", "", PROBLEM_NOT_FOUND, "summer"},
    {"creators", "spring summer", "", "", "", "", PROBLEM_NOT_FOUND, "summer"},
    {"creators", "nowhere", "", "", "", "", PROBLEM_INTERNAL, "Mars/Olympus"},
    {"creators", "spring", "tom", "", "", "", PROBLEM_NOT_FOUND, "tom"},
    {"creators", "spring", "", "yesterday", "", "", PROBLEM_INVALID, "/from"},
    {"creators", "spring", "", "2026-02-30", "", "", PROBLEM_INVALID, "YYYY-MM-DD"},
    {"creators", "spring", "", "", "2026-11-29T00:00:00Z", "", PROBLEM_INVALID, "/to"},
    {"links", "spring", "", "", "29/11/2026", "", PROBLEM_INVALID, "YYYY-MM-DD"},
    {"codes", "spring", "", "2026-11-02", "2026-11-01", "", PROBLEM_INVALID, "from is after to"},
    {"creators", "spring", "", "2026-11-30", "", "", PROBLEM_INVALID, "in the future"},
    {"creators", "spring", "", "", "", "bounce", PROBLEM_INVALID, "no field bounce"},
    {"creators", "spring", "", "", "", "bounce", PROBLEM_INVALID, "cost_per_result"},
    {"creators", "spring", "", "", "", "bounce", PROBLEM_INVALID, "comment_ratio"},
    {"creators", "spring", "", "", "", "CTR", PROBLEM_INVALID, "no field CTR"},
    {"creators", "spring", "", "", "", "currency", PROBLEM_INVALID, "no field currency"},
    {"codes", "spring", "", "", "", "clicks", PROBLEM_INVALID, "redemptions"},
    {"payouts", "spring", "", "", "", "cost", PROBLEM_INVALID, "creator_owed"},
    {"links", "spring", "", "", "", "cost", PROBLEM_INVALID, "channel"},
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

static struct report_query query_of(const struct row *row, struct slice *campaigns)
{
    struct slice rest = slice_of_string(row->campaigns);
    struct report_query query = {
        .name = slice_of_string(row->report),
        .campaigns = campaigns,
        .creator = slice_of_string(row->creator),
        .from = slice_of_string(row->from),
        .to = slice_of_string(row->to),
        .sort = slice_of_string(row->sort),
        .now_ms = NOW,
    };
    while (rest.size)
        campaigns[query.campaign_count++] = slice_take(&rest, ' ');
    return query;
}

static bool has_words(const struct problem *problem, const char *words)
{
    bool is_there = strstr(problem->detail, words);
    for (size_t i = 0; i < problem->field_count; i++)
        is_there = is_there || strstr(problem->fields[i].pointer, words) ||
                   strstr(problem->fields[i].detail, words);
    return is_there;
}

static void what_is_wrong_is_said_and_nothing_is_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct slice campaigns[4];
        struct report_query query = query_of(&rows[i], campaigns);
        struct problem problem = {0};
        struct json_sink sink;
        struct buffer out;
        buffer_init(&out, 1 << 20);
        json_sink_init(&sink, &out, NULL);
        assert_int_not_equal(report_run(store, &query, &sink.sink, &problem), JALON_OK);
        if (problem.kind != rows[i].kind || !has_words(&problem, rows[i].words))
            fail_msg("row %zu: %s", i, problem.detail);
        assert_int_equal(out.size, 0);
        buffer_done(&out);
    }
}

static void a_campaign_named_twice_counts_once(void **state)
{
    (void)state;
    const struct row row = {.report = "creators",
                            .campaigns = "spring spring",
                            .creator = "",
                            .from = "",
                            .to = "",
                            .sort = ""};
    struct slice campaigns[4];
    struct report_query query = query_of(&row, campaigns);
    json_t *report = run_report(&query);
    check_members("report", report, "{\"campaign\":\"spring\",\"rows\":[]}");
    json_decref(report);
}

static void today_is_that_of_the_campaigns_zone(void **state)
{
    (void)state;
    static const struct {
        const char *campaigns;
        int64_t now_ms;
        const char *members;
    } days[] = {
        {"spring", NOW, "{\"to\":\"2026-11-29\"}"},
        {"tokyo", NOW + INT64_C(3600000) * 4, "{\"to\":\"2026-11-30\"}"},
        {"spring tokyo", NOW, "{\"to\":\"2026-11-29\",\"timezone\":null}"},
        {"spring tokyo", NOW + INT64_C(3600000) * 4, "{\"to\":null}"},
    };
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        const struct row row = {.report = "links",
                                .campaigns = days[i].campaigns,
                                .creator = "",
                                .from = "",
                                .to = "",
                                .sort = ""};
        struct slice campaigns[4];
        struct report_query query = query_of(&row, campaigns);
        query.now_ms = days[i].now_ms;
        json_t *report = run_report(&query);
        check_members(days[i].campaigns, report, days[i].members);
        json_decref(report);
    }
}

static int refuse_row(struct report_sink *sink, const struct cell *cells)
{
    (void)sink, (void)cells;
    return JALON_FULL;
}

static void an_error_of_the_sink_ends_the_report(void **state)
{
    (void)state;
    const struct row row = {.report = "creators",
                            .campaigns = "spring",
                            .creator = "",
                            .from = "",
                            .to = "",
                            .sort = ""};
    struct slice campaigns[4];
    struct report_query query = query_of(&row, campaigns);
    struct problem problem = {0};
    struct json_sink sink;
    struct buffer out;
    put_link(1, "AAAAAAAAAAAA", "spring", "marie", "bio");
    buffer_init(&out, 1 << 20);
    json_sink_init(&sink, &out, NULL);
    sink.sink.row = refuse_row;
    assert_int_equal(report_run(store, &query, &sink.sink, &problem), JALON_FULL);
    assert_int_not_equal(problem.kind, PROBLEM_NONE);
    buffer_done(&out);
    buffer_init(&out, 64); /* too small for any report */
    json_sink_init(&sink, &out, NULL);
    problem_init(&problem);
    assert_int_equal(report_run(store, &query, &sink.sink, &problem), JALON_FULL);
    buffer_done(&out);
}

static const struct damage {
    const char *reports; /* that read it */
    const char *key, *field, *text;
} damages[] = {
#define CLICK_REPORTS "creators campaigns links timeline residual"
#define DAYS "jalon:{p01}:days:0000000000000001"
    {CLICK_REPORTS, DAYS, "20786:x", "1"},
    {CLICK_REPORTS, DAYS, "20786", "1"},
    {CLICK_REPORTS, DAYS, "-1:h", "1"},
    {CLICK_REPORTS, DAYS, "20786:h", "many"},
    {CLICK_REPORTS, DAYS, "20786:hh", "1"},
    {CLICK_REPORTS, "jalon:{p01}:quarter_hours:0000000000000001:20768", "20786:96:h", "1"},
    {"creators campaigns timeline", "jalon:{s}:costs:spring", "marie/2026-11-01/bribe",
     "1 {\"v\":1,\"value\":\"1\"}"},
    {"creators campaigns timeline residual", "jalon:{s}:posts:spring", "https://x.example/",
     "1 {}"},
    {"creators", "jalon:{s}:creators", "marie", "{\"v\":1}"},
    {CLICK_REPORTS, "jalon:{p01}:links", "0000000000000001", "1 []"},
};

static void check_damage(const struct damage *damage, struct slice report)
{
    const struct row row = {
        .report = "", .campaigns = "spring", .creator = "", .from = "", .to = "", .sort = ""};
    struct slice campaigns[4];
    struct report_query query = query_of(&row, campaigns);
    struct problem problem = {0};
    struct json_sink sink;
    struct buffer out;
    query.name = report;
    put_link(1, "AAAAAAAAAAAA", "spring", "marie", "bio");
    put_click(1, 20786 * DAY_MS + DAY_MS - 1, CLICK_HUMAN, "a"); /* the 30th in Paris */
    check_reply(redisCommand(redis, "HSET %s %s %s", damage->key, damage->field, damage->text));
    buffer_init(&out, 1 << 20);
    json_sink_init(&sink, &out, NULL);
    if (report_run(store, &query, &sink.sink, &problem) == JALON_OK)
        fail_msg("%.*s: %s %s %s", SLICE_ARG(report), damage->key, damage->field, damage->text);
    assert_int_not_equal(problem.kind, PROBLEM_NONE);
    buffer_done(&out);
}

static void damaged_records_are_no_figures(void **state)
{
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct slice reports = slice_of_string(damages[i].reports);
        while (reports.size) {
            assert_int_equal(set_up(state), 0);
            check_damage(&damages[i], slice_take(&reports, ' '));
        }
    }
}

static void each_report_has_a_name_and_fields(void **state)
{
    (void)state;
    size_t index = 0;
    for (; report_name(index); index++) {
        size_t count;
        const struct column *columns = report_columns(index, &count);
        assert_non_null(report_summary(index));
        assert_true(count > 0);
        for (size_t i = 0; i < count; i++) {
            assert_true(columns[i].field && columns[i].heading);
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(columns[i].field, columns[j].field);
        }
    }
    size_t count;
    assert_int_equal(index, 13);
    assert_null(report_summary(index));
    assert_null(report_columns(index, &count));
    assert_int_equal(count, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_wrong_is_said_and_nothing_is_sent),
        TEST(a_campaign_named_twice_counts_once),
        TEST(today_is_that_of_the_campaigns_zone),
        TEST(an_error_of_the_sink_ends_the_report),
        TEST(damaged_records_are_no_figures),
        TEST(each_report_has_a_name_and_fields),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
