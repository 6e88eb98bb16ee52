/* rule_change.h - what another attribution rule or window would move, told before it is set: whose conversions and
 * revenue, from how much to how much. */
#ifndef REPORT_RULE_CHANGE_H
#define REPORT_RULE_CHANGE_H
#include "core/base/problem.h"

struct store;
struct report_sink; /* sink.h */

struct rule_change {
    struct slice campaign;
    struct slice attribution, window; /* as a campaign's fields have them; empty: as it is */
    int64_t now_ms;
};

/* Sends the rows that move to `sink`, as a report does. *ret_moved: how many orders would be credited otherwise. On
 * failure *problem says why. */
CHECKED int rule_change_preview(struct store *store, const struct rule_change *change,
                                struct report_sink *sink, size_t *ret_moved,
                                struct problem *problem);
#endif
