/* store_nodes.c - see store_nodes.h.
 *
 * A home of a cluster:
 *
 *   nowhere ──take_topology, take_moved──▶ away ──hear_connected──▶ reached
 *                                           ▲                         │
 *                                           ├─────hear_lost───────────┤
 *                                           └──take_topology, take_moved: another primary
 *
 * reached() tells each of these arrows, so whoever keeps something that depends on the state of the store (the shipper its
 * positions, the resolver its cache) begins anew at each.
 *
 * Why no batch of clicks is lost in silence, whoever answered it. A batch names the position that it starts at, and is
 * applied with it or not at all (functions.c). Clicks are lost only if a primary says "applied", and another one,
 * without that batch, takes its place:
 *   - A demoted primary that knows it answers MOVED to every key: it applies nothing. The worker takes the home away from it
 *     and asks the position where MOVED says.
 *   - One that was cut off and does not know it applies batches until its node time-out has passed, and drops them when it
 *     hears of its successor. The worker hears of the successor from the keeper, whose map comes from the majority once
 *     it can be reached, or by MOVED. Either is a move, so the stream asks the successor for its
 *     position though no connection broke: it is the older one, and the stream goes back. The clicks are
 *     still there, as the journal keeps what was shipped for journal.keep, and does not let it age while a home is away.
 *   - A batch that is on its way to the old one when the home moves is answered, or given up with its connection. If it is carried
 *     out late, then by a server that has handed its keys over (it answers MOVED or ASK), or whose data is
 *     dropped; never by the one that the positions were asked of.
 *   - Positions that went back unnoticed (there and back between two looks of the keeper) refuse the next batch, as it
 *     starts elsewhere.
 * While a slot migrates its keys are on either node. One key is found where it is (ASK); a batch has several and new ones among
 * them, so it hears TRYAGAIN or ASK, which both mean "not carried out", until the slot has arrived.
 *
 * A node that does not serve a home any more is closed at the next tick, never in its own callback. One that only ASK named
 * stays for a while. */
#include "redirector/store_nodes.h"

#include "redirector/log.h"
#include "redirector/store_nodes_handle.h"
#include "redirector/topology.h"

#include <stdio.h>
#include <stdlib.h>

#define PAUSE_MS 2000        /* between attempts to connect, at most */
#define CLUSTER_PAUSE_MS 500 /* a failover is over in seconds */
#define GUEST_MS 30000       /* for how long a node without a home stays after ASK named it */
#define TRUST_MS 2000        /* MOVED is newer than what a node that is behind tells the keeper */

static int64_t now_of(const struct store_nodes *nodes)
{
    return nodes->options.worker->monotonic_ms;
}

static struct counters *counters_of(const struct store_nodes *nodes)
{
    return nodes->options.worker->counters;
}

/* what can be reached */

static uint32_t count_reach(struct store_nodes *nodes)
{
    uint32_t reach = 0;
    for (unsigned home = 0; home < STORE_HOMES; home++)
        if (nodes->homes[home] && redis_is_connected(nodes->homes[home]->redis))
            reach |= store_home_bit(home);
    return reach;
}

static void tell(struct store_nodes *nodes, uint32_t reach)
{
    if (reach == nodes->reached)
        return;
    nodes->reached = reach;
    nodes->options.reached(nodes->options.context, reach);
}

/* The first home that the node serves; STORE_HOMES: none. */
static unsigned first_home(const struct node *node)
{
    unsigned home = 0;
    while (home < STORE_HOMES && node->nodes->homes[home] != node)
        home++;
    return home;
}

static void publish(const struct store_nodes *nodes)
{
    unsigned wanted = 0, connected = 0;
    for (const struct node *node = nodes->first; node; node = node->next) {
        bool has_home = first_home(node) < STORE_HOMES;
        wanted += has_home;
        connected += has_home && redis_is_connected(node->redis);
    }
    counter_set(counters_of(nodes), store_nodes, wanted);
    counter_set(counters_of(nodes), store_nodes_connected, connected);
}

static void hear_connected(void *context)
{
    struct node *node = context;
    tell(node->nodes, count_reach(node->nodes));
}

static void hear_lost(void *context)
{
    struct node *node = context;
    node->nodes->has_doubt = true;
    tell(node->nodes, count_reach(node->nodes));
}

/* Homes have a primary for the first time, or these another one than before. */
static void tell_moved(struct store_nodes *nodes, uint32_t homes)
{
    if (homes) {
        unsigned count = (unsigned)__builtin_popcount(homes);
        log_info("store: %u of %u parts are on another primary now", count, STORE_HOMES);
        counter_add(counters_of(nodes), store_moves, count);
        tell(nodes, nodes->reached & ~homes);
    }
    tell(nodes, count_reach(nodes));
}

