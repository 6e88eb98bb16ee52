#include "admin/report_csv.h"
#include "admin/csv_out.h"
#include "admin/output.h"
#include "admin/report_words.h"
#include "core/report/name_index.h"
#include "core/report/row_table.h"

#include <stdio.h>

#define OUTPUT_MAX ((size_t)1 << 30)
#define NOTE_TEXT_MAX ((size_t)1 << 20)
#define CELL_TEXT_MAX 4096 /* 42 names, each with its share */

static int find_names(struct name_index *names, const struct report_page *page, size_t column)
{
    size_t number;
    int err = JALON_OK;
    for (size_t i = 0; i < page->row_count; i++) {
        const struct cell *cell = &page->rows[i][column];
        for (size_t j = 0; cell->kind == CELL_COUNTS && j < cell->count_count && !err; j++)
            err = name_index_put(names, cell->counts[j].name, &number);
    }
    return err;
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

struct report_csv {
    struct csv_out csv;
    const struct report_page *page;
    struct name_index
        names[ROW_COLUMNS_MAX]; /* of each column of counts, in the order they are first seen */
};

/* The header when `cells` is NULL. */
static void write_row(struct report_csv *report, const struct cell *cells)
{
    const struct report_page *page = report->page;
    struct csv_out *csv = &report->csv;
    for (size_t i = 0; i < page->heading->column_count; i++) {
        const struct column *column = &page->heading->columns[i];
        const struct name_index *names = &report->names[i];
        if (column->kind != CELL_COUNTS && cells)
            write_cell(csv, &cells[i]);
        else if (column->kind != CELL_COUNTS)
            csv_out_cell(csv, slice_of_string(column->field));
        for (size_t j = 0; j < names->count; j++) {
            if (cells)
                write_count(csv, &cells[i], names->names[j]);
            else
                write_name(csv, column->field, names->names[j]);
        }
    }
    csv_out_end_row(csv);
}

int report_csv_write(struct buffer *out, const struct report_page *page)
{
    struct report_csv report = {.page = page};
    int err = JALON_OK;
    for (size_t i = 0; i < page->heading->column_count && !err; i++)
        if (page->heading->columns[i].kind == CELL_COUNTS)
            err = find_names(&report.names[i], page, i);
    csv_out_start(&report.csv, out);
    if (!err)
        write_row(&report, NULL);
    for (size_t i = 0; i < page->row_count && !err; i++)
        write_row(&report, page->rows[i]);
    for (size_t i = 0; i < page->heading->column_count; i++)
        name_index_done(&report.names[i]);
    return err;
}

/* CSV has no place for notes; where there is no row, they may say why. */
static int tell_why_empty(const struct report_page *page)
{
    struct buffer text;
    buffer_init(&text, NOTE_TEXT_MAX);
    for (size_t i = 0; page->row_count == 0 && i < page->ending->note_count; i++) {
        buffer_append_string(&text, "jalon: ");
        report_words_note(&text, page, &page->ending->notes[i]);
        buffer_append_byte(&text, '\n');
    }
    int err = buffer_error(&text);
    if (err == JALON_OK)
        fprintf(stderr, "%.*s", SLICE_ARG(buffer_slice(&text)));
    buffer_done(&text);
    return err;
}

int report_csv_print(const struct report_page *page)
{
    struct buffer text;
    buffer_init(&text, OUTPUT_MAX);
    int err = report_csv_write(&text, page);
    if (!err)
        err = output_write(&text);
    if (!err)
        err = tell_why_empty(page);
    buffer_done(&text);
    return err;
}
