/* store_nodes.h - a worker's way to the store: a connection to each primary that serves one of its homes, and each command to
 * the one that has its key. A single server is one node that serves all of them. Redirections of a cluster
 * are followed here; who asks hears an answer or that there was none. Belongs to the worker's thread. The states of a
 * home, and why no batch is lost in a failover: top of store_nodes.c. */
#ifndef REDIRECTOR_STORE_NODES_H
#define REDIRECTOR_STORE_NODES_H
#include "redirector/redis.h"
#include "redirector/store_homes.h"

struct store_nodes;
struct topology;

struct store_nodes_options {
    struct worker *worker;
    unsigned timeout_ms; /* of connecting, and of the oldest answer */
    /* The single server's address; of a cluster's nodes, what they have in common: scheme and login. */
    int (*find_address)(void *context, struct redis_address *ret_address);
    struct topology *topology; /* of a cluster; outlives the nodes; NULL: a single server */
    void (*doubted)(
        void *context); /* the topology may be another by now; not more often than a tick */
    /* The homes that can be asked now, whenever they change. One that has moved to another primary is away first, even
     * if that one is connected already. */
    void (*reached)(void *context, uint32_t homes);
    void *context;
};

/* Not connected yet: store_nodes_tick() does it. */
CHECKED int store_nodes_new(struct store_nodes **ret_nodes,
                            const struct store_nodes_options *options);
/* Accepts NULL; open questions are answered with NULL. */
struct store_nodes *store_nodes_free(struct store_nodes *nodes);

/* The command, whose keys are of `home`, as redis_send() would send it. A reply of NULL: there was no answer, or a cluster
 * said that it can't be given now; ask again after a pause. A redirection is followed, so the arguments are
 * kept on a cluster. JALON_UNAVAILABLE: the home can't be reached, `heard` is not called. */
CHECKED int store_nodes_send(struct store_nodes *nodes, unsigned home, int argc,
                             const char *const *argv, const size_t *sizes, redis_heard *heard,
                             void *context, uint64_t tag);
/* Likewise, but a redirection is NULL, too: for what is large, or depends on the state that was seen before. */
CHECKED int store_nodes_send_once(struct store_nodes *nodes, unsigned home, int argc,
                                  const char *const *argv, const size_t *sizes, redis_heard *heard,
                                  void *context, uint64_t tag);
/* To any node, another one for the next `turn`: for commands without keys. */
CHECKED int store_nodes_send_any(struct store_nodes *nodes, unsigned turn, int argc,
                                 const char *const *argv, redis_heard *heard, void *context,
                                 uint64_t tag);

/* Within `heard`: which node it was that answered; never used for another one. */
unsigned store_nodes_origin(const struct store_nodes *nodes);

/* The address of any node, a connected one if there is one, another one for the next `turn`: for a subscriber. JALON_UNAVAILABLE. */
CHECKED int store_nodes_find_any(const struct store_nodes *nodes, unsigned turn,
                                 struct redis_address *ret_address);

void store_nodes_break(struct store_nodes *nodes, unsigned home, const char *why);
void store_nodes_flush(struct store_nodes *nodes); /* at the end of each loop turn */
void store_nodes_tick(struct store_nodes *nodes); /* time-outs, attempts to connect, the topology */
#endif
