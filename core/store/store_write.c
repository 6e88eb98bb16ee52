/* A write is: the function in Redis says yes -> its effect is appended to the redo log and synced -> still the run that
 * the log was replayed to? -> the caller is answered. See redo.c for why in this order. */
#include "core/store/effect.h"
#include "core/store/functions.h"
#include "core/store/store_handle.h"

#include <stdlib.h>

#define CHUNK_PUTS 2048
#define CHUNK_BYTES (4U << 20)
#define SERIAL_MAX ((uint64_t)1 << 53) /* numbers are doubles in Lua */

static void add_counted(struct argument_list *command, const struct index_entry *index)
{
    argument_list_add(command, SLICE("c"));
    argument_list_add(command, index->member);
    argument_list_add_u64(command, index->is_freed);
    argument_list_add_u64(command, index->limit);
    argument_list_add_u64(command, index->is_over);
}

static void add_index(struct argument_list *command, const struct index_entry *index)
{
    if (index->is_counted) {
        add_counted(command, index);
        return;
    }
    argument_list_add(command, index->is_sorted ? SLICE("z") : SLICE("s"));
    argument_list_add(command, index->member);
    if (!index->is_sorted)
        return;
    struct buffer *score = argument_list_start(command);
    if (index->score < 0)
        buffer_append_byte(score, '-');
    buffer_append_u64(score,
                      index->score < 0 ? 0 - (uint64_t)index->score : (uint64_t)index->score);
    argument_list_end(command);
}

static void put_command(struct argument_list *command, const struct put *put, bool is_restore,
                        uint64_t version)
{
    argument_list_clear(command);
    argument_list_add_string(command, "FCALL");
    argument_list_add_string(command, is_restore ? FUNCTION_RESTORE : FUNCTION_PUT);
    argument_list_add_u64(command, put->index_count + 1);
    argument_list_add(command, key_slice(&put->key));
    for (size_t i = 0; i < put->index_count; i++)
        argument_list_add(command, key_slice(&put->indexes[i].key));
    argument_list_add(command, put->field);
    argument_list_add(command, put->json);
    argument_list_add_u64(command, version);
    argument_list_add(command, put->change);
    for (size_t i = 0; i < put->index_count; i++)
        add_index(command, &put->indexes[i]);
}

/* What is known may be in no log but the store's, whoever wrote it died before it was in a redo log, or has another one;
 * and the store may have lost it since it was read. */
static void apply_command(struct argument_list *command, const struct put *put)
{
    put_command(command, put, put->is_known, put->expected_version);
}

static int answered(const struct put *put, const struct reply *reply)
{
    int err = store_check(reply, put->is_known ? REPLY_INTEGER : REPLY_LIST);
    if (err)
        return err;
    if (put->is_known)
        return reply_integer(reply) == 2 ? JALON_CONFLICT : JALON_OK;
    if (reply_count(reply) != 2)
        return JALON_BAD_REPLY;
    return reply_integer(reply_at(reply, 0)) == 1 ? JALON_OK : JALON_CONFLICT;
}

/* JALON_NOT_FOUND: not carried out, for want of the functions or as no node took it. */
static int put_outcome(const struct store *store, const struct put *put, const struct reply *reply)
{
    return client_was_refused(store->client, reply) ? JALON_NOT_FOUND : answered(put, reply);
}

/* Durable when it returns JALON_OK, also on a server that came back older meanwhile. `run`: the one that they were carried
 * out in. */
static int make_durable(struct store *store, const char *run, const struct redo_entry *entries,
                        size_t count)
{
    bool is_current;
    int err = redo_append(store->redo, slice_of_string(run), entries, count, &is_current);
    if (err || is_current)
        return err;
    store->must_replay = true;
    store_disconnect(store);
    return store_ready(store);
}

int store_put(struct store *store, const struct put *put)
{
    int outcome;
    int err = store_put_many(store, put, 1, &outcome);
    return err ? err : outcome;
}

/* Sends those whose outcome is still JALON_NOT_FOUND (not carried out), and takes the answers. */
static int send_puts(struct store *store, const struct put *puts, size_t count, int *outcomes)
{
    int err = JALON_OK;
    for (size_t i = 0; i < count && !err; i++)
        if (outcomes[i] == JALON_NOT_FOUND) {
            apply_command(&store->command, &puts[i]);
            err = client_send(store->client, &store->command);
        }
    for (size_t i = 0; i < count; i++) {
        struct reply *reply;
        if (outcomes[i] != JALON_NOT_FOUND)
            continue;
        if (!err)
            err = client_receive(store->client, &reply);
        outcomes[i] = err ? err : put_outcome(store, &puts[i], reply);
        if (!err)
            (void)reply_free(reply);
    }
    return err;
}

static bool is_any(const int *outcomes, size_t count, int error)
{
    for (size_t i = 0; i < count; i++)
        if (outcomes[i] == error)
            return true;
    return false;
}

