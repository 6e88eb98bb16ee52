#include "core/store/store_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

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

static int check_role(struct slice text, bool is_cluster, struct problem *problem)
{
    struct slice mode = info_field(text, "redis_mode");
    if (mode.size == 0)
        mode = info_field(text, "server_mode");
    if (slice_is(mode, "sentinel"))
        return refuse(JALON_UNSUPPORTED, problem,
                      "the store is a Sentinel: name the Redis server that it watches");
    if (slice_is(mode, "cluster") && !is_cluster)
        return refuse(JALON_UNSUPPORTED, problem,
                      "the store is a node of a Redis Cluster: name it as cluster://host:port");
    if (slice_is(info_field(text, "loading"), "1"))
        return refuse(JALON_UNAVAILABLE, problem,
                      "the store is still loading its data: try again shortly");
    if (slice_is(info_field(text, "role"), "slave") && is_cluster)
        return refuse(JALON_UNAVAILABLE, problem,
                      "the store's cluster is about to change a primary: try again shortly");
    if (slice_is(info_field(text, "role"), "slave"))
        return refuse(
            JALON_UNAVAILABLE, problem,
            "the store is a replica: name the primary, or wait until this one is promoted");
    return JALON_OK;
}

int store_run_of_text(struct store_run *ret_run, struct slice text, bool is_cluster,
                      struct problem *problem)
{
    int err = check_version(info_field(text, "redis_version"), problem);
    if (!err)
        err = check_role(text, is_cluster, problem);
    if (err)
        return err;
    struct slice valkey = info_field(text, "valkey_version");
    struct slice version = valkey.size ? valkey : info_field(text, "redis_version");
    struct store_run run = {0};
    (void)snprintf(run.server, sizeof run.server, "%s %.*s", valkey.size ? "valkey" : "redis",
                   SLICE_ARG(slice_first(version, 24))); /* fits */
    /* The run id alone is not enough: a demoted primary that is promoted again keeps it, without its old tail. */
    (void)snprintf(run.id, sizeof run.id, "%.*s.%.*s",
                   SLICE_ARG(slice_first(info_field(text, "run_id"), 48)),
                   SLICE_ARG(slice_first(info_field(text, "master_replid"), 48))); /* fits */
    run.needs_rewrite[0] = slice_is(info_field(text, "aof_enabled"), "1") &&
                           slice_is(info_field(text, "aof_rewrite_in_progress"), "0") &&
                           slice_is(info_field(text, "aof_rewrite_scheduled"), "0") &&
                           slice_is(info_field(text, "aof_last_rewrite_time_sec"), "-1");
    *ret_run = run;
    return JALON_OK;
}

static int read_one(struct store_run *ret_run, struct client *client, unsigned node,
                    struct problem *problem)
{
    static const char *const sections[] = {"server", "replication", "persistence"};
    char memory[32768];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        struct reply *reply;
        int err = client_say_at(client, node, &reply, "INFO", sections[i], NULL);
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
    return store_run_of_text(ret_run, buffer_slice(&text), client_map(client) != NULL, problem);
}

static void name_node(struct problem *problem, const struct cluster_node *node)
{
    char where[CLUSTER_NODE_TEXT];
    struct problem with = *problem;
    cluster_node_describe(node, where);
    (void)problem_set(&with, problem->kind, "%s (node %.120s)", problem->detail, where); /* ours */
    *problem = with;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* In no order of the nodes, so that each that asks comes to the same. */
static void hash_ids(char ret_id[REDO_RUN_MAX], char (*ids)[REDO_RUN_MAX], unsigned count)
{
    qsort(ids, count, sizeof *ids, by_text);
    XXH128_hash_t hash = XXH3_128bits(ids, count * sizeof *ids);
    (void)snprintf(ret_id, REDO_RUN_MAX, "cluster.%016llx%016llx", (unsigned long long)hash.high64,
                   (unsigned long long)hash.low64); /* fits */
}

static int read_cluster(struct store_run *ret_run, struct client *client, struct problem *problem)
{
    char ids[CLUSTER_NODES_MAX][REDO_RUN_MAX];
    const struct cluster_map *map = client_map(client);
    unsigned count = client_primary_count(client);
    struct store_run run = {0};
    for (unsigned i = 0; i < count; i++) {
        struct store_run one;
        int err = read_one(&one, client, i, problem);
        if (err) {
            name_node(problem, &map->nodes[i]);
            return err;
        }
        memset(ids[i], 0, sizeof ids[i]); /* what is behind the NUL is hashed too */
        memcpy(ids[i], one.id, strlen(one.id));
        run.needs_rewrite[i] = one.needs_rewrite[0];
        if (i == 0)
            (void)snprintf(run.server, sizeof run.server, "%.32s cluster, %u primaries", one.server,
                           count); /* fits */
    }
    hash_ids(run.id, ids, count);
    *ret_run = run;
    return JALON_OK;
}

int store_run_read(struct store_run *ret_run, struct client *client, struct problem *problem)
{
    return client_map(client) ? read_cluster(ret_run, client, problem)
                              : read_one(ret_run, client, 0, problem);
}
