#include "core/ledger/comparison.h"

#include <math.h>
#include <stdlib.h>

#define ALPHA 0.05
#define Z_MAX 38.0 /* beyond it erfc() is 0 */

static double rate_of(const struct proportion *proportion)
{
    return (double)proportion->successes / (double)proportion->trials;
}

struct interval comparison_difference(const struct proportion *a, const struct proportion *b,
                                      double z)
{
    double p = rate_of(a), q = rate_of(b);
    struct interval of_a = {p, p}, of_b = {q, q};
    (void)interval_wilson_at(&of_a, a->successes, a->trials, z); /* what is a proportion has one */
    (void)interval_wilson_at(&of_b, b->successes, b->trials, z);
    return (struct interval){
        .low = p - q - hypot(p - of_a.low, of_b.high - q),
        .high = p - q + hypot(of_a.high - p, q - of_b.low),
    };
}

/* Is 0 outside? */
static bool tells_apart(const struct proportion *a, const struct proportion *b, double z)
{
    struct interval difference = comparison_difference(a, b, z);
    return difference.low > 0 || difference.high < 0;
}

double comparison_p(const struct proportion *a, const struct proportion *b)
{
    double low = 0, high = Z_MAX; /* the interval grows with z */
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (tells_apart(a, b, middle))
            low = middle;
        else
            high = middle;
    }
    return erfc(low / sqrt(2));
}

double comparison_z(double alpha)
{
    double low = 0, high = Z_MAX;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) > alpha)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int by_groups(const void *a, const void *b)
{
    const struct comparison *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->second > y->second) - (x->second < y->second);
}

static int by_p(const void *a, const void *b)
{
    const struct comparison *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return by_groups(a, b);
}

void comparison_holm(struct comparison *comparisons, size_t count)
{
    bool is_supported = true; /* the first that is not ends it */
    if (count)
        qsort(comparisons, count, sizeof *comparisons, by_p);
    for (size_t i = 0; i < count; i++) {
        comparisons[i].alpha = ALPHA / (double)(count - i);
        is_supported = is_supported && comparisons[i].p <= comparisons[i].alpha;
        comparisons[i].is_supported = is_supported;
    }
    if (count)
        qsort(comparisons, count, sizeof *comparisons, by_groups);
}

double comparison_trials(double p, double q, double alpha, double power)
{
    double mean = (p + q) / 2;
    double z_alpha = comparison_z(alpha), z_power = comparison_z(2 * (1 - power));
    double sum = z_alpha * sqrt(2 * mean * (1 - mean)) + z_power * sqrt(p * (1 - p) + q * (1 - q));
    return sum * sum / ((p - q) * (p - q));
}

/* The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1), product, factor = 0;
    d = 1 / (fabs(d) < tiny ? tiny : d);
    product = d;
    for (double m = 1; fabs(factor - 1) > 1e-15; m++) {
        const double steps[] = {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                                -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))};
        for (int i = 0; i < 2; i++) {
            d = 1 + steps[i] * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + steps[i] / c;
            if (fabs(c) < tiny)
                c = tiny;
            factor = d * c;
            product *= factor;
        }
    }
    return product;
}

/* The regularized incomplete beta function. */
static double beta_distribution(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    double front = exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b));
    if (x < (a + 1) / (a + b + 2)) /* there the fraction converges fast */
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* How probable `count` or more of `all` are, each with probability p. */
static double at_least(int64_t count, int64_t all, double p)
{
    if (count <= 0)
        return 1;
    return beta_distribution((double)count, (double)(all - count) + 1, p);
}

static double at_most(int64_t count, int64_t all, double p)
{
    return at_least(all - count, all, 1 - p);
}

/* The p at which the tail is as probable as `tail`; it grows with p where `is_upper`. */
static double limit(int64_t count, int64_t all, double tail, bool is_upper)
{
    double low = 0, high = 1;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        double found = is_upper ? at_least(count, all, middle) : at_most(count, all, middle);
        if ((found < tail) == is_upper)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static double odds(double p)
{
    return p < 1 ? p / (1 - p) : INFINITY;
}

struct interval comparison_ratio(const struct poisson_rate *a, const struct poisson_rate *b,
                                 double alpha)
{
    int64_t all = a->events + b->events;
    double scale = b->exposure / a->exposure;
    double low = a->events ? limit(a->events, all, alpha / 2, true) : 0;
    double high = b->events ? limit(a->events, all, alpha / 2, false) : 1;
    return (struct interval){odds(low) * scale, odds(high) * scale};
}

double comparison_ratio_p(const struct poisson_rate *a, const struct poisson_rate *b)
{
    int64_t all = a->events + b->events;
    double p = a->exposure / (a->exposure + b->exposure);
    double tail = fmin(at_least(a->events, all, p), at_most(a->events, all, p));
    return fmin(2 * tail, 1);
}

double comparison_events(double share, double expected, double alpha, double power)
{
    double z_alpha = comparison_z(alpha), z_power = comparison_z(2 * (1 - power));
    double sum = z_alpha * sqrt(expected * (1 - expected)) + z_power * sqrt(share * (1 - share));
    return sum * sum / ((share - expected) * (share - expected));
}
