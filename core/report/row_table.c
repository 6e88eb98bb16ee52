#include "core/report/row_table.h"

#include <assert.h>
#include <stdlib.h>

#define FIELDS_TEXT_MAX 170 /* of a problem's detail, with some words around */

static bool is_shown(const struct scope *scope, const struct report_shape *shape,
                     const struct column *column)
{
    struct slice field = slice_of_string(column->field);
    return scope->campaign_count > 1 || column == shape->columns ||
           !(slice_is(field, "campaign") || slice_is(field, "currency"));
}

/* Index of `field` among the columns that are shown; their number when there is none. */
static size_t place_of(const struct scope *scope, const struct report_shape *shape,
                       struct slice field)
{
    size_t i = 0;
    while (i < shape->column_count && !(slice_is(field, shape->columns[i].field) &&
                                        is_shown(scope, shape, &shape->columns[i])))
        i++;
    return i;
}

/* Names the fields there are, over as many details as it takes. */
static int refuse_sort(const struct scope *scope, const struct report_shape *shape)
{
    struct buffer names;
    char memory[FIELDS_TEXT_MAX];
    buffer_over(&names, memory, sizeof memory);
    int err = problem_field(scope->problem, "sort", "there is no field %.*s to sort by; there are:",
                            SLICE_ARG(slice_first(scope->query->sort, 40)));
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct column *column = &shape->columns[i];
        if (!is_shown(scope, shape, column))
            continue;
        if (names.size + strlen(column->field) + 2 > sizeof memory) {
            err = problem_field(scope->problem, "sort", "%.*s",
                                SLICE_ARG(slice_trim(buffer_slice(&names))));
            buffer_clear(&names);
        }
        buffer_append_string(&names, column->field);
        buffer_append_byte(&names, ' ');
    }
    return names.size ? problem_field(scope->problem, "sort", "%.*s",
                                      SLICE_ARG(slice_trim(buffer_slice(&names))))
                      : err;
}

int row_table_check_sort(const struct scope *scope, const struct report_shape *shape)
{
    struct slice sort = scope->query->sort;
    if (sort.size == 0 || place_of(scope, shape, sort) < shape->column_count)
        return JALON_OK;
    return refuse_sort(scope, shape);
}

/* What rows are ordered by: the key asked for, then what tells them apart, so that ties always come alike. */
enum { SORT_KEY, SORT_NAME, SORT_CAMPAIGN, SORT_CURRENCY, SORT_CELLS };

struct sort_row {
    struct cell cells[SORT_CELLS];
    size_t row;
};

static int by_cells(const void *a, const void *b)
{
    const struct sort_row *x = a, *y = b;
    int order = 0;
    for (size_t i = 0; i < SORT_CELLS && order == 0; i++)
        order = cell_compare(&x->cells[i], &y->cells[i]);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* A cell that outlives the row it was made for: texts live as long as the report, decimals and counts are
 * sorted as numbers. */
static struct cell kept(const struct cell *cell)
{
    struct cell copy = *cell;
    if (cell->kind == CELL_DECIMAL)
        copy.kind = CELL_RATIO;
    if (cell->kind == CELL_COUNTS) {
        copy = cell_share(0);
        for (size_t i = 0; i < cell->count_count; i++)
            copy.number += cell->counts[i].micro;
    }
    return copy;
}

static void set_places(const struct row_table *table, size_t places[SORT_CELLS])
{
    struct slice field = table->scope->query->sort;
    if (field.size == 0)
        field = slice_of_string(table->shape->order);
    if (field.size == 0) {
        for (size_t i = 0; i < SORT_CELLS; i++)
            places[i] = table->shape->column_count;
        return;
    }
    places[SORT_KEY] = place_of(table->scope, table->shape, field);
    assert(places[SORT_KEY] < table->shape->column_count);
    places[SORT_NAME] = 0;
    places[SORT_CAMPAIGN] = place_of(table->scope, table->shape, SLICE("campaign"));
    places[SORT_CURRENCY] = place_of(table->scope, table->shape, SLICE("currency"));
}

static struct cell cell_at(const struct report_shape *shape, size_t column, const struct cell *own,
                           struct metric_row *metric_row)
{
    return column < shape->own_count
               ? own[column]
               : metric_cell(metric_row, shape->metrics[column - shape->own_count]);
}

/* What a row is ordered by and nothing else is worked out: it is filled once more when it is sent. */
static struct sort_row *order_rows(const struct row_table *table, struct metric_row *metric_row)
{
    size_t places[SORT_CELLS];
    set_places(table, places);
    struct sort_row *rows = calloc(table->row_count + 1, sizeof *rows);
    if (!rows)
        return NULL;
    for (size_t i = 0; i < table->row_count; i++) {
        struct cell own[ROW_COLUMNS_MAX];
        table->fill(table->context, i, own, metric_row);
        rows[i].row = i;
        for (size_t j = 0; j < SORT_CELLS; j++) {
            if (places[j] == table->shape->column_count)
                continue; /* null in each row */
            struct cell cell = cell_at(table->shape, places[j], own, metric_row);
            rows[i].cells[j] = kept(&cell);
        }
    }
    qsort(rows, table->row_count, sizeof *rows, by_cells);
    return rows;
}

static void show_columns(struct row_table *table)
{
    assert(table->shape->column_count <= ROW_COLUMNS_MAX);
    table->shown_count = 0;
    for (size_t i = 0; i < table->shape->column_count; i++) {
        if (!is_shown(table->scope, table->shape, &table->shape->columns[i]))
            continue;
        table->places[table->shown_count] = i;
        table->shown[table->shown_count++] = table->shape->columns[i];
    }
}

static void set_heading(struct row_table *table)
{
    const struct scope *scope = table->scope;
    table->heading = (struct report_heading){
        .report = table->shape->name,
        .campaigns = scope->slugs,
        .brands = scope->brands,
        .disclosures = scope->disclosures,
        .campaign_count = scope->campaign_count,
        .from = slice_of_string(scope->from),
        .to = slice_of_string(scope->to),
        .timezone = scope_timezone(scope),
        .currency = scope_currency(scope),
        .columns = table->shown,
        .column_count = table->shown_count,
    };
}

void row_table_show(const struct row_table *table, const struct cell *own,
                    struct metric_row *metric_row, struct cell *ret_cells)
{
    for (size_t i = 0; i < table->shown_count; i++)
        ret_cells[i] = cell_at(table->shape, table->places[i], own, metric_row);
}

static int send_rows(const struct row_table *table, const struct sort_row *rows,
                     struct metric_row *metric_row, struct report_sink *sink)
{
    int err = sink->begin(sink, &table->heading);
    for (size_t i = 0; i < table->row_count && !err; i++) {
        struct cell own[ROW_COLUMNS_MAX], cells[ROW_COLUMNS_MAX];
        table->fill(table->context, rows[i].row, own, metric_row);
        row_table_show(table, own, metric_row, cells);
        err = sink->row(sink, cells);
    }
    return err;
}

int row_table_send(struct row_table *table, struct report_sink *sink)
{
    struct metric_row metric_row = {0};
    show_columns(table);
    set_heading(table);
    int err = table->pool ? metric_row_init(&metric_row, table->pool) : JALON_OK;
    if (err)
        return err;
    struct sort_row *rows = order_rows(table, &metric_row);
    err = rows ? send_rows(table, rows, &metric_row, sink) : JALON_NO_MEMORY;
    free(rows);
    metric_row_done(&metric_row);
    return err;
}
