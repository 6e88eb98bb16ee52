/* keeper.h - the thread that looks after the store: starts the embedded one and starts it again when it dies; keeps a blocking
 * connection, by which functions are installed and the set-up journal is replayed when the store comes back
 * older; and looks up the store's host name, so that no worker waits for DNS. */
#ifndef REDIRECTOR_KEEPER_H
#define REDIRECTOR_KEEPER_H
#include "core/base/problem.h"
#include "redirector/redis.h"

struct keeper;
struct server;

/* Starts the embedded store where it is configured, and opens the store once. JALON_INVALID, JALON_UNSUPPORTED (older than
 * Redis 7), JALON_UNAVAILABLE where the embedded one does not start: *problem says why. A store elsewhere that
 * does not answer is no error: the thread goes on trying. */
CHECKED int keeper_new(struct keeper **ret_keeper, struct server *server, struct problem *problem);
CHECKED int keeper_start(struct keeper *keeper); /* the thread */
/* Ends the thread, and the embedded store if this process started it. Accepts NULL, returns NULL. */
struct keeper *keeper_free(struct keeper *keeper);

/* Any thread. JALON_UNAVAILABLE: the name has no address yet. */
CHECKED int keeper_find_address(struct keeper *keeper, struct redis_address *ret_address);
bool keeper_has_store(const struct keeper *keeper); /* it has answered once */
#endif
