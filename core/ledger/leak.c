#include "core/ledger/leak.h"

#include <math.h>

/* ln of the likelihood of `without` of `count`, at their own share. */
static double log_likelihood(size_t without, size_t count)
{
    double with = (double)(count - without), sum = 0;
    if (without)
        sum += (double)without * log((double)without / (double)count);
    if (count > without)
        sum += with * log(with / (double)count);
    return sum;
}

static size_t count_without(const struct redemption *redemptions, size_t count)
{
    size_t without = 0;
    for (size_t i = 0; i < count; i++)
        without += !redemptions[i].has_click;
    return without;
}

struct leak leak_of(const struct redemption *redemptions, size_t count)
{
    struct leak leak = {.is_thin = count < 2 * LEAK_SIDE_MIN};
    if (leak.is_thin)
        return leak;
    size_t without = count_without(redemptions, count);
    size_t before = count_without(redemptions, LEAK_SIDE_MIN);
    double one = log_likelihood(without, count), best = LEAK_G_MIN;
    for (size_t at = LEAK_SIDE_MIN; at <= count - LEAK_SIDE_MIN; at++) {
        size_t after = without - before;
        double share_before = (double)before / (double)at;
        double share_after = (double)after / (double)(count - at);
        double g = 2 * (log_likelihood(before, at) + log_likelihood(after, count - at) - one);
        if (share_after > share_before && g > best) {
            best = g;
            leak = (struct leak){false, true, at, share_before, share_after};
        }
        before += !redemptions[at].has_click;
    }
    return leak;
}
