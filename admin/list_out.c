#include "admin/list_out.h"
#include "admin/csv_out.h"
#include "admin/output.h"
#include "admin/shown.h"
#include "core/registry/thing.h"

#include <stdlib.h>

#define CELL_MAX (1024 * 1024)
#define ROW_MAX (4 * CELL_MAX)

struct list_out {
    enum format format;
    const struct list_column *columns;
    struct table *table; /* of FORMAT_TABLE */
    struct buffer text;  /* of a row or a cell */
    size_t count;
};

static void append_value(struct buffer *out, const json_t *value, const char *separator);

/* A credit: "marie code 1". */
static void append_members(struct buffer *out, const json_t *object)
{
    const char *name, *before = "";
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (json_is_null(value))
            continue;
        buffer_append_string(out, before);
        append_value(out, value, ",");
        before = " ";
    }
}

static void append_value(struct buffer *out, const json_t *value, const char *separator)
{
    if (json_is_string(value)) {
        buffer_append(out, thing_slice(value));
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            buffer_append_string(out, i ? separator : "");
            append_value(out, json_array_get(value, i), separator);
        }
    } else if (json_is_object(value)) {
        append_members(out, value);
    } else if (value && !json_is_null(value)) {
        char *text = json_dumps(value, THING_DUMP_FLAGS | JSON_ENCODE_ANY);
        buffer_append_string(out, text);
        free(text);
    }
}

/* A value as text: lists joined by `separator`, null as nothing. */
static void append_field(struct buffer *out, const json_t *thing, const char *field,
                         const char *separator)
{
    char name[64];
    struct slice rest = slice_of_string(field);
    if (slice_to_string(name, sizeof name, slice_take(&rest, '.')))
        return;
    const json_t *value = json_object_get(thing, name);
    if (rest.size == 0) {
        append_value(out, value, separator);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        buffer_append_string(out, i ? separator : "");
        append_field(out, json_array_get(value, i), rest.data, separator);
    }
}

/* What names a thing, and numbers, are never shortened. */
static unsigned column_flags(const struct list_out *list, const struct list_column *column)
{
    bool is_whole = column == list->columns || column->flags & TABLE_RIGHT;
    return is_whole ? column->flags : column->flags | TABLE_CUT;
}

static int add_table_columns(struct list_out *list)
{
    int err = table_new(&list->table);
    for (const struct list_column *column = list->columns; !err && column->field; column++)
        if (column->heading)
            err = table_add_column(list->table, column->heading, column_flags(list, column));
    return err;
}

/* "credits.creator" is the column creator. */
static struct slice last_part(const char *field)
{
    const char *dot = strrchr(field, '.');
    return slice_of_string(dot ? dot + 1 : field);
}

static int print_csv_header(struct list_out *list)
{
    struct csv_out csv;
    csv_out_start(&csv, &list->text);
    for (const struct list_column *column = list->columns; column->field; column++)
        csv_out_cell(&csv, last_part(column->field));
    csv_out_end_row(&csv);
    return output_write(&list->text);
}

int list_out_new(struct list_out **ret_list, enum format format, const struct list_column *columns)
{
    struct list_out *list = calloc(1, sizeof *list);
    if (!list)
        return JALON_NO_MEMORY;
    list->format = format;
    list->columns = columns;
    buffer_init(&list->text, ROW_MAX);
    int err = JALON_OK;
    if (format == FORMAT_TABLE)
        err = add_table_columns(list);
    else if (format == FORMAT_CSV)
        err = print_csv_header(list);
    if (err)
        list_out_free(list);
    else
        *ret_list = list;
    return err;
}

struct list_out *list_out_free(struct list_out *list)
{
    if (!list)
        return NULL;
    table_free(list->table);
    buffer_done(&list->text);
    free(list);
    return NULL;
}

static int add_to_table(struct list_out *list, const json_t *thing)
{
    int err = table_add_row(list->table);
    size_t index = 0;
    for (const struct list_column *column = list->columns; !err && column->field; column++) {
        if (!column->heading)
            continue;
        buffer_clear(&list->text);
        append_field(&list->text, thing, column->field, ", ");
        err = buffer_error(&list->text);
        struct slice text = buffer_slice(&list->text);
        if (!err)
            err = table_set(list->table, index++, text.size ? text : SLICE("–"));
    }
    return err;
}

static int add_to_csv(struct list_out *list, const json_t *thing)
{
    struct buffer cell;
    buffer_init(&cell, CELL_MAX);
    struct csv_out csv;
    csv_out_start(&csv, &list->text);
    int err = JALON_OK;
    for (const struct list_column *column = list->columns; !err && column->field; column++) {
        buffer_clear(&cell);
        append_field(&cell, thing, column->field, ";");
        err = buffer_error(&cell);
        csv_out_cell(&csv, buffer_slice(&cell));
    }
    csv_out_end_row(&csv);
    buffer_done(&cell);
    return err ? err : output_write(&list->text);
}

static int add_to_json(struct list_out *list, const json_t *thing)
{
    if (fputs(list->count ? ",\n" : "[\n", stdout) < 0)
        return JALON_IO;
    return json_dumpf(thing, stdout, THING_DUMP_FLAGS) ? JALON_IO : JALON_OK;
}

int list_out_add(void *context, const json_t *thing)
{
    struct list_out *list = context;
    int err = list->format == FORMAT_TABLE ? add_to_table(list, thing)
              : list->format == FORMAT_CSV ? add_to_csv(list, thing)
                                           : add_to_json(list, thing);
    if (!err)
        list->count++;
    return err;
}

int list_out_end(struct list_out *list)
{
    if (list->format == FORMAT_TABLE)
        return table_print(list->table, stdout);
    if (list->format == FORMAT_JSON)
        return fputs(list->count ? "\n]\n" : "[]\n", stdout) < 0 ? JALON_IO : JALON_OK;
    return JALON_OK;
}

static int print_lines(const json_t *thing)
{
    struct buffer text, value_text;
    buffer_init(&text, ROW_MAX);
    buffer_init(&value_text, CELL_MAX);
    size_t width = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)thing, name, value) width =
        strlen(name) > width ? strlen(name) : width;
    json_object_foreach((json_t *)thing, name, value)
    {
        buffer_printf(&text, "%-*s  ", (int)width, name);
        append_value(&value_text, value, ", ");
        shown_append(&text, value_text.size ? buffer_slice(&value_text) : SLICE("–"));
        buffer_append_byte(&text, '\n');
        buffer_drop_front(&value_text, value_text.size); /* its error stays */
    }
    int err = buffer_error(&value_text);
    if (!err)
        err = output_write(&text);
    buffer_done(&text);
    buffer_done(&value_text);
    return err;
}

static int print_row(const json_t *thing)
{
    struct list_column columns[64] = {0};
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)thing, name, value)
    {
        if (count < sizeof columns / sizeof *columns - 1)
            columns[count++].field = name;
    }
    struct list_out *list;
    int err = list_out_new(&list, FORMAT_CSV, columns);
    if (err)
        return err;
    err = list_out_add(list, thing);
    list_out_free(list);
    return err;
}

int list_out_one(enum format format, const json_t *thing)
{
    if (format == FORMAT_TABLE)
        return print_lines(thing);
    if (format == FORMAT_CSV)
        return print_row(thing);
    bool is_bad =
        json_dumpf(thing, stdout, (THING_DUMP_FLAGS & ~(size_t)JSON_COMPACT) | JSON_INDENT(2)) ||
        fputc('\n', stdout) < 0;
    return is_bad ? JALON_IO : JALON_OK;
}
