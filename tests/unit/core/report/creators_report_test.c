#include "tests/unit/core/report/installation.h"

#include "core/ledger/zone.h"

/* Paris, winter: 2026-11-10T00:00+01:00 and noon of that day; and now, the 29th. */
#define DAY_10 (INT64_C(1794265200) * 1000)
#define NOON_10 (DAY_10 + DAY_MS / 2)
#define NOW (INT64_C(1795952712) * 1000)

static const struct slice spring[] = {SLICE_INIT("spring")};
static const struct slice both[] = {SLICE_INIT("spring"), SLICE_INIT("autumn")};

static struct report_query query_of(const char *from, const char *to)
{
    return (struct report_query){
        .name = SLICE("creators"),
        .campaigns = spring,
        .campaign_count = 1,
        .from = slice_of_string(from),
        .to = slice_of_string(to),
        .now_ms = NOW,
    };
}

#define SALE(amount, more) ",\"amount_minor\":" amount ",\"status\":\"approved\"" more
#define CODE(code, creator)                                                                        \
    ",\"code\":{\"text\":\"" code "\",\"folded\":\"" code                                          \
    "\",\"verdict\":\"valid\",\"creator\":\"" creator "\"}"
#define CLICK(creator, link, at)                                                                   \
    "{\"id\":\"x\",\"verdict\":\"valid\",\"at_ms\":" at ",\"link\":\"" link                        \
    "\",\"creator\":\"" creator "\"}"
#define CLICKS(list) ",\"clicks\":[" list "]"
#define AT_10 "1794308400000" /* NOON_10 */

/* Marie: two links, a code, all costs, a post. Tom: a link. Lea: only a code. Zoe: only a post. Ida: only a cost. */
static void set_up(void)
{
    put_campaign("spring", "EUR", "Europe/Paris", "code-first");
    put_creator("marie", ",\"name\":\"Marie L.\",\"platform\":\"instagram\",\"followers\":12000");
    put_creator("tom", ",\"name\":\"Tom\",\"erased_ms\":5");
    put_creator("lea", ",\"followers\":4999");
    put_link(1, "AAAAAAAAAAAA", "spring", "marie", "bio");
    put_link(18, "BBBBBBBBBBBB", "spring", "marie", "story");
    put_link(7, "", "spring", "tom", "");
    put_code("MARIE10", "spring", "marie", "");
    put_code("LEA10", "spring", "lea", "");
    put_cost("spring", "marie/2026-11-10/fee", "250.00");
    put_cost("spring", "marie/2026-11-01/per_click", "0.015");
    put_cost("spring", "marie/2026-11-01/commission", "7.25%");
    put_cost("spring", "ida/2026-11-09/product", "39.90");
    put_post("spring", "marie", "https://x.example/1", DAY_10,
             "{\"taken_ms\":1,\"impressions\":90,\"likes\":1},"
             "{\"taken_ms\":2,\"impressions\":100,\"likes\":6,\"comments\":2}");
    put_post("spring", "zoe", "https://x.example/2", DAY_10, "{\"taken_ms\":1,\"likes\":3}");
}

