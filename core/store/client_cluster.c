/* A command waits in two lists until its answer is handed out: in the order the caller sent them, and in the order they
 * went to its node, in which that node's answers come. Answers are taken off the wire only as far as the caller's oldest
 * command needs; those that come before it at its node wait with their commands.
 *
 *   sent --an answer--> answered --handed out--> gone
 *     ^                    |
 *     +----sent again------+   MOVED to another primary, ASK, TRYAGAIN: no node carried it out
 *
 * A command that a node refused is sent again when its turn to be handed out comes, so those of one key keep their order.
 * As long as earlier ones may be on their way to another node, a new one waits until all are answered.
 *
 * A MOVED to a node that was no primary when we connected is handed out: what was checked and replayed then (store.c) has
 * to be done to that one first. */
#include "core/store/client_cluster.h"

#include "core/base/clock.h"
#include "core/store/client_topology.h"

#include <stdlib.h>
#include <time.h>

#define NODES_MAX (CLUSTER_NODES_MAX + 16) /* and nodes that slots are on the way to */
#define HOPS_AT_ONCE 4                     /* then with pauses: the nodes don't agree yet */
#define PAUSE_MS 20
#define ANY_SLOT CLUSTER_SLOTS
#define TEXT_MAX (256U << 20) /* bytes */

struct pending {
    struct pending *next;       /* in the caller's order */
    struct pending *next_there; /* in the node's */
    struct buffer text;         /* of the command; empty: ASKING, whose answer nobody waits for */
    unsigned slot, node, hops;
    struct reply *reply; /* NULL: not here yet */
    bool is_settled;     /* the reply is the one that its sender is to get */
};

struct node {
    struct cluster_node at;
    struct client_connection *connection;
    struct pending *oldest, *newest;
    bool is_unsent; /* something is queued */
};

struct client_cluster {
    struct store_url url;
    unsigned timeout_ms;
    struct cluster_map map;
    unsigned node_count; /* the first map.node_count are the map's */
    struct node nodes[NODES_MAX];
    struct pending *oldest, *newest;
    bool is_broken;          /* answers were lost */
    bool is_stale;           /* the primaries are others by now */
    bool is_redirected;      /* one of those pending was sent again */
    int64_t patience_end_ms; /* 0: nothing is put off */
    unsigned last_node, look_turn;
};

static int connect_nodes(struct client_cluster *cluster, struct problem *problem)
{
    int err = JALON_OK;
    for (unsigned i = 0; !err && i < cluster->map.node_count; i++) {
        struct node *node = &cluster->nodes[i];
        node->at = cluster->map.nodes[i];
        err = client_topology_connect(&node->connection, &cluster->url, &node->at,
                                      cluster->timeout_ms, problem);
        cluster->node_count += !err;
    }
    return err;
}

int client_cluster_open(struct client_cluster **ret_cluster, const struct store_url *url,
                        const struct cluster_map *known, unsigned timeout_ms,
                        struct problem *problem)
{
    struct client_cluster *cluster = calloc(1, sizeof *cluster);
    if (!cluster)
        return problem_from_error(problem, JALON_NO_MEMORY);
    cluster->url = *url;
    cluster->timeout_ms = timeout_ms;
    int err = client_topology_find(&cluster->map, url, known, timeout_ms, problem);
    if (!err)
        err = connect_nodes(cluster, problem);
    if (err) {
        (void)client_cluster_free(cluster);
        return err;
    }
    *ret_cluster = cluster;
    return JALON_OK;
}

static void pending_free(struct pending *pending)
{
    buffer_done(&pending->text);
    (void)reply_free(pending->reply);
    free(pending);
}

