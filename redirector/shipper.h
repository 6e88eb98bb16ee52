/* shipper.h - brings a worker's clicks into the store: those of its own journal as they come, and, in worker 0, those
 * that earlier runs left in the folder. Belongs to the worker's thread; `stored` is read by the flusher. */
#ifndef REDIRECTOR_SHIPPER_H
#define REDIRECTOR_SHIPPER_H
#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flusher;
struct flusher_stored;
struct journal;
struct left_behind;
struct shipper;
struct store_nodes;
struct worker;

struct shipper_options {
    struct worker *worker;
    struct store_nodes *nodes;
    struct flusher *flusher;       /* removes what is shipped and old enough; NULL: nobody does */
    const char *folder;            /* DIR/journal; outlives the shipper */
    const struct journal *journal; /* the worker's own */
    struct left_behind
        *left_behind; /* journals that nobody writes to any more; NULL: another worker's */
    struct flusher_stored *stored; /* the own journal's */
};

CHECKED int shipper_new(struct shipper **ret_shipper, const struct shipper_options *options);
struct shipper *
shipper_free(struct shipper *shipper); /* accepts NULL; after its nodes were closed */

void shipper_connected(struct shipper *shipper); /* to all of the store */
void shipper_lost(struct shipper *shipper);      /* some of it */
void shipper_tick(struct shipper *shipper);      /* sends what came since the last one */
/* Counters of what the store lacks, at the end of each loop turn: a click that was answered is never missing in them. */
void shipper_publish(struct shipper *shipper);
/* Sends what there is without waiting for more; true when the own journal is in the store. */
bool shipper_drain(struct shipper *shipper);
#endif
