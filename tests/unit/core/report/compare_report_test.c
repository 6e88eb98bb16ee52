#include "tests/unit/core/report/installation.h"

#include <stdlib.h>
#include <unistd.h>

/* 2026-11-10T12:00:00Z; and now, the 29th. */
#define NOON (INT64_C(1794312000) * 1000)
#define NOW (INT64_C(1795952712) * 1000)

static struct report_query query_by(const char *by)
{
    return (struct report_query){
        .name = SLICE("compare"), .by = slice_of_string(by), .now_ms = NOW};
}

static void put_campaign_of_kind(const char *slug, const char *currency, const char *kind)
{
    char json[512];
    (void)snprintf(
        json, sizeof json,
        "{\"v\":1,\"campaign\":\"%s\",\"brand\":\"acme\",\"target\":\"https://acme.example/\","
        "\"kind\":\"%s\",\"timezone\":\"UTC\",\"currency\":\"%s\",\"goal\":\"sale\","
        "\"click_param\":\"jclid\",\"attribution\":\"linear\",\"window\":\"30d\","
        "\"duplicate_window\":\"10s\",\"created_ms\":1}",
        slug, kind, currency);
    put_record(key_campaigns(), slug, json);
}

/* So many at once, counted as the shipper counts them. */
static void put_clicks(uint64_t link_id, int count)
{
    struct key days = key_days(link_id);
    check_reply(redisCommand(redis, "HINCRBY %b %d:h %d", days.text, days.size,
                             (int)(NOON / DAY_MS), count));
}

static void put_impressions(const char *campaign, const char *creator, const char *number,
                            const char *impressions)
{
    char url[64], snapshot[96];
    (void)snprintf(url, sizeof url, "https://x.example/%s/%s/%s", campaign, creator, number);
    (void)snprintf(snapshot, sizeof snapshot, "{\"taken_ms\":1,\"impressions\":%s,\"likes\":500}",
                   impressions);
    put_post(campaign, creator, url, NOON, snapshot);
}

#define BY_CODE(creator)                                                                           \
    ",\"amount_minor\":1000,\"status\":\"approved\",\"code\":{\"text\":\"X\",\"folded\":\"X\","    \
    "\"verdict\":\"valid\",\"creator\":\"" creator "\"}"

#define BY_CLICK(creator, link)                                                                    \
    ",\"amount_minor\":1000,\"status\":\"approved\",\"clicks\":[{\"id\":\"x\","                    \
    "\"verdict\":\"valid\",\"at_ms\":1794308400000,\"link\":\"" link "\",\"creator\":\"" creator   \
    "\"}]"

/* Of trail (content): nina and noe are nano, marie and tom micro, max macro; of lea nothing is known. Of meta (ads) there
 * is meta-ads, and marie again. */
static int set_up(void **state)
{
    if (installation_clear(state) != 0)
        return -1;
    put_campaign_of_kind("trail", "EUR", "content");
    put_campaign_of_kind("meta", "EUR", "ads");
    put_creator("nina", ",\"followers\":900,\"niche\":[\"trail\",\"food\"]");
    put_creator("noe", ",\"followers\":4999,\"niche\":[\"food\"]");
    put_creator("marie", ",\"followers\":12000,\"niche\":[\"trail\"]");
    put_creator("tom", ",\"followers\":90000");
    put_creator("max", ",\"followers\":400000,\"niche\":[\"trail\"]");
    put_creator("lea", "");
    put_link(1, "AAAAAAAAAAAA", "trail", "nina", "bio");
    put_link(2, "BBBBBBBBBBBB", "trail", "noe", "story");
    put_link(3, "CCCCCCCCCCCC", "trail", "marie", "bio");
    put_link(4, "DDDDDDDDDDDD", "trail", "tom", "");
    put_link(5, "EEEEEEEEEEEE", "trail", "max", "story");
    put_link(6, "FFFFFFFFFFFF", "trail", "lea", "bio");
    put_link(7, "GGGGGGGGGGGG", "meta", "meta-ads", "ad");
    put_link(8, "HHHHHHHHHHHH", "meta", "marie", "ad");
    return 0;
}