struct client_cluster *client_cluster_free(struct client_cluster *cluster)
{
    if (!cluster)
        return NULL;
    for (unsigned i = 0; i < cluster->node_count; i++) {
        struct node *node = &cluster->nodes[i];
        for (struct pending *next, *pending = node->oldest; pending; pending = next) {
            next = pending->next_there;
            if (!pending->text.size) /* the others are in the caller's list */
                pending_free(pending);
        }
        (void)client_connection_free(node->connection);
    }
    for (struct pending *next, *pending = cluster->oldest; pending; pending = next) {
        next = pending->next;
        pending_free(pending);
    }
    free(cluster);
    return NULL;
}

bool client_cluster_is_alive(const struct client_cluster *cluster)
{
    if (cluster->is_broken || cluster->is_stale)
        return false;
    for (unsigned i = 0; i < cluster->node_count; i++)
        if (!client_connection_is_alive(cluster->nodes[i].connection))
            return false;
    return true;
}

/* The first key, where the command has one. */
static bool key_of(struct slice *ret_key, const struct argument_list *command)
{
    static const char *const without[] = {"BGREWRITEAOF", "CLUSTER", "CONFIG",  "FUNCTION",
                                          "INFO",         "PING",    "PUBLISH", "TIME"};
    struct slice name = argument_list_at(command, 0);
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (slice_is(name, without[i]))
            return false;
    size_t at = slice_is(name, "FCALL") ? 3 : 1;
    if (command->count <= at || (at == 3 && slice_is(argument_list_at(command, 2), "0")))
        return false;
    *ret_key = argument_list_at(command, at);
    return true;
}

/* Who serves the slot; where nobody does, the first node says so itself. */
static unsigned owner_of(const struct client_cluster *cluster, unsigned slot)
{
    unsigned owner = slot == ANY_SLOT ? CLUSTER_NO_OWNER : cluster->map.owners[slot];
    return owner == CLUSTER_NO_OWNER ? 0 : owner;
}

static int dispatch(struct client_cluster *cluster, struct pending *pending, unsigned index)
{
    struct node *node = &cluster->nodes[index];
    struct slice text =
        pending->text.size ? buffer_slice(&pending->text) : SLICE("*1\r\n$6\r\nASKING\r\n");
    int err = client_connection_send_text(node->connection, text);
    if (err) {
        cluster->is_broken = true;
        return err;
    }
    pending->node = index;
    pending->next_there = NULL;
    if (node->oldest)
        node->newest->next_there = pending;
    else
        node->oldest = pending;
    node->newest = pending;
    node->is_unsent = true;
    return JALON_OK;
}

static int flush(struct client_cluster *cluster)
{
    for (unsigned i = 0; i < cluster->node_count; i++) {
        struct node *node = &cluster->nodes[i];
        int err = node->is_unsent ? client_connection_flush(node->connection) : JALON_OK;
        node->is_unsent = false;
        if (err) {
            cluster->is_broken = true;
            return err;
        }
    }
    return JALON_OK;
}

/* One answer off a node's wire, to the oldest command that waits there. */
static int take_answer(struct client_cluster *cluster, struct node *node)
{
    struct reply *reply;
    int err = client_connection_receive(node->connection, &reply);
    if (err) {
        cluster->is_broken = true;
        return err;
    }
    struct pending *pending = node->oldest;
    node->oldest = pending->next_there;
    pending->reply = reply;
    if (!pending->text.size)
        pending_free(pending);
    return JALON_OK;
}

static unsigned find_node(const struct client_cluster *cluster, const struct cluster_node *at)
{
    unsigned i = 0;
    while (i < cluster->node_count && !cluster_node_equal(&cluster->nodes[i].at, at))
        i++;
    return i;
}

/* A node that a slot is on the way to may be new, and no primary of the map. */
static int find_or_connect(struct client_cluster *cluster, unsigned *ret_index,
                           const struct cluster_node *at)
{
    unsigned index = find_node(cluster, at);
    if (index == NODES_MAX)
        return JALON_FULL;
    if (index == cluster->node_count) {
        struct problem problem = {0};
        int err = client_topology_connect(&cluster->nodes[index].connection, &cluster->url, at,
                                          cluster->timeout_ms, &problem);
        if (err)
            return err;
        cluster->nodes[index].at = *at;
        cluster->node_count++;
    }
    *ret_index = index;
    return JALON_OK;
}