static void every_participant_has_a_row(void **state)
{
    (void)state;
    set_up();
    struct report_query query = query_of("", "");
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 5);
    check_members("report", report,
                  "{\"report\":\"creators\",\"campaign\":\"spring\",\"from\":null,"
                  "\"to\":\"2026-11-29\",\"timezone\":\"Europe/Paris\",\"currency\":\"EUR\"}");
    check_row(
        report, "creator", "marie",
        "{\"name\":\"Marie L.\",\"platform\":\"instagram\",\"tier\":\"micro\",\"followers\":12000,"
        "\"clicks\":0,\"unique_clicks\":0,\"impressions\":100,\"impressions_unknown_posts\":0,"
        "\"ctr\":0,\"conversions\":{},\"conversions_by\":{\"click\":0,\"code\":0,\"both\":0},"
        "\"conversion_rate\":null,\"revenue\":\"0.00\",\"cost\":\"250.00\","
        "\"cost_per_click\":null,\"cost_per_result\":null,\"roas\":0,\"revenue_per_click\":null,"
        "\"engagement_rate\":0.08,\"comment_ratio\":0.25,"
        "\"invalid_clicks\":{\"preview\":0,\"bot\":0,\"prefetch\":0,\"datacenter\":0,\"duplicate\":"
        "0}}");
    check_row(
        report, "creator", "tom",
        "{\"name\":null,\"platform\":null,\"tier\":null,\"followers\":null,\"impressions\":null,"
        "\"impressions_unknown_posts\":0,\"ctr\":null,\"ctr_low\":null,\"ctr_high\":null,"
        "\"cost\":\"0.00\",\"roas\":null,\"engagement_rate\":null,\"comment_ratio\":null}");
    check_row(report, "creator", "lea", "{\"name\":\"lea\",\"tier\":\"nano\",\"clicks\":0}");
    check_row(report, "creator", "zoe",
              "{\"name\":null,\"impressions\":null,\"impressions_unknown_posts\":1,\"ctr\":null}");
    check_row(report, "creator", "ida", "{\"cost\":\"39.90\",\"clicks\":0}");
    check_part(report, "totals",
               "{\"clicks\":0,\"impressions\":100,\"impressions_unknown_posts\":1,\"ctr\":null,"
               "\"cost\":\"289.90\",\"conversions\":{},\"revenue\":\"0.00\"}");
    assert_null(json_object_get(json_object_get(report, "totals"), "creator"));
    check_part(report, "unattributed", "{\"conversions\":{},\"revenue\":\"0.00\"}");
    json_decref(report);
}

static void clicks_are_counted_by_class_and_visitor(void **state)
{
    (void)state;
    set_up();
    for (int i = 0; i < 5; i++)
        put_click(1, NOON_10 + i, CLICK_HUMAN, i < 3 ? "a" : "b");
    put_click(18, NOON_10, CLICK_HUMAN, "a"); /* the same visitor on another link of hers */
    put_click(18, NOON_10 + DAY_MS, CLICK_HUMAN, "a"); /* and again the next day */
    put_click(18, NOON_10, CLICK_BOT, "");
    put_click(1, NOON_10, CLICK_PREVIEW, "");
    put_click(1, NOON_10, CLICK_PREVIEW, "");
    put_click(7, NOON_10, CLICK_HUMAN, "a");
    put_click(7, NOON_10, CLICK_DUPLICATE, "");
    struct report_query query = query_of("2026-11-10", "2026-11-11");
    json_t *report = run_report(&query);
    check_row(
        report, "creator", "marie",
        "{\"clicks\":7,\"unique_clicks\":3,\"ctr\":0.07,\"ctr_low\":0.034319,\"ctr_high\":0.137495,"
        "\"cost\":\"250.10\",\"cost_per_click\":\"35.7286\","
        "\"invalid_clicks\":{\"preview\":2,\"bot\":1,\"prefetch\":0,\"datacenter\":0,\"duplicate\":"
        "0}}");
    check_row(report, "creator", "tom",
              "{\"clicks\":1,\"unique_clicks\":1,"
              "\"invalid_clicks\":{\"preview\":0,\"bot\":0,\"prefetch\":0,\"datacenter\":0,"
              "\"duplicate\":1}}");
    check_part(report, "totals", "{\"clicks\":8,\"unique_clicks\":4}");
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(report, "rows"), 0), "creator")),
                        "marie");
    json_decref(report);
}

