/* conversion_record.h - a new conversion's record, as text; its form stands at the top of conversion_view.c. */
#ifndef REGISTRY_CONVERSION_RECORD_H
#define REGISTRY_CONVERSION_RECORD_H
#include "core/registry/order.h"

#define CONVERSION_RECORD_MAX (64 * 1024) /* bytes */

/* Appends the record; `source`: how the order came, NULL when that is unknown. */
void conversion_record_write(struct buffer *out, const char *source, int64_t now_ms,
                             const struct order *order, const struct order_evidence *judged);
#endif
