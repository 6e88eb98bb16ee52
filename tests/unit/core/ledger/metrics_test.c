#include "core/ledger/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#define U UNKNOWN_COUNT

static bool is_near(struct ratio ratio, double value)
{
    return ratio.is_known && fabs(ratio.value - value) < 5e-7;
}

static void a_whole_row_has_every_ratio(void **state)
{
    (void)state;
    struct figures figures = {
        .clicks = 300,
        .goals_micro = 12000000,
        .click_goals_micro = 9000000,
        .revenue_minor = 45000,
        .cost_minor = 30000,
    };
    const struct post_counts post = {10000, 8000, 300, 50, 40, 10};
    figures_add_post(&figures, &post);
    struct metrics metrics;
    metrics_of(&metrics, &figures);
    assert_true(metrics.has_impressions);
    assert_true(is_near(metrics.ctr.value, 0.03));
    assert_true(is_near(metrics.conversion_rate.value, 0.03));
    /* Wilson's textbook form, in Python */
    assert_true(is_near(metrics.ctr.low, 0.026833));
    assert_true(is_near(metrics.ctr.high, 0.033528));
    assert_true(is_near(metrics.conversion_rate.low, 0.015862));
    assert_true(is_near(metrics.conversion_rate.high, 0.056023));
    assert_true(is_near(metrics.roas, 1.5));
    assert_true(is_near(metrics.engagement_rate, 0.04));
    assert_true(is_near(metrics.comment_ratio, 0.125));
}

static void an_empty_row_knows_nothing(void **state)
{
    (void)state;
    const struct figures figures = {0};
    struct metrics metrics;
    metrics_of(&metrics, &figures);
    assert_false(metrics.has_impressions || metrics.ctr.value.is_known ||
                 metrics.ctr.low.is_known || metrics.conversion_rate.value.is_known ||
                 metrics.conversion_rate.low.is_known || metrics.roas.is_known ||
                 metrics.engagement_rate.is_known || metrics.comment_ratio.is_known);
}

static void what_is_unknown_stays_unknown(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct post_counts posts[2];
        bool has_impressions, has_ctr, has_engagement, has_comments;
    } rows[] = {
        {"one post lacks impressions",
         {{1000, U, 5, 1, U, U}, {U, U, 5, 1, U, U}},
         true,
         false,
         false,
         true},
        {"both lack impressions",
         {{U, U, 5, 1, U, U}, {U, U, 5, 1, U, U}},
         false,
         false,
         false,
         true},
        {"one lacks reactions",
         {{1000, U, 5, 1, U, U}, {1000, U, U, U, U, U}},
         true,
         true,
         false,
         false},
        {"one lacks comments",
         {{1000, U, 5, 1, U, U}, {1000, U, 5, U, U, U}},
         true,
         true,
         true,
         false},
        {"no impressions at all",
         {{0, U, 0, 0, 0, 0}, {0, U, 0, 0, 0, 0}},
         true,
         false,
         false,
         false},
        {"saves are not told there",
         {{1000, U, 5, 1, 2, U}, {1000, U, 5, 1, 2, U}},
         true,
         true,
         true,
         true},
        {"no reaction, and that is known",
         {{1000, U, 0, 0, 0, 0}, {1000, U, 0, 0, 0, 0}},
         true,
         true,
         true,
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct figures figures = {.clicks = 10};
        figures_add_post(&figures, &rows[i].posts[0]);
        figures_add_post(&figures, &rows[i].posts[1]);
        struct metrics metrics;
        metrics_of(&metrics, &figures);
        if (metrics.has_impressions != rows[i].has_impressions ||
            metrics.ctr.value.is_known != rows[i].has_ctr ||
            metrics.ctr.low.is_known != rows[i].has_ctr ||
            metrics.engagement_rate.is_known != rows[i].has_engagement ||
            metrics.comment_ratio.is_known != rows[i].has_comments)
            fail_msg("%s", rows[i].name);
    }
}

static void a_ratio_over_one_has_no_interval(void **state)
{
    (void)state;
    struct figures figures = {.clicks = 12, .click_goals_micro = 13000000};
    const struct post_counts post = {10, U, U, U, U, U};
    figures_add_post(&figures, &post);
    struct metrics metrics;
    metrics_of(&metrics, &figures);
    assert_true(is_near(metrics.ctr.value, 1.2));
    assert_false(metrics.ctr.low.is_known || metrics.ctr.high.is_known);
    assert_true(is_near(metrics.conversion_rate.value, 13.0 / 12));
    assert_false(metrics.conversion_rate.low.is_known || metrics.conversion_rate.high.is_known);
}

static void a_count_that_is_not_whole_has_no_interval(void **state)
{
    (void)state;
    const struct figures figures = {.clicks = 12, .click_goals_micro = 1333334};
    struct metrics metrics;
    metrics_of(&metrics, &figures);
    assert_true(is_near(metrics.conversion_rate.value, 1.333334 / 12));
    assert_false(metrics.conversion_rate.low.is_known || metrics.conversion_rate.high.is_known);
}