static void check_count(const json_t *report, size_t rows)
{
    assert_int_equal(json_array_size(json_object_get(report, "rows")), rows);
}

static const json_t *nameless_row(const json_t *report)
{
    json_t *row;
    size_t i;
    json_array_foreach(json_object_get(report, "rows"), i, row)
    {
        if (json_is_null(json_object_get(row, "group")))
            return row;
    }
    return NULL;
}

static bool has_note(const json_t *report, const char *note)
{
    json_t *text;
    size_t i;
    json_array_foreach(json_object_get(report, "notes"), i, text)
    {
        if (strcmp(json_string_value(text), note) == 0)
            return true;
    }
    return false;
}

static void check_note(const json_t *report, const char *note)
{
    if (!has_note(report, note))
        fail_msg("no \"%s\" in %s", note,
                 json_dumps(json_object_get(report, "notes"), JSON_INDENT(1)));
}

static void check_no_note(const json_t *report, const char *part)
{
    char *notes = json_dumps(json_object_get(report, "notes"), JSON_INDENT(1));
    if (strstr(notes, part))
        fail_msg("\"%s\" is in %s", part, notes);
    free(notes);
}

static void tiers_are_the_default_and_sum_up_what_creators_have(void **state)
{
    (void)state;
    put_clicks(1, 30);
    put_clicks(3, 12);
    put_clicks(4, 8);
    put_clicks(8, 5);
    put_clicks(6, 2);
    put_impressions("trail", "marie", "1", "1000");
    put_impressions("trail", "tom", "1", "1500");
    put_post("trail", "nina", "https://x.example/2", NOON, "{\"taken_ms\":1,\"likes\":5}");
    put_cost("trail", "marie/2026-11-01/fee", "100");
    put_cost("meta", "marie/2026-11-01/fee", "20");
    put_cost("trail", "tom/2026-11-01/per_conversion", "5");
    put_order("trail", "1", "sale", NOON, BY_CODE("marie"));
    put_order("meta", "1", "sale", NOON, BY_CODE("marie"));
    put_order("trail", "2", "sale", NOON, BY_CODE("tom"));
    put_order("trail", "3", "signup", NOON, BY_CODE("tom"));
    struct report_query query = query_by("");
    json_t *report = run_report(&query);
    check_count(report, 4);
    /* 25 clicks of 2500 impressions; 3 sales; 125.00. Limits of 3: 0.6187 and 8.7673. */
    check_row(report, "group", "micro",
              "{\"by\":\"tier\",\"currency\":\"EUR\",\"creators\":2,\"posts\":2,\"clicks\":25,"
              "\"impressions\":2500,\"ctr\":0.01,\"results\":3,\"conversion_rate\":0,"
              "\"revenue\":\"40.00\",\"cost\":\"125.00\",\"cost_per_click\":\"5.0000\","
              "\"cost_per_result\":\"41.6667\",\"cost_per_result_low\":\"14.2576\","
              "\"cost_per_result_high\":\"202.0456\",\"roas\":0.32,\"clicks_per_mille\":10,"
              "\"results_per_mille\":1.2,\"results_per_mille_low\":0.247469,"
              "\"results_per_mille_high\":3.506909,\"revenue_per_mille\":\"16.0000\","
              "\"cost_per_mille\":\"50.0000\",\"engagement_rate\":0.4,"
              "\"thin\":\"conversion_rate, cost_per_result\",\"ctr_reference\":\"below\","
              "\"engagement_rate_reference\":\"above\",\"conversion_rate_reference\":null}");
    /* a post without impressions: nothing is said per mille */
    check_row(report, "group", "nano",
              "{\"creators\":2,\"clicks\":30,\"impressions\":null,\"ctr\":null,\"results\":0,"
              "\"clicks_per_mille\":null,\"results_per_mille\":null,\"revenue_per_mille\":null,"
              "\"cost_per_mille\":null,\"cost_per_result\":null,\"cost_per_result_low\":null,"
              "\"cost_per_result_high\":null,\"thin\":\"conversion_rate\",\"ctr_reference\":null}");
    check_row(report, "group", "macro", "{\"creators\":1,\"clicks\":0,\"thin\":null}");
    check_members("no tier", nameless_row(report), "{\"creators\":2,\"clicks\":2}");
    check_note(report, "The row without a name: creators whose followers are not known, so that "
                       "their tier is not either.");
    check_note(report, "Usual click-through rate: 1.50 % to 3.00 % (source: "
                       "Jalon’s own list, without a published source).");
    check_no_note(report, "conversion rate: ");
    check_part(report, "totals", "{\"clicks\":57,\"results\":3,\"cost\":\"125.00\"}");
    json_decref(report);
}

