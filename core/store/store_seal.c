/* store_seal.c - see store_seal.h. Seen from the newest day, which is today by the writer's clock:
 *
 *   today, yesterday   Clicks go into the visitors' own key of their link and day.
 *   before yesterday   Late clicks, from a journal that waited: into the own key, and sealed at once with all it has.
 *   before that        Sealed here, link by link; then `sealed_until` says of the partition up to which day all is.
 *
 * Sealed is what stands as a field of the link's block (jalon_seal in functions.c). Reports look at no own key of a day up to
 * sealed_until, and at both for later days. A day is sealed when it is over by two whole days, so that a writer whose clock is a
 * day behind ours does not count into a key that nobody looks at. Where sealed_until is lower than it
 * might be, a report looks at more and finds the same; where a clock that was ahead has made it higher, it is set
 * back, before the days come that it speaks of. */
#include "core/store/store_seal.h"

#include "core/base/array.h"
#include "core/store/functions.h"
#include "core/store/store_handle.h"
#include "core/traffic/click_class.h"

#include <inttypes.h>
#include <stdlib.h>

#define DAY_MS INT64_C(86400000)
#define DAYS_OPEN 3 /* today, and two that are over */
#define DAYS_A_CALL 128
#define LINKS_A_READ 128
#define DAYS_BY_NAME 12 /* of so few the fields are asked for, not the whole hash */

struct link_day {
    uint64_t link_id;
    int32_t day;
};

struct sealing { /* of one partition */
    struct store *store;
    unsigned partition;
    int32_t first, last; /* days to seal */
    uint64_t *links;
    size_t link_count, link_capacity;
    size_t first_read;     /* index of the first link of the read under way */
    struct link_day *days; /* of those links, with clicks of humans */
    size_t day_count, day_capacity;
    seal_pause *pause;
    void *context;
    struct seal_result *result;
};

static int64_t day_of(int64_t at_ms)
{
    return at_ms / DAY_MS;
}

int32_t seal_recent_day(int64_t now_ms)
{
    return (int32_t)(day_of(now_ms) - 1);
}

int32_t seal_last_day(int64_t now_ms)
{
    return (int32_t)(day_of(now_ms) - DAYS_OPEN);
}

static int note_link(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)version; /* any link may have clicks */
    (void)json;
    struct sealing *sealing = context;
    uint64_t link_id;
    int err = link_id_parse(&link_id, field);
    if (!err)
        err = array_reserve((void **)&sealing->links, &sealing->link_capacity,
                            sealing->link_count + 1, sizeof *sealing->links);
    if (!err)
        sealing->links[sealing->link_count++] = link_id;
    return err;
}

static int note_day(void *context, size_t index, struct slice field, int64_t count)
{
    (void)count; /* one is enough */
    struct sealing *sealing = context;
    uint64_t day;
    int err = slice_to_u64(&day, slice_take(&field, ':'), INT32_MAX);
    if (err)
        return JALON_DAMAGED;
    if (field.size != 1 || field.data[0] != click_class_letter(CLICK_HUMAN) ||
        (int32_t)day < sealing->first || (int32_t)day > sealing->last)
        return JALON_OK;
    err = array_reserve((void **)&sealing->days, &sealing->day_capacity, sealing->day_count + 1,
                        sizeof *sealing->days);
    if (!err)
        sealing->days[sealing->day_count++] =
            (struct link_day){sealing->links[sealing->first_read + index], (int32_t)day};
    return err;
}

static int name_days(struct buffer *fields, const struct sealing *sealing)
{
    for (int32_t day = sealing->first; day <= sealing->last; day++)
        buffer_printf(fields, "%s%" PRId32 ":%c", fields->size ? " " : "", day,
                      click_class_letter(CLICK_HUMAN));
    return buffer_error(fields);
}

static int read_days(struct sealing *sealing, size_t count)
{
    struct key keys[LINKS_A_READ];
    for (size_t i = 0; i < count; i++)
        keys[i] = key_days(sealing->links[sealing->first_read + i]);
    sealing->day_count = 0;
    if (sealing->last - sealing->first >= DAYS_BY_NAME)
        return store_counters_each(sealing->store, keys, count, note_day, sealing);
    char memory[DAYS_BY_NAME * 16];
    struct buffer fields;
    buffer_over(&fields, memory, sizeof memory);
    int err = name_days(&fields, sealing);
    return err ? err
               : store_counters_of_each(sealing->store, keys, count, buffer_string(&fields),
                                        note_day, sealing);
}

