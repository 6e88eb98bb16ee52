/* client_topology.h - what the nodes of a Redis Cluster say of it, for client_*.c only. */
#ifndef STORE_CLIENT_TOPOLOGY_H
#define STORE_CLIENT_TOPOLOGY_H
#include "core/store/client_connection.h"

/* Opens a connection to one node, logged in as `url` says. As client_open(). */
CHECKED int client_topology_connect(struct client_connection **ret_connection,
                                    const struct store_url *url, const struct cluster_node *node,
                                    unsigned timeout_ms, struct problem *problem);

/* Asks those in `known` (NULL: none), then those in `url`, and takes the first map of a node that says that the cluster is
 * ok. JALON_UNAVAILABLE, JALON_INVALID, JALON_UNSUPPORTED: a single server; *problem says more. */
CHECKED int client_topology_find(struct cluster_map *ret_map, const struct store_url *url,
                                 const struct cluster_map *known, unsigned timeout_ms,
                                 struct problem *problem);

/* The map as one node sees it, the one at `host`. JALON_UNAVAILABLE; as reply_error_read(). */
CHECKED int client_topology_ask(struct cluster_map *ret_map, struct client_connection *connection,
                                const char *host);
#endif
