/* flusher.h - the thread that waits for the disk so that no worker does: syncs the workers' journals, makes their next segments
 * ahead of need, removes what is shipped and old, and keeps the daily visitor keys fresh. Memory order: top of
 * flusher.c. */
#ifndef REDIRECTOR_FLUSHER_H
#define REDIRECTOR_FLUSHER_H
#include "core/base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct flusher;
struct journal;
struct server;
struct visitor_keys;

CHECKED int flusher_new(struct flusher **ret_flusher, struct server *server);
struct flusher *flusher_free(struct flusher *flusher); /* accepts NULL; after flusher_stop() */
CHECKED int flusher_start(struct flusher *flusher);    /* the thread */
void flusher_stop(struct flusher *flusher);            /* syncs once more, and joins it */

/* Before the thread starts: worker `index` has this journal. */
void flusher_take_journal(struct flusher *flusher, unsigned index, struct journal *journal);
/* What the store has of it, and whether that is known just now; the worker writes both. */
struct flusher_stored {
    _Atomic uint64_t position;
    _Atomic bool is_known; /* written after it */
};
struct flusher_stored *flusher_stored(struct flusher *flusher, unsigned index);
/* Readable when the journal was synced after a flusher_wake(). */
int flusher_synced_fd(const struct flusher *flusher, unsigned index);

/* Worker's thread: something waits for the disk. One system call. */
void flusher_wake(struct flusher *flusher);
/* New keys, or NULL when there are none since; the caller owns them. */
struct visitor_keys *flusher_take_keys(struct flusher *flusher, unsigned index);

/* Worker 0: an earlier run's journal is in the store; it is removed journal.keep later. */
void flusher_remove_later(struct flusher *flusher, uint64_t incarnation);
void flusher_keep_all(struct flusher *flusher); /* none of them, after all */

bool flusher_is_low(const struct flusher *flusher); /* a journal is near its bound, or can't grow */
#endif
