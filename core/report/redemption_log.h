/* redemption_log.h - when each promo code of a report was redeemed, and whether a click of its creator came along. */
#ifndef REPORT_REDEMPTION_LOG_H
#define REPORT_REDEMPTION_LOG_H
#include "core/ledger/leak.h"
#include "core/report/orders.h"

struct redemption_log { /* zeroed: empty */
    struct redemption *redemptions;
    size_t count, capacity;
};

/* By time: orders_each() gives a campaign's orders so. */
CHECKED int redemption_log_add(struct redemption_log *log, const struct order *order,
                               struct slice creator);
size_t redemption_log_without_click(const struct redemption_log *log);
void redemption_log_done(struct redemption_log *log);

/* The start of that moment's hour on the zone's clocks, as RFC 3339. */
void hour_format(char ret_text[MOMENT_TEXT_MAX], const struct zone *zone, int64_t ms);
#endif