static void a_cost_without_a_result_has_a_lower_limit_only(void **state)
{
    (void)state;
    put_clicks(1, 50);
    put_cost("trail", "nina/2026-11-01/fee", "100");
    struct report_query query = query_by("creator");
    json_t *report = run_report(&query);
    /* none of a Poisson distribution: 0 to 3.6889; 50: 37.1110 to 65.9183 */
    check_row(report, "group", "nina",
              "{\"cost_per_result\":null,\"cost_per_result_low\":\"27.1085\","
              "\"cost_per_result_high\":null,\"cost_per_click_low\":\"1.5170\","
              "\"cost_per_click_high\":\"2.6946\",\"thin\":\"conversion_rate, cost_per_result\"}");
    json_decref(report);
}

/* Of linear's halves there is a rate and no limit. */
static void a_share_has_no_limits(void **state)
{
    (void)state;
    put_clicks(1, 50);
    put_cost("trail", "nina/2026-11-01/fee", "100");
    put_impressions("trail", "nina", "1", "1000");
    put_order(
        "trail", "1", "sale", NOON,
        BY_CLICK(
            "nina",
            "0000000000000001") ",\"code\":{\"text\":\"X\",\"folded\":\"X\",\"verdict\":\"valid\","
                                "\"creator\":\"tom\"}");
    struct report_query query = query_by("creator");
    json_t *report = run_report(&query);
    check_row(report, "group", "nina",
              "{\"results\":0.5,\"cost_per_result\":\"200.0000\",\"cost_per_result_low\":null,"
              "\"cost_per_result_high\":null,\"results_per_mille\":0.5,"
              "\"results_per_mille_low\":null,\"results_per_mille_high\":null,"
              "\"conversion_rate\":0.01,\"conversion_rate_low\":null}");
    json_decref(report);
}

static void niches_kinds_and_levers_are_what_was_entered(void **state)
{
    (void)state;
    for (uint64_t link = 1; link <= 8; link++)
        put_clicks(link, 1 << link);
    struct report_query query = query_by("niche");
    json_t *report = run_report(&query);
    check_count(report, 3);
    check_row(report, "group", "trail", "{\"by\":\"niche\",\"creators\":3,\"clicks\":298}");
    check_row(report, "group", "food", "{\"creators\":1,\"clicks\":4}");
    check_members("no niche", nameless_row(report), "{\"creators\":3,\"clicks\":208}");
    check_note(report, "Creators with several niches count in the first of theirs only.");
    json_decref(report);
    query = query_by("kind");
    report = run_report(&query);
    check_count(report, 2);
    check_row(report, "group", "content", "{\"creators\":6,\"clicks\":126}");
    check_row(report, "group", "ads", "{\"creators\":2,\"clicks\":384}");
    json_decref(report);
    put_campaign_of_kind("letter", "EUR", "email");
    put_campaign_of_kind("friends", "EUR", "ambassador");
    put_link(9, "IIIIIIIIIIII", "letter", "newsletter", "");
    put_link(10, "JJJJJJJJJJJJ", "friends", "tom", "");
    put_clicks(9, 7);
    put_clicks(10, 1000);
    query = query_by("lever");
    report = run_report(&query);
    check_count(report, 3);
    check_row(report, "group", "creators", "{\"creators\":6,\"clicks\":1126}");
    check_row(report, "group", "ads", "{\"creators\":2,\"clicks\":384}");
    check_row(report, "group", "email", "{\"creators\":1,\"clicks\":7}");
    check_part(report, "totals", "{\"clicks\":1517}");
    json_decref(report);
}