static void per_mille_is_of_impressions_that_are_all_known(void **state)
{
    (void)state;
    struct figures figures = {.clicks = 300, .goals_micro = 9000000};
    const struct post_counts known = {12000, U, U, U, U, U}, unknown = {U, U, 1, U, U, U};
    struct metrics metrics;
    metrics_of(&metrics, &figures);
    assert_false(metrics.clicks_per_mille.is_known || metrics.results_per_mille.value.is_known ||
                 metrics.results_per_mille.low.is_known);
    figures_add_post(&figures, &known);
    metrics_of(&metrics, &figures);
    assert_true(is_near(metrics.clicks_per_mille, 25));
    assert_true(is_near(metrics.results_per_mille.value, 0.75));
    /* 9 of a Poisson distribution: 4.115 to 17.085 (interval_test.c has whence) */
    assert_true(fabs(metrics.results_per_mille.low.value - 4.115 / 12) < 0.0005);
    assert_true(fabs(metrics.results_per_mille.high.value - 17.085 / 12) < 0.0005);
    figures.goals_micro = 8500000;
    metrics_of(&metrics, &figures);
    assert_true(is_near(metrics.results_per_mille.value, 8.5 / 12));
    assert_false(metrics.results_per_mille.low.is_known || metrics.results_per_mille.high.is_known);
    figures_add_post(&figures, &unknown);
    metrics_of(&metrics, &figures);
    assert_false(metrics.clicks_per_mille.is_known || metrics.results_per_mille.value.is_known);
}

static void fewer_than_ten_events_are_thin(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct figures figures;
        bool is_ctr, is_rate, is_cost;
    } rows[] = {
        {"nothing at all", {0}, false, false, false},
        {"ten of each",
         {.posts = 1,
          .impressions = 500,
          .clicks = 10,
          .goals_micro = 10000000,
          .click_goals_micro = 10000000,
          .cost_minor = 1},
         false,
         false,
         false},
        {"nine of each",
         {.posts = 1,
          .impressions = 500,
          .clicks = 9,
          .goals_micro = 9000000,
          .click_goals_micro = 9000000,
          .cost_minor = 1},
         true,
         true,
         true},
        {"nothing came of it",
         {.posts = 1, .impressions = 500, .clicks = 90, .cost_minor = 1},
         false,
         true,
         true},
        {"part of a tenth",
         {.clicks = 90, .goals_micro = 9999999, .click_goals_micro = 9999999, .cost_minor = 1},
         false,
         true,
         true},
        {"no rate, no cost: nothing to rank",
         {.clicks = 0, .goals_micro = 3000000},
         false,
         false,
         false},
        {"impressions unknown",
         {.posts = 1, .posts_without_impressions = 1, .clicks = 3},
         false,
         true,
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct metrics metrics;
        metrics_of(&metrics, &rows[i].figures);
        if (metrics.is_ctr_thin != rows[i].is_ctr ||
            metrics.is_conversion_rate_thin != rows[i].is_rate ||
            metrics.is_cost_per_result_thin != rows[i].is_cost)
            fail_msg("%s", rows[i].name);
    }
}

static void figures_add_up(void **state)
{
    (void)state;
    const struct figures one = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
    struct figures sum = one;
    figures_add(&sum, &one);
    const struct figures two = {2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26};
    assert_memory_equal(&sum, &two, offsetof(struct figures, click_goals_micro) + sizeof(int64_t));
    assert_true(sum.revenue_minor == 24 && sum.cost_minor == 26);
    const struct figures large = {.revenue_minor = INT64_MAX, .cost_minor = INT64_MAX};
    figures_add(&sum, &large);
    assert_true(sum.revenue_minor == (wide)INT64_MAX + 24 &&
                sum.cost_minor == (wide)INT64_MAX + 26);
}

static void tiers_follow_from_followers(void **state)
{
    (void)state;
    static const struct {
        int64_t followers;
        const char *tier;
    } rows[] = {{0, "nano"},       {4999, "nano"},    {5000, "micro"},
                {100000, "micro"}, {100001, "macro"}, {INT64_C(700000000), "macro"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(creator_tier(rows[i].followers), rows[i].tier);
    assert_null(creator_tier(UNKNOWN_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_row_has_every_ratio),
        cmocka_unit_test(an_empty_row_knows_nothing),
        cmocka_unit_test(what_is_unknown_stays_unknown),
        cmocka_unit_test(a_ratio_over_one_has_no_interval),
        cmocka_unit_test(a_count_that_is_not_whole_has_no_interval),
        cmocka_unit_test(per_mille_is_of_impressions_that_are_all_known),
        cmocka_unit_test(fewer_than_ten_events_are_thin),
        cmocka_unit_test(figures_add_up),
        cmocka_unit_test(tiers_follow_from_followers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
