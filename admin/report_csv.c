#include "admin/report_csv.h"
#include "admin/csv_out.h"

#define NAMES_MAX 256
#define CELL_TEXT_MAX 4096 /* 42 names, each with its share */

struct names { /* of the counts in one column, in the order they are first seen */
    struct slice names[NAMES_MAX];
    size_t count;
};

static void add_name(struct names *names, struct slice name)
{
    for (size_t i = 0; i < names->count; i++)
        if (slice_equal(names->names[i], name))
            return;
    if (names->count < NAMES_MAX)
        names->names[names->count++] = name;
}

static void find_names(struct names *ret_names, const struct report_page *page, size_t column)
{
    ret_names->count = 0;
    for (size_t i = 0; i < page->row_count; i++) {
        const struct cell *cell = &page->rows[i][column];
        for (size_t j = 0; cell->kind == CELL_COUNTS && j < cell->count_count; j++)
            add_name(ret_names, cell->counts[j].name);
    }
}

static void write_name(struct csv_out *csv, const char *field, struct slice name)
{
    char memory[CELL_TEXT_MAX];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    buffer_printf(&text, "%s.%.*s", field, SLICE_ARG(name));
    csv_out_cell(csv, buffer_slice(&text));
}

/* A name that the cell does not have was counted 0 times; an unknown cell has no figure at all. */
static void write_count(struct csv_out *csv, const struct cell *cell, struct slice name)
{
    char memory[32];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    int64_t micro = 0;
    for (size_t i = 0; cell->kind == CELL_COUNTS && i < cell->count_count; i++)
        if (slice_equal(cell->counts[i].name, name))
            micro = cell->counts[i].micro;
    if (cell->kind == CELL_COUNTS)
        report_share_text(&text, micro);
    csv_out_cell(csv, buffer_slice(&text));
}

/* "marie" or "marie 0.5; tom 0.5": a whole one needs no figure. */
static void append_named(struct buffer *out, const struct cell *cell)
{
    for (size_t i = 0; i < cell->count_count; i++) {
        buffer_append_string(out, i ? "; " : "");
        buffer_append(out, cell->counts[i].name);
        if (cell->counts[i].micro == 1000000)
            continue;
        buffer_append_byte(out, ' ');
        report_share_text(out, cell->counts[i].micro);
    }
}

static void write_cell(struct csv_out *csv, const struct cell *cell)
{
    char memory[CELL_TEXT_MAX];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    if (cell->kind == CELL_COUNTS)
        append_named(&text, cell);
    else
        report_cell_text(&text, cell);
    csv_out_cell(csv, cell->kind == CELL_TEXT ? cell->text : buffer_slice(&text));
}

/* The header when `cells` is NULL. */
static void write_row(struct csv_out *csv, const struct report_page *page, const struct cell *cells)
{
    for (size_t i = 0; i < page->heading->column_count; i++) {
        const struct column *column = &page->heading->columns[i];
        if (column->kind != CELL_COUNTS) {
            if (cells)
                write_cell(csv, &cells[i]);
            else
                csv_out_cell(csv, slice_of_string(column->field));
            continue;
        }
        struct names names;
        find_names(&names, page, i);
        for (size_t j = 0; j < names.count; j++) {
            if (cells)
                write_count(csv, &cells[i], names.names[j]);
            else
                write_name(csv, column->field, names.names[j]);
        }
    }
    csv_out_end_row(csv);
}

void report_csv_write(struct buffer *out, const struct report_page *page)
{
    struct csv_out csv;
    csv_out_start(&csv, out);
    write_row(&csv, page, NULL);
    for (size_t i = 0; i < page->row_count; i++)
        write_row(&csv, page, page->rows[i]);
}
