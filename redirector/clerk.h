/* clerk.h - threads that may wait: they run API handlers' work on the blocking store, so that no worker does.
 * A worker hands in a task; the pool runs it; the worker's loop hears of it through an eventfd and
 * calls `done` there. One queue, one mutex; bounded: a full queue is JALON_FULL (503). */
#ifndef REDIRECTOR_CLERK_H
#define REDIRECTOR_CLERK_H
#include "core/base/error.h"

struct clerk_pool;
struct server;
struct worker;
struct desk; /* what a clerk works with: its own struct store, and the snapshot for this task */

struct clerk_task {
    struct clerk_task *next;
    struct worker *worker;
    void (*run)(struct clerk_task *task, struct desk *desk); /* on a clerk's thread */
    void (*done)(struct clerk_task *task);                   /* on the worker's thread */
};

CHECKED int clerk_pool_new(struct clerk_pool **ret_pool, struct server *server, unsigned threads);
struct clerk_pool *clerk_pool_free(struct clerk_pool *pool); /* waits for running tasks */
CHECKED int clerk_submit(struct clerk_pool *pool, struct clerk_task *task);
/* The worker's side: a descriptor that is readable when tasks of this worker are done. */
int clerk_done_fd(struct clerk_pool *pool, unsigned worker_index);
void clerk_collect(struct clerk_pool *pool, unsigned worker_index); /* calls `done` of each */
#endif
