/* cost_view.h - a stored cost: one creator, one day, one kind. */
#ifndef REGISTRY_COST_VIEW_H
#define REGISTRY_COST_VIEW_H
#include "core/base/buffer.h"
#include "core/ledger/cost.h"

#define COST_FIELD_MAX 112 /* "CREATOR/DATE/KIND" with a NUL */

struct cost_view {
    struct slice creator; /* borrows from the field given to cost_view_read() */
    struct cost_entry entry;
};

/* From field "CREATOR/DATE/KIND" and JSON of a record of key_costs(), in a currency of `exponent`.
 * JALON_DAMAGED. Holds no memory of its own. */
CHECKED int cost_view_read(struct cost_view *ret_view, struct slice field, struct slice json,
                           unsigned exponent);
/* The field's name for that creator, day and kind, with a NUL. */
void cost_field_format(char ret_field[COST_FIELD_MAX], struct slice creator, date_day day,
                       enum cost_kind kind);
#endif
