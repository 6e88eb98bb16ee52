#include "tests/unit/core/report/installation.h"

/* Publication: 2026-10-20T10:07Z, in the quarter-hour that begins at 10:00; and now, 40 days later less an hour. */
#define ZERO (INT64_C(1792490400) * 1000)
#define PUBLISHED (ZERO + 7 * INT64_C(60000))
#define HOUR_MS INT64_C(3600000)
#define NOW (PUBLISHED + 40 * DAY_MS - HOUR_MS)

static const struct slice spring[] = {SLICE_INIT("spring")};
static const struct slice both[] = {SLICE_INIT("spring"), SLICE_INIT("autumn")};

static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    put_creator("marie", "");
    put_link(1, "AAAAAAAAAAAA", "spring", "marie", "bio");
    put_link(18, "BBBBBBBBBBBB", "spring", "marie", "story");
    return 0;
}

static struct report_query query_at(int64_t now_ms)
{
    return (struct report_query){
        .name = SLICE("residual"),
        .campaigns = spring,
        .campaign_count = 1,
        .now_ms = now_ms,
    };
}

static void put_clicks(uint64_t link, int64_t at_ms, int count)
{
    for (int i = 0; i < count; i++)
        put_click(link, at_ms, CLICK_HUMAN, "a");
}

static void put_published(int64_t at_ms)
{
    put_post("spring", "marie", "https://x.example/1", at_ms, "{\"taken_ms\":1,\"likes\":1}");
}

static void check_marie(int64_t now_ms, const char *members)
{
    struct report_query query = query_at(now_ms);
    json_t *report = run_report(&query);
    check_row(report, "creator", "marie", members);
    json_decref(report);
}

/* Twenty clicks from publication on; the comments count them. */
static void the_curve_is_what_came_by_each_day(void **state)
{
    (void)state;
    put_published(PUBLISHED);
    put_post("spring", "marie", "https://x.example/2", PUBLISHED + DAY_MS, "{\"taken_ms\":1}");
    put_clicks(1, ZERO - 1, 5);                /* before: none of them */
    put_clicks(1, ZERO, 4);                    /* in publication's own quarter-hour */
    put_clicks(18, ZERO + DAY_MS - 1, 4);      /* the last moment of the first day: 8 */
    put_clicks(1, ZERO + DAY_MS, 1);           /* of the second: 9 */
    put_clicks(1, ZERO + 3 * DAY_MS - 1, 1);   /* of the third: 10 */
    put_clicks(18, ZERO + 3 * DAY_MS, 2);      /* 12 */
    put_clicks(18, ZERO + 7 * DAY_MS, 3);      /* 15 */
    put_clicks(18, ZERO + 28 * DAY_MS - 1, 2); /* 17 */
    put_clicks(1, ZERO + 28 * DAY_MS, 3);      /* 20 */
    put_click(1, ZERO + HOUR_MS, CLICK_BOT, "");
    check_marie(NOW,
                "{\"published_at\":\"2026-10-20T10:07:00Z\",\"publication\":\"post\",\"clicks\":20,"
                "\"half_life_hours\":72,\"share_by_1d\":0.4,\"share_by_2d\":0.45,"
                "\"share_by_3d\":0.5,\"share_by_7d\":0.6,\"share_by_14d\":0.75,"
                "\"share_by_28d\":0.85,\"share_by_90d\":null,\"share_after_7d\":0.4,"
                "\"share_after_28d\":0.15}");
    put_clicks(1, ZERO + 30 * DAY_MS, 1); /* the middle one of 21 is the eleventh */
    check_marie(NOW, "{\"clicks\":21,\"half_life_hours\":72.25}");
}

static void shares_are_unknown_until_the_days_have_passed(void **state)
{
    (void)state;
    put_published(PUBLISHED);
    put_clicks(1, ZERO + 30 * INT64_C(60000), 3);
    put_clicks(1, ZERO + 45 * INT64_C(60000), 1);
    check_marie(PUBLISHED + 7 * DAY_MS - 1,
                "{\"half_life_hours\":0.75,\"share_by_3d\":1,\"share_by_7d\":null,"
                "\"share_after_7d\":null,\"share_after_28d\":null}");
    check_marie(PUBLISHED + 7 * DAY_MS, "{\"share_by_7d\":1,\"share_after_7d\":0,"
                                        "\"share_by_14d\":null,\"share_after_28d\":null}");
    check_marie(PUBLISHED + DAY_MS - 1, "{\"half_life_hours\":0.75,\"share_by_1d\":null}");
    check_marie(PUBLISHED + 90 * DAY_MS, "{\"share_by_90d\":1,\"share_after_28d\":0}");
}

static void without_a_post_the_first_click_counts(void **state)
{
    (void)state;
    put_click(1, ZERO - DAY_MS, CLICK_PREVIEW, ""); /* nobody's */
    put_clicks(18, PUBLISHED + HOUR_MS, 1);
    put_clicks(1, PUBLISHED, 1);
    check_marie(NOW, "{\"published_at\":\"2026-10-20T10:00:00Z\",\"publication\":\"first-click\","
                     "\"clicks\":2,\"half_life_hours\":0.25,\"share_by_1d\":1}");
}

