/* takeover.h - the side of a takeover that comes: `jalond --takeover` asks the process that serves on the folder for what it
 * has. The conversation: top of handover.c. Main's thread; waits, up to limits. */
#ifndef REDIRECTOR_TAKEOVER_H
#define REDIRECTOR_TAKEOVER_H
#include "core/base/problem.h"

struct listener_offer;
struct server;
struct takeover;

/* stop_fd: readable when the wait is to be given up; never read from. JALON_NOT_FOUND: no process serves on the folder.
 * JALON_CONFLICT: it says no, *problem says why. The process that serves notices nothing when takeover_free() follows. */
CHECKED int takeover_begin(struct takeover **ret_takeover, const char *folder, int stop_fd,
                           struct problem *problem);
/* Accepts NULL, returns NULL. Before takeover_confirm() it lets the other one go on. */
struct takeover *takeover_free(struct takeover *takeover);

/* Its sockets, to be taken out of it; done with at takeover_free(), or before. */
struct listener_offer *takeover_sockets(struct takeover *takeover);
bool takeover_has_store(const struct takeover *takeover); /* it looks after an embedded store */

/* Until every worker knows the store's campaigns: before that it would answer known links with 503. JALON_UNAVAILABLE:
 * the store is away, and the other one knows links that this one would have to ask it for. JALON_CONFLICT: stop_fd. */
CHECKED int takeover_await_store(const struct takeover *takeover, const struct server *server,
                                 struct problem *problem);
/* All is ready: the other one accepts no more, and the lock is also ours. *ret_has_store: so is the embedded store,
 * to be stopped with this process. JALON_NOT_FOUND: it died; whoever locks the folder has it. JALON_CONFLICT. */
CHECKED int takeover_claim(struct takeover *takeover, bool wants_store, int *ret_lock_fd,
                           bool *ret_has_store, struct problem *problem);
/* We serve; now it is ours. JALON_CONFLICT: it took too long, and the other one serves again. */
CHECKED int takeover_confirm(struct takeover *takeover, struct problem *problem);
int takeover_fd(const struct takeover *takeover); /* readable when the other one has ended */
#endif
