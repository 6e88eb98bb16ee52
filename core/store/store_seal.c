/* store_seal.c - see store_seal.h. A day is sealed when it is over by two whole days: link by link what it has, and then
 * `sealed_until` says of the partition up to which day all is.
 *
 * Clicks: before the walk `sealing_until` tells jalon_ship that what comes for those days goes to what is sealed; from then on
 * no counter of theirs is made any more, whatever a writer's clock says, and after the walk there is none, or sealed_until stays as
 * it is. Both forms stand in one hash (store_clicks.c), so that a reader needs to know nothing to add them up, and may,
 * where all is sealed, ask for that alone.
 *
 * Visitors, seen from the newest day, which is today by the writer's clock:
 *
 *   today, yesterday   Clicks go into the visitors' own key of their link and day.
 *   before yesterday   Late clicks, from a journal that waited: into the own key, and sealed at once with all it has.
 *   before that        Sealed here.
 *
 * Sealed is what stands as a field of the link's block (jalon_seal in functions.c). Reports look at no own key of a day up to
 * sealed_until, and at both for later days. A writer whose clock is a day behind ours does not count into a key that
 * nobody looks at.
 *
 * Where sealed_until is lower than it might be, a report looks at more and finds the same; where a clock that was
 * ahead has made it higher, it is set back, before the days come that it speaks of. sealing_until stays, and is never below it. */
#include "core/store/store_seal.h"

#include "core/base/array.h"
#include "core/store/functions.h"
#include "core/store/store_handle.h"
#include "core/traffic/click_class.h"

#include <stdlib.h>

#define DAY_MS INT64_C(86400000)
#define DAYS_OPEN 3 /* today, and two that are over */
#define DAYS_A_CALL 128
#define KEYS_A_CALL 128
#define LINKS_A_READ 128

struct day_list {
    struct day_of_link *days;
    size_t count, capacity;
};