static void sales_are_credited_on_their_evidence(void **state)
{
    (void)state;
    set_up();
    for (int i = 0; i < 8; i++)
        put_click(1, NOON_10 + i, CLICK_HUMAN, "a");
    put_order(
        "spring", "1", "sale", NOON_10,
        SALE("1990", CODE("MARIE10", "marie") CLICKS(CLICK("tom", "0000000000000007", AT_10))));
    put_order(
        "spring", "2", "sale", NOON_10,
        SALE("3000", CODE("MARIE10", "marie") CLICKS(CLICK("marie", "0000000000000001", AT_10))));
    put_order("spring", "3", "sale", NOON_10,
              SALE("1000",
                   CLICKS(CLICK("marie", "0000000000000001",
                                AT_10)) ",\"refunds\":[{\"id\":\"r\",\"minor\":400,\"at_ms\":1}]"));
    put_order("spring", "4", "signup", NOON_10,
              ",\"status\":\"pending\"" CLICKS(CLICK("marie", "0000000000000001", AT_10)));
    put_order("spring", "5", "sale", NOON_10,
              ",\"amount_minor\":500,\"status\":\"cancelled\"" CODE("MARIE10", "marie"));
    put_order("spring", "6", "sale", NOON_10,
              ",\"amount_minor\":500,\"status\":\"refunded\"" CODE("MARIE10", "marie"));
    put_order(
        "spring", "7", "sale", NOON_10,
        SALE("777", ",\"code\":{\"text\":\"NOPE\",\"folded\":\"N0PE\",\"verdict\":\"unknown\"}"));
    put_order("spring", "8", "sale", NOON_10 + 3 * DAY_MS, SALE("9999", CODE("LEA10", "lea")));
    struct report_query query = query_of("2026-11-10", "2026-11-11");
    json_t *report = run_report(&query);
    check_row(report, "creator", "marie",
              "{\"conversions\":{\"sale\":3,\"signup\":1},"
              "\"conversions_by\":{\"click\":1,\"code\":1,\"both\":1},\"conversion_rate\":0.25,"
              "\"conversion_rate_low\":0.071479,\"conversion_rate_high\":0.590725,"
              "\"revenue\":\"55.90\",\"cost\":\"254.17\",\"cost_per_result\":\"84.7233\","
              "\"roas\":0.219932,\"revenue_per_click\":\"6.9875\"}");
    check_row(report, "creator", "tom", "{\"conversions\":{},\"revenue\":\"0.00\"}");
    check_row(report, "creator", "lea", "{\"conversions\":{},\"revenue\":\"0.00\"}");
    check_part(report, "totals",
               "{\"conversions\":{\"sale\":3,\"signup\":1},\"revenue\":\"55.90\"}");
    check_part(report, "unattributed", "{\"conversions\":{\"sale\":1},\"revenue\":\"7.77\"}");
    json_decref(report);
}

static void a_click_on_a_portable_link_counts_once_its_link_is_known(void **state)
{
    (void)state;
    set_up();
    put_order("spring", "1", "sale", NOON_10,
              SALE("1990", CLICKS("{\"id\":\"x\",\"verdict\":\"unregistered\",\"at_ms\":" AT_10
                                  ",\"link\":\"0000000000000007\"}")));
    put_order("spring", "2", "sale", NOON_10,
              SALE("100", CLICKS("{\"id\":\"y\",\"verdict\":\"unregistered\",\"at_ms\":" AT_10
                                 ",\"link\":\"0000000000000099\"}")));
    struct report_query query = query_of("", "");
    json_t *report = run_report(&query);
    check_row(report, "creator", "tom", "{\"conversions\":{\"sale\":1},\"revenue\":\"19.90\"}");
    check_part(report, "unattributed", "{\"conversions\":{\"sale\":1},\"revenue\":\"1.00\"}");
    json_decref(report);
}