static void what_is_unknown_is_null(void **state)
{
    (void)state;
    check_marie(NOW, "{\"published_at\":null,\"publication\":null,\"clicks\":0,"
                     "\"half_life_hours\":null,\"share_by_1d\":null,\"share_after_7d\":null}");
    put_published(PUBLISHED);
    check_marie(NOW, "{\"publication\":\"post\",\"clicks\":0,\"half_life_hours\":null,"
                     "\"share_by_1d\":null,\"share_after_7d\":null}");
    put_clicks(1, ZERO - HOUR_MS, 4); /* all before */
    check_marie(NOW, "{\"publication\":\"post\",\"clicks\":0,\"half_life_hours\":null,"
                     "\"share_by_1d\":null}");
    put_published(NOW + 30 * DAY_MS); /* what is planned */
    check_marie(NOW, "{\"publication\":\"post\",\"clicks\":0,\"half_life_hours\":null,"
                     "\"share_by_1d\":null}");
    put_published(1); /* as wrong a date as can be */
    check_marie(NOW, "{\"published_at\":\"1970-01-01T00:00:00.001Z\",\"clicks\":4,"
                     "\"share_by_90d\":0,\"share_after_28d\":1}");
}

static void campaigns_are_told_apart(void **state)
{
    (void)state;
    put_campaign("autumn", "EUR", "Europe/Paris", "code-first");
    put_link(3, "CCCCCCCCCCCC", "autumn", "marie", "bio");
    put_creator("tom", "");
    put_post("autumn", "tom", "https://x.example/3", PUBLISHED, "{\"taken_ms\":1}");
    put_published(PUBLISHED);
    put_clicks(1, ZERO + HOUR_MS, 3);
    put_clicks(3, ZERO + 2 * HOUR_MS, 1);
    struct report_query query = query_at(NOW);
    query.campaigns = both;
    query.campaign_count = 2;
    json_t *report = run_report(&query);
    const json_t *rows = json_object_get(report, "rows");
    assert_int_equal(json_array_size(rows), 3);
    check_members("0", json_array_get(rows, 0),
                  "{\"creator\":\"marie\",\"campaign\":\"spring\",\"clicks\":3,"
                  "\"half_life_hours\":1.25}");
    check_members("1", json_array_get(rows, 1),
                  "{\"creator\":\"marie\",\"campaign\":\"autumn\",\"clicks\":1,"
                  "\"publication\":\"first-click\",\"half_life_hours\":0.25}");
    check_members("2", json_array_get(rows, 2),
                  "{\"creator\":\"tom\",\"campaign\":\"autumn\",\"clicks\":0}");
    check_part(report, "totals", "{\"clicks\":4}");
    assert_true(json_is_null(json_object_get(report, "unattributed")));
    json_decref(report);
    query.creator = SLICE("tom");
    report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 1);
    json_decref(report);
}

/* More creators and links than are looked up together, each with a half-life of its own. */
static void many_creators_are_each_measured(void **state)
{
    (void)state;
    for (int i = 0; i < 700; i++) {
        char code[16], creator[16];
        (void)snprintf(code, sizeof code, "CODE%08d", i);
        (void)snprintf(creator, sizeof creator, "c%d", i / 2);
        put_link((uint64_t)(1000 + i), code, "spring", creator, "bio");
        put_clicks((uint64_t)(1000 + i), ZERO, 1);
        put_clicks((uint64_t)(1000 + i), ZERO + (i / 2) * QUARTER_MS, 2);
    }
    struct report_query query = query_at(NOW);
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 351);
    for (int i = 0; i < 350; i++) {
        char creator[16], members[96];
        (void)snprintf(creator, sizeof creator, "c%d", i);
        (void)snprintf(members, sizeof members, "{\"clicks\":6,\"half_life_hours\":%.10g}",
                       (i + 1) * 0.25);
        check_row(report, "creator", creator, members);
    }
    json_decref(report);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

/* As in the creators report. */
static void creators_have_their_names(void **state)
{
    (void)state;
    put_creator("lea", "");
    put_creator("erased", ",\"erased_ms\":2");
    put_creator("marie", ",\"name\":\"Marie D.\"");
    static const struct {
        const char *creator, *members;
    } rows[] = {
        {"marie", "{\"name\":\"Marie D.\"}"},
        {"lea", "{\"name\":\"lea\"}"},
        {"erased", "{\"name\":null}"},
        {"portable", "{\"name\":null}"}, /* no record */
    };
    for (size_t i = 1; i < sizeof rows / sizeof *rows; i++)
        put_link(100 + i, "", "spring", rows[i].creator, "bio");
    struct report_query query = query_at(NOW);
    json_t *report = run_report(&query);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(report, "creator", rows[i].creator, rows[i].members);
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_curve_is_what_came_by_each_day),
        TEST(shares_are_unknown_until_the_days_have_passed),
        TEST(without_a_post_the_first_click_counts),
        TEST(what_is_unknown_is_null),
        TEST(campaigns_are_told_apart),
        TEST(many_creators_are_each_measured),
        TEST(creators_have_their_names),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
