#include "core/store/store.h"

#include "core/store/embedded.h"
#include "core/store/functions.h"
#include "core/store/reply_error.h"
#include "core/store/store_handle.h"
#include "core/store/store_presence.h"
#include "core/store/store_replay.h"
#include "core/store/store_run.h"

#include <stdio.h>
#include <stdlib.h>

#define EMBEDDED_START_MS 60000 /* a large AOF takes its time */

void store_disconnect(struct store *store)
{
    store->client = client_free(store->client);
}

struct argument_list *store_command(struct store *store, const char *name)
{
    argument_list_clear(&store->command);
    argument_list_add_string(&store->command, name);
    return &store->command;
}

int store_check(const struct reply *reply, enum reply_kind kind)
{
    if (reply_kind(reply) == REPLY_ERROR)
        return reply_error_read(reply_text(reply));
    return reply_kind(reply) == kind ? JALON_OK : JALON_BAD_REPLY;
}

static int load_functions(struct store *store, unsigned node)
{
    struct reply *reply;
    int err = client_say_at(store->client, node, &reply, "FUNCTION", "LOAD", "REPLACE",
                            functions_source, NULL);
    if (!err)
        (void)reply_free(reply);
    return err;
}

int store_install_functions(struct store *store)
{
    int err = JALON_OK;
    for (unsigned i = 0; !err && i < client_node_count(store->client); i++)
        err = load_functions(store, i);
    return err;
}

/* An older library is replaced; a newer one serves us as well, and others need it. */
static int check_functions(struct store *store, unsigned node)
{
    struct reply *reply;
    int err = client_say_at(store->client, node, &reply, "FCALL", FUNCTION_VERSION_NAME, "0", NULL);
    if (err == JALON_NOT_FOUND)
        return load_functions(store, node);
    if (err)
        return err;
    uint64_t there = 0, ours = 0;
    bool is_known = slice_to_u64(&there, reply_text(reply), UINT32_MAX) == JALON_OK;
    (void)reply_free(reply);
    bool is_ours = slice_to_u64(&ours, SLICE(FUNCTIONS_VERSION), UINT32_MAX) == JALON_OK;
    return is_known && is_ours && there >= ours ? JALON_OK : load_functions(store, node);
}

static int check_functions_everywhere(struct store *store)
{
    int err = JALON_OK;
    for (unsigned i = 0; !err && i < client_primary_count(store->client); i++)
        err = check_functions(store, i);
    return err;
}

/* Of a partition that the node serves; one that serves none gets no clicks. */
static bool find_closing_key(const struct store *store, unsigned node, struct key *ret_key)
{
    const struct cluster_map *map = client_map(store->client);
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++) {
        *ret_key = key_closing(i);
        if (!map || map->owners[cluster_slot(key_slice(ret_key))] == node)
            return true;
    }
    return false;
}

/* What the server was started from may end within a transaction (functions.c). One that may not be asked takes
 * clicks a minute later. */
static void rewrite_log(struct store *store, unsigned node)
{
    struct reply *reply;
    struct key key;
    if (!find_closing_key(store, node, &key) ||
        client_say_at(store->client, node, &reply, "FCALL", FUNCTION_CLOSE, "1", key.text, NULL))
        return;
    (void)reply_free(reply);
    if (client_say_at(store->client, node, &reply, "BGREWRITEAOF", NULL) == JALON_OK)
        (void)reply_free(reply);
}

static void note_replay(struct store *store, const struct replay_result *result)
{
    if (!*result->damage && !result->conflicts && !result->refused)
        return;
    const char *where = *result->damage ? result->damage : "nowhere";
    (void)snprintf(
        store->warning, sizeof store->warning,
        "redo log replayed: %llu records restored, %llu kept as they are though the log has "
        "others, %llu refused by the store; damaged: %s",
        (unsigned long long)result->restored, (unsigned long long)result->conflicts,
        (unsigned long long)result->refused, where); /* cut to fit */
}

static int replay(struct store *store)
{
    struct slice run = slice_of_string(store->run);
    struct replay_result result;
    int err = store_replay(&result, store->client, store->redo, run);
    if (err == JALON_NOT_FOUND) { /* on a node that slots are on the way to */
        err = store_install_functions(store);
        if (!err)
            err = store_replay(&result, store->client, store->redo, run);
    }
    if (err)
        return err == JALON_NOT_FOUND ? JALON_UNAVAILABLE : err;
    store->must_replay = false;
    note_replay(store, &result);
    return store_presence_mark(store);
}

