#include "core/store/client_topology.h"

#define SEED_TIMEOUT_MS 1500 /* a node that is gone shall not hold up asking the next one */

int client_topology_connect(struct client_connection **ret_connection, const struct store_url *url,
                            const struct cluster_node *node, unsigned timeout_ms,
                            struct problem *problem)
{
    struct store_url at = *url;
    at.kind = STORE_TCP;
    memcpy(at.host, node->host, sizeof at.host);
    at.port = node->port;
    return client_connection_open(ret_connection, &at, timeout_ms, problem);
}

int client_topology_ask(struct cluster_map *ret_map, struct client_connection *connection,
                        const char *host)
{
    struct reply *reply;
    int err = client_connection_say(connection, &reply, "CLUSTER", "SLOTS", NULL);
    if (err)
        return err;
    err = cluster_map_read(ret_map, reply, host);
    (void)reply_free(reply);
    return err;
}

static int is_cluster_ok(bool *ret_is_ok, struct client_connection *connection)
{
    struct reply *reply;
    int err = client_connection_say(connection, &reply, "CLUSTER", "INFO", NULL);
    if (err)
        return err;
    struct slice text = reply_text(reply);
    *ret_is_ok = false;
    while (text.size && !*ret_is_ok)
        *ret_is_ok = slice_starts(slice_take(&text, '\n'), SLICE("cluster_state:ok"));
    (void)reply_free(reply);
    return JALON_OK;
}

/* What asking a node failed with, in words. Any error that a single server gives is one about cluster support. */
static int explain(int err, const struct cluster_node *node, struct problem *problem)
{
    char where[CLUSTER_NODE_TEXT];
    cluster_node_describe(node, where);
    if (err == JALON_UNAVAILABLE)
        (void)problem_set(problem, PROBLEM_UNAVAILABLE, "the store at %.180s does not answer",
                          where); /* the code is ours */
    else if (err == JALON_INVALID)
        (void)problem_set(problem, PROBLEM_INVALID,
                          "the store at %.180s wants a login, or does not allow CLUSTER: correct "
                          "store.redis or the user's rights",
                          where); /* the code is ours */
    else if (err == JALON_FULL)
        (void)problem_set(problem, PROBLEM_INVALID,
                          "the cluster at %.180s has more than %d primaries", where,
                          CLUSTER_NODES_MAX); /* the code is ours */
    else
        return problem_from_error(problem, err);
    return err;
}

static int refuse_single(const struct cluster_node *node, struct problem *problem)
{
    char where[CLUSTER_NODE_TEXT];
    cluster_node_describe(node, where);
    (void)problem_set(problem, PROBLEM_INVALID,
                      "the store at %.120s is a single server, no node of a Redis Cluster: name it "
                      "as redis://%.120s",
                      where, where); /* the code is ours */
    return JALON_UNSUPPORTED;
}

static int refuse_down(const struct cluster_node *node, struct problem *problem)
{
    char where[CLUSTER_NODE_TEXT];
    cluster_node_describe(node, where);
    (void)problem_set(problem, PROBLEM_UNAVAILABLE,
                      "the store at %.180s says that its cluster is down: see CLUSTER INFO there",
                      where); /* the code is ours */
    return JALON_UNAVAILABLE;
}

static int ask_node(struct cluster_map *ret_map, struct client_connection *connection,
                    const struct cluster_node *node, struct problem *problem)
{
    bool is_ok;
    int err = is_cluster_ok(&is_ok, connection);
    if (err == JALON_BAD_REPLY || err == JALON_UNSUPPORTED)
        return refuse_single(node, problem);
    if (!err)
        err = client_topology_ask(ret_map, connection, node->host);
    if (err)
        return explain(err, node, problem);
    return is_ok && ret_map->node_count ? JALON_OK : refuse_down(node, problem);
}

static int ask_seed(struct cluster_map *ret_map, const struct store_url *url,
                    const struct cluster_node *node, unsigned timeout_ms, struct problem *problem)
{
    struct client_connection *connection;
    int err = client_topology_connect(&connection, url, node, timeout_ms, problem);
    if (err)
        return err;
    err = ask_node(ret_map, connection, node, problem);
    (void)client_connection_free(connection);
    return err;
}

/* JALON_UNAVAILABLE when none of them will do: what the last one said is in *problem. */
static int ask_each(struct cluster_map *ret_map, const struct store_url *url,
                    const struct cluster_node *nodes, unsigned count, unsigned timeout_ms,
                    struct problem *problem)
{
    int err = JALON_UNAVAILABLE;
    for (unsigned i = 0; err == JALON_UNAVAILABLE && i < count; i++) {
        problem_init(problem);
        err = ask_seed(ret_map, url, &nodes[i], timeout_ms, problem);
    }
    return err;
}

int client_topology_find(struct cluster_map *ret_map, const struct store_url *url,
                         const struct cluster_map *known, unsigned timeout_ms,
                         struct problem *problem)
{
    int err = JALON_UNAVAILABLE;
    if (timeout_ms > SEED_TIMEOUT_MS)
        timeout_ms = SEED_TIMEOUT_MS;
    if (known)
        err = ask_each(ret_map, url, known->nodes, known->node_count, timeout_ms, problem);
    if (err == JALON_UNAVAILABLE)
        err = ask_each(ret_map, url, url->seeds, url->seed_count, timeout_ms, problem);
    if (!err)
        problem_init(problem);
    return err;
}
