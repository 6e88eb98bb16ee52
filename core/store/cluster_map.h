/* cluster_map.h - which primary of a Redis Cluster serves which hash slot, as CLUSTER SLOTS tells it; and what MOVED, ASK
 * and the like say. Pure. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */
#ifndef STORE_CLUSTER_MAP_H
#define STORE_CLUSTER_MAP_H
#include "core/base/slice.h"

#define CLUSTER_SLOTS 16384
#define CLUSTER_NODES_MAX 255
#define CLUSTER_NO_OWNER 255

struct reply; /* client.h */

struct cluster_node { /* a primary, as the cluster names it */
    char host[256];   /* an IPv6 address without brackets */
    unsigned port;
};

struct cluster_map {
    unsigned node_count;
    struct cluster_node nodes[CLUSTER_NODES_MAX];
    uint8_t owners[CLUSTER_SLOTS]; /* index of the node; CLUSTER_NO_OWNER */
};

/* CRC16 of the key's hash tag: what stands between the first { and the next }, or all of it. */
unsigned cluster_slot(struct slice key);

/* From the answer to CLUSTER SLOTS. A node without a host is at `asked_host`, the one that was asked. A slot that
 * nobody serves has CLUSTER_NO_OWNER. JALON_BAD_REPLY; JALON_FULL: more primaries than CLUSTER_NODES_MAX. */
CHECKED int cluster_map_read(struct cluster_map *ret_map, const struct reply *slots,
                             const char *asked_host);

/* `slot` belongs to `node` from now on. JALON_FULL: no room for another node. */
CHECKED int cluster_map_move(struct cluster_map *map, unsigned slot,
                             const struct cluster_node *node);

#define CLUSTER_NODE_TEXT 272
/* host:port, an IPv6 address in brackets. */
void cluster_node_describe(const struct cluster_node *node, char ret_text[CLUSTER_NODE_TEXT]);
bool cluster_node_equal(const struct cluster_node *a, const struct cluster_node *b);

enum cluster_word {
    CLUSTER_OTHER,
    CLUSTER_MOVED,     /* not carried out: `node` serves the slot */
    CLUSTER_ASK,       /* not carried out: `node` has it, this once, after ASKING */
    CLUSTER_TRY_AGAIN, /* not carried out: the keys are on the way to another node */
    CLUSTER_DOWN       /* not carried out: nobody serves the slot now */
};

struct cluster_redirection {
    enum cluster_word word;
    unsigned slot; /* of MOVED and ASK */
    struct cluster_node
        node; /* likewise. host "": the host of the node that said so; port 0: it does not know the
                                 node's name: ask for the map */
};

/* What the text of an error reply says. JALON_BAD_REPLY: a MOVED or ASK that is none. */
CHECKED int cluster_redirection_read(struct cluster_redirection *ret_redirection,
                                     struct slice error_text);
#endif
