#include "admin/import_map.h"
#include "admin/csv.h"
#include "admin/order_map_value.h"
#include "admin/transcode.h"
#include "core/ledger/conversion.h"
#include "core/registry/campaign.h"

#include <stdlib.h>

#define VALUE_MAX 8192
#define UTF_8_MAX ((size_t)1 << 20) /* of a piece of the file, grown by up to three */
#define NO_COLUMN SIZE_MAX

struct map_import {
    struct import *import;
    const struct order_map *map;
    struct csv_reader *reader;
    struct buffer utf_8;
    bool has_header;
    size_t column_count;
    size_t columns[MAP_FIELD_COUNT];      /* of the file; NO_COLUMN: a constant, or left out */
    struct buffer row[MAP_FIELD_COUNT];   /* of the row that is read */
    struct buffer order[MAP_FIELD_COUNT]; /* of the rows so far */
    struct buffer clean[MAP_FIELD_COUNT]; /* the same in our spelling */
    bool has_order, is_bad;               /* is_bad: it was complained of, and is left out */
    bool is_behind_unread;                /* of whose order the row just before was is not known */
    size_t line;                          /* of its first row */
};

static struct slice campaign_of(const struct order_map *map)
{
    return map->rules[MAP_CAMPAIGN].constant;
}

static int set_campaign(struct order_map *map, struct session *session)
{
    struct slice given = options_slice(session->options, "campaign");
    struct map_rule *rule = &map->rules[MAP_CAMPAIGN];
    if (given.size && rule->is_there)
        return session_usage(session, "--campaign: the map says the campaign already");
    if (!given.size && !rule->is_there)
        return session_usage(session,
                             "--campaign: is missing: a shop's export does not say whose campaign "
                             "its orders belong to");
    if (given.size)
        *rule = (struct map_rule){.is_there = true, .constant = given};
    return JALON_OK;
}

static int set_zone(struct order_map *map, struct session *session)
{
    struct campaign_view campaign;
    if (campaign_of(map).size == 0)
        return order_map_set_zone(map, SLICE_NONE, &session->problem);
    int err = campaign_get(session->store, &campaign, campaign_of(map), &session->problem);
    if (err)
        return err;
    err = order_map_set_zone(map, campaign.timezone, &session->problem);
    campaign_view_done(&campaign);
    return err;
}

int import_map_open(struct order_map *ret_map, struct session *session)
{
    int err = order_map_open(ret_map, options_slice(session->options, "map"), &session->problem);
    if (err)
        return err;
    err = set_campaign(ret_map, session);
    if (!err)
        err = set_zone(ret_map, session);
    if (err)
        order_map_done(ret_map);
    return err;
}

static size_t find_column(const struct csv_row *row, const struct map_rule *rule)
{
    for (size_t i = 0; i < rule->column_count; i++)
        for (size_t j = 0; j < row->count; j++)
            if (slice_equal(slice_trim(row->cells[j]), rule->columns[i]))
                return j;
    return NO_COLUMN;
}

static int take_header(struct map_import *reader, const struct csv_row *row)
{
    struct import *import = reader->import;
    struct problem *problem = &import->session->problem;
    if (row->wrong)
        return problem_set(problem, PROBLEM_INVALID,
                           "%s: the first line %s (or write encoding = latin-1 in the map)",
                           import->file, row->wrong);
    for (size_t i = 0; i < MAP_FIELD_COUNT; i++) {
        const struct map_rule *rule = &reader->map->rules[i];
        reader->columns[i] = find_column(row, rule);
        if (reader->columns[i] == NO_COLUMN && rule->column_count && !rule->is_optional)
            return problem_set(
                problem, PROBLEM_INVALID,
                "%s: the column \"%.*s\" is missing, which the map takes as %s: take "
                "the shop's own export, or a map that names the column it is in",
                import->file, SLICE_ARG(slice_first(rule->columns[0], 60)),
                map_field_name((enum map_field)i));
    }
    reader->column_count = row->count;
    reader->has_header = true;
    return JALON_OK;
}

/* A brand's codes may be combined with others: of several, the only one that is the campaign's is meant. */
static int choose_code(struct map_import *reader, struct buffer *code)
{
    struct slice rest = buffer_slice(code), found = SLICE_NONE;
    struct slice campaign = buffer_slice(&reader->order[MAP_CAMPAIGN]);
    size_t count = 0;
    if (slice_find(rest, ',', 0) == rest.size)
        return JALON_OK;
    while (rest.size) {
        struct slice text = slice_trim(slice_take(&rest, ','));
        struct problem unknown;
        json_t *result;
        problem_init(&unknown);
        int err = text.size ? code_show(&reader->import->session->registry, text, campaign, &result,
                                        &unknown)
                            : JALON_NOT_FOUND;
        if (unknown.kind == PROBLEM_UNAVAILABLE || unknown.kind == PROBLEM_INTERNAL) {
            reader->import->session->problem = unknown;
            return err;
        }
        if (err)
            continue;
        json_decref(result);
        found = text;
        count++;
    }
    if (count != 1)
        return JALON_OK; /* nobody's: the report shows them as they came */
    memmove(code->data, found.data, found.size);
    code->size = found.size;
    return JALON_OK;
}

