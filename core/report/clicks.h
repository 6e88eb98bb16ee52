/* clicks.h - how often links were clicked, from the counters: whole UTC days from the hashes of days, days
 * that a range cuts from the hashes of quarter-hours. Costs grow with links × days, never with clicks. */
#ifndef REPORT_CLICKS_H
#define REPORT_CLICKS_H
#include "core/traffic/click_class.h"

struct store;

/* Moments at which a stretch of time ends and the next begins: stretch i is cuts[i] <= t < cuts[i + 1]. */
struct click_cuts {
    const int64_t *moments_ms;
    size_t count; /* at least 2 */
};

#define CLICK_CLASS_COUNT (CLICK_CLASS_MAX + 1)

struct click_source { /* a link, and where its clicks are added to */
    uint64_t link_id;
    size_t row; /* visitors are counted once a row and UTC day */
    struct click_cuts cuts;
    int64_t *humans;     /* by stretch */
    int64_t *invalid;    /* by class, over all stretches: CLICK_CLASS_COUNT of them */
    bool is_row_stretch; /* each stretch is a row of its own, from `row` on, and `invalid` has
                            CLICK_CLASS_COUNT for each */
};

/* Adds the clicks of `sources`, which are sorted by row, and to unique[row] the visitors of each row; where
 * `unique` is NULL they are not counted.
 *
 * A UTC day counts its visitors for a row that has human clicks on it within the row's cuts; of a day that is
 * cut only the whole day's visitors are known, so never more than those clicks. */
CHECKED int clicks_sum(struct store *store, const struct click_source *sources, size_t count,
                       int64_t *unique);
#endif
