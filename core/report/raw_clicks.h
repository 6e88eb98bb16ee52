/* raw_clicks.h - the raw clicks of a report's campaigns and ranges, compared with the counters of the same. Costs
 * grow with the clicks of the range, of every campaign: they are kept by day. Memory grows with links and conversions,
 * never with clicks. */
#ifndef REPORT_RAW_CLICKS_H
#define REPORT_RAW_CLICKS_H
#include "core/report/credited_clicks.h"
#include "core/store/click_record.h"

struct raw_click_visitor { /* an error of a callback ends the walk and is returned */
    /* A click within its campaign's range. */
    int (*count)(void *context, size_t campaign, const struct click_record *click);
    /* A click, of whatever time, that `credited` is credited on; not twice of one. */
    int (*credit)(void *context, const struct click_record *click,
                  const struct credited_click *credited);
    void *context;
};

struct raw_click_check { /* how the raw clicks and the counters of the same links and range agree */
    bool is_complete;    /* each click that was counted is there once */
    int64_t counted, kept;
};

/* Of the creators that the query wants. Whoever clicks meanwhile is no disagreement. */
CHECKED int raw_clicks_each(const struct scope *scope, const struct link_set *links,
                            struct credited_clicks *credited,
                            const struct raw_click_visitor *visitor,
                            struct raw_click_check *ret_check);
#endif