static const char *status_of(const struct map_import *reader, struct slice *ret_status)
{
    const struct order_map *map = reader->map;
    struct slice theirs = buffer_slice(&reader->order[MAP_STATUS]);
    *ret_status = SLICE_NONE;
    if (!map->rules[MAP_STATUS].is_there)
        return NULL;
    for (size_t i = 0; i < map->status_count; i++)
        if (slice_equal_nocase(map->statuses[i].theirs, theirs))
            *ret_status = map->statuses[i].ours;
    if (buffer_slice(&reader->order[MAP_CANCELLED]).size)
        *ret_status = SLICE("cancelled");
    return ret_status->size ? NULL
                            : "the map does not say what it means: add a line status \"…\" = …";
}

/* Brings field `field` into our spelling. */
static const char *convert(struct map_import *reader, enum map_field field)
{
    struct buffer *out = &reader->clean[field];
    struct slice text = buffer_slice(&reader->order[field]);
    buffer_clear(out);
    if (text.size == 0)
        return NULL;
    if (field == MAP_AMOUNT)
        return map_amount_write(out, text, reader->map->decimal);
    if (field == MAP_OCCURRED)
        return map_moment_write(out, text, reader->map);
    if (field == MAP_CLICK_ID) {
        map_clicks_write(out, text);
        return NULL;
    }
    if (field != MAP_REFUNDED) {
        buffer_append(out, text);
        return NULL;
    }
    /* Some shops write what was paid back as a negative figure. */
    const char *why = map_amount_write(out, text, reader->map->decimal);
    if (!why && out->size && out->data[0] == '-')
        buffer_drop_front(out, 1);
    return why;
}

static int keep_order(struct map_import *reader, struct problem *problem)
{
    const struct field *fields[MAP_FIELD_COUNT];
    struct slice values[MAP_FIELD_COUNT], status;
    size_t count = 0;
    int err = choose_code(reader, &reader->order[MAP_CODE]);
    if (err)
        return err;
    const char *why = status_of(reader, &status);
    if (why)
        return problem_field(problem, "status", "\"%.*s\": %s",
                             SLICE_ARG(slice_first(buffer_slice(&reader->order[MAP_STATUS]), 60)),
                             why);
    for (enum map_field field = 0; field < MAP_CANCELLED; field++) {
        why = convert(reader, field);
        if (why)
            return problem_field(problem, map_field_name(field), "%s", why);
        fields[count] = noun_field(reader->import->noun, slice_of_string(map_field_name(field)));
        values[count++] = field == MAP_STATUS ? status : buffer_slice(&reader->clean[field]);
    }
    if (slice_is(status, "cancelled"))
        values[MAP_REFUNDED] = SLICE_NONE; /* nothing was sold */
    return kept_rows_add(&reader->import->kept, reader->line, fields, values, count, problem);
}

/* The order at hand is bad. */
static int complain(struct map_import *reader, size_t line, int err, const struct problem *problem)
{
    if (problem->kind == PROBLEM_NONE)
        return err;
    reader->is_bad = true;
    import_bad_row(reader->import, line, problem);
    return JALON_OK;
}

/* The order that is complete now. */
static int end_order(struct map_import *reader)
{
    struct problem problem;
    problem_init(&problem);
    if (!reader->has_order || reader->is_bad) {
        reader->has_order = false;
        return JALON_OK;
    }
    reader->has_order = false;
    int err = keep_order(reader, &problem);
    return err ? complain(reader, reader->line, err, &problem) : JALON_OK;
}

static int read_cell(struct map_import *reader, const struct csv_row *row, enum map_field field,
                     struct problem *problem)
{
    const struct map_rule *rule = &reader->map->rules[field];
    struct buffer *text = &reader->row[field];
    buffer_clear(text);
    if (rule->constant.size)
        buffer_append(text, rule->constant);
    else if (reader->columns[field] != NO_COLUMN)
        map_cell_write(text, row->cells[reader->columns[field]], rule);
    if (buffer_error(text) == JALON_FULL && field == MAP_CLICK_ID) {
        buffer_clear(text); /* whoever buys can write there: no order is lost for it */
        return JALON_OK;
    }
    if (buffer_error(text) == JALON_FULL)
        return problem_field(problem, map_field_name(field),
                             "it is longer than 8 KiB: is it the right column?");
    return buffer_error(text);
}

/* What the order's row says: a further one may leave out what was said, or say the same. */
static int merge_cell(struct map_import *reader, enum map_field field, struct problem *problem)
{
    struct slice more = buffer_slice(&reader->row[field]),
                 said = buffer_slice(&reader->order[field]);
    if (more.size == 0 || slice_equal(more, said))
        return JALON_OK;
    if (said.size)
        return problem_field(problem, map_field_name(field),
                             "it is another one than on line %zu, of the same order", reader->line);
    buffer_append(&reader->order[field], more);
    return buffer_error(&reader->order[field]);
}