/* True when it was on another one. */
static bool move_home(struct store_nodes *nodes, unsigned home, struct node *node)
{
    struct node *before = nodes->homes[home];
    nodes->homes[home] = node;
    return before && before != node;
}

/* nodes */

/* The node's own part of an address. */
static int address_place(const struct node *node, struct redis_address *address)
{
    if (!*node->place.address)
        return JALON_UNAVAILABLE;
    unsigned home = first_home(node);
    struct key proof = {0};
    if (home < STORE_HOMES)
        proof = store_home_key(home);
    address->port = (int)node->place.name.port;
    int err =
        slice_to_string(address->host, sizeof address->host, slice_of_string(node->place.address));
    return err ? err : slice_to_string(address->proof, sizeof address->proof, key_slice(&proof));
}

static int find_address(void *context, struct redis_address *ret_address)
{
    const struct node *node = context;
    const struct store_nodes *nodes = node->nodes;
    struct redis_address address;
    int err = nodes->options.find_address(nodes->options.context, &address);
    if (!err && store_nodes_are_cluster(nodes))
        err = address_place(node, &address);
    if (!err)
        *ret_address = address;
    return err;
}

static int add_node(struct store_nodes *nodes, const struct store_place *place,
                    struct node **ret_node)
{
    struct node *node = calloc(1, sizeof *node);
    if (!node)
        return JALON_NO_MEMORY;
    node->nodes = nodes;
    node->number = nodes->node_count++;
    node->place = *place;
    if (store_nodes_are_cluster(nodes))
        (void)snprintf(node->label, sizeof node->label, "%s:%u", place->name.host,
                       place->name.port); /* fits */
    struct redis_options options = {
        .worker = nodes->options.worker,
        .name = store_nodes_are_cluster(nodes) ? node->label : "commands",
        .timeout_ms = nodes->options.timeout_ms,
        .pause_ms = store_nodes_are_cluster(nodes) ? CLUSTER_PAUSE_MS : PAUSE_MS,
        .find_address = find_address,
        .connected = hear_connected,
        .lost = hear_lost,
        .context = node};
    int err = redis_new(&node->redis, &options);
    if (err) {
        free(node);
        return err;
    }
    node->next = nodes->first;
    nodes->first = node;
    *ret_node = node;
    return JALON_OK;
}

static struct node *find_node(const struct store_nodes *nodes, const struct cluster_node *name)
{
    struct node *node = nodes->first;
    while (node && !cluster_node_equal(&node->place.name, name))
        node = node->next;
    return node;
}

static struct node *node_free(struct node *node)
{
    redis_free(node->redis);
    free(node);
    return NULL;
}

int store_nodes_new(struct store_nodes **ret_nodes, const struct store_nodes_options *options)
{
    struct store_nodes *nodes = calloc(1, sizeof *nodes);
    if (!nodes)
        return JALON_NO_MEMORY;
    nodes->options = *options;
    if (!store_nodes_are_cluster(nodes)) {
        struct node *node;
        int err = add_node(nodes, &(struct store_place){0}, &node);
        if (err) {
            store_nodes_free(nodes);
            return err;
        }
        for (unsigned home = 0; home < STORE_HOMES; home++)
            nodes->homes[home] = node;
    }
    *ret_nodes = nodes;
    return JALON_OK;
}

struct store_nodes *store_nodes_free(struct store_nodes *nodes)
{
    if (!nodes)
        return NULL;
    memset(nodes->homes, 0, sizeof nodes->homes); /* whoever hears NULL can't ask again */
    while (nodes->first) {
        struct node *node = nodes->first;
        nodes->first = node->next;
        node_free(node);
    }
    store_commands_free(nodes->spare);
    free(nodes);
    return NULL;
}

unsigned store_nodes_origin(const struct store_nodes *nodes)
{
    return nodes->origin;
}

/* redirections */

/* The node of that name, or a new one, not connected. NULL: nobody knows its address yet. */
static struct node *meet(struct store_nodes *nodes, const struct cluster_node *name)
{
    struct node *node = find_node(nodes, name);
    if (node)
        return node;
    struct store_place place = {.name = *name};
    if (!store_host_is_address(name->host) ||
        slice_to_string(place.address, sizeof place.address, slice_of_string(name->host)) ||
        add_node(nodes, &place, &node))
        return NULL;
    redis_tick(node->redis);
    return node;
}

