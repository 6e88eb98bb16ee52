/* A row of cells is kept as, for each that is not empty: the number of its field (one byte), its size (four, in the
 * machine's order), its bytes. An object in memory takes ten times as much. */
#include "admin/kept_rows.h"

#include "core/base/buffer.h"
#include "core/registry/thing.h"

#include <assert.h>
#include <stdlib.h>

#define CELLS_MAX 128
#define ROW_MAX (8U << 20)

void kept_rows_init(struct kept_rows *kept, const struct noun *noun)
{
    assert(noun->field_count < CELLS_MAX);
    *kept = (struct kept_rows){.noun = noun};
}

void kept_rows_done(struct kept_rows *kept)
{
    arena_done(&kept->arena);
    free(kept->rows);
    *kept = (struct kept_rows){0};
}

static int grow(struct kept_rows *kept)
{
    size_t capacity = kept->capacity ? kept->capacity * 2 : 256;
    struct kept_row *rows = reallocarray(kept->rows, capacity, sizeof *rows);
    if (!rows)
        return JALON_NO_MEMORY;
    kept->rows = rows;
    kept->capacity = capacity;
    return JALON_OK;
}

static int keep(struct kept_rows *kept, size_t line, struct slice text, bool is_json)
{
    int err = kept->count == kept->capacity ? grow(kept) : JALON_OK;
    if (err)
        return err;
    struct slice copy = arena_copy(&kept->arena, text);
    if (!copy.data)
        return JALON_NO_MEMORY;
    kept->rows[kept->count++] = (struct kept_row){line, copy, is_json};
    return JALON_OK;
}

static void append_cell(struct buffer *out, const struct field *field, const struct noun *noun,
                        struct slice value)
{
    uint32_t size = (uint32_t)value.size;
    buffer_append_byte(out, (char)(field - noun->fields));
    buffer_append(out, slice_of(&size, sizeof size));
    buffer_append(out, value);
}

static int keep_cells(struct kept_rows *kept, size_t line, const struct slice *names,
                      const struct slice *values, size_t count)
{
    struct buffer cells;
    buffer_init(&cells, ROW_MAX);
    for (size_t i = 0; i < count; i++)
        if (values[i].size)
            append_cell(&cells, noun_field(kept->noun, names[i]), kept->noun, values[i]);
    int err = buffer_error(&cells);
    if (!err)
        err = keep(kept, line, buffer_slice(&cells), false);
    buffer_done(&cells);
    return err;
}

int kept_rows_add(struct kept_rows *kept, size_t line, const struct slice *names,
                  const struct slice *values, size_t count, struct problem *problem)
{
    json_t *row;
    int err = noun_from_text(kept->noun, names, values, count, &row, problem);
    if (err)
        return err;
    json_decref(row);
    return keep_cells(kept, line, names, values, count);
}

int kept_rows_add_json(struct kept_rows *kept, size_t line, const json_t *row)
{
    char *text = json_dumps(row, THING_DUMP_FLAGS);
    if (!text)
        return JALON_NO_MEMORY;
    int err = keep(kept, line, slice_of_string(text), true);
    free(text);
    return err;
}

static int read_cells(const struct noun *noun, struct slice cells, json_t **ret_row)
{
    struct slice names[CELLS_MAX], values[CELLS_MAX];
    size_t count = 0;
    while (cells.size) {
        uint32_t size;
        names[count] = slice_of_string(noun->fields[(unsigned char)cells.data[0]].name);
        memcpy(&size, cells.data + 1, sizeof size);
        cells = slice_from(cells, 1 + sizeof size);
        values[count++] = slice_first(cells, size);
        cells = slice_from(cells, size);
    }
    struct problem problem; /* it was good when it was kept: only memory can be wanting */
    problem_init(&problem);
    return noun_from_text(noun, names, values, count, ret_row, &problem);
}

int kept_rows_read(const struct kept_rows *kept, size_t index, json_t **ret_row)
{
    const struct kept_row *row = &kept->rows[index];
    if (!row->is_json)
        return read_cells(kept->noun, row->text, ret_row);
    *ret_row = json_loadb(row->text.data, row->text.size, 0, NULL);
    return *ret_row ? JALON_OK : JALON_NO_MEMORY;
}
