/* A row of cells is kept as, for each that is not empty: the number of its field (one byte), its size (four, in the
 * machine's order), its bytes. An object in memory takes ten times as much. */
#include "admin/kept_rows.h"

#include "core/base/array.h"
#include "core/registry/thing.h"

#include <stdlib.h>

#define CELL_HEAD (1 + sizeof(uint32_t))

void kept_rows_init(struct kept_rows *kept, const struct noun *noun)
{
    *kept = (struct kept_rows){.noun = noun};
    noun_values_init(&kept->values, noun);
}

void kept_rows_done(struct kept_rows *kept)
{
    noun_values_done(&kept->values);
    arena_done(&kept->arena);
    free(kept->rows);
    *kept = (struct kept_rows){0};
}

static int keep(struct kept_rows *kept, size_t line, struct slice text, bool is_json)
{
    int err =
        array_reserve((void **)&kept->rows, &kept->capacity, kept->count + 1, sizeof *kept->rows);
    if (!err)
        kept->rows[kept->count++] = (struct kept_row){line, text, is_json};
    return err;
}

/* All of them are looked at, also behind one that is bad. */
static int check_cells(struct kept_rows *kept, const struct field *const *fields,
                       const struct slice *cells, size_t count, struct problem *problem)
{
    noun_values_clear(&kept->values);
    for (size_t i = 0; i < count; i++) {
        const char *why;
        int err = cells[i].size ? noun_values_put_text(&kept->values, fields[i], cells[i], &why)
                                : JALON_OK;
        if (err == JALON_NO_MEMORY)
            return err;
        if (err)
            (void)problem_field(problem, fields[i]->name, "%s", why); /* told in the end */
    }
    return problem->kind == PROBLEM_NONE ? JALON_OK : JALON_INVALID;
}

static size_t size_of_cells(const struct slice *cells, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += cells[i].size ? CELL_HEAD + cells[i].size : 0;
    return size;
}

static char *write_cell(char *at, size_t field, struct slice cell)
{
    uint32_t size = (uint32_t)cell.size;
    *at = (char)field;
    memcpy(at + 1, &size, sizeof size);
    memcpy(at + CELL_HEAD, cell.data, cell.size);
    return at + CELL_HEAD + cell.size;
}

int kept_rows_add(struct kept_rows *kept, size_t line, const struct field *const *fields,
                  const struct slice *cells, size_t count, struct problem *problem)
{
    int err = check_cells(kept, fields, cells, count, problem);
    if (err)
        return err;
    size_t size = size_of_cells(cells, count);
    char *text = arena_take(&kept->arena, size), *at = text;
    if (!text)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        if (cells[i].size)
            at = write_cell(at, (size_t)(fields[i] - kept->noun->fields), cells[i]);
    return keep(kept, line, slice_of(text, size), false);
}

int kept_rows_add_json(struct kept_rows *kept, size_t line, const json_t *row)
{
    char *text = json_dumps(row, THING_DUMP_FLAGS);
    if (!text)
        return JALON_NO_MEMORY;
    struct slice copy = arena_copy(&kept->arena, slice_of_string(text));
    free(text);
    return copy.data ? keep(kept, line, copy, true) : JALON_NO_MEMORY;
}

static int read_cells(struct slice cells, struct noun_values *values)
{
    int err = JALON_OK;
    while (cells.size && !err) {
        uint32_t size;
        const char *why; /* it was good when it was kept: only memory can be wanting */
        const struct field *field = &values->noun->fields[(unsigned char)cells.data[0]];
        memcpy(&size, cells.data + 1, sizeof size);
        cells = slice_from(cells, CELL_HEAD);
        err = noun_values_put_text(values, field, slice_first(cells, size), &why);
        cells = slice_from(cells, size);
    }
    return err;
}

int kept_rows_read(const struct kept_rows *kept, size_t index, struct noun_values *values)
{
    const struct kept_row *row = &kept->rows[index];
    if (!row->is_json)
        return read_cells(row->text, values);
    json_t *json = json_loadb(row->text.data, row->text.size, 0, NULL);
    int err = json ? noun_values_put_json(values, json) : JALON_NO_MEMORY;
    json_decref(json);
    return err;
}
