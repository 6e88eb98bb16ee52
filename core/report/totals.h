/* totals.h - what stands below the rows: their sum, what nobody is credited for, and notes. */
#ifndef REPORT_TOTALS_H
#define REPORT_TOTALS_H
#include "core/ledger/reference.h"
#include "core/report/metric_cells.h"
#include "core/report/note.h"
#include "core/report/orders.h"
#include "core/report/row_table.h"

#define NOTES_MAX 96

struct currency_sums {
    struct slice currency;
    unsigned exponent;
    struct sums rows, unattributed;
};

struct totals {
    const struct scope *scope;
    struct sums_pool *pool;
    struct currency_sums *currencies; /* of the campaigns, each once */
    size_t count;
    size_t currency_of[SCOPE_CAMPAIGNS_MAX]; /* by campaign */
    bool is_without_orders; /* the report reads none, so it tells of none that is unattributed */
    struct arena notes_arena;
    struct note notes[NOTES_MAX];
    size_t note_count;
    struct usual usual[REFERENCE_RANGES_MAX];
    size_t usual_count;
};

CHECKED int totals_init(struct totals *totals, const struct scope *scope, struct sums_pool *pool);
void totals_done(struct totals *totals);

CHECKED int totals_add_row(struct totals *totals, size_t currency, const struct sums *sums);
/* Counts the order when nobody is credited for it. */
CHECKED int totals_add_order(struct totals *totals, const struct order *order);
/* A sentence for people, and a value for each "%" in it: NOTE_VALUES(…) or NOTE_NO_VALUES. Values are copied. Left out
 * when there is no more room. */
void totals_note(struct totals *totals, const char *sentence, const struct note_value *values,
                 size_t value_count);

/* A range to hold the rows' figures against; at most each of a reference once, which outlives the report. */
void totals_usual(struct totals *totals, const struct reference_range *range);

/* All of it to the sink's `end`. */
CHECKED int totals_send(struct totals *totals, const struct row_table *table,
                        struct report_sink *sink);
#endif
