/* orders.h - the conversions of a report's range, each attributed by its campaign's rule as it is now. */
#ifndef REPORT_ORDERS_H
#define REPORT_ORDERS_H
#include "core/registry/conversion_view.h"
#include "core/report/link_set.h"

struct order {
    size_t campaign; /* index into the scope's */
    const struct conversion_view *view;
    struct attribution attribution;
    bool counts, is_goal;
    int64_t revenue_minor;
};

typedef int order_visit(void *context, const struct order *order);

/* Calls `visit` for each order with from <= occurred_at < to of its campaign's range, by time within a
 * campaign; what does not count too. An error of `visit` ends it. */
CHECKED int orders_each(const struct scope *scope, const struct link_set *links, order_visit *visit,
                        void *context);
/* As orders_each(), of one campaign. */
CHECKED int orders_each_of(const struct scope *scope, size_t campaign, const struct link_set *links,
                           order_visit *visit, void *context);
#endif