static int send_asking(struct client_cluster *cluster, struct pending *pending, unsigned index)
{
    struct pending *asking = calloc(1, sizeof *asking);
    if (!asking)
        return JALON_NO_MEMORY;
    int err = dispatch(cluster, asking, index);
    if (err)
        free(asking);
    return err ? err : dispatch(cluster, pending, index);
}

/* Waits a moment; false when that has been done for long enough without a single command getting through. */
static bool pause_for(struct client_cluster *cluster)
{
    int64_t now_ms = clock_monotonic_ms();
    if (cluster->patience_end_ms == 0)
        cluster->patience_end_ms = now_ms + cluster->timeout_ms;
    if (now_ms >= cluster->patience_end_ms)
        return false;
    struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    (void)nanosleep(&pause, NULL); /* shorter when a signal comes, which is no harm */
    return true;
}

/* Sends a command again that was refused with `redirection`. *ret_is_sent: false when there is no sense in it; its error
 * is its answer then. */
static int send_again(struct client_cluster *cluster, struct pending *pending,
                      const struct cluster_redirection *redirection, bool *ret_is_sent)
{
    struct cluster_node at = redirection->node;
    if (!*at.host)
        memcpy(at.host, cluster->nodes[pending->node].at.host, sizeof at.host);
    unsigned index = owner_of(cluster, pending->slot);
    *ret_is_sent = false;
    if (redirection->word == CLUSTER_MOVED) {
        index = find_node(cluster, &at);
        if (index >= cluster->map.node_count) {
            cluster->is_stale = true;
            return JALON_OK;
        }
        cluster->map.owners[redirection->slot] = (uint8_t)index;
    } else if (redirection->word == CLUSTER_ASK && find_or_connect(cluster, &index, &at)) {
        cluster->is_stale = true; /* there is something wrong with what we know */
        return JALON_OK;
    }
    bool must_wait = redirection->word == CLUSTER_TRY_AGAIN || pending->hops >= HOPS_AT_ONCE;
    if (must_wait && !pause_for(cluster))
        return JALON_OK;
    pending->hops++;
    pending->reply = reply_free(pending->reply);
    cluster->is_redirected = *ret_is_sent = true;
    return redirection->word == CLUSTER_ASK ? send_asking(cluster, pending, index)
                                            : dispatch(cluster, pending, index);
}

/* Where the command is to go now. CLUSTER_OTHER: nowhere. */
static enum cluster_word read_answer(struct client_cluster *cluster, const struct pending *pending,
                                     struct cluster_redirection *ret_redirection)
{
    struct cluster_redirection redirection = {.word = CLUSTER_OTHER};
    if (reply_kind(pending->reply) == REPLY_ERROR &&
        cluster_redirection_read(&redirection, reply_text(pending->reply)))
        return CLUSTER_OTHER; /* a MOVED that is none: an error like others */
    if (redirection.word == CLUSTER_OTHER)
        cluster->patience_end_ms = 0; /* things go on */
    *ret_redirection = redirection;
    return pending->slot == ANY_SLOT ? CLUSTER_OTHER : redirection.word;
}

/* Until the command has the answer that its sender is to get. */
static int settle(struct client_cluster *cluster, struct pending *pending)
{
    while (!pending->is_settled) {
        int err = flush(cluster);
        while (!err && !pending->reply)
            err = take_answer(cluster, &cluster->nodes[pending->node]);
        if (err)
            return err;
        struct cluster_redirection redirection;
        enum cluster_word word = read_answer(cluster, pending, &redirection);
        bool is_sent = false;
        if (word != CLUSTER_OTHER && word != CLUSTER_DOWN)
            err = send_again(cluster, pending, &redirection, &is_sent);
        if (err)
            return err;
        pending->is_settled = !is_sent;
    }
    return JALON_OK;
}

