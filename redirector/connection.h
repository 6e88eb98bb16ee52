/* connection.h - one client's socket: moves bytes between it and its session, and ends it in time. The states and
 * their time-outs: top of connection.c. */
#ifndef REDIRECTOR_CONNECTION_H
#define REDIRECTOR_CONNECTION_H
#include "redirector/exchange.h"

struct connection_list; /* a worker's, its thread only */

CHECKED int connection_list_new(struct connection_list **ret_list, struct worker *worker);
/* Closes all. No exchange is parked any more. */
struct connection_list *connection_list_free(struct connection_list *list);
size_t connection_count(const struct connection_list *list);

/* Takes over a socket that was just accepted. Makes room, when there are as many as server.max_connections or the
 * system's descriptors allow, by closing the longest idle connection, or the slowest. JALON_FULL when none is idle
 * or slow, JALON_NO_MEMORY; `fd` is closed then. */
CHECKED int connection_open(struct worker *worker, int fd, enum listener_kind listener,
                            const struct address *peer);
/* Is there room for one more, one that is idle or slow closed for it included? */
bool connection_has_room(struct worker *worker);

/* At the end of each loop turn: runs and answers what was read in it, and lets go of a few clients that are done. */
void connection_turn(struct worker *worker);
/* Every WORKER_TICK_MS: ends what is past its time. When draining, idle ones too, and after
 * worker->drain_until_ms all. */
void connection_tick(struct worker *worker);
#endif