static void a_channel_has_clicks_and_no_costs(void **state)
{
    (void)state;
    for (uint64_t link = 1; link <= 8; link++)
        put_clicks(link, 1 << link);
    put_cost("trail", "nina/2026-11-01/fee", "100");
    put_impressions("trail", "nina", "1", "1000");
    put_order("trail", "1", "sale", NOON, BY_CODE("marie"));
    put_order("trail", "2", "sale", NOON, ",\"amount_minor\":99,\"status\":\"approved\"");
    struct report_query query = query_by("channel");
    json_t *report = run_report(&query);
    check_count(report, 4);
    check_row(report, "group", "bio",
              "{\"by\":\"channel\",\"creators\":3,\"clicks\":74,\"impressions\":null,\"ctr\":null,"
              "\"cost\":null,\"cost_per_click\":null,\"cost_per_result_low\":null,\"roas\":null,"
              "\"cost_per_mille\":null,\"results\":0,\"conversion_rate\":0,"
              "\"thin\":\"conversion_rate\"}");
    check_row(report, "group", "ad", "{\"creators\":2,\"clicks\":384}");
    check_members("no channel", nameless_row(report), "{\"creators\":1,\"clicks\":16}");
    check_part(report, "totals", "{\"clicks\":510,\"cost\":null,\"roas\":null}");
    check_part(report, "unattributed", "{\"conversions\":{\"sale\":1},\"revenue\":\"0.99\"}");
    check_note(report, "Conversions credited by promo code alone, so to no channel: 1.");
    check_note(report, "The row without a name: links without a channel.");
    check_note(report, "Impressions and costs are not known by channel: a post and a fee belong to "
                       "a creator.");
    json_decref(report);
}

static void two_currencies_are_two_rows(void **state)
{
    (void)state;
    put_campaign_of_kind("tokyo", "JPY", "content");
    put_link(9, "IIIIIIIIIIII", "tokyo", "marie", "bio");
    put_clicks(3, 20);
    put_clicks(9, 40);
    put_impressions("trail", "marie", "1", "1000");
    put_impressions("tokyo", "marie", "1", "1000");
    static const struct slice campaigns[] = {SLICE_INIT("trail"), SLICE_INIT("tokyo")};
    struct report_query query = query_by("tier");
    query.campaigns = campaigns;
    query.campaign_count = 2;
    query.creator = SLICE("marie");
    json_t *report = run_report(&query);
    check_count(report, 2);
    check_members("report", report, "{\"currency\":null,\"campaign\":[\"trail\",\"tokyo\"]}");
    const json_t *first = json_array_get(json_object_get(report, "rows"), 0);
    check_members("the one with more clicks", first,
                  "{\"group\":\"micro\",\"currency\":\"JPY\",\"clicks\":40,\"revenue\":\"0\"}");
    /* 2 % and 4 % of a thousand each: see below for whence the sentence's figures are */
    check_note(report, "micro JPY has a higher click-through rate than micro EUR: 4.00 % against "
                       "2.00 %, and the data supports it (difference 0.50 to 3.57 points).");
    json_decref(report);
}

