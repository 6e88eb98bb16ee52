/* worker.h - one thread, one event loop, and all that it owns. Shares nothing but what server.h names.
 *
 * A loop turn: wait for events; the first callback that has something to do reads the clocks and borrows the
 * snapshot (worker_turn); the callbacks run; the snapshot is given back before the next wait. */
#ifndef REDIRECTOR_WORKER_H
#define REDIRECTOR_WORKER_H
#include "redirector/server.h"
#include "redirector/snapshot.h"

#include <stdatomic.h>

#define WORKER_TICK_MS 100
#define WORKER_DATE_SIZE 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

struct event_base;
struct event;
struct resolver;  /* link cache and its misses: resolver.h */
struct click_log; /* journal and nonces: click_log.h */
struct shipper;   /* shipper.h */
struct counters;  /* counters.h */
struct agent_matcher;
struct visitor_keys;
struct connection_list; /* connection.h */
struct work;            /* session.c */
struct listener;        /* listener.h */

struct worker {
    struct server *server;
    unsigned index;
    struct event_base *base;
    const struct snapshot *snapshot; /* borrowed for this loop turn */
    int64_t now_ms, monotonic_ms;    /* read once a loop turn */
    struct services *services;
    struct resolver *resolver;
    struct click_log *click_log;
    struct shipper *shipper;
    struct counters *counters;
    struct agent_matcher *agent_matcher;
    struct visitor_keys *visitor_keys;
    struct connection_list *connections;
    struct work *spare_work; /* session.c's, to be used again */
    unsigned spare_count;
    struct listener *listeners; /* this worker's own sockets */
    bool is_draining;
    bool is_in_turn;
    bool is_serving;        /* listeners are open; false again when drained */
    int64_t drain_until_ms; /* monotonic: what is still open then is closed */
    _Atomic bool is_drain_asked;
    int wake_fd;
    struct event *wake, *tick, *clerk;
    int64_t date_s; /* the second that `date` says; 0: none yet */
    char date[WORKER_DATE_SIZE + 1];
};

/* In main, before threads start: the loop, connections and services (services.h), but no thread. The worker
 * stays where it is in memory. On failure it is to be ended with worker_done() too. */
CHECKED int worker_init(struct worker *worker, struct server *server, unsigned index);
void worker_done(struct worker *worker);

/* The thread's body: accepts and serves until it is drained. */
void worker_run(struct worker *worker);

/* From any thread: stop accepting, finish what was begun, then return from worker_run(). */
void worker_drain(struct worker *worker);

/* First in every event callback that looks at time or snapshot. Idempotent within a turn. */
void worker_turn(struct worker *worker);

/* IMF-fixdate (RFC 9110 section 5.6.7) of worker->now_ms, WORKER_DATE_SIZE characters. */
struct slice worker_date(struct worker *worker);
#endif
