/* keeper.h - the thread that looks after the store: starts the embedded one and starts it again when it dies; keeps a blocking
 * connection, by which functions are installed and the set-up journal is replayed when the store comes back
 * older; looks up the store's host names, so that no worker waits for DNS; and watches which node of a cluster
 * serves what. */
#ifndef REDIRECTOR_KEEPER_H
#define REDIRECTOR_KEEPER_H
#include "core/base/problem.h"
#include "redirector/redis.h"

struct keeper;
struct server;
struct topology;

/* Starts the embedded store where it is configured and is_owner, and opens the store once. JALON_INVALID, JALON_UNSUPPORTED (older than
 * Redis 7), JALON_UNAVAILABLE where the embedded one does not start: *problem says why. A store elsewhere that
 * does not answer is no error: the thread goes on trying. */
CHECKED int keeper_new(struct keeper **ret_keeper, struct server *server, bool is_owner,
                       struct problem *problem);
CHECKED int keeper_start(struct keeper *keeper); /* the thread */
/* Ends the thread, and the embedded store if it is this process's. Accepts NULL, returns NULL. */
struct keeper *keeper_free(struct keeper *keeper);

/* Any thread. JALON_UNAVAILABLE: the name has no address yet. Of a cluster, what its nodes have in common. */
CHECKED int keeper_find_address(struct keeper *keeper, struct redis_address *ret_address);
/* Workers: a cluster may be another by now; the look is not waited for. */
void keeper_look_soon(struct keeper *keeper);
struct topology *keeper_topology(const struct keeper *keeper); /* NULL: no cluster */
bool keeper_has_store(const struct keeper *keeper);            /* it has answered once */
/* When the last look began at which the store answered, with all that it had lost put back; monotonic, 0: never. */
int64_t keeper_looked_ms(const struct keeper *keeper);

/* Whose the embedded store is: one process on the folder starts it again when it dies, and stops it at its own end if
 * the store was started by it or by one that it took over from. Main's thread. */
bool keeper_is_embedded(const struct keeper *keeper);
/* No longer ours. False: it was not ours to stop. Waits while the store is being started. */
bool keeper_give_store(struct keeper *keeper);
/* From now on ours; is_to_stop: what keeper_give_store() said. */
void keeper_take_store(struct keeper *keeper, bool is_to_stop);
#endif