struct sealing { /* of one partition */
    struct store *store;
    unsigned partition;
    int32_t first, last; /* days to seal */
    uint64_t *links;
    size_t link_count, link_capacity;
    size_t first_read;       /* index of the first link of the read under way */
    struct day_list humans;  /* days of those links with clicks of people */
    struct day_list clicked; /* with any; in the end one of each block */
    bool has_unsealed;       /* counters that were stepped over */
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

static int add_day(struct day_list *list, uint64_t link_id, int32_t day)
{
    int err =
        array_reserve((void **)&list->days, &list->capacity, list->count + 1, sizeof *list->days);
    if (!err)
        list->days[list->count++] = (struct day_of_link){link_id, day};
    return err;
}

static int note_day(void *context, size_t index, int32_t day, enum click_class class, int64_t count)
{
    (void)count; /* one is enough */
    struct sealing *sealing = context;
    uint64_t link_id = sealing->links[sealing->first_read + index];
    int err = add_day(&sealing->clicked, link_id, schema_block(day));
    return err || class != CLICK_HUMAN ? err : add_day(&sealing->humans, link_id, day);
}

static int by_link_and_day(const void *a, const void *b)
{
    const struct day_of_link *x = a, *y = b;
    if (x->link_id != y->link_id)
        return x->link_id < y->link_id ? -1 : 1;
    return (x->day > y->day) - (x->day < y->day);
}

/* As reports look for them. */
static void put_in_order(struct day_list *list)
{
    list->count = array_sort_once(list->days, list->count, sizeof *list->days, by_link_and_day);
}

static int read_days(struct sealing *sealing, size_t count)
{
    sealing->humans.count = sealing->clicked.count = 0;
    int err = store_days_each(sealing->store, sealing->links + sealing->first_read, count,
                              sealing->first, sealing->last, note_day, sealing);
    put_in_order(&sealing->humans);
    put_in_order(&sealing->clicked);
    return err;
}

static void add_key(struct argument_list *command, struct key key)
{
    argument_list_add(command, key_slice(&key));
}

/* The call of a function, ready for its keys. */
static int start_call(struct sealing *sealing, const char *function, size_t key_count,
                      struct argument_list **ret_command)
{
    int err = store_ready(sealing->store);
    if (err)
        return err;
    *ret_command = store_command(sealing->store, "FCALL");
    argument_list_add_string(*ret_command, function);
    argument_list_add_u64(*ret_command, key_count);
    return JALON_OK;
}

static int ask_to_seal(struct sealing *sealing, struct reply **ret_reply, enum reply_kind kind)
{
    int err = store_call(sealing->store, ret_reply);
    if (err)
        return err;
    err = store_check(*ret_reply, kind);
    if (err)
        *ret_reply = reply_free(*ret_reply);
    return err;
}

static int seal_visitors(struct sealing *sealing, const struct day_of_link *days, size_t count)
{
    struct argument_list *command;
    int err = start_call(sealing, FUNCTION_SEAL, 1 + 2 * count, &command);
    if (err)
        return err;
    add_key(command, key_sealing(sealing->partition));
    for (size_t i = 0; i < count; i++) {
        add_key(command, key_visitors(days[i].link_id, days[i].day));
        add_key(command, key_sealed_visitors(days[i].link_id, days[i].day));
    }
    for (size_t i = 0; i < count; i++)
        argument_list_add_u64(command, (uint64_t)days[i].day);
    struct reply *reply;
    err = ask_to_seal(sealing, &reply, REPLY_INTEGER);
    if (err)
        return err;
    uint64_t refused = (uint64_t)reply_integer(reply);
    sealing->result->refused += refused;
    sealing->result->days += count - refused;
    (void)reply_free(reply);
    return JALON_OK;
}

/* The first of these keys, as many as *ret_done says. */
static int seal_some_clicks(struct sealing *sealing, const struct key *keys, size_t count,
                            size_t *ret_done)
{
    struct argument_list *command;
    int err = start_call(sealing, FUNCTION_SEAL_CLICKS, count, &command);
    if (err)
        return err;
    for (size_t i = 0; i < count; i++)
        add_key(command, keys[i]);
    argument_list_add_u64(command, (uint64_t)sealing->last);
    struct reply *reply;
    err = ask_to_seal(sealing, &reply, REPLY_LIST);
    if (err)
        return err;
    bool is_right = reply_count(reply) == 2;
    uint64_t done = is_right ? (uint64_t)reply_integer(reply_at(reply, 0)) : count + 1;
    if (done <= count) {
        *ret_done = (size_t)done;
        uint64_t refused = (uint64_t)reply_integer(reply_at(reply, 1));
        sealing->result->refused += refused;
        sealing->has_unsealed = sealing->has_unsealed || refused;
    }
    (void)reply_free(reply);
    return done <= count ? JALON_OK : JALON_BAD_REPLY;
}

static int seal_keys(struct sealing *sealing, const struct key *keys, size_t count)
{
    int err = JALON_OK;
    for (size_t at = 0; !err && at < count;) {
        size_t done = 0;
        err = sealing->pause(sealing->context);
        if (!err)
            err = seal_some_clicks(sealing, keys + at, count - at, &done);
        at += done;
    }
    return err;
}

static int seal_clicks(struct sealing *sealing)
{
    const struct day_list *blocks = &sealing->clicked;
    int err = JALON_OK;
    for (size_t at = 0; !err && at < blocks->count;) {
        struct key keys[KEYS_A_CALL];
        size_t count = 0;
        for (; at < blocks->count && count + 2 <= KEYS_A_CALL; at++) {
            const struct day_of_link *block = &blocks->days[at];
            if (at == 0 || block->link_id != block[-1].link_id)
                keys[count++] = key_days(block->link_id);
            keys[count++] = key_quarter_hours(block->link_id, block->day);
        }
        err = seal_keys(sealing, keys, count);
    }
    return err;
}

static int seal_links(struct sealing *sealing, size_t count)
{
    const struct day_list *humans = &sealing->humans;
    int err = read_days(sealing, count);
    for (size_t at = 0; !err && at < humans->count; at += DAYS_A_CALL) {
        size_t left = humans->count - at;
        if (at)
            err = sealing->pause(sealing->context);
        if (!err)
            err =
                seal_visitors(sealing, humans->days + at, left < DAYS_A_CALL ? left : DAYS_A_CALL);
    }
    return err ? err : seal_clicks(sealing);
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
    free(sealing->humans.days);
    free(sealing->clicked.days);
    free(sealing->links);
    return err;
}

/* *ret_day: up to which day the store says it is. */
static int say(struct sealing *sealing, const char *function, size_t key_count, int32_t *ret_day)
{
    struct argument_list *command;
    int err = start_call(sealing, function, key_count, &command);
    if (err)
        return err;
    add_key(command, key_sealing_until(sealing->partition));
    if (key_count > 1)
        add_key(command, key_sealed_until(sealing->partition));
    argument_list_add_u64(command, (uint64_t)sealing->last);
    struct reply *reply;
    err = ask_to_seal(sealing, &reply, REPLY_INTEGER);
    if (err)
        return err;
    *ret_day = (int32_t)reply_integer(reply);
    (void)reply_free(reply);
    return JALON_OK;
}

static int say_sealing(struct sealing *sealing)
{
    return say(sealing, FUNCTION_SEALING, 1, &sealing->last);
}

static int say_sealed(struct sealing *sealing)
{
    int32_t day; /* an earlier one is found out at the next run */
    return say(sealing, FUNCTION_SEALED, 2, &day);
}

/* What was said of its beginning must be true at the end: a server that came back without its last second may have lost of both. */
static int move_on(struct sealing *sealing)
{
    int err = say_sealing(sealing);
    uint64_t connects = sealing->store->connects;
    if (err || sealing->last < sealing->first)
        return err;
    err = seal_all(sealing);
    if (!err && sealing->store->connects != connects)
        err = JALON_UNAVAILABLE;
    return err || sealing->has_unsealed ? err : say_sealed(sealing);
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
        if (until[i] < last_day)
            err = move_on(&sealing);
        else if (until[i] > last_day + 1) /* another's clock may be a day ahead of ours */
            err = say_sealed(&sealing);
    }
    return err;
}
