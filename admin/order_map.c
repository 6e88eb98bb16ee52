/* A map is lines of "NAME = VALUE"; a line that begins with # says nothing.
 *
 *   encoding = utf-8 | latin-1 | windows-1252       of the file; default utf-8
 *   decimal = . | ,                                 default: only amounts that read in one way alone
 *   date = YYYY-MM-DD hh:mm:ss Z                    literal but for YYYY MM DD hh mm ss Z; default: RFC 3339
 *   timezone = Europe/Paris | campaign              of dates without an offset
 *   FIELD = COLUMN | COLUMN …                       the first of these columns that the file has
 *   FIELD = COLUMN after "TEXT"                     what follows TEXT in the cell, to the end of the line or to | ; ,
 *   FIELD = "TEXT"                                  the same for all orders
 *   FIELD ?= …                                      the file may lack the column
 *   status "THEIRS" = OURS                          pending, approved, refunded or cancelled
 *
 * A column's name may hold anything but " | " and " after ". */
#include "admin/order_map.h"
#include "core/ledger/conversion.h"
#include "core/traffic/text_file.h"

#include <errno.h>
#include <string.h>

static const char *const field_names[] = {
#define MAP_FIELD_TEXT(upper, text) text,
    ORDER_MAP_FIELDS(MAP_FIELD_TEXT)
#undef MAP_FIELD_TEXT
};

const char *map_field_name(enum map_field field)
{
    return field_names[field];
}

struct reading {
    struct order_map *map;
    struct slice name; /* of the map, for messages */
    size_t line;
    struct problem *problem;
};

static int refuse(struct reading *reading, const char *why, struct slice what)
{
    return problem_set(reading->problem, PROBLEM_INVALID, "map %.*s:%zu: %s%s%.*s",
                       SLICE_ARG(slice_first(reading->name, 100)), reading->line, why,
                       what.size ? ": " : "", SLICE_ARG(slice_first(what, 60)));
}

/* Position of `needle`; text.size when it is not there. */
static size_t find(struct slice text, const char *needle)
{
    const char *at = text.size ? memmem(text.data, text.size, needle, strlen(needle)) : NULL;
    return at ? (size_t)(at - text.data) : text.size;
}

static bool is_quoted(struct slice text)
{
    return text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"';
}

static struct slice unquoted(struct slice text)
{
    return slice_first(slice_from(text, 1), text.size - 2);
}

static int read_columns(struct reading *reading, struct map_rule *rule, struct slice text)
{
    while (text.size) {
        size_t end = find(text, " | ");
        struct slice column = slice_trim(slice_first(text, end));
        text = slice_from(text, end + 3);
        if (column.size == 0)
            return refuse(reading, "a column's name is missing", SLICE_NONE);
        if (rule->column_count == ORDER_MAP_COLUMNS_MAX)
            return refuse(reading, "at most 4 columns to choose from", column);
        rule->columns[rule->column_count++] = column;
    }
    return rule->column_count ? JALON_OK
                              : refuse(reading, "say which column it is, or \"text\"", SLICE_NONE);
}

static int read_rule(struct reading *reading, struct map_rule *rule, struct slice text,
                     bool is_optional)
{
    if (rule->is_there)
        return refuse(reading, "this field was said before: keep one line", SLICE_NONE);
    rule->is_there = true;
    rule->is_optional = is_optional;
    if (is_quoted(text)) {
        rule->constant = unquoted(text);
        return rule->constant.size ? JALON_OK : refuse(reading, "the text is empty", SLICE_NONE);
    }
    size_t after = find(text, " after ");
    if (after < text.size) {
        struct slice quoted = slice_trim(slice_from(text, after + 7));
        if (!is_quoted(quoted) || quoted.size == 2)
            return refuse(reading, "write the text behind after in quotes", quoted);
        rule->after = unquoted(quoted);
    }
    return read_columns(reading, rule, slice_first(text, after));
}

static int read_status(struct reading *reading, struct slice theirs, struct slice ours)
{
    struct order_map *map = reading->map;
    enum conversion_status status;
    if (!is_quoted(theirs))
        return refuse(reading, "write the shop's status in quotes", theirs);
    if (conversion_status_of(&status, ours))
        return refuse(reading, "no status: write pending, approved, refunded or cancelled", ours);
    if (map->status_count == ORDER_MAP_STATUSES_MAX)
        return refuse(reading, "at most 64 statuses", theirs);
    map->statuses[map->status_count].theirs = unquoted(theirs);
    map->statuses[map->status_count++].ours = ours;
    return JALON_OK;
}

static int read_encoding(struct reading *reading, struct slice value)
{
    static const char *const names[] = {"utf-8", "latin-1", "windows-1252"};
    for (unsigned i = 0; i < 3; i++) {
        if (!slice_is(value, names[i]))
            continue;
        reading->map->encoding = (enum map_encoding)i;
        return JALON_OK;
    }
    return refuse(reading, "no encoding: write utf-8, latin-1 or windows-1252", value);
}

static int read_decimal(struct reading *reading, struct slice value)
{
    if (!slice_is(value, ".") && !slice_is(value, ","))
        return refuse(reading, "decimal is . or ,", value);
    reading->map->decimal = value.data[0];
    return JALON_OK;
}

