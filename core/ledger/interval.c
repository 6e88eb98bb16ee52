#include "core/ledger/interval.h"

#include <math.h>

/* The 97.5 % point of the normal distribution. */
#define Z 1.959963984540054

/* Wilson 1927: the p for which |successes/trials - p| is at most z standard errors at p. */
bool interval_wilson(struct interval *ret_interval, int64_t successes, int64_t trials)
{
    if (trials <= 0 || successes < 0 || successes > trials)
        return false;
    double n = (double)trials, p = (double)successes / n;
    double scale = 1 + Z * Z / n;
    double centre = (p + Z * Z / (2 * n)) / scale;
    double half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / scale;
    /* The ends are exact there; rounding must not tell otherwise. */
    ret_interval->low = successes == 0 ? 0 : centre - half;
    ret_interval->high = successes == trials ? 1 : centre + half;
    return true;
}