static void linear_shares_are_decimals_that_add_up(void **state)
{
    (void)state;
    set_up();
    put_campaign("spring", "EUR", "Europe/Paris", "linear");
    put_click(7, NOON_10, CLICK_HUMAN, "a");
    put_order("spring", "1", "sale", NOON_10,
              SALE("1000", CODE("LEA10", "lea")
                               CLICKS(CLICK("tom", "0000000000000007",
                                            AT_10) "," CLICK("marie", "0000000000000001", AT_10))));
    struct report_query query = query_of("", "");
    json_t *report = run_report(&query);
    check_row(
        report, "creator", "tom",
        "{\"conversions\":{\"sale\":0.333334},\"revenue\":\"3.34\",\"conversion_rate\":0.333334,"
        "\"conversion_rate_low\":null,\"conversion_rate_high\":null}");
    check_row(report, "creator", "marie",
              "{\"conversions\":{\"sale\":0.333333},\"revenue\":\"3.33\"}");
    check_row(report, "creator", "lea",
              "{\"conversions\":{\"sale\":0.333333},\"revenue\":\"3.33\","
              "\"conversions_by\":{\"click\":0,\"code\":0.333333,\"both\":0}}");
    check_part(report, "totals", "{\"conversions\":{\"sale\":1},\"revenue\":\"10.00\"}");
    json_decref(report);
}

static void rates_hold_from_their_day_in_the_campaigns_zone(void **state)
{
    (void)state;
    set_up();
    put_cost("spring", "tom/2026-11-01/per_click", "0.10");
    put_cost("spring", "tom/2026-11-10/per_click", "0.25");
    put_cost("spring", "tom/2026-11-12/per_conversion", "3");
    put_click(7, DAY_10 - 1, CLICK_HUMAN, "a"); /* the 9th in Paris and in UTC */
    put_click(7, DAY_10, CLICK_HUMAN, "a");     /* the 10th in Paris, the 9th in UTC */
    put_click(7, DAY_10 + DAY_MS - 1, CLICK_HUMAN, "a");
    put_click(7, DAY_10 + DAY_MS, CLICK_HUMAN, "a");
    put_order("spring", "1", "sale", DAY_10 + 2 * DAY_MS - 1, /* the 11th: before the rate */
              SALE("100", CLICKS(CLICK("tom", "0000000000000007", AT_10))));
    put_order("spring", "2", "sale", DAY_10 + 2 * DAY_MS,
              SALE("100", CLICKS(CLICK("tom", "0000000000000007", AT_10))));
    struct report_query query = query_of("2026-11-09", "2026-11-12");
    json_t *report = run_report(&query);
    check_row(report, "creator", "tom",
              "{\"clicks\":4,\"cost\":\"3.85\",\"conversions\":{\"sale\":2},\"unique_clicks\":2}");
    json_decref(report);
    query = query_of("2026-11-10", "2026-11-10");
    report = run_report(&query);
    check_row(report, "creator", "tom", "{\"clicks\":2,\"cost\":\"0.50\",\"unique_clicks\":2}");
    json_decref(report);
}

static void one_creator_is_told_nothing_of_the_others(void **state)
{
    (void)state;
    set_up();
    put_click(1, NOON_10, CLICK_HUMAN, "a");
    put_click(7, NOON_10, CLICK_HUMAN, "a");
    put_order("spring", "7", "sale", NOON_10, SALE("777", ""));
    struct report_query query = query_of("", "");
    query.creator = SLICE("tom");
    json_t *report = run_report(&query);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 1);
    check_row(report, "creator", "tom", "{\"clicks\":1}");
    check_part(report, "totals", "{\"clicks\":1,\"cost\":\"0.00\",\"impressions\":null}");
    assert_true(json_is_null(json_object_get(report, "unattributed")));
    json_decref(report);
}

