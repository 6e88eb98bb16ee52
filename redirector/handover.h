/* handover.h - the side of a takeover that serves: listens on DIR/jalond.sock, and gives its sockets, the folder's lock and
 * the embedded store to a process that asks for them. The conversation: top of handover.c. Main's thread. */
#ifndef REDIRECTOR_HANDOVER_H
#define REDIRECTOR_HANDOVER_H
#include "core/base/error.h"

#include <poll.h>
#include <stdbool.h>

#define HANDOVER_FDS 2

struct handover;
struct server;

/* Makes the socket, which nobody finds before handover_publish(). JALON_IO, JALON_NO_MEMORY. */
CHECKED int handover_new(struct handover **ret_handover, struct server *server);
/* As DIR/jalond.sock, in place of the one that is there: the folder is ours. JALON_IO. */
CHECKED int handover_publish(struct handover *handover);
/* Lets nobody in any more. The socket's file goes unless the folder is another's. Accepts NULL. */
void handover_stop(struct handover *handover);
/* Accepts NULL, returns NULL. Who took over learns by it that this process is done. */
struct handover *handover_free(struct handover *handover);

/* What to poll() for, and how long at most; -1: as long as it takes. */
void handover_watch(const struct handover *handover, struct pollfd fds[HANDOVER_FDS]);
int handover_patience_ms(const struct handover *handover);

enum handover_state {
    HANDOVER_NONE,    /* nobody asks */
    HANDOVER_ASKED,   /* another process gets ready; we serve */
    HANDOVER_OFFERED, /* it has the lock; nobody accepts for a moment */
    HANDOVER_FAILED,  /* that was all: we serve; HANDOVER_NONE from the next turn on */
    HANDOVER_DONE     /* it serves, we are to drain */
};
enum handover_state handover_turn(struct handover *handover, const struct pollfd fds[HANDOVER_FDS]);
#endif
