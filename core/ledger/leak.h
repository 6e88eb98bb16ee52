/* leak.h - has a promo code leaked, to a coupon site say? Then orders bring it that no click of its creator's audience
 * led to, and from one hour on their share is another one.
 *
 * Of all splits with at least LEAK_SIDE_MIN redemptions on both sides, and a greater share without a click behind it, the
 * one is taken whose two shares explain the redemptions best, by the likelihood-ratio statistic
 *   G = 2 (ln L(two shares) - ln L(one share)).
 * The share broke there when G > LEAK_G_MIN. Over random redemptions of one share (20 to 1000 of them, shares of 0.1 to 0.9)
 * that is so in at most 1 of 200 codes. */
#ifndef LEDGER_LEAK_H
#define LEDGER_LEAK_H
#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEAK_SIDE_MIN 10
#define LEAK_G_MIN 15.0

struct redemption {
    int64_t at_ms;
    bool has_click; /* the order also brought a valid click of the code's creator */
};

struct leak {
    bool is_thin; /* fewer than twice LEAK_SIDE_MIN redemptions: nothing is said */
    bool has_broken;
    size_t first; /* where it broke: the first redemption behind the split */
    double share_before, share_after;
};

/* `redemptions` by time. */
struct leak leak_of(const struct redemption *redemptions, size_t count);
#endif
