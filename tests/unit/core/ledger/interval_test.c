#include "core/ledger/interval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

static void wilsons_interval_is_the_published_one(void **state)
{
    (void)state;
    static const struct {
        int64_t successes, trials;
        double low, high; /* to four places */
    } rows[] = {
        /* Newcombe 1998, Statistics in Medicine 17:857, table I, method 3 */
        {81, 263, 0.2553, 0.3662},
        {15, 148, 0.0624, 0.1605},
        {0, 20, 0.0000, 0.1611},
        {1, 29, 0.0061, 0.1718},
        /* the same seen from the other side: 1 - high, 1 - low */
        {182, 263, 0.6338, 0.7447},
        {20, 20, 0.8389, 1.0000},
        {28, 29, 0.8282, 0.9939},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct interval interval;
        assert_true(interval_wilson(&interval, rows[i].successes, rows[i].trials));
        assert_true(fabs(interval.low - rows[i].low) < 5.001e-5);
        assert_true(fabs(interval.high - rows[i].high) < 5.001e-5);
    }
}

static void its_ends_are_where_the_rate_is_z_errors_away(void **state)
{
    (void)state;
    for (int64_t trials = 1; trials < 400; trials += 7) {
        for (int64_t successes = 0; successes <= trials; successes += 3) {
            struct interval interval;
            assert_true(interval_wilson(&interval, successes, trials));
            double rate = (double)successes / (double)trials;
            assert_true(interval.low >= 0 && interval.low <= rate);
            assert_true(interval.high <= 1 && interval.high >= rate);
            const double ends[] = {interval.low, interval.high};
            for (int i = 0; i < 2; i++) {
                double error = sqrt(ends[i] * (1 - ends[i]) / (double)trials);
                assert_true(fabs(fabs(rate - ends[i]) - 1.959963984540054 * error) < 1e-9);
            }
        }
    }
}

static void poissons_limits_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        int64_t count;
        double low, high;
        double step; /* half of the last place */
    } rows[] = {
        /* Pearson & Hartley, Biometrika Tables for Statisticians I, table 40, as Ulm 1990,
         * American Journal of Epidemiology 131:373, gives them */
        {0, 0, 3.689, 5e-4},      {1, 0.0253, 5.572, 5e-4},   {2, 0.2422, 7.225, 5e-4},
        {3, 0.6187, 8.767, 5e-4}, {4, 1.090, 10.242, 5e-4},   {5, 1.623, 11.668, 5e-4},
        {9, 4.115, 17.085, 5e-4}, {10, 4.795, 18.390, 5e-4},  {20, 12.217, 30.888, 5e-4},
        {50, 37.11, 65.92, 5e-3}, {100, 81.36, 121.63, 5e-3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct interval interval = interval_poisson(rows[i].count);
        assert_true(fabs(interval.low - rows[i].low) < rows[i].step * 1.001);
        assert_true(fabs(interval.high - rows[i].high) < rows[i].step * 1.001);
    }
}

/* The tails, summed up term by term from the definition. */
static double at_most(int64_t count, double mean)
{
    double sum = 0;
    for (int64_t i = 0; i <= count; i++)
        sum += exp((double)i * log(mean) - mean - lgamma((double)i + 1));
    return sum;
}

static void beyond_poissons_limits_is_a_fortieth(void **state)
{
    (void)state;
    for (int64_t count = 0; count < 200000; count = count * 3 / 2 + 1) {
        struct interval interval = interval_poisson(count);
        assert_true(fabs(at_most(count, interval.high) - 0.025) < 1e-8);
        if (count)
            assert_true(fabs(1 - at_most(count - 1, interval.low) - 0.025) < 1e-8);
        assert_true(interval.low <= (double)count && (double)count < interval.high);
    }
}

static void what_is_no_rate_has_no_interval(void **state)
{
    (void)state;
    static const int64_t rows[][2] = {{0, 0}, {1, 0}, {2, 1}, {-1, 5}, {1, -5}, {301, 300}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct interval interval = {7, 7};
        assert_false(interval_wilson(&interval, rows[i][0], rows[i][1]));
        assert_true(interval.low == 7 && interval.high == 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wilsons_interval_is_the_published_one),
        cmocka_unit_test(its_ends_are_where_the_rate_is_z_errors_away),
        cmocka_unit_test(poissons_limits_are_the_published_ones),
        cmocka_unit_test(beyond_poissons_limits_is_a_fortieth),
        cmocka_unit_test(what_is_no_rate_has_no_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
