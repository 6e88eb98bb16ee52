/* order_past.h - what an order was at an earlier moment: by what had happened to it, and by the rule of its campaign, that
 * were known then. */
#ifndef REPORT_ORDER_PAST_H
#define REPORT_ORDER_PAST_H
#include "core/report/orders.h"

/* The order as it stood just before `before_ms`, as if it was known since it occurred. At INT64_MAX: as it is. */
void order_before(struct order *ret_order, const struct scope *scope, const struct order *order,
                  int64_t before_ms);
/* The same as it was reported: nothing while it was not recorded. */
void order_reported_before(struct order *ret_order, const struct scope *scope,
                           const struct order *order, int64_t before_ms);

#define NO_CHANGE INT64_MAX
/* The first moment from `since_ms` on at which something happened that may change what is reported of the order: it was
 * recorded, refunded, ended, or its campaign's rule replaced. NO_CHANGE: none. */
int64_t order_next_change(const struct scope *scope, const struct order *order, int64_t since_ms);

/* Whether the campaign's range is over: what was reported of it then was its first figure. */
bool scope_is_over(const struct scope *scope, size_t campaign);
#endif
