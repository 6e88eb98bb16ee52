#include "redirector/shipper.h"

#include "core/base/array.h"
#include "core/store/functions.h"
#include "core/store/journal.h"
#include "redirector/counters.h"
#include "redirector/flusher.h"
#include "redirector/left_behind.h"
#include "redirector/log.h"
#include "redirector/ship_stream.h"
#include "redirector/store_nodes.h"
#include "redirector/timer.h"
#include "redirector/worker.h"

#include <stdlib.h>
#include <string.h>

struct left_journal { /* an incarnation that nobody writes to any more */
    uint64_t incarnation;
    bool is_done; /* all of it is in the store, as far as is known */
};

struct shipper {
    struct shipper_options options;
    struct ship_stream *own;
    struct left_journal *left;
    size_t left_count, left_capacity;
    struct ship_stream *old; /* of left[old_index]; NULL: none is open */
    size_t old_index;
    struct timer *timer;
    bool is_connected, is_draining;
    bool is_loading; /* FUNCTION LOAD is on its way */
};

static void turn(void *context);

static void want_turn(void *context)
{
    struct shipper *shipper = context;
    timer_set(shipper->timer, 0);
}

static void hear_loaded(void *context, uint64_t tag, const struct redis_reply *reply)
{
    (void)tag;
    struct shipper *shipper = context;
    shipper->is_loading = false;
    if (reply && redis_reply_kind(reply) == REDIS_ERROR)
        log_error("the store refuses our functions: %.*s", SLICE_ARG(redis_reply_text(reply)));
}

/* The server of this partition was emptied, or is another than before. */
static void load_functions(void *context, unsigned partition)
{
    struct shipper *shipper = context;
    if (shipper->is_loading)
        return;
    log_info("the store lacks our functions: installing them");
    const char *argv[] = {"FUNCTION", "LOAD", "REPLACE", functions_source};
    shipper->is_loading = store_nodes_send_once(shipper->options.nodes, partition, 4, argv, NULL,
                                                hear_loaded, shipper, 0) == JALON_OK;
}

static int open_stream(struct shipper *shipper, uint64_t incarnation, const struct journal *journal,
                       struct ship_stream **ret_stream)
{
    struct ship_stream_options options = {.worker = shipper->options.worker,
                                          .nodes = shipper->options.nodes,
                                          .folder = shipper->options.folder,
                                          .incarnation = incarnation,
                                          .journal = journal,
                                          .wanted = want_turn,
                                          .lacks_functions = load_functions,
                                          .context = shipper};
    return ship_stream_new(ret_stream, &options);
}

static bool has_room(struct shipper *shipper)
{
    return array_reserve((void **)&shipper->left, &shipper->left_capacity, shipper->left_count + 1,
                         sizeof *shipper->left) == JALON_OK;
}

/* What was found since. Without memory it stays where it is until the next tick. */
static void take_left(struct shipper *shipper)
{
    struct left_behind *left_behind = shipper->options.left_behind;
    uint64_t incarnation;
    while (left_behind && has_room(shipper) && left_behind_take(left_behind, &incarnation))
        shipper->left[shipper->left_count++] = (struct left_journal){.incarnation = incarnation};
}

int shipper_new(struct shipper **ret_shipper, const struct shipper_options *options)
{
    struct shipper *shipper = calloc(1, sizeof *shipper);
    if (!shipper)
        return JALON_NO_MEMORY;
    shipper->options = *options;
    int err = timer_new(&shipper->timer, options->worker, turn, shipper);
    if (!err)
        err = open_stream(shipper, journal_incarnation(options->journal), options->journal,
                          &shipper->own);
    if (err) {
        shipper_free(shipper);
        return err;
    }
    take_left(shipper);
    *ret_shipper = shipper;
    return JALON_OK;
}

struct shipper *shipper_free(struct shipper *shipper)
{
    if (!shipper)
        return NULL;
    timer_free(shipper->timer);
    ship_stream_free(shipper->own);
    ship_stream_free(shipper->old);
    free(shipper->left);
    free(shipper);
    return NULL;
}

static void forget_left(struct shipper *shipper, size_t index)
{
    shipper->left_count--;
    memmove(&shipper->left[index], &shipper->left[index + 1],
            (shipper->left_count - index) * sizeof *shipper->left);
}

