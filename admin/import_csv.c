#include "admin/csv.h"
#include "admin/import_read.h"
#include "admin/suggest.h"

#include <stdlib.h>

struct csv_import {
    struct import *import;
    struct csv_reader *reader;
    bool has_header;
    size_t column_count;
    const struct field *columns[CSV_CELLS_MAX]; /* NULL: passed over */
};

static const struct field *find_column(const struct noun *noun, struct slice name)
{
    const struct field *field = noun_field(noun, name);
    return field && field->flags & FIELD_COLUMN ? field : NULL;
}

static int refuse_column(struct import *import, struct slice name)
{
    struct suggestion suggestion;
    suggestion_init(&suggestion, name);
    for (size_t i = 0; i < import->noun->field_count; i++)
        if (import->noun->fields[i].flags & FIELD_COLUMN)
            suggestion_try(&suggestion, import->noun->fields[i].name);
    struct problem *problem = &import->session->problem;
    if (suggestion.best)
        return problem_set(
            problem, PROBLEM_INVALID,
            "%s: there is no column \"%.*s\": did you mean %s? Or add --ignore-columns",
            import->file, SLICE_ARG(name), suggestion.best);
    return problem_set(problem, PROBLEM_INVALID,
                       "%s: there is no column \"%.*s\": take it away, or add --ignore-columns",
                       import->file, SLICE_ARG(name));
}

static bool has_column(const struct csv_import *csv, const struct field *field)
{
    for (size_t i = 0; i < csv->column_count; i++)
        if (csv->columns[i] == field)
            return true;
    return false;
}

static int check_missing(struct csv_import *csv)
{
    const struct noun *noun = csv->import->noun;
    for (size_t i = 0; i < noun->field_count; i++) {
        const struct field *field = &noun->fields[i];
        bool is_needed = field->flags & FIELD_COLUMN && field->flags & FIELD_REQUIRED;
        if (is_needed && !has_column(csv, field))
            return problem_set(
                &csv->import->session->problem, PROBLEM_INVALID,
                "%s: the column %s is missing: add it to the header, on the first line",
                csv->import->file, field->name);
    }
    return JALON_OK;
}

static int take_header(struct csv_import *csv, const struct csv_row *row)
{
    struct import *import = csv->import;
    if (row->wrong)
        return problem_set(&import->session->problem, PROBLEM_INVALID, "%s: the first line %s",
                           import->file, row->wrong);
    for (size_t i = 0; i < row->count; i++) {
        const struct field *field = find_column(import->noun, slice_trim(row->cells[i]));
        if (!field && !import->is_ignore_columns)
            return refuse_column(import, row->cells[i]);
        if (field && has_column(csv, field))
            return problem_set(&import->session->problem, PROBLEM_INVALID,
                               "%s: the column %s is there twice: keep one", import->file,
                               field->name);
        csv->columns[csv->column_count++] = field;
    }
    csv->has_header = true;
    return check_missing(csv);
}

static int add_row(struct csv_import *csv, const struct csv_row *row, struct problem *problem)
{
    const struct field *fields[CSV_CELLS_MAX];
    struct slice cells[CSV_CELLS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < row->count; i++) {
        if (!csv->columns[i])
            continue;
        fields[count] = csv->columns[i];
        cells[count++] = slice_trim(row->cells[i]);
    }
    return kept_rows_add(&csv->import->kept, row->line, fields, cells, count, problem);
}

static int take_row(void *context, const struct csv_row *row)
{
    struct csv_import *csv = context;
    if (!csv->has_header)
        return take_header(csv, row);
    struct problem problem;
    problem_init(&problem);
    int err;
    if (row->wrong)
        err = problem_set(&problem, PROBLEM_INVALID, "the row %s", row->wrong);
    else if (row->count != csv->column_count)
        err = problem_set(&problem, PROBLEM_INVALID,
                          "the row has %zu cells, but the header has %zu: put cells that hold a "
                          "separator into quotes",
                          row->count, csv->column_count);
    else
        err = add_row(csv, row, &problem);
    if (err == JALON_NO_MEMORY || problem.kind == PROBLEM_NONE)
        return err;
    import_bad_row(csv->import, row->line, &problem);
    return JALON_OK;
}

int csv_import_new(struct csv_import **ret_csv, struct import *import)
{
    struct csv_import *csv = calloc(1, sizeof *csv);
    if (!csv)
        return JALON_NO_MEMORY;
    csv->import = import;
    int err = csv_reader_new(&csv->reader, take_row, csv);
    if (err)
        free(csv);
    else
        *ret_csv = csv;
    return err;
}

struct csv_import *csv_import_free(struct csv_import *csv)
{
    if (csv)
        csv_reader_free(csv->reader);
    free(csv);
    return NULL;
}

int csv_import_feed(struct csv_import *csv, struct slice bytes)
{
    return csv_reader_feed(csv->reader, bytes);
}

int csv_import_end(struct csv_import *csv)
{
    int err = csv_reader_end(csv->reader);
    if (!err && !csv->has_header)
        err = problem_set(&csv->import->session->problem, PROBLEM_INVALID,
                          "%s is empty: its first line must name the columns", csv->import->file);
    return err;
}
