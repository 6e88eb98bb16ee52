/* row_table.h - rows on their way to a sink: which columns there are, in which order they come, what stands
 * around them. */
#ifndef REPORT_ROW_TABLE_H
#define REPORT_ROW_TABLE_H
#include "core/report/metric_cells.h"
#include "core/report/scope.h"

#define ROW_COLUMNS_MAX 64

struct
    report_shape { /* columns: the report's own first, of which the first names the row; then metrics.
                         "campaign" and "currency" are left out where there is one campaign, unless
                         they name the row */
    const char *name, *summary;
    const struct column *columns;
    size_t column_count, own_count;
    const enum metric *metrics; /* column_count - own_count */
    const char
        *order; /* field that rows are sorted by when the query does not say; NULL: as they are */
    bool takes_all;  /* about all campaigns when the query names none */
    bool has_steps;  /* rows are steps of time */
    bool has_groups; /* rows are groups */
};

/* Fills the report's own cells of a row, one for each such column, and turns `metric_row` to its figures, where the shape has
 * metrics; all is good until the next call. */
typedef void row_fill(void *context, size_t row, struct cell *cells, struct metric_row *metric_row);

struct row_table {
    const struct scope *scope;
    const struct report_shape *shape;
    const struct sums_pool
        *pool; /* of the figures, when all rows are known; NULL: the shape has no metrics */
    size_t row_count;
    row_fill *fill;
    void *context;
    struct column shown[ROW_COLUMNS_MAX];
    size_t places[ROW_COLUMNS_MAX]; /* of the shown ones among `columns` */
    size_t shown_count;
    struct report_heading heading;
};

/* JALON_INVALID, in words, when the query sorts by a field that there is not. */
CHECKED int row_table_check_sort(const struct scope *scope, const struct report_shape *shape);

/* `begin` and all rows, in order. The table lives until row_table_end(). */
CHECKED int row_table_send(struct row_table *table, struct report_sink *sink);

/* The cells that are shown, of a report's own ones and of what `metric_row` was turned to. */
void row_table_show(const struct row_table *table, const struct cell *own,
                    struct metric_row *metric_row, struct cell *ret_cells);
#endif
