/* shipper.h - brings a worker's clicks into the store: those of its own journal as they come, and, in worker 0, those
 * that earlier runs left in the folder. Belongs to the worker's thread; `stored` is read by the flusher. */
#ifndef REDIRECTOR_SHIPPER_H
#define REDIRECTOR_SHIPPER_H
#include "core/base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flusher;
struct journal;
struct redis;
struct shipper;
struct worker;

struct shipper_options {
    struct worker *worker;
    struct redis *redis;
    struct flusher *flusher;       /* removes what is shipped and old enough; NULL: nobody does */
    const char *folder;            /* DIR/journal; outlives the shipper */
    const struct journal *journal; /* the worker's own */
    const uint64_t *left_behind;   /* incarnations of earlier runs, oldest first; copied */
    size_t left_behind_count;
    _Atomic uint64_t *stored; /* the own journal's, for the flusher: relaxed, one writer */
};

CHECKED int shipper_new(struct shipper **ret_shipper, const struct shipper_options *options);
struct shipper *
shipper_free(struct shipper *shipper); /* accepts NULL; after its redis was closed */

void shipper_connected(struct shipper *shipper);
void shipper_lost(struct shipper *shipper);
void shipper_tick(struct shipper *shipper); /* sends what came since the last one */
/* Counters of what the store lacks, at the end of each loop turn: a click that was answered is never missing in them. */
void shipper_publish(struct shipper *shipper);
/* Sends what there is without waiting for more; true when the own journal is in the store. */
bool shipper_drain(struct shipper *shipper);
#endif
