/* interval.h - how much a rate from few observations is worth. */
#ifndef LEDGER_INTERVAL_H
#define LEDGER_INTERVAL_H
#include <stdbool.h>
#include <stdint.h>

struct interval {
    double low, high;
};

/* Wilson's score interval at 95 % (z = 1.959964) for `successes` of `trials`. False, and nothing written,
 * when it has no meaning: no trials, or more successes than trials. */
bool interval_wilson(struct interval *ret_interval, int64_t successes, int64_t trials);
/* The same at another confidence, that of z standard errors. */
bool interval_wilson_at(struct interval *ret_interval, int64_t successes, int64_t trials, double z);

/* The exact 95 % limits of a Poisson count's mean (Garwood 1936, Biometrika 28:437): 9 sales are worth 4.1 to 17.1.
 * `count` is not negative. */
struct interval interval_poisson(int64_t count);
#endif