/* The figures of these sentences were made by tests/integration/test_report_compare.py's functions, in Python. */
static void differences_are_told_in_sentences(void **state)
{
    (void)state;
    put_clicks(1, 240);
    put_impressions("trail", "nina", "1", "10000");
    put_clicks(3, 210);
    put_impressions("trail", "marie", "1", "10000");
    put_clicks(5, 110);
    put_impressions("trail", "max", "1", "10000");
    put_clicks(6, 9999); /* of no tier: compared with nothing */
    put_impressions("trail", "lea", "1", "10000");
    struct report_query query = query_by("tier");
    json_t *report = run_report(&query);
    check_note(report, "nano has a higher click-through rate than macro: 2.40 % against 1.10 %, "
                       "and the data supports it (difference 0.86 to 1.75 points).");
    check_note(report, "micro has a higher click-through rate than macro: 2.10 % against 1.10 %, "
                       "and the data supports it (difference 0.60 to 1.41 points).");
    check_note(report, "nano and micro cannot be told apart by click-through rate: it would take "
                       "about 29000 more impressions of nano and 29000 of micro.");
    check_no_note(report, "conversion rate"); /* of no sale at all */
    check_no_note(report, "\" has a higher"); /* lea's 99.99 % are of no tier */
    check_note(report, "These statements take all clicks of a group together: they are about its "
                       "creators as they are, not about others like them.");
    json_decref(report);
    put_order("trail", "1", "sale", NOON, BY_CLICK("nina", "0000000000000001"));
    put_order("trail", "2", "sale", NOON, BY_CLICK("marie", "0000000000000003"));
    put_clicks(3, 30);
    report = run_report(&query);
    check_note(report, "micro and nano have the same conversion rate so far.");
    json_decref(report);
    put_clicks(3, -30);
    put_impressions("trail", "nina", "2", "50000");
    put_clicks(1, 1200);
    report = run_report(&query);
    check_note(report, "nano and micro cannot be told apart by click-through rate: it would take "
                       "about 29000 more impressions of micro.");
    json_decref(report);
}

static void put_sales(const char *creator, int first, int count)
{
    for (int i = first; i < first + count; i++) {
        char id[16], members[256];
        (void)snprintf(id, sizeof id, "%d", i);
        (void)snprintf(members, sizeof members,
                       ",\"amount_minor\":1000,\"status\":\"approved\",\"code\":{\"text\":\"X\","
                       "\"folded\":\"X\",\"verdict\":\"valid\",\"creator\":\"%s\"}",
                       creator);
        put_order("trail", id, "sale", NOON, members);
    }
}

/* Of 25 sales for the same money 20 are nina's: twice the tail is 0.00408, and Clopper & Pearson's limits of 20 of 25,
 * 0.59296 and 0.93169, are odds of 1.46 and 13.64. Of 9 to 5 and of equal shares nothing is known yet. */
static void costs_per_result_are_told_in_sentences(void **state)
{
    (void)state;
    put_sales("nina", 0, 20);
    put_sales("max", 100, 5);
    put_cost("trail", "nina/2026-11-01/fee", "100");
    put_cost("trail", "max/2026-11-01/fee", "100");
    put_cost("trail", "max/2099-01-01/per_click", "0.10"); /* behind the range */
    struct report_query query = query_by("creator");
    json_t *report = run_report(&query);
    check_note(report, "nina has a lower cost per result than max: 5.0000 against 20.0000 EUR, and "
                       "the data supports it (1.46 to 13.64 times as many for the same money).");
    check_no_note(report, "Paid by click");
    json_decref(report);

    /* A commission is no sum that results are counted on. */
    put_cost("trail", "nina/2026-11-01/commission", "8");
    report = run_report(&query);
    check_no_note(report, "cost per result");
    json_decref(report);

    put_sales("marie", 200, 9);
    put_cost("trail", "marie/2026-11-01/product", "100");
    report = run_report(&query);
    /* (1.959964 × √0.25 + 0.841621 × √(9·5)/14)² / (9/14 - 1/2)² = 93.8 of both: 60.3 and 33.5, less what there is */
    check_note(report,
               "marie and max cannot be told apart by cost per result: it would take about 52 "
               "more results of marie and 29 of max.");
    check_note(report,
               "Paid by click, result or commission too, so not compared by cost per result: "
               "1.");
    json_decref(report);

    put_sales("max", 300, 4);
    report = run_report(&query);
    check_note(report, "marie and max have the same cost per result so far.");
    json_decref(report);
}

