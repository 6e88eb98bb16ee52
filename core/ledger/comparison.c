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

static int by_p(const void *a, const void *b)
{
    const struct comparison *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->second > y->second) - (x->second < y->second);
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
}

double comparison_trials(double p, double q, double alpha, double power)
{
    double mean = (p + q) / 2;
    double z_alpha = comparison_z(alpha), z_power = comparison_z(2 * (1 - power));
    double sum = z_alpha * sqrt(2 * mean * (1 - mean)) + z_power * sqrt(p * (1 - p) + q * (1 - q));
    return sum * sum / ((p - q) * (p - q));
}