/* A sale without a time of day would come before the clicks that led to it. */
static int read_date(struct reading *reading, struct slice value)
{
    static const char *const needed[] = {"YYYY", "MM", "DD", "hh", "mm"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (find(value, needed[i]) == value.size)
            return refuse(reading, "a date needs YYYY, MM, DD, hh and mm", value);
    reading->map->date = value;
    return JALON_OK;
}

static int read_named(struct reading *reading, struct slice name, struct slice value,
                      bool is_optional)
{
    if (slice_is(name, "encoding"))
        return read_encoding(reading, value);
    if (slice_is(name, "decimal"))
        return read_decimal(reading, value);
    if (slice_is(name, "date"))
        return read_date(reading, value);
    if (slice_is(name, "timezone")) {
        reading->map->timezone = value;
        return JALON_OK;
    }
    if (slice_starts(name, SLICE("status ")))
        return read_status(reading, slice_trim(slice_from(name, 7)), value);
    for (size_t i = 0; i < MAP_FIELD_COUNT; i++)
        if (slice_is(name, field_names[i]))
            return read_rule(reading, &reading->map->rules[i], value, is_optional);
    return refuse(reading, "there is no such name: see docs/cli.md for those that there are", name);
}

static int read_line(struct reading *reading, struct slice line)
{
    if (line.size && line.data[line.size - 1] == '\r')
        line.size--;
    line = slice_trim(line);
    if (line.size == 0 || line.data[0] == '#')
        return JALON_OK;
    size_t at = find(line, "=");
    bool is_optional = at > 0 && at < line.size && line.data[at - 1] == '?';
    struct slice name = slice_trim(slice_first(line, at - is_optional));
    struct slice value = slice_trim(slice_from(line, at + 1));
    if (at == line.size || name.size == 0 || value.size == 0)
        return refuse(reading, "not NAME = VALUE", line);
    return read_named(reading, name, value, is_optional);
}

static int check_whole(struct reading *reading)
{
    const struct order_map *map = reading->map;
    static const enum map_field needed[] = {MAP_ORDER_ID, MAP_TYPE, MAP_OCCURRED};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!map->rules[needed[i]].is_there || map->rules[needed[i]].is_optional)
            return problem_set(reading->problem, PROBLEM_INVALID,
                               "map %.*s: it must say what %s is: add a line %s = COLUMN",
                               SLICE_ARG(slice_first(reading->name, 100)), field_names[needed[i]],
                               field_names[needed[i]]);
    bool has_offset = map->date.size == 0 || find(map->date, "Z") < map->date.size;
    if (!has_offset && map->timezone.size == 0)
        return problem_set(reading->problem, PROBLEM_INVALID,
                           "map %.*s: its dates have no offset: say in which time zone they are, "
                           "e.g. timezone = Europe/Paris",
                           SLICE_ARG(slice_first(reading->name, 100)));
    return JALON_OK;
}

static int read_lines(struct reading *reading)
{
    struct slice text = buffer_slice(&reading->map->text);
    if (slice_starts(text, SLICE("\xef\xbb\xbf")))
        text = slice_from(text, 3);
    int err = slice_is_utf8(text) ? JALON_OK : refuse(reading, "it is not UTF-8", SLICE_NONE);
    while (text.size && !err) {
        reading->line++;
        err = read_line(reading, slice_take(&text, '\n'));
    }
    return err ? err : check_whole(reading);
}

static int load(struct order_map *map, struct slice name, struct problem *problem)
{
    struct slice ready;
    buffer_init(&map->text, ORDER_MAP_TEXT_MAX);
    if (order_map_builtin(name, &ready)) {
        buffer_append(&map->text, ready);
        return buffer_error(&map->text);
    }
    int err = text_file_read(&map->text, name.data);
    if (err == JALON_IO)
        return problem_set(
            problem, PROBLEM_INVALID,
            "--map: there is no ready map %.*s (shopify and woocommerce are), and as "
            "a file it can't be read (%s)",
            SLICE_ARG(slice_first(name, 100)), strerror(errno));
    if (err == JALON_FULL)
        return problem_set(problem, PROBLEM_INVALID, "map %.*s: it is larger than 64 KiB",
                           SLICE_ARG(slice_first(name, 100)));
    return err;
}

int order_map_open(struct order_map *ret_map, struct slice name, struct problem *problem)
{
    struct order_map *map = ret_map;
    *map = (struct order_map){0};
    struct reading reading = {.map = map, .name = name, .problem = problem};
    int err = load(map, name, problem);
    if (!err)
        err = read_lines(&reading);
    if (err)
        order_map_done(map);
    return err;
}

int order_map_set_zone(struct order_map *map, struct slice campaign_zone, struct problem *problem)
{
    if (map->timezone.size == 0)
        return JALON_OK;
    bool is_campaign = slice_is(map->timezone, "campaign");
    struct slice name = is_campaign ? campaign_zone : map->timezone;
    if (name.size == 0)
        return problem_set(
            problem, PROBLEM_INVALID,
            "the map takes its dates as of the campaign's time zone: name the campaign "
            "with --campaign, or write timezone = ZONE in the map");
    if (zone_open(&map->zone, name))
        return problem_set(problem, PROBLEM_INVALID,
                           "map: there is no time zone %.*s: write one such as Europe/Paris",
                           SLICE_ARG(slice_first(name, 64)));
    return JALON_OK;
}

void order_map_done(struct order_map *map)
{
    buffer_done(&map->text);
    map->zone = zone_free(map->zone);
}