static int catch_up(struct store *store)
{
    bool is_there = false;
    int err = JALON_OK;
    if (!store->must_replay && redo_has_seen(store->redo, slice_of_string(store->run)))
        err = store_presence_find(store, &is_there);
    return err || is_there ? err : replay(store);
}

/* Enters as a user of the embedded store before it is looked for, so that nobody stops it in between. */
static int start_embedded(struct store *store)
{
    int pid, err = JALON_OK;
    char why[256];
    if (store->url.kind != STORE_EMBEDDED)
        return JALON_OK;
    if (store->users_fd < 0)
        err = embedded_enter(&store->users_fd, store->folder, EMBEDDED_START_MS);
    if (err || !store->may_start_embedded)
        return err;
    err = embedded_start(&pid, store->folder, EMBEDDED_START_MS, why);
    if (!err)
        return JALON_OK;
    (void)problem_set(&store->problem, PROBLEM_UNAVAILABLE, "the embedded store does not start: %s",
                      why);
    return err;
}

static int words_for(struct store *store, int err)
{
    char where[FOLDER_PATH_MAX];
    store_url_describe(&store->url, where);
    if (err && store->problem.kind == PROBLEM_NONE) {
        (void)problem_from_error(&store->problem, err); /* the code is the caller's */
        (void)snprintf(store->problem.detail, sizeof store->problem.detail,
                       "the store at %.120s: %s", where, jalon_error_text(err)); /* cut to fit */
    }
    return err;
}

static int connect_and_check(struct store *store)
{
    int err = start_embedded(store);
    if (!err)
        err = client_open_again(&store->client, &store->url, store->map, store->timeout_ms,
                                &store->problem);
    if (err)
        return err;
    store->connects++;
    if (store->map)
        *store->map = *client_map(store->client);
    struct store_run run;
    err = store_run_read(&run, store->client, &store->problem);
    if (err)
        return err;
    memcpy(store->run, run.id, sizeof store->run);
    memcpy(store->server, run.server, sizeof store->server);
    err = check_functions_everywhere(store);
    for (unsigned i = 0; !err && i < client_primary_count(store->client); i++)
        if (run.needs_rewrite[i])
            rewrite_log(store, i);
    return err ? err : catch_up(store);
}

int store_ready(struct store *store)
{
    if (store->client && client_is_alive(store->client))
        return JALON_OK;
    store_disconnect(store);
    problem_init(&store->problem);
    int err = words_for(store, connect_and_check(store));
    if (err)
        store_disconnect(store);
    return err;
}

int store_ready_anew(struct store *store)
{
    store->must_replay = true;
    store_disconnect(store);
    return store_ready(store);
}

static int call_once(struct store *store, struct reply **ret_reply, bool *ret_was_refused)
{
    struct reply *reply;
    int err = store->is_ahead ? client_receive(store->client, &reply)
                              : client_call(store->client, &store->command, &reply);
    store->is_ahead = false;
    *ret_was_refused = false;
    if (err)
        return err;
    if (reply_kind(reply) == REPLY_ERROR) {
        err = reply_error_read(reply_text(reply));
        *ret_was_refused = client_was_refused(store->client, reply);
        (void)reply_free(reply);
        /* A replica, or a server in trouble: the next call looks for a better one. */
        if (err == JALON_UNAVAILABLE)
            store_disconnect(store);
        return err;
    }
    *ret_reply = reply;
    return JALON_OK;
}

/* Connecting anew may put commands together, too: the one that is to be sent again is kept out of its hands. */
static int ready_again(struct store *store)
{
    struct argument_list kept = store->command;
    argument_list_init(&store->command, STORE_COMMAND_MAX);
    int err = store_ready(store);
    argument_list_done(&store->command);
    store->command = kept;
    return err;
}

static int call_where_taken(struct store *store, struct reply **ret_reply)
{
    bool was_refused;
    int err = call_once(store, ret_reply, &was_refused);
    for (unsigned i = 0; was_refused && i < STORE_REFUSALS_MAX; i++) {
        err = ready_again(store);
        if (err)
            return err;
        err = call_once(store, ret_reply, &was_refused);
    }
    return err;
}