/* The next one that is not done yet; one that can't be opened is told and left alone until the next start. */
static void open_next(struct shipper *shipper)
{
    for (size_t i = 0; i < shipper->left_count; i++) {
        if (shipper->left[i].is_done)
            continue;
        uint64_t incarnation = shipper->left[i].incarnation;
        int err = open_stream(shipper, incarnation, NULL, &shipper->old);
        if (err) {
            if (err != JALON_NOT_FOUND) /* removed in the meantime */
                log_error("journal %016llx can't be opened: %s", (unsigned long long)incarnation,
                          jalon_error_text(err));
            forget_left(shipper, i--);
            continue;
        }
        shipper->old_index = i;
        ship_stream_restart(shipper->old);
        return;
    }
}

static void close_old(struct shipper *shipper)
{
    struct left_journal *left = &shipper->left[shipper->old_index];
    if (ship_stream_has_moved(shipper->old))
        log_info("journal %016llx of an earlier run is in the store",
                 (unsigned long long)left->incarnation);
    shipper->old = ship_stream_free(shipper->old);
    left->is_done = true;
    if (shipper->options.flusher)
        flusher_remove_later(shipper->options.flusher, left->incarnation);
}

/* One at a time, so that what is read ahead of the store stays bounded. */
static bool turn_old(struct shipper *shipper)
{
    if (!shipper->old)
        open_next(shipper);
    if (!shipper->old)
        return false;
    bool has_more = ship_stream_turn(shipper->old, shipper->is_draining);
    if (!ship_stream_is_done(shipper->old) || !ship_stream_is_quiet(shipper->old))
        return has_more;
    close_old(shipper);
    return true;
}

static uint64_t count_left(const struct shipper *shipper)
{
    const struct left_behind *left_behind = shipper->options.left_behind;
    uint64_t count = left_behind ? left_behind_count(left_behind) : 0;
    for (size_t i = 0; i < shipper->left_count; i++)
        count += !shipper->left[i].is_done;
    return count;
}

void shipper_publish(struct shipper *shipper)
{
    struct counters *counters = shipper->options.worker->counters;
    counter_set(counters, journals_left, count_left(shipper));
    uint64_t end = journal_end(shipper->options.journal);
    struct flusher_stored *stored = shipper->options.stored;
    atomic_store_explicit(&stored->position, ship_stream_stored(shipper->own),
                          memory_order_relaxed);
    atomic_store_explicit(&stored->is_known, ship_stream_is_known(shipper->own),
                          memory_order_release);
    counter_set(counters, journal_unshipped_bytes, ship_stream_lag(shipper->own, end));
}

static void turn(void *context)
{
    struct shipper *shipper = context;
    if (!shipper->is_connected)
        return;
    bool has_more = ship_stream_turn(shipper->own, shipper->is_draining);
    if (turn_old(shipper))
        has_more = true;
    shipper_publish(shipper);
    if (has_more)
        timer_set(shipper->timer, 0);
}

/* The store may have lost its tail: what was done is looked at again, too. */
void shipper_connected(struct shipper *shipper)
{
    shipper->is_connected = true;
    ship_stream_restart(shipper->own);
    if (shipper->old)
        ship_stream_restart(shipper->old);
    if (shipper->options.flusher && shipper->left_count > 0)
        flusher_keep_all(shipper->options.flusher);
    for (size_t i = 0; i < shipper->left_count; i++)
        shipper->left[i].is_done = false;
    want_turn(shipper);
}

void shipper_lost(struct shipper *shipper)
{
    shipper->is_connected = false;
    shipper->is_loading = false;
    ship_stream_lost(shipper->own);
    if (shipper->old)
        ship_stream_lost(shipper->old);
}

void shipper_tick(struct shipper *shipper)
{
    take_left(shipper);
    if (shipper->is_connected)
        turn(shipper);
    else
        shipper_publish(shipper);
}

bool shipper_drain(struct shipper *shipper)
{
    shipper->is_draining = true;
    if (!shipper->is_connected)
        return false;
    turn(shipper);
    return ship_stream_is_done(shipper->own) && ship_stream_is_quiet(shipper->own);
}