static void two_currencies_are_two_rows(void **state)
{
    (void)state;
    set_up();
    put_campaign("autumn", "JPY", "Asia/Tokyo", "code-first");
    put_link(33, "CCCCCCCCCCCC", "autumn", "marie", "bio");
    put_click(1, NOON_10, CLICK_HUMAN, "a");
    put_click(33, NOON_10, CLICK_HUMAN, "a");
    put_order("autumn", "1", "sale", NOON_10, SALE("5000", CODE("MARIE10", "marie")));
    put_order("autumn", "2", "sale", NOON_10, SALE("70", ""));
    struct report_query query = query_of("2026-11-10", "2026-11-10");
    query.campaigns = both;
    query.campaign_count = 2;
    json_t *report = run_report(&query);
    check_members("report", report,
                  "{\"campaign\":[\"spring\",\"autumn\"],\"currency\":null,\"timezone\":null,"
                  "\"from\":\"2026-11-10\",\"to\":\"2026-11-10\"}");
    check_row(report, "currency", "JPY",
              "{\"creator\":\"marie\",\"clicks\":1,\"revenue\":\"5000\",\"revenue_per_click\":"
              "\"5000.00\"}");
    check_part(report, "totals",
               "{\"clicks\":2,\"revenue\":null,\"cost\":null,\"roas\":null,\"cost_per_click\":null,"
               "\"conversions\":{\"sale\":1}}");
    json_t *by_currency = json_object_get(report, "totals_by_currency");
    check_part(by_currency, "JPY", "{\"clicks\":1,\"revenue\":\"5000\"}");
    check_part(by_currency, "EUR", "{\"clicks\":1,\"revenue\":\"0.00\",\"cost\":\"250.02\"}");
    check_part(report, "unattributed",
               "{\"conversions\":{\"sale\":1},\"revenue\":null,"
               "\"revenue_by_currency\":{\"EUR\":\"0.00\",\"JPY\":\"70\"}}");
    json_decref(report);
}

static void ties_are_ordered_by_creator_and_currency(void **state)
{
    (void)state;
    static const char expected[] = "ida:EUR lea:EUR lea:JPY marie:EUR marie:JPY tom:EUR tom:JPY "
                                   "zoe:EUR ";
    set_up();
    put_campaign("autumn", "JPY", "Asia/Tokyo", "code-first");
    put_link(33, "CCCCCCCCCCCC", "autumn", "tom", "bio");
    put_link(34, "DDDDDDDDDDDD", "autumn", "lea", "bio");
    put_link(35, "EEEEEEEEEEEE", "autumn", "marie", "bio");
    const struct slice orders[][2] = {{both[0], both[1]}, {both[1], both[0]}};
    for (size_t i = 0; i < 2; i++) {
        struct report_query query = query_of("", "");
        query.campaigns = orders[i];
        query.campaign_count = 2;
        json_t *report = run_report(&query), *row;
        char found[sizeof expected + 64];
        struct buffer text;
        buffer_over(&text, found, sizeof found);
        size_t number;
        json_array_foreach(json_object_get(report, "rows"), number, row)
            buffer_printf(&text, "%s:%s ", json_string_value(json_object_get(row, "creator")),
                          json_string_value(json_object_get(row, "currency")));
        if (!slice_is(buffer_slice(&text), expected))
            fail_msg("%.*s", SLICE_ARG(buffer_slice(&text)));
        json_decref(report);
    }
}

/* Sums by Python's integers. */
static void money_passes_the_end_of_64_bits(void **state)
{
    (void)state;
    set_up();
    put_click(1, NOON_10, CLICK_HUMAN, "a");
    put_order("spring", "1", "sale", NOON_10,
              SALE("9000000000000000000", CODE("MARIE10", "marie")));
    put_order("spring", "2", "sale", NOON_10,
              SALE("9000000000000000001", CODE("MARIE10", "marie")));
    put_order("spring", "3", "sale", NOON_10, SALE("9000000000000000000", ""));
    put_order("spring", "4", "sale", NOON_10, SALE("9000000000000000000", ""));
    struct report_query query = query_of("2026-11-10", "2026-11-10");
    json_t *report = run_report(&query);
    check_row(report, "creator", "marie",
              "{\"revenue\":\"180000000000000000.01\",\"cost\":\"13050000000000250.02\","
              "\"cost_per_click\":\"13050000000000250.0200\","
              "\"revenue_per_click\":\"180000000000000000.0100\"}");
    check_part(report, "totals", "{\"revenue\":\"180000000000000000.01\"}");
    check_part(report, "unattributed",
               "{\"conversions\":{\"sale\":2},\"revenue\":\"180000000000000000.00\"}");
    json_decref(report);
}