static void who_has_no_result_yet_is_told_from_who_has(void **state)
{
    (void)state;
    put_sales("nina", 0, 20);
    put_cost("trail", "nina/2026-11-01/fee", "100");
    put_cost("trail", "max/2026-11-01/fee", "100");
    struct report_query query = query_by("creator");
    json_t *report = run_report(&query);
    /* The lower limit of 20 of 20 is the 20th root of 0.025: 0.83157, odds of 4.94. */
    check_note(report, "nina has results for its cost and max has none, and the data supports the "
                       "difference (at least 4.94 times as many for the same money).");
    json_decref(report);
}

static void of_many_groups_the_largest_are_compared_with_the_highest(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        char creator[16], code[16], impressions[16];
        (void)snprintf(creator, sizeof creator, "c%d", i);
        (void)snprintf(code, sizeof code, "KKKKKKKKKKK%d", i);
        (void)snprintf(impressions, sizeof impressions, "%d", 10000 + 100 * i);
        put_link((uint64_t)(100 + i), code, "trail", creator, "bio");
        put_clicks((uint64_t)(100 + i), i == 5 ? 1000 : 100);
        put_impressions("trail", creator, "1", impressions);
    }
    struct report_query query = query_by("creator");
    json_t *report = run_report(&query), *text;
    size_t i, pairs = 0;
    json_array_foreach(json_object_get(report, "notes"), i, text)
    {
        const char *note = json_string_value(text);
        if (strstr(note, "higher click-through rate than")) {
            assert_non_null(strstr(note, "c5 has a higher"));
            pairs++;
        }
    }
    assert_int_equal(pairs, 7);
    check_note(report,
               "By click-through rate only the 8 groups with the most impressions are compared.");
    check_no_note(report, "c0 ");
    check_no_note(report, "These statements");
    json_decref(report);
}

/* A sentence has room for the longest names. */
static void long_names_stand_in_sentences(void **state)
{
    (void)state;
    static const char *const names[] = {
        "a123456789-123456789-123456789-123456789-123456789-123456789-abc",
        "b123456789-123456789-123456789-123456789-123456789-123456789-abc"};
    char note[512];
    for (int i = 0; i < 2; i++) {
        char code[16];
        (void)snprintf(code, sizeof code, "KKKKKKKKKKK%d", i);
        put_link((uint64_t)(100 + i), code, "trail", names[i], "bio");
        put_clicks((uint64_t)(100 + i), i ? 210 : 240);
        put_impressions("trail", names[i], "1", "10000");
    }
    struct report_query query = query_by("creator");
    json_t *report = run_report(&query);
    (void)snprintf(note, sizeof note,
                   "%s and %s cannot be told apart by click-through rate: it would take about "
                   "29000 more impressions of %s and 29000 of %s.",
                   names[0], names[1], names[0], names[1]);
    check_note(report, note);
    json_decref(report);
}

static void the_users_ranges_are_held_against(void **state)
{
    (void)state;
    char file[] = "/tmp/jalon-compare-XXXXXX";
    static const char text[] = "ctr micro 5% 6% ours\nctr any 0.1% 0.2% theirs\n";
    int descriptor = mkstemp(file);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    assert_int_equal(close(descriptor), 0);
    put_clicks(1, 240);
    put_impressions("trail", "nina", "1", "10000");
    put_clicks(3, 240);
    put_impressions("trail", "marie", "1", "10000");
    struct report_query query = query_by("tier");
    query.reference = file;
    json_t *report = run_report(&query);
    check_row(report, "group", "micro",
              "{\"ctr_reference\":\"below\",\"engagement_rate_reference\":null}");
    check_row(report, "group", "nano", "{\"ctr_reference\":\"above\"}");
    check_note(report, "Usual click-through rate of micro: 5.00 % to 6.00 % (source: ours).");
    check_note(report, "Usual click-through rate: 0.10 % to 0.20 % (source: theirs).");
    json_decref(report);
    assert_int_equal(unlink(file), 0);
}

