#include "core/store/store.h"

#include "core/store/embedded.h"
#include "core/store/functions.h"
#include "core/store/reply_error.h"
#include "core/store/store_handle.h"
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

int store_install_functions(struct store *store)
{
    struct reply *reply;
    int err =
        client_say(store->client, &reply, "FUNCTION", "LOAD", "REPLACE", functions_source, NULL);
    if (!err)
        (void)reply_free(reply);
    return err;
}

/* An older library is replaced; a newer one serves us as well, and others need it. */
static int check_functions(struct store *store)
{
    struct reply *reply;
    int err = client_say(store->client, &reply, "FCALL", FUNCTION_VERSION_NAME, "0", NULL);
    if (err == JALON_NOT_FOUND)
        return store_install_functions(store);
    if (err)
        return err;
    uint64_t there = 0, ours = 0;
    bool is_known = slice_to_u64(&there, reply_text(reply), UINT32_MAX) == JALON_OK;
    (void)reply_free(reply);
    bool is_ours = slice_to_u64(&ours, SLICE(FUNCTIONS_VERSION), UINT32_MAX) == JALON_OK;
    return is_known && is_ours && there >= ours ? JALON_OK : store_install_functions(store);
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

static int catch_up(struct store *store)
{
    struct slice run = slice_of_string(store->run);
    if (!store->must_replay && redo_has_seen(store->redo, run))
        return JALON_OK;
    struct replay_result result;
    int err = store_replay(&result, store->client, store->redo, run);
    if (err)
        return err;
    store->must_replay = false;
    note_replay(store, &result);
    return JALON_OK;
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
        err = client_open(&store->client, &store->url, store->timeout_ms, &store->problem);
    if (err)
        return err;
    struct store_run run;
    err = store_run_read(&run, store->client, &store->problem);
    if (err)
        return err;
    memcpy(store->run, run.id, sizeof store->run);
    memcpy(store->server, run.server, sizeof store->server);
    err = check_functions(store);
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

static int call_once(struct store *store, struct reply **ret_reply)
{
    struct reply *reply;
    int err = client_call(store->client, &store->command, &reply);
    if (err)
        return err;
    if (reply_kind(reply) == REPLY_ERROR) {
        err = reply_error_read(reply_text(reply));
        (void)reply_free(reply);
        /* A replica, or a server in trouble: the next call looks for a better one. */
        if (err == JALON_UNAVAILABLE)
            store_disconnect(store);
        return err;
    }
    *ret_reply = reply;
    return JALON_OK;
}

int store_call(struct store *store, struct reply **ret_reply)
{
    int err = call_once(store, ret_reply);
    if (err != JALON_NOT_FOUND)
        return err;
    err = store_install_functions(store);
    if (!err)
        err = call_once(store, ret_reply);
    return err == JALON_NOT_FOUND ? JALON_BAD_REPLY : err;
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
    free(store);
    return NULL;
}

int store_ping(struct store *store)
{
    int err = store_ready(store);
    if (err)
        return err;
    (void)store_command(store, "PING");
    struct reply *reply = NULL; /* GCC at -O3 does not see that an error leaves it alone */
    err = store_call(store, &reply);
    if (!err)
        (void)reply_free(reply);
    return err;
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