static void campaigns_of_one_currency_share_rows(void **state)
{
    (void)state;
    set_up();
    put_campaign("autumn", "EUR", "Asia/Tokyo", "code-first");
    put_link(33, "CCCCCCCCCCCC", "autumn", "marie", "bio");
    put_click(1, NOON_10, CLICK_HUMAN, "a");
    put_click(33, NOON_10, CLICK_HUMAN, "a");
    struct report_query query = query_of("2026-11-10", "2026-11-10");
    query.campaigns = both;
    query.campaign_count = 2;
    json_t *report = run_report(&query);
    check_row(report, "creator", "marie",
              "{\"currency\":\"EUR\",\"clicks\":2,\"unique_clicks\":1}");
    check_members("report", report, "{\"currency\":\"EUR\",\"timezone\":null}");
    check_part(report, "totals", "{\"clicks\":2,\"cost\":\"250.02\"}");
    assert_null(json_object_get(report, "totals_by_currency"));
    json_decref(report);
}

static void rows_are_sorted_and_unknown_comes_last(void **state)
{
    (void)state;
    static const struct {
        const char *sort;
        const char *order; /* of Marie, Tom, Lea, Zoe, Ida, by their first letters */
    } rows[] = {
        {"", "mtilz"},          {"creator", "ilmtz"},
        {"clicks", "mtilz"},    {"cost", "miltz"},
        {"ctr", "miltz"},       {"cost_per_click", "mtilz"},
        {"tier", "mlitz"},      {"invalid_clicks", "tilmz"},
        {"followers", "mlitz"},
    };
    set_up();
    put_click(1, NOON_10, CLICK_HUMAN, "a");
    put_click(1, NOON_10, CLICK_HUMAN, "a");
    put_click(7, NOON_10, CLICK_HUMAN, "a");
    put_click(7, NOON_10, CLICK_BOT, "");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report_query query = query_of("", "");
        query.sort = slice_of_string(rows[i].sort);
        json_t *report = run_report(&query);
        char order[6] = "";
        for (size_t j = 0; j < 5; j++)
            order[j] = json_string_value(
                json_object_get(json_array_get(json_object_get(report, "rows"), j), "creator"))[0];
        if (strcmp(order, rows[i].order) != 0)
            fail_msg("by %s: %s", rows[i].sort, order);
        json_decref(report);
    }
}

/* Each click counted on its day as the zone says, against the sums of whole days and quarters. */
static void a_range_has_the_clicks_of_its_days_in_every_zone(void **state)
{
    (void)state;
    static const char *const zones[] = {"Europe/Paris", "America/New_York", "Asia/Kathmandu",
                                        "Australia/Lord_Howe", "UTC"};
    enum { CLICK_TOTAL = 300, DAYS = 12 };
    int64_t at_ms[CLICK_TOTAL];
    uint64_t seed = 20261025;
    const date_day first = 20747; /* 2026-10-21: Paris and New York change their clocks behind it */
    set_up();
    for (size_t i = 0; i < CLICK_TOTAL; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        at_ms[i] = (first - 1) * DAY_MS + (int64_t)((seed >> 20) % (uint64_t)((DAYS + 2) * DAY_MS));
        put_click(7, at_ms[i], CLICK_HUMAN, "a");
    }
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct zone *zone = NULL;
        assert_int_equal(zone_open(&zone, slice_of_string(zones[i])), JALON_OK);
        put_campaign("spring", "EUR", zones[i], "code-first");
        for (date_day from = first; from < first + DAYS; from += 3) {
            for (date_day to = from; to < first + DAYS; to += 4) {
                char from_text[DATE_TEXT_MAX], to_text[DATE_TEXT_MAX];
                date_format(from_text, from);
                date_format(to_text, to);
                int64_t expected = 0;
                for (size_t j = 0; j < CLICK_TOTAL; j++) {
                    date_day day = zone_day_of(zone, at_ms[j]);
                    expected += day >= from && day <= to;
                }
                struct report_query query = query_of(from_text, to_text);
                json_t *report = run_report(&query);
                json_t *row = find_row(report, "creator", "tom");
                if (json_integer_value(json_object_get(row, "clicks")) != expected)
                    fail_msg("%s, %s to %s", zones[i], from_text, to_text);
                json_decref(report);
            }
        }
        zone_free(zone);
    }
}

