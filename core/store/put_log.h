/* put_log.h - the effects of puts that were applied, on their way into the redo log. The disk takes its time: the store
 * can be at the next puts meanwhile.
 *
 *   put_log_start() ──▶ … ──▶ put_log_end()
 */
#ifndef STORE_PUT_LOG_H
#define STORE_PUT_LOG_H
#include "core/store/redo.h"
#include "core/store/store.h"

#include <pthread.h>

struct put_log {
    struct redo *redo;
    char run[REDO_RUN_MAX]; /* in which they were applied */
    const struct put *puts; /* borrowed until the end */
    const int *outcomes;    /* of each; those that are JALON_OK were applied */
    size_t count;
    /* Its own. */
    bool is_apart;
    pthread_t thread;
    int err;
    bool is_current;
};

/* `is_apart`: there is other work to do meanwhile; else it is done on return. */
void put_log_start(struct put_log *log, bool is_apart);
/* Waits. *ret_is_current as of redo_append(), true when nothing was applied. JALON_IO, JALON_NO_MEMORY, JALON_TOO_LONG: they are not
 * durable. */
CHECKED int put_log_end(struct put_log *log, bool *ret_is_current);
#endif