static int merge_row(struct map_import *reader, const struct csv_row *row, struct problem *problem)
{
    int err = JALON_OK;
    for (enum map_field field = 0; field < MAP_FIELD_COUNT && !err; field++) {
        err = read_cell(reader, row, field, problem);
        if (!err)
            err = merge_cell(reader, field, problem);
    }
    return err;
}

/* Ends the order before, so that what is wrong with this row is none of its. */
static int begin_order(struct map_import *reader, size_t line, struct problem *problem)
{
    int err = end_order(reader);
    if (err)
        return err;
    for (size_t i = 0; i < MAP_FIELD_COUNT; i++)
        buffer_clear(&reader->order[i]);
    buffer_append(&reader->order[MAP_ORDER_ID], buffer_slice(&reader->row[MAP_ORDER_ID]));
    reader->line = line;
    reader->has_order = true;
    reader->is_bad = false;
    if (!reader->is_behind_unread)
        return JALON_OK;
    reader->is_behind_unread = false;
    return problem_set(problem, PROBLEM_INVALID,
                       "the row before it can't be read, and may be its first: correct that one");
}

static int add_row(struct map_import *reader, const struct csv_row *row, struct problem *problem)
{
    bool is_same = reader->has_order && slice_equal(buffer_slice(&reader->row[MAP_ORDER_ID]),
                                                    buffer_slice(&reader->order[MAP_ORDER_ID]));
    int err = is_same ? JALON_OK : begin_order(reader, row->line, problem);
    return err ? err : merge_row(reader, row, problem);
}

/* Whose row is it? */
static int read_order_id(struct map_import *reader, const struct csv_row *row,
                         struct problem *problem)
{
    if (row->wrong)
        return problem_set(problem, PROBLEM_INVALID, "the row %s", row->wrong);
    if (row->count != reader->column_count)
        return problem_set(problem, PROBLEM_INVALID,
                           "the row has %zu cells, but the header has %zu: put cells that hold a "
                           "separator into quotes",
                           row->count, reader->column_count);
    return read_cell(reader, row, MAP_ORDER_ID, problem);
}

static int take_row(void *context, const struct csv_row *row)
{
    struct map_import *reader = context;
    if (!reader->has_header)
        return take_header(reader, row);
    struct problem problem;
    problem_init(&problem);
    int err = read_order_id(reader, row, &problem);
    if (err == JALON_OK) {
        err = add_row(reader, row, &problem);
        return complain(reader, row->line, err, &problem);
    }
    if (problem.kind == PROBLEM_NONE)
        return err;
    err = end_order(reader);
    reader->is_behind_unread = true;
    import_bad_row(reader->import, row->line, &problem);
    return err;
}

int map_import_new(struct map_import **ret_reader, struct import *import,
                   const struct order_map *map)
{
    struct map_import *reader = calloc(1, sizeof *reader);
    if (!reader)
        return JALON_NO_MEMORY;
    reader->import = import;
    reader->map = map;
    buffer_init(&reader->utf_8, UTF_8_MAX);
    for (size_t i = 0; i < MAP_FIELD_COUNT; i++) {
        buffer_init(&reader->row[i], VALUE_MAX);
        buffer_init(&reader->order[i], VALUE_MAX);
        buffer_init(&reader->clean[i], VALUE_MAX);
    }
    int err = csv_reader_new(&reader->reader, take_row, reader);
    if (err)
        map_import_free(reader);
    else
        *ret_reader = reader;
    return err;
}

struct map_import *map_import_free(struct map_import *reader)
{
    if (!reader)
        return NULL;
    csv_reader_free(reader->reader);
    buffer_done(&reader->utf_8);
    for (size_t i = 0; i < MAP_FIELD_COUNT; i++) {
        buffer_done(&reader->row[i]);
        buffer_done(&reader->order[i]);
        buffer_done(&reader->clean[i]);
    }
    free(reader);
    return NULL;
}

int map_import_feed(struct map_import *reader, struct slice bytes)
{
    if (reader->map->encoding == ENCODING_UTF_8)
        return csv_reader_feed(reader->reader, bytes);
    buffer_clear(&reader->utf_8);
    if (reader->map->encoding == ENCODING_LATIN_1)
        latin_1_to_utf_8(&reader->utf_8, bytes);
    else
        windows_1252_to_utf_8(&reader->utf_8, bytes);
    int err = buffer_error(&reader->utf_8);
    return err ? err : csv_reader_feed(reader->reader, buffer_slice(&reader->utf_8));
}

int map_import_end(struct map_import *reader)
{
    int err = csv_reader_end(reader->reader);
    if (!err && !reader->has_header)
        err =
            problem_set(&reader->import->session->problem, PROBLEM_INVALID,
                        "%s is empty: its first line must name the columns", reader->import->file);
    return err ? err : end_order(reader);
}