static void lost_clicks_are_told(void **state)
{
    (void)state;
    set_up();
    struct key gaps = key_gaps(3);
    check_reply(redisCommand(redis, "HSET %b %s %s", gaps.text, gaps.size, "0123456789abcdef:77",
                             "99 1794308400000"));
    struct report_query query = query_of("2026-11-10", "2026-11-10");
    json_t *report = run_report(&query);
    bool is_told = false;
    json_t *notes = json_object_get(report, "notes");
    for (size_t i = 0; i < json_array_size(notes); i++)
        is_told = is_told || strstr(json_string_value(json_array_get(notes, i)), "were lost");
    assert_true(is_told);
    json_decref(report);
    query = query_of("2026-11-12", "");
    report = run_report(&query);
    notes = json_object_get(report, "notes");
    for (size_t i = 0; i < json_array_size(notes); i++)
        assert_null(strstr(json_string_value(json_array_get(notes, i)), "were lost"));
    json_decref(report);
}

/* An empty page that says why it is. */
static void who_has_nothing_in_the_campaign_is_told(void **state)
{
    (void)state;
    set_up();
    put_creator("sam", "");
    static const struct slice two[] = {SLICE_INIT("spring"), SLICE_INIT("autumn")};
    put_campaign("autumn", "EUR", "Europe/Paris", "code-first");
    static const struct {
        const char *creator, *note;
        size_t campaign_count;
    } rows[] = {
        {"sam", "sam has no link, code, post, cost or order in this campaign.", 1},
        {"sam", "sam has no link, code, post, cost or order in these campaigns.", 2},
        {"tom", NULL, 1}, /* a link, though no click */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report_query query = query_of("2026-11-28", "2026-11-29");
        query.creator = slice_of_string(rows[i].creator);
        query.campaigns = two;
        query.campaign_count = rows[i].campaign_count;
        json_t *report = run_report(&query);
        const json_t *notes = json_object_get(report, "notes");
        assert_int_equal(json_array_size(json_object_get(report, "rows")), rows[i].note ? 0 : 1);
        assert_int_equal(json_array_size(notes), rows[i].note ? 1 : 0);
        if (rows[i].note)
            assert_string_equal(json_string_value(json_array_get(notes, 0)), rows[i].note);
        json_decref(report);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, installation_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_participant_has_a_row),
        TEST(clicks_are_counted_by_class_and_visitor),
        TEST(sales_are_credited_on_their_evidence),
        TEST(a_click_on_a_portable_link_counts_once_its_link_is_known),
        TEST(linear_shares_are_decimals_that_add_up),
        TEST(rates_hold_from_their_day_in_the_campaigns_zone),
        TEST(one_creator_is_told_nothing_of_the_others),
        TEST(two_currencies_are_two_rows),
        TEST(ties_are_ordered_by_creator_and_currency),
        TEST(money_passes_the_end_of_64_bits),
        TEST(campaigns_of_one_currency_share_rows),
        TEST(rows_are_sorted_and_unknown_comes_last),
        TEST(a_range_has_the_clicks_of_its_days_in_every_zone),
        TEST(lost_clicks_are_told),
        TEST(who_has_nothing_in_the_campaign_is_told),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
