/* desk.h - what a clerk works at: its own blocking store, opened when first needed and kept, and for each task the
 * current settings and keys. Belongs to one clerk's thread. */
#ifndef REDIRECTOR_DESK_H
#define REDIRECTOR_DESK_H
#include "core/registry/registry.h"

struct server;
struct snapshot;
struct store;

struct desk {
    struct server *server;
    struct store *store;             /* NULL until first needed */
    uint64_t generation;             /* of the snapshot whose settings the store was opened with */
    int64_t retry_at_ms;             /* monotonic: no try to open the store before */
    const struct snapshot *snapshot; /* held for this task */
    struct registry registry;        /* for this task, without a token's limits */
};

void desk_init(struct desk *desk, struct server *server);
void desk_done(struct desk *desk);

/* Around each task. desk_open() holds the snapshot, opens the store when it is not, and fills desk->registry.
 * JALON_UNAVAILABLE … with *problem saying why; desk_close() is called in every case. */
CHECKED int desk_open(struct desk *desk, struct problem *problem);
void desk_close(struct desk *desk);
#endif
