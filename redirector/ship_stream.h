/* ship_stream.h - one incarnation of a journal on its way into the store, in 16 partitions, exactly once. The protocol:
 * top of ship_stream.c. Belongs to the worker's thread. */
#ifndef REDIRECTOR_SHIP_STREAM_H
#define REDIRECTOR_SHIP_STREAM_H
#include "core/base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct journal;
struct store_nodes;
struct ship_stream;
struct worker;

struct ship_stream_options {
    struct worker *worker; /* its clocks and counters */
    struct store_nodes *nodes;
    const char *folder; /* DIR/journal */
    uint64_t incarnation;
    const struct journal *journal; /* of this worker, still growing; NULL: an earlier run's */
    void (*wanted)(void *context); /* an answer came: ship_stream_turn() has work again */
    /* The server of this partition does not know how to apply a batch. */
    void (*lacks_functions)(void *context, unsigned partition);
    void *context;
};

CHECKED int ship_stream_new(struct ship_stream **ret_stream,
                            const struct ship_stream_options *options);
struct ship_stream *
ship_stream_free(struct ship_stream *stream); /* nothing of it may be on its way */

/* All of the store is there (again), or another than before: ask where it stands, whatever was known. */
void ship_stream_restart(struct ship_stream *stream);

void ship_stream_lost(struct ship_stream *stream); /* some of the store is gone */

/* Reads on and sends, a bounded piece. True when more can be done at once. */
bool ship_stream_turn(struct ship_stream *stream, bool is_draining);

bool ship_stream_has_moved(
    const struct ship_stream *stream); /* did the store take anything of it? */
/* All that was read is in the store, and the end was reached. */
bool ship_stream_is_done(const struct ship_stream *stream);
/* What the store has of every partition: the journal before it is not needed but for a store that loses its tail. */
uint64_t ship_stream_stored(const struct ship_stream *stream);
bool ship_stream_is_known(
    const struct ship_stream *stream); /* the store has said so, and is there */
/* Bytes before `end`, the journal's, that hold clicks which the store does not have yet, about. */
uint64_t ship_stream_lag(struct ship_stream *stream, uint64_t end);
bool ship_stream_is_quiet(const struct ship_stream *stream); /* no question is open */
#endif
