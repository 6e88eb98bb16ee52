/* store_nodes_handle.h - the inside of store_nodes.h, for store_nodes.c and store_commands.c only. */
#ifndef REDIRECTOR_STORE_NODES_HANDLE_H
#define REDIRECTOR_STORE_NODES_HANDLE_H
#include "redirector/counters.h"
#include "redirector/store_nodes.h"
#include "redirector/worker.h"

struct command; /* store_commands.c */

#define NODE_LABEL_MAX 300

struct node {
    struct node *next;
    struct store_nodes *nodes;
    struct redis *redis;
    unsigned number;            /* never given to another one */
    struct store_place place;   /* of a cluster */
    int64_t named_ms;           /* monotonic: when ASK named it; 0: never */
    char label[NODE_LABEL_MAX]; /* for the log */
};

struct store_nodes {
    struct store_nodes_options options;
    struct node *first;
    struct node *homes[STORE_HOMES]; /* NULL: nowhere */
    unsigned node_count;             /* ever made */
    uint32_t reached;                /* as told */
    uint64_t topology_number;        /* of what was taken */
    int64_t moved_ms;                /* monotonic: the last MOVED */
    struct command *spare;
    unsigned origin;
    bool has_doubt;
};

static inline bool store_nodes_are_cluster(const struct store_nodes *nodes)
{
    return nodes->options.topology != NULL;
}

/* What MOVED says: its homes are there from now on. The node; NULL: nobody knows its address yet. */
struct node *store_nodes_take_moved(struct store_nodes *nodes,
                                    const struct cluster_redirection *said);
/* The node that ASK names, which stays for a while though it has no home. NULL, likewise. */
struct node *store_nodes_take_ask(struct store_nodes *nodes,
                                  const struct cluster_redirection *said);

void store_commands_free(struct command *spare); /* a list */
#endif
