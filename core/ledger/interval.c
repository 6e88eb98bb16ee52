#include "core/ledger/interval.h"

#include <math.h>

/* The 97.5 % point of the normal distribution. */
#define Z 1.959963984540054

/* Wilson 1927: the p for which |successes/trials - p| is at most z standard errors at p. */
bool interval_wilson_at(struct interval *ret_interval, int64_t successes, int64_t trials, double z)
{
    if (trials <= 0 || successes < 0 || successes > trials)
        return false;
    double n = (double)trials, p = (double)successes / n;
    double scale = 1 + z * z / n;
    double centre = (p + z * z / (2 * n)) / scale;
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale;
    /* The ends are exact there; rounding must not tell otherwise. */
    ret_interval->low = successes == 0 ? 0 : centre - half;
    ret_interval->high = successes == trials ? 1 : centre + half;
    return true;
}

bool interval_wilson(struct interval *ret_interval, int64_t successes, int64_t trials)
{
    return interval_wilson_at(ret_interval, successes, trials, Z);
}

#define TAIL 0.025 /* on each side of 95 % */

/* The series of the regularized incomplete gamma function (Abramowitz & Stegun 6.5.29): P(shape, x). */
static double gamma_below(double shape, double x)
{
    double term = 1 / shape, sum = term;
    for (double i = shape + 1; term > sum * 1e-16; i++) {
        term *= x / i;
        sum += term;
    }
    return sum * exp(shape * log(x) - x - lgamma(shape));
}

/* Its continued fraction (6.5.31), by Lentz's method: Q(shape, x) = 1 - P(shape, x). */
static double gamma_above(double shape, double x)
{
    const double tiny = 1e-300;
    double b = x + 1 - shape, c = 1 / tiny, d = 1 / b, product = d, factor = 0;
    for (double i = 1; fabs(factor - 1) > 1e-15; i++) {
        double a = -i * (i - shape);
        b += 2;
        d = a * d + b;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = b + a / c;
        if (fabs(c) < tiny)
            c = tiny;
        factor = d * c;
        product *= factor;
    }
    return product * exp(shape * log(x) - x - lgamma(shape));
}

/* How probable a sum of `shape` unit exponentials is to be at most x: P(shape, x). */
static double gamma_distribution(double shape, double x)
{
    if (x <= 0)
        return 0;
    return x < shape + 1 ? gamma_below(shape, x) : 1 - gamma_above(shape, x);
}

/* The x with P(shape, x) = p, by Newton's method between what is far enough on both sides, and by halving where that
 * leads out of there. */
static double gamma_quantile(double shape, double p)
{
    double reach = 6 * sqrt(shape) + 10;
    double low = shape > reach ? shape - reach : 0, high = shape + reach;
    double x = shape, step = shape;
    for (int i = 0; i < 200 && fabs(step) > 1e-13 * x; i++) {
        double error = gamma_distribution(shape, x) - p;
        if (error < 0)
            low = x;
        else
            high = x;
        double density = exp((shape - 1) * log(x) - x - lgamma(shape));
        double next = x - error / density;
        if (!(next > low && next < high))
            next = low + (high - low) / 2;
        step = next - x;
        x = next;
    }
    return x;
}

/* The mean for which so many or more, and the one for which so many or fewer, have a probability of TAIL. */
static struct interval poisson_limits(int64_t count)
{
    double shape = (double)count;
    return (struct interval){.low = count ? gamma_quantile(shape, TAIL) : 0,
                             .high = gamma_quantile(shape + 1, 1 - TAIL)};
}

/* The rows of a report have the same few small counts. */
struct interval interval_poisson(int64_t count)
{
    static _Thread_local struct interval known[64];
    if (count >= (int64_t)(sizeof known / sizeof *known))
        return poisson_limits(count);
    if (known[count].high == 0)
        known[count] = poisson_limits(count);
    return known[count];
}