struct node *store_nodes_take_moved(struct store_nodes *nodes,
                                    const struct cluster_redirection *said)
{
    struct node *node = meet(nodes, &said->node);
    uint32_t homes = store_homes_of_slot(said->slot), moved = 0;
    for (unsigned home = 0; node && home < STORE_HOMES; home++)
        if ((homes & store_home_bit(home)) && move_home(nodes, home, node))
            moved |= store_home_bit(home);
    nodes->moved_ms = now_of(nodes);
    tell_moved(nodes, moved);
    return node;
}

struct node *store_nodes_take_ask(struct store_nodes *nodes, const struct cluster_redirection *said)
{
    struct node *node = meet(nodes, &said->node);
    if (node)
        node->named_ms = now_of(nodes);
    return node;
}

/* The one whose turn it is among those that are connected; NULL: none is. */
static struct node *pick(const struct store_nodes *nodes, unsigned turn)
{
    unsigned connected = 0;
    for (const struct node *node = nodes->first; node; node = node->next)
        connected += redis_is_connected(node->redis);
    if (connected == 0)
        return NULL;
    unsigned left = turn % connected;
    struct node *node = nodes->first;
    while (!redis_is_connected(node->redis) || left-- > 0)
        node = node->next;
    return node;
}

int store_nodes_send_any(struct store_nodes *nodes, unsigned turn, int argc,
                         const char *const *argv, redis_heard *heard, void *context, uint64_t tag)
{
    struct node *node = pick(nodes, turn);
    return node ? redis_send(node->redis, argc, argv, NULL, heard, context, tag)
                : JALON_UNAVAILABLE;
}

int store_nodes_find_any(const struct store_nodes *nodes, unsigned turn,
                         struct redis_address *ret_address)
{
    struct node *node = pick(nodes, turn);
    if (!node)
        node = nodes->first;
    int err = node ? find_address(node, ret_address) : JALON_UNAVAILABLE;
    if (!err)
        ret_address->proof[0] = '\0'; /* a subscriber has no keys */
    return err;
}

void store_nodes_break(struct store_nodes *nodes, unsigned home, const char *why)
{
    if (nodes->homes[home])
        redis_break(nodes->homes[home]->redis, why);
}

void store_nodes_flush(struct store_nodes *nodes)
{
    for (struct node *node = nodes->first; node; node = node->next)
        redis_flush(node->redis);
}

/* the topology */

static struct node *settle_node(struct store_nodes *nodes, const struct store_place *place)
{
    struct node *node = find_node(nodes, &place->name);
    if (!node && add_node(nodes, place, &node) != JALON_OK)
        return NULL; /* nowhere, until the next look */
    node->place = *place;
    return node;
}

/* MOVED is believed rather than a map that may be older, as long as that works. */
static bool is_topology_new(const struct store_nodes *nodes)
{
    bool trusts_moved = nodes->moved_ms && now_of(nodes) - nodes->moved_ms < TRUST_MS &&
                        nodes->reached == STORE_ALL_HOMES;
    return !trusts_moved && topology_number(nodes->options.topology) != nodes->topology_number;
}

static void take_topology(struct store_nodes *nodes)
{
    if (!is_topology_new(nodes))
        return;
    nodes->topology_number = topology_number(nodes->options.topology);
    struct store_homes found;
    topology_take(nodes->options.topology, &found);
    uint32_t moved = 0;
    for (unsigned home = 0; home < STORE_HOMES; home++) {
        uint8_t place = found.places_of[home];
        struct node *node =
            place == STORE_NO_PLACE ? NULL : settle_node(nodes, &found.places[place]);
        if (move_home(nodes, home, node))
            moved |= store_home_bit(home);
    }
    tell_moved(nodes, moved);
}

static bool is_needed(const struct node *node)
{
    return first_home(node) < STORE_HOMES ||
           (node->named_ms && now_of(node->nodes) - node->named_ms < GUEST_MS);
}

static void close_idle(struct store_nodes *nodes)
{
    for (struct node **at = &nodes->first; *at;) {
        struct node *node = *at;
        if (is_needed(node)) {
            at = &node->next;
            continue;
        }
        *at = node->next;
        node_free(node);
    }
}

void store_nodes_tick(struct store_nodes *nodes)
{
    if (store_nodes_are_cluster(nodes)) {
        take_topology(nodes);
        close_idle(nodes);
    }
    for (struct node *node = nodes->first; node; node = node->next)
        redis_tick(node->redis);
    publish(nodes);
    if (nodes->has_doubt)
        nodes->options.doubted(nodes->options.context);
    nodes->has_doubt = false;
}
