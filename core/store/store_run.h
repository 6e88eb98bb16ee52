/* store_run.h - which server, and which run of it, a connection leads to; and can it be our store? */
#ifndef STORE_STORE_RUN_H
#define STORE_STORE_RUN_H
#include "core/store/client.h"
#include "core/store/redo.h"

struct store_run {
    char server[64];       /* "redis 7.0.15", "valkey 8.1.1 cluster, 3 primaries" */
    char id[REDO_RUN_MAX]; /* another one after each restart and each change of the primary */
    /* Its append-only file was not rewritten since the start: functions.c. By the client's number of the server. */
    bool needs_rewrite[CLUSTER_NODES_MAX];
};

/* Asks INFO of each primary. In a cluster the id is one of all of them together: another one when any of them restarts or
 * is replaced, the same when slots move between them. JALON_UNSUPPORTED: too old, a Sentinel, or a node of a cluster where
 * none is meant; JALON_UNAVAILABLE: a replica, or still loading; *problem says more. */
CHECKED int store_run_read(struct store_run *ret_run, struct client *client,
                           struct problem *problem);
/* The same of one server, from the text of its INFO. */
CHECKED int store_run_of_text(struct store_run *ret_run, struct slice text, bool is_cluster,
                              struct problem *problem);
/* The value of `name` in the text of INFO; empty when there is none. */
struct slice info_field(struct slice text, const char *name);

#endif
