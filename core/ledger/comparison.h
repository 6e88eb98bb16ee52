/* comparison.h - which differences between rates the observations support, and what it would take to see the others. */
#ifndef LEDGER_COMPARISON_H
#define LEDGER_COMPARISON_H
#include "core/ledger/interval.h"

#include <stddef.h>

struct proportion { /* 0 <= successes <= trials, trials > 0 */
    int64_t successes, trials;
};

/* The interval of a's rate less b's, at the confidence of z standard errors: method 10 of Newcombe 1998, Statistics in
 * Medicine 17:873, which is made of the two rates' Wilson intervals. */
struct interval comparison_difference(const struct proportion *a, const struct proportion *b,
                                      double z);
/* How probable a difference as great as theirs, on either side, is among equal rates: 1 less the confidence at which
 * that interval ends at 0. 1 for equal rates. */
double comparison_p(const struct proportion *a, const struct proportion *b);
/* The z outside of which, on both sides together, lies `alpha` of the normal distribution: 1.96 for 0.05. */
double comparison_z(double alpha);

struct poisson_rate { /* events over what they were counted on: time, money; exposure > 0 */
    int64_t events;
    double exposure;
};

/* The interval of a's rate over b's at confidence 1 - alpha. Of all events of both, those of a are binomial, and equal
 * rates share them as the exposures (Przyborowski & Wilenski 1940, Biometrika 31:313); the limits are Clopper &
 * Pearson's (1934, Biometrika 26:404). From 0 where a has no events, and infinite where b has none. */
struct interval comparison_ratio(const struct poisson_rate *a, const struct poisson_rate *b,
                                 double alpha);
/* How probable events shared as unevenly, on either side, are among equal rates: twice the smaller tail, the alpha at
 * which that interval ends at 1 (Fay 2010, The R Journal 2:53). 1 without events. */
double comparison_ratio_p(const struct poisson_rate *a, const struct poisson_rate *b);
/* How many events two groups need together for the first one's share of them to be told from the one that is
 * `expected`, at `alpha` on both sides, with probability `power`: Fleiss, Levin & Paik 2003, chapter 2, without the
 * correction for continuity. Infinite for equal shares. */
double comparison_events(double share, double expected, double alpha, double power);

struct comparison { /* of two of several groups */
    size_t first, second;
    double p;
    double alpha; /* that Holm's procedure holds p against */
    bool is_supported;
};

/* Holm 1979, Scandinavian Journal of Statistics 6:65: sets `alpha` and `is_supported` from the p of all comparisons that
 * are made together, so that with 95 % probability none is supported whose rates are equal. Sorts them by their groups. */
void comparison_holm(struct comparison *comparisons, size_t count);

/* How many trials each of two groups needs for rates p and q to be told apart at `alpha`, on both sides, with
 * probability `power`: Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, 3rd ed., chapter 4,
 * without the correction for continuity. Infinite for equal rates. */
double comparison_trials(double p, double q, double alpha, double power);
#endif