static void add_key(struct argument_list *command, struct key key)
{
    argument_list_add(command, key_slice(&key));
}

static int seal_days(struct sealing *sealing, const struct link_day *days, size_t count)
{
    int err = store_ready(sealing->store);
    if (err)
        return err;
    struct argument_list *command = store_command(sealing->store, "FCALL");
    argument_list_add_string(command, FUNCTION_SEAL);
    argument_list_add_u64(command, 1 + 2 * count);
    add_key(command, key_sealing(sealing->partition));
    for (size_t i = 0; i < count; i++) {
        add_key(command, key_visitors(days[i].link_id, days[i].day));
        add_key(command, key_sealed_visitors(days[i].link_id, days[i].day));
    }
    for (size_t i = 0; i < count; i++)
        argument_list_add_u64(command, (uint64_t)days[i].day);
    struct reply *reply;
    err = store_call(sealing->store, &reply);
    if (err)
        return err;
    err = store_check(reply, REPLY_INTEGER);
    if (!err) {
        uint64_t refused = (uint64_t)reply_integer(reply);
        sealing->result->refused += refused;
        sealing->result->days += count - refused;
    }
    (void)reply_free(reply);
    return err;
}

/* A block's fields are added in the order in which reports look for them. */
static int by_link_and_day(const void *a, const void *b)
{
    const struct link_day *x = a, *y = b;
    if (x->link_id != y->link_id)
        return x->link_id < y->link_id ? -1 : 1;
    return (x->day > y->day) - (x->day < y->day);
}

static int seal_links(struct sealing *sealing, size_t count)
{
    int err = read_days(sealing, count);
    if (err || !sealing->day_count)
        return err;
    qsort(sealing->days, sealing->day_count, sizeof *sealing->days, by_link_and_day);
    for (size_t at = 0; !err && at < sealing->day_count; at += DAYS_A_CALL) {
        size_t left = sealing->day_count - at;
        if (at)
            err = sealing->pause(sealing->context);
        if (!err)
            err = seal_days(sealing, sealing->days + at, left < DAYS_A_CALL ? left : DAYS_A_CALL);
    }
    return err;
}

static int seal_all(struct sealing *sealing)
{
    struct key key = key_links(sealing->partition);
    int err = store_each(sealing->store, &key, note_link, sealing);
    for (size_t at = 0; !err && at < sealing->link_count; at += LINKS_A_READ) {
        size_t left = sealing->link_count - at;
        sealing->first_read = at;
        err = seal_links(sealing, left < LINKS_A_READ ? left : LINKS_A_READ);
        if (!err)
            err = sealing->pause(sealing->context);
    }
    free(sealing->days);
    free(sealing->links);
    return err;
}

static int say_sealed(struct store *store, unsigned partition, int32_t last_day)
{
    struct key key = key_sealed_until(partition);
    int err = store_ready(store);
    if (err)
        return err;
    struct argument_list *command = store_command(store, "FCALL");
    argument_list_add_string(command, FUNCTION_SEALED);
    argument_list_add_u64(command, 1);
    argument_list_add(command, key_slice(&key));
    argument_list_add_u64(command, (uint64_t)last_day);
    struct reply *reply;
    err = store_call(store, &reply);
    if (!err)
        (void)reply_free(reply);
    return err;
}

int store_seal(struct store *store, int32_t last_day, seal_pause *pause, void *context,
               struct seal_result *ret_result)
{
    int32_t until[SCHEMA_PARTITIONS];
    *ret_result = (struct seal_result){0};
    if (last_day < 0)
        return JALON_OK;
    int err = store_sealed_until(store, until);
    for (unsigned i = 0; !err && i < SCHEMA_PARTITIONS; i++) {
        struct sealing sealing = {.store = store,
                                  .partition = i,
                                  .first = until[i] + 1,
                                  .last = last_day,
                                  .pause = pause,
                                  .context = context,
                                  .result = ret_result};
        /* Another's clock may be a day ahead of ours: what it says of that day is true. */
        if (until[i] == last_day || until[i] == last_day + 1)
            continue;
        if (until[i] < last_day)
            err = seal_all(&sealing);
        if (!err)
            err = say_sealed(store, i, last_day);
    }
    return err;
}