static void rows_are_ranked_by_a_bound_and_the_unknown_comes_last(void **state)
{
    (void)state;
    static const struct {
        const char *field, *order[4];
    } rows[] = {
        /* 3 of 50 is the highest rate and the lowest lower bound: 2.1 to 16.2 % */
        {"ctr", {"nina", "marie", "tom", "lea"}},
        {"ctr_low", {"marie", "tom", "nina", "lea"}},
        {"ctr_high", {"nina", "marie", "tom", "lea"}},
        {"cost_per_result", {"tom", "marie", "lea", "nina"}}, /* greatest first */
        {"cost_per_result_low", {"tom", "marie", "lea", "nina"}},
        {"thin", {"marie", "tom", "nina", "lea"}},
    };
    put_clicks(1, 3);
    put_impressions("trail", "nina", "1", "50");
    put_clicks(3, 400);
    put_impressions("trail", "marie", "1", "10000");
    put_clicks(4, 300);
    put_impressions("trail", "tom", "1", "10000");
    put_cost("trail", "marie/2026-11-01/fee", "100");
    put_cost("trail", "tom/2026-11-01/fee", "90");
    put_order("trail", "0", "sale", NOON, BY_CODE("tom"));
    for (int i = 1; i <= 2; i++) {
        char id[4];
        (void)snprintf(id, sizeof id, "%d", i);
        put_order("trail", id, "sale", NOON, BY_CODE("marie"));
    }
    static const struct slice trail[] = {SLICE_INIT("trail")};
    static const char *const names[] = {"compare", "creators"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < 2; j++) {
            struct report_query query = query_by(j == 0 ? "creator" : "");
            query.name = slice_of_string(names[j]);
            query.campaigns = trail;
            query.campaign_count = 1;
            query.sort = slice_of_string(rows[i].field);
            json_t *report = run_report(&query), *row;
            size_t at, found = 0;
            json_array_foreach(json_object_get(report, "rows"), at, row)
            {
                const char *name =
                    json_string_value(json_object_get(row, j == 0 ? "group" : "creator"));
                for (size_t k = 0; k < 4; k++)
                    if (strcmp(name, rows[i].order[k]) == 0 && found++ != k)
                        fail_msg("%s by %s: %s", names[j], rows[i].field, name);
            }
            assert_int_equal(found, 4);
            json_decref(report);
        }
}

static void what_can_not_be_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *name, *by, *reference, *words;
    } rows[] = {
        {"compare", "country", "", "country makes no groups: write tier, creator, niche"},
        {"creators", "tier", "", "the report creators has no groups"},
        {"compare", "tier", "/nowhere/ranges", "report.reference: /nowhere/ranges: can't be read"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report_query query = query_by(rows[i].by);
        query.name = slice_of_string(rows[i].name);
        query.reference = rows[i].reference;
        struct problem problem = {0};
        struct json_sink sink;
        struct buffer out;
        buffer_init(&out, 16 << 20);
        json_sink_init(&sink, &out, NULL);
        assert_int_not_equal(report_run(store, &query, &sink.sink, &problem), JALON_OK);
        if (!strstr(problem.detail, rows[i].words) &&
            !strstr(problem.fields[0].detail, rows[i].words))
            fail_msg("%s %s", problem.detail, problem.fields[0].detail);
        assert_int_equal(out.size, 0);
        buffer_done(&out);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tiers_are_the_default_and_sum_up_what_creators_have),
        TEST(a_cost_without_a_result_has_a_lower_limit_only),
        TEST(a_share_has_no_limits),
        TEST(niches_kinds_and_levers_are_what_was_entered),
        TEST(a_channel_has_clicks_and_no_costs),
        TEST(two_currencies_are_two_rows),
        TEST(differences_are_told_in_sentences),
        TEST(costs_per_result_are_told_in_sentences),
        TEST(who_has_no_result_yet_is_told_from_who_has),
        TEST(of_many_groups_the_largest_are_compared_with_the_highest),
        TEST(long_names_stand_in_sentences),
        TEST(the_users_ranges_are_held_against),
        TEST(rows_are_ranked_by_a_bound_and_the_unknown_comes_last),
        TEST(what_can_not_be_is_said),
    };
    return cmocka_run_group_tests(tests, installation_open, installation_close);
}
