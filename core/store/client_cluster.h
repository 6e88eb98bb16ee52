/* client_cluster.h - the primaries of a Redis Cluster as one server, for client.c only; what its functions do is said in
 * client.h, at those of the same name. */
#ifndef STORE_CLIENT_CLUSTER_H
#define STORE_CLIENT_CLUSTER_H
#include "core/store/client.h"

struct client_cluster;

CHECKED int client_cluster_open(struct client_cluster **ret_cluster, const struct store_url *url,
                                const struct cluster_map *known, unsigned timeout_ms,
                                struct problem *problem);
struct client_cluster *client_cluster_free(struct client_cluster *cluster); /* accepts NULL */
bool client_cluster_is_alive(const struct client_cluster *cluster);

/* Sends what is queued. */
CHECKED int client_cluster_flush(struct client_cluster *cluster);
CHECKED int client_cluster_send(struct client_cluster *cluster, struct argument_list *command);
CHECKED int client_cluster_send_at(struct client_cluster *cluster, unsigned node,
                                   struct argument_list *command);
CHECKED int client_cluster_receive(struct client_cluster *cluster, struct reply **ret_reply);

unsigned client_cluster_primary_count(const struct client_cluster *cluster);
unsigned client_cluster_node_count(const struct client_cluster *cluster);
unsigned client_cluster_last_node(const struct client_cluster *cluster);
const struct cluster_map *client_cluster_map(const struct client_cluster *cluster);
CHECKED int client_cluster_look(struct client_cluster *cluster);
#endif
