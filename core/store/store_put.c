/* A write is: the function in Redis says yes -> its effect is appended to the redo log and synced -> still the run that
 * the log was replayed to? -> the caller is answered. See redo.c for why in this order.
 *
 * Many puts go in chunks: while one chunk's answers are taken and its effects are logged, Redis is at work on the next. */
#include "core/store/put_call.h"
#include "core/store/put_log.h"
#include "core/store/store_handle.h"

#define CHUNK_PUTS 2048
#define CHUNK_BYTES (4U << 20)

struct putting {
    struct store *store;
    const struct put *puts;
    size_t count;
    int *outcomes; /* JALON_NOT_FOUND: not carried out yet */
    /* Up to where each is done: 0 <= logged <= carried_out <= answered <= sent <= count. */
    size_t sent, answered, carried_out, logged;
    char run[REDO_RUN_MAX];
    struct put_log log; /* of those from `logged` up to `carried_out` */
};

static size_t chunk_end(const struct putting *putting, size_t start)
{
    size_t end = start, bytes = 0;
    while (end < putting->count && end - start < CHUNK_PUTS && bytes < CHUNK_BYTES)
        bytes += putting->puts[end++].json.size;
    return end;
}

/* How many puts from `start` on are in one call: of those that are to be carried out. */
static size_t call_length(const struct putting *putting, size_t start, size_t end)
{
    size_t open = start;
    while (open < end && putting->outcomes[open] == JALON_NOT_FOUND)
        open++;
    return put_call_length(putting->puts + start, open - start);
}

/* From `start` up to `end`, but for those that have their outcome. */
static int send_range(struct putting *putting, size_t start, size_t end)
{
    struct store *store = putting->store;
    int err = JALON_OK;
    for (size_t i = start, length; i < end && !err; i += length) {
        length = 1;
        if (putting->outcomes[i] != JALON_NOT_FOUND)
            continue;
        length = call_length(putting, i, end);
        put_call_write(&store->command, putting->puts + i, length);
        err = client_send(store->client, &store->command);
    }
    return err ? err : client_flush(store->client);
}

static int take_call(struct putting *putting, size_t first, size_t length)
{
    struct store *store = putting->store;
    struct reply *reply;
    int err = client_receive(store->client, &reply);
    if (err)
        return err;
    /* Else it was not carried out: for want of the functions, or as no node took it. */
    if (!client_was_refused(store->client, reply))
        put_call_answer(putting->outcomes + first, length, putting->puts[first].is_known, reply);
    (void)reply_free(reply);
    return JALON_OK;
}

/* The answers to what send_range() sent. */
static int take_range(struct putting *putting, size_t start, size_t end)
{
    int err = JALON_OK;
    for (size_t i = start, length; i < end && !err; i += length) {
        length = 1;
        if (putting->outcomes[i] != JALON_NOT_FOUND)
            continue;
        length = call_length(putting, i, end);
        err = take_call(putting, i, length);
    }
    return err;
}

static bool is_any(const struct putting *putting, size_t start, size_t end, int outcome)
{
    for (size_t i = start; i < end; i++)
        if (putting->outcomes[i] == outcome)
            return true;
    return false;
}

static int send_chunk(struct putting *putting)
{
    size_t start = putting->sent;
    putting->sent = chunk_end(putting, start);
    return send_range(putting, start, putting->sent);
}

static int start(struct putting *putting)
{
    int err = store_ready(putting->store);
    if (err)
        return err;
    /* In a cluster the last of them may be carried out in a later run: then the first ones are to be replayed. */
    memcpy(putting->run, putting->store->run, sizeof putting->run);
    return send_chunk(putting);
}

/* Takes what is still under way. */
static int drain(struct putting *putting)
{
    size_t from = putting->answered;
    putting->answered = putting->sent;
    for (size_t end; from < putting->sent; from = end) {
        end = chunk_end(putting, from);
        int err = take_range(putting, from, end);
        if (err)
            return err;
    }
    return JALON_OK;
}

/* What was not carried out is sent again, as long as the store may yet take it. */
static int send_again(struct putting *putting)
{
    struct store *store = putting->store;
    int err = drain(putting);
    for (unsigned i = 0; !err && i < STORE_REFUSALS_MAX; i++) {
        if (!is_any(putting, putting->carried_out, putting->sent, JALON_NOT_FOUND))
            break;
        err = store->client && client_is_alive(store->client) ? store_install_functions(store)
                                                              : store_ready(store);
        if (!err)
            err = send_range(putting, putting->carried_out, putting->sent);
        if (!err)
            err = take_range(putting, putting->carried_out, putting->sent);
    }
    return err;
}