static int settle_all(struct client_cluster *cluster)
{
    int err = JALON_OK;
    for (struct pending *pending = cluster->oldest; !err && pending; pending = pending->next)
        err = settle(cluster, pending);
    cluster->is_redirected = false;
    return err;
}

static int send_to(struct client_cluster *cluster, struct argument_list *command, unsigned slot,
                   unsigned node)
{
    struct pending *pending = calloc(1, sizeof *pending);
    if (!pending)
        return JALON_NO_MEMORY;
    pending->slot = slot;
    buffer_init(&pending->text, TEXT_MAX);
    int err = argument_list_write(&pending->text, command);
    if (!err)
        err = dispatch(cluster, pending, node);
    if (err) {
        pending_free(pending);
        return err;
    }
    if (cluster->oldest)
        cluster->newest->next = pending;
    else
        cluster->oldest = pending;
    cluster->newest = pending;
    return JALON_OK;
}

int client_cluster_flush(struct client_cluster *cluster)
{
    return cluster->is_broken ? JALON_UNAVAILABLE : flush(cluster);
}

int client_cluster_send(struct client_cluster *cluster, struct argument_list *command)
{
    struct slice key;
    if (cluster->is_broken)
        return JALON_UNAVAILABLE;
    int err = cluster->is_redirected ? settle_all(cluster) : JALON_OK;
    if (err)
        return err;
    unsigned slot = key_of(&key, command) ? cluster_slot(key) : ANY_SLOT;
    return send_to(cluster, command, slot, owner_of(cluster, slot));
}

int client_cluster_send_at(struct client_cluster *cluster, unsigned node,
                           struct argument_list *command)
{
    if (cluster->is_broken)
        return JALON_UNAVAILABLE;
    return send_to(cluster, command, ANY_SLOT, node);
}

int client_cluster_receive(struct client_cluster *cluster, struct reply **ret_reply)
{
    struct pending *pending = cluster->oldest;
    if (cluster->is_broken || !pending)
        return JALON_UNAVAILABLE;
    int err = settle(cluster, pending);
    if (err)
        return err;
    cluster->oldest = pending->next;
    cluster->is_redirected &= cluster->oldest != NULL;
    cluster->last_node = pending->node;
    *ret_reply = pending->reply;
    pending->reply = NULL;
    pending_free(pending);
    return JALON_OK;
}

unsigned client_cluster_primary_count(const struct client_cluster *cluster)
{
    return cluster->map.node_count;
}

unsigned client_cluster_node_count(const struct client_cluster *cluster)
{
    return cluster->node_count;
}

unsigned client_cluster_last_node(const struct client_cluster *cluster)
{
    return cluster->last_node;
}

const struct cluster_map *client_cluster_map(const struct client_cluster *cluster)
{
    return &cluster->map;
}

/* Takes over which slots belong to whom, where the primaries are the ones we know. */
static bool adopt(struct client_cluster *cluster, const struct cluster_map *map)
{
    uint8_t ours[CLUSTER_NODES_MAX];
    if (map->node_count != cluster->map.node_count)
        return false;
    for (unsigned i = 0; i < map->node_count; i++) {
        unsigned index = find_node(cluster, &map->nodes[i]);
        if (index >= cluster->map.node_count)
            return false;
        ours[i] = (uint8_t)index;
    }
    for (unsigned slot = 0; slot < CLUSTER_SLOTS; slot++)
        cluster->map.owners[slot] =
            map->owners[slot] == CLUSTER_NO_OWNER ? CLUSTER_NO_OWNER : ours[map->owners[slot]];
    return true;
}

int client_cluster_look(struct client_cluster *cluster)
{
    struct cluster_map map;
    struct node *node = &cluster->nodes[cluster->look_turn++ % cluster->map.node_count];
    int err = client_topology_ask(&map, node->connection, node->at.host);
    if (!err)
        cluster->is_stale |= !adopt(cluster, &map);
    else if (err == JALON_UNAVAILABLE)
        cluster->is_broken = true;
    return err;
}
