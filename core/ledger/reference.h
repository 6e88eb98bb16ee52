/* reference.h - ranges of rates to hold figures against, each with its source: our own list (reference.txt), or a file of
 * the user's. Its format is told at the top of that list. */
#ifndef LEDGER_REFERENCE_H
#define LEDGER_REFERENCE_H
#include "core/ledger/metrics.h"

#define REFERENCE_RANGES_MAX 64
#define REFERENCE_WHY_MAX 256

enum reference_metric { REFERENCE_CTR, REFERENCE_CONVERSION_RATE, REFERENCE_ENGAGEMENT_RATE };
#define REFERENCE_METRICS 3

struct reference_range {
    enum reference_metric metric;
    struct slice tier; /* empty: any */
    double low, high;
    struct slice source;
};

/* "ctr", …: the metric's field. */
const char *reference_field(enum reference_metric metric);

struct reference {      /* zeroed: empty */
    struct buffer text; /* of the file that the ranges borrow from */
    struct reference_range ranges[REFERENCE_RANGES_MAX];
    size_t count;
};

/* Reads the ranges of `text`, which they borrow from. On failure ret_why has `name`, the line and what is wrong. */
CHECKED int reference_parse(struct reference *ret_reference, struct slice text, const char *name,
                            char ret_why[REFERENCE_WHY_MAX]);
/* Reads `file`, or where that is NULL or "" the list that is built in. On failure ret_why has file, line and what is
 * wrong. Ended with reference_done(). */
CHECKED int reference_open(struct reference *ret_reference, const char *file,
                           char ret_why[REFERENCE_WHY_MAX]);
void reference_done(struct reference *reference);

/* The range of that tier, else the one of any; NULL when there is none. An empty tier: not known, or several. */
const struct reference_range *reference_find(const struct reference *reference,
                                             enum reference_metric metric, struct slice tier);
/* Marks, by index, the ranges that known figures of that tier are held against. */
void reference_use(bool used[REFERENCE_RANGES_MAX], const struct reference *reference,
                   const struct metrics *metrics, struct slice tier);
/* Where a rate lies to a range: "below", "within" or "above" it as a whole, its interval included, or "unclear" where the
 * interval reaches over one of the ends. NULL of an unknown rate. One without an interval is taken as exact. */
const char *reference_place(const struct reference_range *range, const struct rate *rate);
#endif
