/* Clicks of a list are of any links, and what is wanted of a link takes a search: the last answers are kept, a
 * link's in the one place where it may be. */
#include "core/store/click_walk.h"

#include "core/store/click_pack.h"
#include "core/store/store.h"

#include <stdlib.h>

#define DAYS_A_READ 256
#define SPANS_KEPT 4096

struct kept_span {
    bool is_there;
    uint64_t link_id;
    struct click_span span;
};

struct walking {
    const struct click_walk *walk;
    struct store *store;
    struct problem *problem;
    unsigned partition;
    bool has_ended;               /* by an error of a callback */
    struct key keys[DAYS_A_READ]; /* of the days under way that are wanted */
    int32_t days[DAYS_A_READ];
    uint64_t sizes[DAYS_A_READ];
    size_t count;
    struct kept_span kept[SPANS_KEPT];
};

static int span_of(struct walking *walking, uint64_t link_id, const struct click_span **ret_span)
{
    /* The rest of the division by the partitions is the same in all of this one. */
    struct kept_span *kept = &walking->kept[link_id / SCHEMA_PARTITIONS % SPANS_KEPT];
    if (!kept->is_there || kept->link_id != link_id) {
        struct kept_span found = {.is_there = true, .link_id = link_id};
        int err = walking->walk->select(walking->walk->context, link_id, &found.span);
        if (err)
            return err;
        *kept = found;
    }
    *ret_span = &kept->span;
    return JALON_OK;
}

static int visit_click(void *context, const struct click_record *click)
{
    struct walking *walking = context;
    const struct click_span *span;
    int err = span_of(walking, click->link_id, &span);
    if (!err && click->at_ms >= span->from_ms && click->at_ms < span->to_ms)
        err = walking->walk->visit(walking->walk->context, span->link, click);
    walking->has_ended = err != JALON_OK;
    return err;
}

static int visit_pack(void *context, struct slice pack)
{
    return click_pack_each(pack, visit_click, context);
}

static int read_day(struct walking *walking, size_t index)
{
    const struct key *key = &walking->keys[index];
    if (walking->sizes[index] == 0)
        return JALON_OK;
    int err = store_list_each(walking->store, key, visit_pack, walking);
    if (err == JALON_DAMAGED && !walking->has_ended)
        return problem_set(walking->problem, PROBLEM_INTERNAL,
                           "the clicks in %s are damaged: restore the store from a backup",
                           key->text);
    return err;
}

/* Puts the keys of the wanted days from `day` on together, as many as fit; returns the day behind them. */
static int32_t list_days(struct walking *walking, int32_t day)
{
    const struct click_walk *walk = walking->walk;
    walking->count = 0;
    for (; day <= walk->last_day && walking->count < DAYS_A_READ; day++) {
        if (walk->wants_day && !walk->wants_day(walk->context, walking->partition, day))
            continue;
        walking->keys[walking->count] = key_clicks(walking->partition, day);
        walking->days[walking->count++] = day;
    }
    return day;
}

static void tell_progress(const struct walking *walking, int32_t day)
{
    const struct click_walk *walk = walking->walk;
    uint64_t days = (uint64_t)(walk->last_day - walk->first_day + 1);
    if (walk->progress)
        walk->progress(walk->context,
                       walking->partition * days + (uint64_t)(day - walk->first_day) + 1,
                       SCHEMA_PARTITIONS * days);
}

static int walk_partition(struct walking *walking)
{
    const struct click_walk *walk = walking->walk;
    memset(walking->kept, 0, sizeof walking->kept);
    int err = walk->enter ? walk->enter(walk->context, walking->partition) : JALON_OK;
    for (int32_t day = walk->first_day; !err && day <= walk->last_day;) {
        day = list_days(walking, day);
        err = store_list_sizes(walking->store, walking->sizes, walking->keys, walking->count);
        for (size_t i = 0; !err && i < walking->count; i++) {
            err = read_day(walking, i);
            tell_progress(walking, walking->days[i]);
        }
    }
    return err;
}

int click_walk_run(const struct click_walk *walk, struct store *store, struct problem *problem)
{
    struct walking *walking = calloc(1, sizeof *walking);
    if (!walking)
        return JALON_NO_MEMORY;
    walking->walk = walk;
    walking->store = store;
    walking->problem = problem;
    int err = JALON_OK;
    for (unsigned partition = 0; !err && partition < SCHEMA_PARTITIONS; partition++) {
        walking->partition = partition;
        err = walk_partition(walking);
    }
    free(walking);
    return err;
}
