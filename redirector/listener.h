/* listener.h - a worker's own listening sockets: accepts from them, and rests when there is no room. */
#ifndef REDIRECTOR_LISTENER_H
#define REDIRECTOR_LISTENER_H
#include "redirector/listener_set.h"

struct listener;
struct worker;

/* On the worker's thread, all of them. Accepts from the worker's sockets of the set, from now on or again.
 * JALON_NO_MEMORY. */
CHECKED int listener_start(struct worker *worker);
/* Leaves what comes to the kernel's queue, until listener_start() or whoever else has the sockets. */
void listener_rest(struct worker *worker);
/* No more of them for now (too many connections or descriptors); tried again when a connection ends and each tick. */
void listener_pause(struct worker *worker);
void listener_resume(struct worker *worker);
/* Lets nobody new in; who has begun to connect is still accepted, until listener_stop(). */
void listener_shut(struct worker *worker);
/* Accepts what the kernel has queued already, then closes the sockets. */
void listener_stop(struct worker *worker);
#endif
