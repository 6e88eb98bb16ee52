#include "core/ledger/zone.h"
#include "core/ledger/zone_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_S INT64_C(86400)
#define FOLDER "/usr/share/zoneinfo"
#define OFFSET_ABSOLUTE_MAX_S (26 * 3600)

struct zone {
    struct zone_table table;
};

/* Letters, digits, "_+-" and single slashes between: so never a dot, and never out of the folder. */
static bool is_name(struct slice name)
{
    static const char others[] = "_+-";
    if (name.size == 0 || name.size > ZONE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool is_between = i > 0 && i + 1 < name.size && name.data[i - 1] != '/';
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && !(c != '\0' && strchr(others, c)) && !(c == '/' && is_between))
            return false;
    }
    return true;
}

/* What `path` holds, at most `capacity` bytes. */
static int read_file(const char *path, char *bytes, size_t capacity, size_t *ret_size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return JALON_NOT_FOUND;
    size_t size = 0;
    ssize_t got = 1;
    while (got > 0 && size < capacity) {
        got = read(file, bytes + size, capacity - size);
        size += got > 0 ? (size_t)got : 0;
    }
    (void)close(file); /* only read from */
    if (got < 0)
        return JALON_NOT_FOUND; /* a folder, such as "Europe" */
    *ret_size = size;
    return JALON_OK;
}

static int read_table(struct zone_table *table, struct slice name)
{
    const char *folder = getenv("TZDIR");
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/%.*s", folder && *folder ? folder : FOLDER,
                        SLICE_ARG(name));
    if (size < 0 || (size_t)size >= sizeof path)
        return JALON_NOT_FOUND;
    char *bytes = malloc(ZONE_FILE_MAX);
    if (!bytes)
        return JALON_NO_MEMORY;
    size_t got = 0;
    int err = read_file(path, bytes, ZONE_FILE_MAX, &got);
    if (err == JALON_OK)
        err = zone_file_read(table, slice_of(bytes, got));
    free(bytes);
    return err;
}

int zone_open(struct zone **ret_zone, struct slice name)
{
    if (!is_name(name))
        return JALON_NOT_FOUND;
    struct zone *zone = calloc(1, sizeof *zone);
    if (!zone)
        return JALON_NO_MEMORY;
    int err = slice_is(name, "UTC") ? JALON_OK : read_table(&zone->table, name);
    if (err) {
        free(zone);
        return err;
    }
    *ret_zone = zone;
    return JALON_OK;
}

struct zone *zone_free(struct zone *zone)
{
    free(zone);
    return NULL;
}

static int64_t seconds_of(int64_t ms)
{
    return ms / 1000 - (ms % 1000 < 0);
}

/* How many transitions are at or before `at_s`. */
static size_t transitions_until(const struct zone_table *table, int64_t at_s)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->transitions[middle].at_s <= at_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int32_t offset_at(const struct zone_table *table, int64_t at_s)
{
    size_t before = transitions_until(table, at_s);
    if (before == table->count && table->has_rule)
        return zone_rule_offset_s(&table->rule, at_s);
    return before ? table->transitions[before - 1].offset_s : table->first_offset_s;
}

/* The first moment after `at_s` at which the offset may change. */
static int64_t next_change(const struct zone_table *table, int64_t at_s)
{
    size_t before = transitions_until(table, at_s);
    if (before < table->count)
        return table->transitions[before].at_s;
    return table->has_rule ? zone_rule_next_s(&table->rule, at_s) : INT64_MAX;
}

int32_t zone_offset_s(const struct zone *zone, int64_t ms)
{
    return offset_at(&zone->table, seconds_of(ms));
}

date_day zone_day_of(const struct zone *zone, int64_t ms)
{
    int64_t local_s = seconds_of(ms) + zone_offset_s(zone, ms);
    return (date_day)(local_s / DAY_S - (local_s % DAY_S < 0));
}

int64_t zone_day_start_ms(const struct zone *zone, date_day day)
{
    int64_t midnight_s = day * DAY_S;
    /* Stretches of one offset each, from before any in which local midnight can fall. */
    int64_t from_s = midnight_s - OFFSET_ABSOLUTE_MAX_S;
    for (;;) {
        int64_t at_s = midnight_s - offset_at(&zone->table, from_s);
        int64_t end_s = next_change(&zone->table, from_s);
        if (at_s < from_s)
            at_s = from_s; /* the clock was set forward over midnight */
        if (at_s < end_s)
            return at_s * 1000;
        from_s = end_s;
    }
}

void zone_moment_format(char ret_text[MOMENT_TEXT_MAX], const struct zone *zone, int64_t ms)
{
    /* An offset of odd seconds can't be written: the whole minute below it names the same moment. */
    int64_t offset_min = zone_offset_s(zone, ms) / 60;
    char local[MOMENT_TEXT_MAX];
    moment_format(local, ms + offset_min * 60000);
    int64_t absolute = offset_min < 0 ? -offset_min : offset_min;
    (void)snprintf(ret_text, MOMENT_TEXT_MAX, "%.*s%c%02d:%02d", (int)strlen(local) - 1, local,
                   offset_min < 0 ? '-' : '+', (int)(absolute / 60), (int)(absolute % 60));
}

int64_t zone_moment_of_local(const struct zone *zone, int64_t local_ms)
{
    int64_t before_ms = local_ms - zone_offset_s(zone, local_ms - DAY_S * 1000) * INT64_C(1000);
    int64_t after_ms = local_ms - zone_offset_s(zone, local_ms + DAY_S * 1000) * INT64_C(1000);
    bool is_before = before_ms + zone_offset_s(zone, before_ms) * INT64_C(1000) == local_ms;
    bool is_after = after_ms + zone_offset_s(zone, after_ms) * INT64_C(1000) == local_ms;
    return is_after && !is_before ? after_ms : before_ms;
}
