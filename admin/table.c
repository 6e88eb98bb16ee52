#include "admin/table.h"
#include "admin/shown.h"
#include "admin/terminal.h"

#include <libsmartcols.h>
#include <stdlib.h>

#define COLUMNS_MAX 64

struct table {
    struct libscols_table *scols;
    struct libscols_line *last;
    size_t column_count;
    unsigned flags[COLUMNS_MAX];
    size_t widths[COLUMNS_MAX]; /* the widest cell's, and the gap */
};

struct table *table_free(struct table *table)
{
    if (table)
        scols_unref_table(table->scols);
    free(table);
    return NULL;
}

int table_new(struct table **ret_table)
{
    struct table *table = calloc(1, sizeof *table);
    if (!table)
        return JALON_NO_MEMORY;
    table->scols = scols_new_table();
    if (!table->scols || scols_table_set_column_separator(table->scols, "  ")) {
        (void)table_free(table);
        return JALON_NO_MEMORY;
    }
    *ret_table = table;
    return JALON_OK;
}

int table_add_column(struct table *table, const char *heading, unsigned flags)
{
    if (table->column_count == COLUMNS_MAX)
        return JALON_FULL;
    int scols_flags = flags & TABLE_RIGHT ? SCOLS_FL_RIGHT : 0;
    if (flags & TABLE_CUT)
        scols_flags |= SCOLS_FL_TRUNC;
    if (!scols_table_new_column(table->scols, heading, 0, scols_flags))
        return JALON_NO_MEMORY;
    table->widths[table->column_count] = terminal_characters(heading) + TABLE_GAP;
    table->flags[table->column_count++] = flags;
    return JALON_OK;
}

int table_add_row(struct table *table)
{
    table->last = scols_table_new_line(table->scols, NULL);
    return table->last ? JALON_OK : JALON_NO_MEMORY;
}

int table_set(struct table *table, size_t column, struct slice text)
{
    struct buffer shown;
    buffer_init(&shown, SHOWN_MAX(text.size) + 1);
    shown_append(&shown, text);
    const char *string = buffer_string(&shown);
    size_t width = string ? terminal_characters(string) + TABLE_GAP : 0;
    if (width > table->widths[column])
        table->widths[column] = width;
    int err = buffer_error(&shown);
    if (!err && scols_line_set_data(table->last, column, string)) /* a copy */
        err = JALON_NO_MEMORY;
    buffer_done(&shown);
    return err;
}

void table_set_bold(struct table *table)
{
    (void)scols_line_set_color(table->last, "bold"); /* plain where memory ran out */
}

static void set_colors(struct table *table)
{
    (void)scols_table_enable_colors(table->scols, 1); /* its only failure is a NULL table */
    for (size_t i = 0; i < scols_table_get_ncols(table->scols); i++) {
        struct libscols_column *column = scols_table_get_column(table->scols, i);
        (void)scols_cell_set_color(scols_column_get_header(column), "bold");
    }
}

/* Hides minor columns until the rest fits. */
static void fit(struct table *table, size_t width)
{
    size_t sum = 0;
    for (size_t i = 0; i < table->column_count; i++)
        sum += table->widths[i];
    for (size_t i = table->column_count; i-- > 0 && sum > width + TABLE_GAP;) {
        if (!(table->flags[i] & TABLE_MINOR))
            continue;
        struct libscols_column *column = scols_table_get_column(table->scols, i);
        int flags = scols_column_get_flags(column) | SCOLS_FL_HIDDEN;
        (void)scols_column_set_flags(column, flags); /* its only failure is a NULL column */
        sum -= table->widths[i];
    }
}

int table_print(struct table *table, FILE *out)
{
    if (scols_table_is_empty(table->scols))
        return JALON_OK;
    if (terminal_has_color(out))
        set_colors(table);
    (void)scols_table_set_stream(table->scols, out);
    if (terminal_is(out))
        fit(table, terminal_width(out));
    /* A pipe gets every character of every cell. */
    (void)scols_table_set_termforce(table->scols, terminal_is(out) ? SCOLS_TERMFORCE_ALWAYS
                                                                   : SCOLS_TERMFORCE_NEVER);
    (void)scols_table_set_termwidth(table->scols, terminal_width(out));
    return scols_print_table(table->scols) ? JALON_NO_MEMORY : JALON_OK;
}