int store_call(struct store *store, struct reply **ret_reply)
{
    int err = call_where_taken(store, ret_reply);
    if (err != JALON_NOT_FOUND)
        return err;
    err = store_install_functions(store);
    if (!err)
        err = call_where_taken(store, ret_reply);
    return err == JALON_NOT_FOUND ? JALON_BAD_REPLY : err;
}

void store_send_ahead(struct store *store)
{
    /* What can't be sent is an error of the call. */
    store->is_ahead = client_send(store->client, &store->command) == JALON_OK &&
                      client_flush(store->client) == JALON_OK;
}

void store_drop_ahead(struct store *store)
{
    struct reply *reply;
    if (store->is_ahead && client_receive(store->client, &reply) == JALON_OK)
        (void)reply_free(reply);
    store->is_ahead = false;
}

static int open_redo(struct store *store, const struct store_options *options,
                     struct problem *problem)
{
    store->redo = options->redo;
    if (store->redo)
        return JALON_OK;
    int err = redo_open(&store->redo, store->folder);
    store->owns_redo = err == JALON_OK;
    if (err)
        (void)problem_set(problem, PROBLEM_INTERNAL, "the redo log in %.200s can't be opened: %s",
                          store->folder, jalon_error_text(err)); /* the code is redo_open()'s */
    return err;
}

static int open_with(struct store *store, const struct store_options *options,
                     struct problem *problem)
{
    int err =
        slice_to_string(store->folder, sizeof store->folder, slice_of_string(options->folder));
    if (err)
        return problem_from_error(problem, JALON_TOO_LONG);
    err = store_url_resolve(&store->url, options->redis, options->folder, problem);
    if (err)
        return err;
    if (store->url.kind == STORE_CLUSTER) {
        store->map = calloc(1, sizeof *store->map);
        if (!store->map)
            return problem_from_error(problem, JALON_NO_MEMORY);
    }
    err = open_redo(store, options, problem);
    if (err)
        return err;
    err = store_ready(store);
    if (err)
        *problem = store->problem;
    return err;
}

int store_open(struct store **ret_store, const struct store_options *options,
               struct problem *problem)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return problem_from_error(problem, JALON_NO_MEMORY);
    store->timeout_ms = options->timeout_ms;
    store->may_start_embedded = options->may_start_embedded;
    store->users_fd = -1;
    argument_list_init(&store->command, STORE_COMMAND_MAX);
    int err = open_with(store, options, problem);
    if (err) {
        (void)store_free(store);
        return err;
    }
    *ret_store = store;
    return JALON_OK;
}

struct store *store_free(struct store *store)
{
    if (!store)
        return NULL;
    store_disconnect(store);
    if (store->users_fd >= 0)
        embedded_leave(store->users_fd, store->folder, store->may_start_embedded);
    if (store->owns_redo)
        (void)redo_free(store->redo);
    argument_list_done(&store->command);
    free(store->map);
    free(store);
    return NULL;
}

/* Nobody tells us when a primary is replaced that we do not speak to just then: so it is asked. */
static int look_at_cluster(struct store *store)
{
    struct store_run run;
    int err = client_look(store->client);
    bool is_same = !err && client_is_alive(store->client) &&
                   store_run_read(&run, store->client, &store->problem) == JALON_OK &&
                   strcmp(run.id, store->run) == 0;
    if (is_same)
        return JALON_OK;
    store_disconnect(store);
    return store_ready(store);
}

int store_cluster_map(struct store *store, struct cluster_map *ret_map)
{
    if (!store->map)
        return JALON_NOT_FOUND;
    int err = store_ready(store);
    if (!err)
        *ret_map = *client_map(store->client);
    return err;
}

int store_ping(struct store *store)
{
    int err = store_ready(store);
    if (!err && store->map)
        err = look_at_cluster(store);
    return err ? err : catch_up(store);
}

const char *store_server(const struct store *store)
{
    return store->server;
}

const char *store_warning(const struct store *store)
{
    return store->warning;
}

const struct problem *store_problem(const struct store *store)
{
    return &store->problem;
}
