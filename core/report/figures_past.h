/* figures_past.h - rows whose conversions or revenue are not what they were when the range ended: what they were, and the
 * day of the last change. A range that is not over was not reported yet. */
#ifndef REPORT_FIGURES_PAST_H
#define REPORT_FIGURES_PAST_H
#include "core/report/creator_book.h"

/* Columns of the report's own. */
#define PAST_COLUMN_COUNT 3
#define PAST_COLUMNS                                                                               \
    {"conversions_first", "First conversions", CELL_COUNTS, true, false},                          \
        {"revenue_first", "First revenue", CELL_MONEY, true, false},                               \
    {                                                                                              \
        "changed_at", "Changed", CELL_TEXT, true, false                                            \
    }

struct figures_past { /* zeroed, but for the first two: nothing added yet */
    struct creator_book *book;
    struct sums_pool *pool;
    struct named_count *types; /* room for those of a row */
    size_t changed;            /* rows */
};

/* Looks at what happened to the order since its range was over. */
CHECKED int figures_past_add(struct figures_past *past, const struct order *order);
/* When all orders are added. */
CHECKED int figures_past_end(struct figures_past *past);
/* PAST_COLUMNS of a row; good until the next call. */
void figures_past_fill(struct figures_past *past, const struct creator_row *row,
                       struct cell *cells);
/* How many of them changed, in a sentence; `rows` is what they are called. */
void figures_past_note(const struct figures_past *past, const char *rows, struct totals *totals);
void figures_past_done(struct figures_past *past);
#endif
