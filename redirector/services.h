/* services.h - what a worker owns besides its connections: link cache, campaigns, journal, shipper, and its
 * connections to the store. worker.c calls these hooks; nothing else does. */
#ifndef REDIRECTOR_SERVICES_H
#define REDIRECTOR_SERVICES_H
#include "core/base/error.h"

#include <stdbool.h>

struct worker;

/* In main, when the base is there and the thread is not: counters, snapshot, journal, and the first steps to the store.
 * Logs what is wrong. On failure services_stop() is to be called too. */
CHECKED int services_start(struct worker *worker);

/* The clocks are read. Takes over what other threads made ready (a reload's snapshot, new visitor keys): two
 * loads when there is nothing. */
void services_turn_begin(struct worker *worker);
void services_turn_end(struct worker *worker);

/* Each WORKER_TICK_MS: look-ups past their deadline, time-outs of the store. */
void services_tick(struct worker *worker);

/* Asked at each tick once the last connection is gone; the first time starts the clock. True when every click of
 * this worker is in the store, or when more waiting is no use (the journal keeps the rest for the next start). */
bool services_drained(struct worker *worker);

/* In main, after the thread was joined and before the base is freed. Accepts a half-started worker. */
void services_stop(struct worker *worker);
#endif
