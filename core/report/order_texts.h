/* order_texts.h - what a ledger says of an order in words: its refunds, and what an import said otherwise. */
#ifndef REPORT_ORDER_TEXTS_H
#define REPORT_ORDER_TEXTS_H
#include "core/ledger/zone.h"
#include "core/registry/conversion_view.h"
#include "core/report/pieces.h"

/* "R-1 20.00 2026-11-12T10:00:00+01:00; R-2 …", in the order they came. Nothing where there were none. */
void order_refunds_write(struct pieces *out, const struct conversion_view *view, unsigned exponent,
                         const struct zone *zone);
/* "import of 2026-11-29T…: amount 59.90, status refunded". Nothing where nothing differs. */
void order_difference_write(struct pieces *out, const struct conversion_view *view,
                            unsigned exponent, const struct zone *zone);
#endif