static void apply_puts(struct store *store, const struct put *puts, size_t count, int *outcomes)
{
    for (size_t i = 0; i < count; i++)
        outcomes[i] = JALON_NOT_FOUND;
    int err = send_puts(store, puts, count, outcomes);
    for (unsigned i = 0; !err && i < STORE_REFUSALS_MAX; i++) {
        if (!is_any(outcomes, count, JALON_NOT_FOUND))
            break;
        err = client_is_alive(store->client) ? store_install_functions(store) : store_ready(store);
        if (!err)
            err = send_puts(store, puts, count, outcomes);
    }
    /* Of a cluster that does not settle it is heard again; a server that does not know what it was given is none of ours. */
    int refused = store->map ? JALON_UNAVAILABLE : JALON_BAD_REPLY;
    for (size_t i = 0; i < count; i++)
        if (outcomes[i] == JALON_NOT_FOUND)
            outcomes[i] = err ? err : refused;
    if (err || is_any(outcomes, count, JALON_UNAVAILABLE))
        store->is_doubtful = true;
}

/* The effects of those that were applied, into the redo log with one sync. */
static int log_puts(struct store *store, const char *run, const struct put *puts, size_t count,
                    const int *outcomes)
{
    struct buffer effects;
    buffer_init(&effects, 2 * (size_t)STORE_COMMAND_MAX);
    struct redo_entry *entries = calloc(count, sizeof *entries);
    size_t *ends = calloc(count, sizeof *ends), applied = 0;
    for (size_t i = 0; entries && ends && i < count; i++) {
        if (outcomes[i] != JALON_OK)
            continue;
        put_command(&store->command, &puts[i], true, puts[i].expected_version + !puts[i].is_known);
        effect_append(&effects, &store->command);
        ends[applied++] = effects.size;
    }
    int err = entries && ends ? buffer_error(&effects) : JALON_NO_MEMORY;
    for (size_t i = 0; !err && i < applied; i++) {
        size_t start = i ? ends[i - 1] : 0;
        entries[i].effect = slice_of(effects.data + start, ends[i] - start);
    }
    if (!err && applied)
        err = make_durable(store, run, entries, applied);
    free(entries);
    free(ends);
    buffer_done(&effects);
    return err;
}

static void put_chunk(struct store *store, const struct put *puts, size_t count, int *outcomes)
{
    int err = store_ready(store);
    if (err) {
        for (size_t i = 0; i < count; i++)
            outcomes[i] = err;
        return;
    }
    /* In a cluster the last of them may be carried out in a later run: then the first ones are to be replayed. */
    char run[REDO_RUN_MAX];
    memcpy(run, store->run, sizeof run);
    apply_puts(store, puts, count, outcomes);
    err = log_puts(store, run, puts, count, outcomes);
    for (size_t i = 0; err && i < count; i++)
        if (outcomes[i] == JALON_OK)
            outcomes[i] = err;
    if (store->is_doubtful)
        store_disconnect(store);
    store->is_doubtful = false;
}

static size_t chunk_length(const struct put *puts, size_t count)
{
    size_t length = 0, bytes = 0;
    while (length < count && length < CHUNK_PUTS && bytes < CHUNK_BYTES)
        bytes += puts[length++].json.size;
    return length;
}

int store_put_many(struct store *store, const struct put *puts, size_t count, int *ret_errors)
{
    for (size_t i = 0, length; i < count; i += length) {
        length = chunk_length(puts + i, count - i);
        put_chunk(store, puts + i, length, ret_errors + i);
    }
    return JALON_OK;
}

static void reserve_command(struct argument_list *command, struct slice name, uint64_t at_least,
                            uint64_t count, uint64_t end)
{
    struct key key = key_serials();
    argument_list_clear(command);
    argument_list_add_string(command, "FCALL");
    argument_list_add_string(command, FUNCTION_RESERVE);
    argument_list_add_u64(command, 1);
    argument_list_add(command, key_slice(&key));
    argument_list_add(command, name);
    argument_list_add_u64(command, at_least);
    argument_list_add_u64(command, count);
    argument_list_add_u64(command, end);
}

/* A Redis that lost its tail, or everything, is brought up to `next` by the replay. */
static int log_mark(struct store *store, struct slice name, uint64_t next)
{
    struct buffer effect;
    buffer_init(&effect, STORE_COMMAND_MAX);
    reserve_command(&store->command, name, next, 0, SERIAL_MAX);
    effect_append(&effect, &store->command);
    int err = buffer_error(&effect);
    struct redo_entry entry = {.effect = buffer_slice(&effect), .mark = name, .mark_value = next};
    if (!err)
        err = make_durable(store, store->run, &entry, 1);
    buffer_done(&effect);
    return err;
}

int store_reserve(struct store *store, uint64_t *ret_first, struct slice name, uint64_t count,
                  uint64_t max)
{
    if (count == 0 || max > SERIAL_MAX || name.size == 0)
        return JALON_BAD_ARGUMENT;
    int err = store_ready(store);
    if (err)
        return err;
    struct reply *reply;
    reserve_command(&store->command, name, 0, count, max);
    err = store_call(store, &reply);
    if (err)
        return err;
    err = store_check(reply, REPLY_INTEGER);
    int64_t first = reply_integer(reply);
    (void)reply_free(reply);
    if (err)
        return err;
    if (first < 0)
        return JALON_FULL;
    err = log_mark(store, name, (uint64_t)first + count);
    if (!err)
        *ret_first = (uint64_t)first;
    return err;
}
