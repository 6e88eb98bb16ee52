/* A cost's record: {"v":1,"value":TEXT,"created_ms":N}, the value as cost_value_format() spells it. Its field is
 * CREATOR/DATE/KIND. */
#include "core/registry/cost_view.h"

#include "core/registry/view_reader.h"

#include <stdio.h>

static int read_value(int64_t *ret_value, enum cost_kind kind, struct slice json, unsigned exponent)
{
    struct buffer text;
    struct view_reader reader;
    int err = view_reader_start(&reader, &text, json, 1);
    if (err)
        return err;
    struct slice value = view_text_needed(&reader, reader.root, "value");
    int64_t parsed;
    if (!reader.error && cost_value_parse(&parsed, kind, value, exponent))
        view_damaged(&reader);
    err = view_reader_end(&reader);
    if (err)
        return err;
    buffer_done(&text);
    *ret_value = parsed;
    return JALON_OK;
}

int cost_view_read(struct cost_view *ret_view, struct slice field, struct slice json,
                   unsigned exponent)
{
    struct cost_view view;
    view.creator = slice_take(&field, '/');
    struct slice date = slice_take(&field, '/');
    if (!view.creator.size || date_parse(&view.entry.day, date) ||
        cost_kind_of(&view.entry.kind, field))
        return JALON_DAMAGED;
    int err = read_value(&view.entry.value, view.entry.kind, json, exponent);
    if (err)
        return err;
    *ret_view = view;
    return JALON_OK;
}

void cost_field_format(char ret_field[COST_FIELD_MAX], struct slice creator, date_day day,
                       enum cost_kind kind)
{
    char date[DATE_TEXT_MAX];
    date_format(date, day);
    /* A slug has at most 64 bytes, so it fits. */
    (void)snprintf(ret_field, COST_FIELD_MAX, "%.*s/%s/%s", SLICE_ARG(creator), date,
                   cost_kind_name(kind));
}
