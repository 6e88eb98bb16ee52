#include "admin/import_read.h"
#include "core/base/buffer.h"

#include <stdlib.h>

#define LINE_MAX_BYTES (4 * 1024 * 1024)

struct ndjson_import {
    struct import *import;
    struct buffer line;
    size_t number;
};

int ndjson_import_new(struct ndjson_import **ret_ndjson, struct import *import)
{
    struct ndjson_import *ndjson = calloc(1, sizeof *ndjson);
    if (!ndjson)
        return JALON_NO_MEMORY;
    ndjson->import = import;
    ndjson->number = 1;
    buffer_init(&ndjson->line, LINE_MAX_BYTES);
    *ret_ndjson = ndjson;
    return JALON_OK;
}

struct ndjson_import *ndjson_import_free(struct ndjson_import *ndjson)
{
    if (ndjson)
        buffer_done(&ndjson->line);
    free(ndjson);
    return NULL;
}

/* Members that are no columns: refused, or taken away. */
static int check_members(const struct import *import, json_t *row, struct problem *problem)
{
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(row, next, name, value)
    {
        const struct field *field = noun_field(import->noun, slice_of_string(name));
        if (field && field->flags & FIELD_COLUMN)
            continue;
        if (!import->is_ignore_columns)
            return problem_set(
                problem, PROBLEM_INVALID,
                "there is no column \"%.100s\": take it away, or add --ignore-columns", name);
        (void)json_object_del(row, name); /* it is there */
    }
    return JALON_OK;
}

static int read_row(struct ndjson_import *ndjson, struct slice text, struct problem *problem)
{
    json_error_t error;
    json_t *row = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (!row)
        return problem_set(problem, PROBLEM_INVALID, "not JSON, at column %d: %s", error.column,
                           error.text);
    int err = json_is_object(row) ? check_members(ndjson->import, row, problem)
                                  : problem_set(problem, PROBLEM_INVALID,
                                                "not an object: write {\"column\": value, …}");
    if (!err)
        err = kept_rows_add_json(&ndjson->import->kept, ndjson->number, row);
    json_decref(row);
    return err;
}

static int take_line(struct ndjson_import *ndjson)
{
    struct slice text = slice_trim(buffer_slice(&ndjson->line));
    if (text.size && text.data[text.size - 1] == '\r')
        text.size--;
    struct problem problem;
    problem_init(&problem);
    int err = text.size ? read_row(ndjson, text, &problem) : JALON_OK;
    if (problem.kind != PROBLEM_NONE) {
        import_bad_row(ndjson->import, ndjson->number, &problem);
        err = JALON_OK;
    }
    buffer_clear(&ndjson->line);
    ndjson->number++;
    return err;
}

int ndjson_import_feed(struct ndjson_import *ndjson, struct slice bytes)
{
    while (bytes.size) {
        size_t end = slice_find(bytes, '\n', 0);
        buffer_append(&ndjson->line, slice_first(bytes, end));
        if (buffer_error(&ndjson->line) == JALON_FULL)
            return problem_set(
                &ndjson->import->session->problem, PROBLEM_INVALID,
                "%s:%zu: the line is longer than 4 MiB: put each object on a line of its own",
                ndjson->import->file, ndjson->number);
        if (end == bytes.size)
            return buffer_error(&ndjson->line);
        int err = take_line(ndjson);
        if (err)
            return err;
        bytes = slice_from(bytes, end + 1);
    }
    return JALON_OK;
}

int ndjson_import_end(struct ndjson_import *ndjson)
{
    return take_line(ndjson);
}
