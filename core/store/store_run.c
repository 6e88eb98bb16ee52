#include "core/store/store_run.h"

#include <stdio.h>

#define VERSION_MIN 7

struct slice info_field(struct slice text, const char *name)
{
    struct slice wanted = slice_of_string(name);
    while (text.size) {
        struct slice line = slice_take(&text, '\n');
        if (line.size && line.data[line.size - 1] == '\r')
            line.size--;
        struct slice value = line, field = slice_take(&value, ':');
        if (slice_equal(field, wanted))
            return value;
    }
    return SLICE_NONE;
}

static int refuse(int err, struct problem *problem, const char *text)
{
    enum problem_kind kind = err == JALON_UNAVAILABLE ? PROBLEM_UNAVAILABLE : PROBLEM_INVALID;
    (void)problem_set(problem, kind, "%s", text); /* the code is ours */
    return err;
}

static int check_version(struct slice version, struct problem *problem)
{
    struct slice rest = version;
    uint64_t major;
    if (slice_to_u64(&major, slice_take(&rest, '.'), UINT32_MAX))
        return refuse(JALON_UNSUPPORTED, problem,
                      "the store does not tell its version: Redis 7 or later, or "
                      "Valkey, is needed");
    if (major >= VERSION_MIN)
        return JALON_OK;
    (void)problem_set(problem, PROBLEM_INVALID,
                      "the store is Redis %.*s: Redis 7 or later, or Valkey, is needed",
                      SLICE_ARG(slice_first(version, 32))); /* the code is ours */
    return JALON_UNSUPPORTED;
}

static int check_role(struct slice text, struct problem *problem)
{
    struct slice mode = info_field(text, "redis_mode");
    if (mode.size == 0)
        mode = info_field(text, "server_mode");
    if (slice_is(mode, "sentinel"))
        return refuse(JALON_UNSUPPORTED, problem,
                      "the store is a Sentinel: name the Redis server that it watches");
    if (slice_is(mode, "cluster"))
        return refuse(JALON_UNSUPPORTED, problem,
                      "the store is a node of a Redis Cluster, which is not supported yet: name a "
                      "single server");
    if (slice_is(info_field(text, "loading"), "1"))
        return refuse(JALON_UNAVAILABLE, problem,
                      "the store is still loading its data: try again shortly");
    if (slice_is(info_field(text, "role"), "slave"))
        return refuse(
            JALON_UNAVAILABLE, problem,
            "the store is a replica: name the primary, or wait until this one is promoted");
    return JALON_OK;
}

int store_run_of_text(struct store_run *ret_run, struct slice text, struct problem *problem)
{
    int err = check_version(info_field(text, "redis_version"), problem);
    if (!err)
        err = check_role(text, problem);
    if (err)
        return err;
    struct slice valkey = info_field(text, "valkey_version");
    struct slice version = valkey.size ? valkey : info_field(text, "redis_version");
    struct store_run run;
    (void)snprintf(run.server, sizeof run.server, "%s %.*s", valkey.size ? "valkey" : "redis",
                   SLICE_ARG(slice_first(version, 32))); /* fits */
    /* The run id alone is not enough: a demoted primary that is promoted again keeps it, without its old tail. */
    (void)snprintf(run.id, sizeof run.id, "%.*s.%.*s",
                   SLICE_ARG(slice_first(info_field(text, "run_id"), 48)),
                   SLICE_ARG(slice_first(info_field(text, "master_replid"), 48))); /* fits */
    *ret_run = run;
    return JALON_OK;
}

int store_run_read(struct store_run *ret_run, struct client *client, struct problem *problem)
{
    static const char *const sections[] = {"server", "replication", "persistence"};
    char memory[32768];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        struct reply *reply;
        int err = client_say(client, &reply, "INFO", sections[i], NULL);
        if (err == JALON_INVALID)
            return refuse(err, problem,
                          "the store wants a login, or does not allow INFO: correct "
                          "store.redis or the user's rights");
        if (err)
            return refuse(JALON_UNAVAILABLE, problem,
                          "the store does not answer INFO: try again shortly");
        buffer_append(&text, reply_text(reply));
        buffer_append_string(&text, "\n");
        (void)reply_free(reply);
    }
    if (buffer_error(&text))
        return refuse(JALON_UNSUPPORTED, problem, "the store's INFO is longer than any Redis's");
    return store_run_of_text(ret_run, buffer_slice(&text), problem);
}