static void give_up(struct putting *putting, int outcome)
{
    for (size_t i = putting->carried_out; i < putting->sent; i++)
        if (putting->outcomes[i] == JALON_NOT_FOUND)
            putting->outcomes[i] = outcome;
    putting->answered = putting->sent;
}

/* Sends the chunk that is to be carried out next, unless it is under way, and the one behind it. */
static int send_ahead(struct putting *putting)
{
    int err = putting->sent == putting->carried_out ? start(putting) : JALON_OK;
    bool is_last = putting->sent == putting->count;
    bool is_ahead = putting->sent > chunk_end(putting, putting->carried_out);
    return err || is_last || is_ahead ? err : send_chunk(putting);
}

static int take_outcomes(struct putting *putting, size_t end)
{
    int err = JALON_OK;
    if (putting->answered < end) { /* else all were taken together */
        err = send_ahead(putting);
        if (!err)
            err = take_range(putting, putting->carried_out, end);
        putting->answered = end;
    }
    if (!err && is_any(putting, putting->carried_out, end, JALON_NOT_FOUND))
        err = send_again(putting);
    if (!err && is_any(putting, putting->carried_out, end, JALON_UNAVAILABLE))
        err = drain(putting); /* that connection is not used again */
    return err;
}

/* Sees to it that each of the next chunk has its outcome. */
static void carry_out(struct putting *putting, size_t end)
{
    struct store *store = putting->store;
    int err = take_outcomes(putting, end);
    if (putting->sent < end)
        putting->sent = end; /* the store is not there */
    /* Of a cluster that does not settle it is heard again; a server that does not know what it was given is none of ours. */
    int refused = store->map ? JALON_UNAVAILABLE : JALON_BAD_REPLY;
    bool is_open = is_any(putting, putting->carried_out, end, JALON_NOT_FOUND);
    if (err || is_open)
        give_up(putting, err ? err : refused);
    if (err || is_any(putting, putting->carried_out, end, JALON_UNAVAILABLE))
        store->is_doubtful = true;
}

/* Waits for what is being logged. What was meanwhile replayed to another run than it took effect in is replayed again
 * before the caller is answered. */
static void end_log(struct putting *putting)
{
    if (!putting->log.count)
        return;
    bool is_current;
    int err = put_log_end(&putting->log, &is_current);
    if (!err && !is_current) {
        int lost = drain(putting); /* the connection is about to end */
        if (lost)
            give_up(putting, lost);
        err = store_ready_anew(putting->store);
    }
    int *outcomes = putting->outcomes + putting->logged;
    for (size_t i = 0; err && i < putting->log.count; i++)
        if (outcomes[i] == JALON_OK)
            outcomes[i] = err;
    putting->logged += putting->log.count;
    putting->log.count = 0;
}

/* The effects of those that were applied, into the redo log with one sync. */
static void log_chunk(struct putting *putting, size_t end)
{
    end_log(putting);
    size_t start = putting->carried_out;
    putting->log = (struct put_log){
        .redo = putting->store->redo,
        .puts = putting->puts + start,
        .outcomes = putting->outcomes + start,
        .count = end - start,
    };
    memcpy(putting->log.run, putting->run, sizeof putting->run);
    putting->carried_out = end;
    put_log_start(&putting->log, end < putting->count);
}

int store_put_many(struct store *store, const struct put *puts, size_t count, int *ret_errors)
{
    struct putting putting = {.store = store, .puts = puts, .count = count, .outcomes = ret_errors};
    for (size_t i = 0; i < count; i++)
        ret_errors[i] = JALON_NOT_FOUND;
    while (putting.carried_out < count) {
        size_t end = chunk_end(&putting, putting.carried_out);
        carry_out(&putting, end);
        log_chunk(&putting, end);
        if (store->is_doubtful)
            store_disconnect(store);
        store->is_doubtful = false;
    }
    end_log(&putting);
    return JALON_OK;
}

int store_put(struct store *store, const struct put *put)
{
    int outcome;
    int err = store_put_many(store, put, 1, &outcome);
    return err ? err : outcome;
}
