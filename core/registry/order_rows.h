/* order_rows.h - which row of a shop's export was the first to tell of an order, for an import to hold later rows of the
 * same order against it. */
#ifndef REGISTRY_ORDER_ROWS_H
#define REGISTRY_ORDER_ROWS_H
#include "core/registry/order.h"

struct order_row {
    uint64_t hash[2];  /* of campaign and order id: long enough to stand for them */
    uint32_t number;   /* of the row + 1; 0: a free slot */
    bool is_different; /* what the order's last row says is not what is recorded */
};

struct order_rows { /* zeroed: empty */
    struct order_row *slots;
    size_t slot_count, count;
    uint64_t seed; /* of the hash: whoever buys may choose an order's id */
};

/* The first row that was put of the order; NULL when there is none. Lives until the next is put. */
struct order_row *order_rows_get(const struct order_rows *rows, const struct order *order);
/* Row `row`, from 0, is the first of the order. JALON_NO_MEMORY, JALON_IO. */
CHECKED int order_rows_put(struct order_rows *rows, const struct order *order, size_t row,
                           struct order_row **ret_row);
void order_rows_done(struct order_rows *rows);
#endif
