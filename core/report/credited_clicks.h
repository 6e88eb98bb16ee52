/* credited_clicks.h - the clicks that conversions are credited on, to be met again among the raw ones. A click id names
 * link, time and nonce, and the raw click has the same three: a match is exact, or there is none. */
#ifndef REPORT_CREDITED_CLICKS_H
#define REPORT_CREDITED_CLICKS_H
#include "core/report/orders.h"
#include "core/report/sums.h"

struct credited_click { /* one a conversion and creator credited */
    uint64_t link_id, nonce;
    int64_t at_ms;
    size_t campaign;
    struct slice type; /* borrows from the pool that it was added with */
    int64_t share_micro, revenue_minor;
    bool is_found;
};

struct click_day {
    unsigned partition;
    int32_t day;
};

struct credited_clicks { /* zeroed: empty */
    struct credited_click *clicks;
    size_t count, capacity;
    struct click_day *days; /* that they are of, each once */
    size_t day_count;
    int64_t without_click_micro; /* credited by a promo code alone */
};

/* Credit `index` of an order; its type is kept in `pool`. */
CHECKED int credited_clicks_add(struct credited_clicks *list, struct sums_pool *pool,
                                const struct order *order, size_t index);
/* When all are there; the functions below are for then. */
CHECKED int credited_clicks_sort(struct credited_clicks *list);

/* Those of one link, by time; returns the first of *ret_count. */
struct credited_click *credited_clicks_of_link(const struct credited_clicks *list, uint64_t link_id,
                                               size_t *ret_count);
bool credited_clicks_has_day(const struct credited_clicks *list, unsigned partition, int32_t day);
int64_t credited_clicks_missing(const struct credited_clicks *list); /* in millionths */
void credited_clicks_done(struct credited_clicks *list);
#endif
