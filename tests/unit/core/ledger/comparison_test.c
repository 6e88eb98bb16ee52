#include "core/ledger/comparison.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

#define Z95 1.959963984540054

static void newcombes_interval_is_the_published_one(void **state)
{
    (void)state;
    static const struct {
        struct proportion a, b;
        double low, high; /* to four places */
    } rows[] = {
        /* Newcombe 1998, Statistics in Medicine 17:873, table II, method 10, rows (a) to (h) */
        {{56, 70}, {48, 80}, 0.0524, 0.3339}, {{9, 10}, {3, 10}, 0.1705, 0.8090},
        {{6, 7}, {2, 7}, 0.0582, 0.8062},     {{5, 56}, {0, 29}, -0.0381, 0.1926},
        {{0, 10}, {0, 20}, -0.1611, 0.2775},  {{0, 10}, {0, 10}, -0.2775, 0.2775},
        {{10, 10}, {0, 20}, 0.6791, 1.0000},  {{10, 10}, {0, 10}, 0.6075, 1.0000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct interval found = comparison_difference(&rows[i].a, &rows[i].b, Z95);
        assert_true(fabs(found.low - rows[i].low) < 5.001e-5);
        assert_true(fabs(found.high - rows[i].high) < 5.001e-5);
        struct interval other = comparison_difference(&rows[i].b, &rows[i].a, Z95);
        assert_true(fabs(other.low + found.high) < 1e-12 && fabs(other.high + found.low) < 1e-12);
    }
}

static void p_is_where_the_interval_ends_at_nothing(void **state)
{
    (void)state;
    static const struct {
        struct proportion a, b;
    } rows[] = {{{56, 70}, {48, 80}},
                {{5, 56}, {0, 29}},
                {{3, 1000}, {9, 1100}},
                {{240, 10000}, {1, 4}},
                {{2400, 100000}, {20, 900}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double p = comparison_p(&rows[i].a, &rows[i].b);
        struct interval difference = comparison_difference(&rows[i].a, &rows[i].b, comparison_z(p));
        assert_true(p > 0 && p < 1);
        assert_true(fabs(difference.low) < 1e-9 || fabs(difference.high) < 1e-9);
        assert_true(p == comparison_p(&rows[i].b, &rows[i].a));
    }
    const struct proportion one = {3, 100}, same = {6, 200}, none = {0, 7}, all = {9000, 9000};
    assert_true(comparison_p(&one, &same) > 0.9999);
    assert_true(comparison_p(&none, &none) > 0.9999);
    const struct proportion nobody = {0, 9000};
    assert_true(comparison_p(&all, &nobody) < 1e-100);
}

static void assert_near(double found, double expected, double relative)
{
    if (!(fabs(found - expected) <= relative * fabs(expected)))
        fail_msg("%.15g is not %.15g", found, expected);
}

/* Of Fay's R package rateratio.test, whose example is a contamination of two brands (Fay 2010, The R Journal 2:53), as its
 * port to Python prints it; and of Stampfer's 60 and 30 deaths (Gu, Ng, Tang & Schucany 2008, Biometrical Journal 50:283),
 * where statsmodels, against R's exactci, has one side of a ratio of 1.2. */
static void ratios_of_counts_are_the_published_ones(void **state)
{
    (void)state;
    const struct poisson_rate two = {2, 17877}, nine = {9, 16660};
    struct interval ratio = comparison_ratio(&two, &nine, 0.05);
    assert_near(comparison_ratio_p(&two, &nine), 0.0501064956141, 1e-11);
    assert_near(ratio.low, 0.0217740627591, 1e-11);
    assert_near(ratio.high, 1.00054910449, 1e-11);
    const struct poisson_rate most = {60, 51477.5 * 1.2}, least = {30, 54308.7};
    assert_near(comparison_ratio_p(&most, &least), 2 * 0.006651774552714537, 1e-11);
    assert_near(comparison_ratio_p(&least, &most), 2 * 0.006651774552714537, 1e-11);
}

static void the_interval_of_a_ratio_ends_at_one_at_its_p(void **state)
{
    (void)state;
    static const struct {
        struct poisson_rate a, b;
    } rows[] = {{{2, 100}, {9, 100}},
                {{0, 20}, {5, 20}},
                {{3, 12.5}, {0, 80}},
                {{20000, 1}, {20500, 1}},
                {{1, 1}, {200000, 190000}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double p = comparison_ratio_p(&rows[i].a, &rows[i].b);
        struct interval ratio = comparison_ratio(&rows[i].a, &rows[i].b, p);
        struct interval other = comparison_ratio(&rows[i].b, &rows[i].a, p);
        assert_true(p > 0 && p <= 1);
        assert_true(p == 1 || fabs(ratio.low - 1) < 1e-6 || fabs(ratio.high - 1) < 1e-6);
        assert_true(ratio.low == 0 || fabs(ratio.low * other.high - 1) < 1e-9);
    }
    const struct poisson_rate none = {0, 100}, nothing = {0, 7};
    assert_true(comparison_ratio_p(&none, &nothing) == 1);
    /* One side of 5 of 5 shared evenly is a 32nd. */
    const struct poisson_rate five = {5, 20}, no = {0, 20};
    assert_near(comparison_ratio_p(&five, &no), 2.0 / 32, 1e-12);
    struct interval open = comparison_ratio(&five, &no, 0.05);
    assert_true(isinf(open.high) && open.low > 0);
}

/* By hand, for shares of 0.6 and 0.5: (1.959964 × √0.25 + 0.841621 × √0.24)² / 0.1² = 193.85. */
static void events_are_what_tells_a_share_from_another(void **state)
{
    (void)state;
    assert_true(fabs(comparison_events(0.6, 0.5, 0.05, 0.8) - 193.85) < 0.01);
    assert_true(isinf(comparison_events(0.5, 0.5, 0.05, 0.8)));
}

static void z_is_the_tables(void **state)
{
    (void)state;
    assert_true(fabs(comparison_z(0.05) - 1.959964) < 5e-7);
    assert_true(fabs(comparison_z(0.01) - 2.575829) < 5e-7);
    assert_true(fabs(comparison_z(0.4) - 0.841621) < 5e-7);
}

/* R's p.adjust(c(0.0099, 0.02, 0.03, 0.04, 0.05), "holm") is 0.0495, 0.08, 0.09, 0.09, 0.09, and of 0.01, 0.04, 0.03, 0.005
 * it is 0.03, 0.06, 0.06, 0.02. */
static void holm_supports_those_whose_adjusted_p_is_a_twentieth(void **state)
{
    (void)state;
    struct comparison few[] = {{.p = 0.04, .first = 4},
                               {.p = 0.0099, .first = 1},
                               {.p = 0.03, .first = 3},
                               {.p = 0.05, .first = 5},
                               {.p = 0.02, .first = 2}};
    comparison_holm(few, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(few[i].first, i + 1);
        assert_true(few[i].is_supported == (i == 0));
    }
    struct comparison some[] = {
        {.p = 0.01, .first = 1}, {.p = 0.04, .first = 3}, {.p = 0.03, .first = 2}, {.p = 0.005}};
    comparison_holm(some, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(some[i].is_supported == (i < 2));
    /* What follows one that is not supported is not either, though it would pass alone. */
    struct comparison stopped[] = {{.p = 0.026}, {.p = 0.03, .first = 1}};
    comparison_holm(stopped, 2);
    assert_false(stopped[0].is_supported || stopped[1].is_supported);
    comparison_holm(NULL, 0);
}

static void trials_are_the_published_ones(void **state)
{
    (void)state;
    /* R's help on power.prop.test(): p1 = .50, p2 = .75, power = .90 gives n = 76.7 */
    assert_true(fabs(comparison_trials(0.50, 0.75, 0.05, 0.90) - 76.7) < 0.05);
    assert_true(fabs(comparison_trials(0.75, 0.50, 0.05, 0.90) - 76.7) < 0.05);
    assert_true(isinf(comparison_trials(0.03, 0.03, 0.05, 0.80)));
    /* A stricter test and a greater power take more. */
    assert_true(comparison_trials(0.50, 0.75, 0.01, 0.90) > 76.8);
    assert_true(comparison_trials(0.50, 0.75, 0.05, 0.80) < 76.6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newcombes_interval_is_the_published_one),
        cmocka_unit_test(p_is_where_the_interval_ends_at_nothing),
        cmocka_unit_test(ratios_of_counts_are_the_published_ones),
        cmocka_unit_test(the_interval_of_a_ratio_ends_at_one_at_its_p),
        cmocka_unit_test(events_are_what_tells_a_share_from_another),
        cmocka_unit_test(z_is_the_tables),
        cmocka_unit_test(holm_supports_those_whose_adjusted_p_is_a_twentieth),
        cmocka_unit_test(trials_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
