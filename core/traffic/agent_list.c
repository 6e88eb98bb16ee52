#include "core/traffic/agent_list.h"

#include "core/base/array.h"
#include "core/traffic/agents.h"

#include <stdlib.h>

static const struct {
    const char *word;
    bool is_named;
} kinds[AGENT_KIND_COUNT] = {
#define AGENT_KIND_ROW(upper, word, is_named) [AGENT_##upper] = {word, is_named},
    AGENT_KINDS(AGENT_KIND_ROW)
#undef AGENT_KIND_ROW
};

bool agent_kind_is_named(enum agent_kind kind)
{
    return kinds[kind].is_named;
}

static const char *name_of(enum agent_kind kind, uint8_t value)
{
    if (kind == AGENT_DEVICE)
        return device_name(value);
    return kind == AGENT_SYSTEM ? system_name(value) : app_name(value);
}

static int find_kind(enum agent_kind *ret_kind, struct slice word)
{
    for (int kind = 0; kind < AGENT_KIND_COUNT; kind++) {
        if (!slice_is(word, kinds[kind].word))
            continue;
        *ret_kind = (enum agent_kind)kind;
        return JALON_OK;
    }
    return JALON_MALFORMED;
}

static int find_value(uint8_t *ret_value, enum agent_kind kind, struct slice name)
{
    for (uint8_t value = 1; *name_of(kind, value); value++) {
        if (!slice_is(name, name_of(kind, value)))
            continue;
        *ret_value = value;
        return JALON_OK;
    }
    return JALON_MALFORMED;
}

static struct slice take_field(struct slice *line)
{
    struct slice field = slice_take(line, ' ');
    *line = slice_trim(*line);
    return field;
}

static int parse_row(struct agent_row *ret_row, struct slice line)
{
    struct agent_row row = {0};
    int err = find_kind(&row.kind, take_field(&line));
    if (!err && agent_kind_is_named(row.kind))
        err = find_value(&row.value, row.kind, take_field(&line));
    if (err || line.size == 0 || slice_has_control(line))
        return JALON_MALFORMED;
    row.text = line;
    *ret_row = row;
    return JALON_OK;
}

static int add_row(struct agent_list *list, const struct agent_row *row)
{
    int err =
        array_reserve((void **)&list->rows, &list->capacity, list->count + 1, sizeof *list->rows);
    if (err)
        return err;
    list->rows[list->count++] = *row;
    return JALON_OK;
}

static int parse_line(struct agent_list *list, struct slice line, unsigned number)
{
    struct agent_row row;
    if (line.size && line.data[line.size - 1] == '\r')
        line.size--;
    line = slice_trim(line);
    if (line.size == 0 || line.data[0] == '#')
        return JALON_OK;
    int err = parse_row(&row, line);
    if (err)
        return err;
    row.line = number;
    return add_row(list, &row);
}

int agent_list_parse(struct agent_list *ret_list, struct slice text, unsigned *ret_line)
{
    struct agent_list list = {0};
    for (unsigned number = 1; text.size; number++) {
        int err = parse_line(&list, slice_take(&text, '\n'), number);
        if (!err)
            continue;
        agent_list_done(&list);
        *ret_line = number;
        return err;
    }
    *ret_list = list;
    return JALON_OK;
}

void agent_list_done(struct agent_list *list)
{
    free(list->rows);
    *list = (struct agent_list){0};
}
