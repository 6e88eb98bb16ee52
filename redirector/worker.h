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

/* What a worker does, as main asks for it: nothing yet or no more (open connections go on), accept, or finish. A
 * worker that drains does nothing else any more. */
enum worker_stage { WORKER_RESTS, WORKER_ACCEPTS, WORKER_DRAINS };

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
    bool is_draining, is_accepting;
    bool is_in_turn;
    bool is_serving;            /* the loop runs; false again when drained */
    int64_t stop_ms;            /* draining, monotonic: the listening sockets are closed then */
    int64_t drain_until_ms;     /* monotonic: what is still open then is closed */
    int64_t drain_quiet_ms;     /* a client that is quiet for so long is not about to ask */
    _Atomic int asked, reached; /* enum worker_stage; main writes the one, the worker the other */
    int wake_fd;
    struct event *wake, *tick, *clerk;
    int64_t date_s; /* the second that `date` says; 0: none yet */
    char date[WORKER_DATE_SIZE + 1];
};

/* In main, before threads start: the loop, connections and services (services.h), but no thread. The worker
 * stays where it is in memory. On failure it is to be ended with worker_done() too. */
CHECKED int worker_init(struct worker *worker, struct server *server, unsigned index);
void worker_done(struct worker *worker);

/* The thread's body: accepts when it is asked to, and serves until it is drained. */
void worker_run(struct worker *worker);

/* Main's thread. worker_has_reached() is true some time later, and server->stage_fd readable then. WORKER_DRAINS: stop
 * accepting, finish what was begun, then return from worker_run(). */
void worker_ask(struct worker *worker, enum worker_stage stage);
bool worker_has_reached(const struct worker *worker, enum worker_stage stage);
/* All of them, and waits. JALON_UNAVAILABLE: not in time. */
CHECKED int worker_ask_all(struct server *server, enum worker_stage stage, int timeout_ms);

/* First in every event callback that looks at time or snapshot. Idempotent within a turn. */
void worker_turn(struct worker *worker);

/* IMF-fixdate (RFC 9110 section 5.6.7) of worker->now_ms, WORKER_DATE_SIZE characters. */
struct slice worker_date(struct worker *worker);
#endif
