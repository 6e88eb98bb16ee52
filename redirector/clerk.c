/* Lock order: there is one lock at a time, the pool's or an outbox's. A clerk takes a task under the pool's, runs it under
 * none, and leaves it in its worker's outbox under that one's. */
#include "redirector/clerk.h"

#include "redirector/desk.h"
#include "redirector/server.h"
#include "redirector/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define QUEUE_MAX 1024

struct task_list {
    struct clerk_task *first, **last;
};

struct outbox { /* done tasks of one worker */
    pthread_mutex_t lock;
    struct task_list done;
    int fd;
};

struct clerk_pool {
    struct server *server;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct task_list queue;
    unsigned queued;
    bool is_ending;
    struct outbox *outboxes;
    unsigned outbox_count;
    pthread_t *threads;
    unsigned thread_count;
};

static void put(struct task_list *list, struct clerk_task *task)
{
    task->next = NULL;
    *list->last = task;
    list->last = &task->next;
}

static struct clerk_task *take(struct task_list *list)
{
    struct clerk_task *task = list->first;
    if (!task)
        return NULL;
    list->first = task->next;
    if (!list->first)
        list->last = &list->first;
    return task;
}

static void hand_back(struct clerk_pool *pool, struct clerk_task *task)
{
    const uint64_t one = 1;
    struct outbox *outbox = &pool->outboxes[task->worker->index];
    pthread_mutex_lock(&outbox->lock);
    put(&outbox->done, task);
    pthread_mutex_unlock(&outbox->lock);
    (void)!write(outbox->fd, &one, sizeof one); /* fails only when it is readable anyway */
}

static struct clerk_task *wait_for_task(struct clerk_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->queue.first && !pool->is_ending)
        pthread_cond_wait(&pool->wake, &pool->lock);
    struct clerk_task *task = take(&pool->queue);
    if (task)
        pool->queued--;
    pthread_mutex_unlock(&pool->lock);
    return task;
}

static void *work(void *context)
{
    struct clerk_pool *pool = context;
    struct desk desk;
    desk_init(&desk, pool->server);
    struct clerk_task *task;
    while ((task = wait_for_task(pool)) != NULL) {
        task->run(task, &desk);
        hand_back(pool, task);
    }
    desk_done(&desk);
    return NULL;
}

static int start(struct clerk_pool *pool, unsigned threads)
{
    for (unsigned i = 0; i < pool->server->worker_count; i++) {
        struct outbox *outbox = &pool->outboxes[i];
        outbox->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (outbox->fd < 0)
            return JALON_IO;
        pthread_mutex_init(&outbox->lock, NULL);
        outbox->done.last = &outbox->done.first;
        pool->outbox_count++;
    }
    for (unsigned i = 0; i < threads; i++) {
        if (pthread_create(&pool->threads[i], NULL, work, pool) != 0)
            return JALON_NO_MEMORY;
        pool->thread_count++;
    }
    return JALON_OK;
}

int clerk_pool_new(struct clerk_pool **ret_pool, struct server *server, unsigned threads)
{
    struct clerk_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return JALON_NO_MEMORY;
    pool->server = server;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pool->queue.last = &pool->queue.first;
    pool->outboxes = calloc(server->worker_count, sizeof *pool->outboxes);
    pool->threads = calloc(threads, sizeof *pool->threads);
    int err = pool->outboxes && pool->threads ? start(pool, threads) : JALON_NO_MEMORY;
    if (err) {
        clerk_pool_free(pool);
        return err;
    }
    *ret_pool = pool;
    return JALON_OK;
}

struct clerk_pool *clerk_pool_free(struct clerk_pool *pool)
{
    if (!pool)
        return NULL;
    pthread_mutex_lock(&pool->lock);
    pool->is_ending = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    for (unsigned i = 0; i < pool->outbox_count; i++) {
        pthread_mutex_destroy(&pool->outboxes[i].lock);
        (void)close(pool->outboxes[i].fd); /* an eventfd holds nothing */
    }
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool->outboxes);
    free(pool->threads);
    free(pool);
    return NULL;
}

int clerk_submit(struct clerk_pool *pool, struct clerk_task *task)
{
    pthread_mutex_lock(&pool->lock);
    bool is_full = pool->queued == QUEUE_MAX;
    if (!is_full) {
        put(&pool->queue, task);
        pool->queued++;
        pthread_cond_signal(&pool->wake);
    }
    pthread_mutex_unlock(&pool->lock);
    return is_full ? JALON_FULL : JALON_OK;
}

int clerk_done_fd(struct clerk_pool *pool, unsigned worker_index)
{
    return pool->outboxes[worker_index].fd;
}

void clerk_collect(struct clerk_pool *pool, unsigned worker_index)
{
    struct outbox *outbox = &pool->outboxes[worker_index];
    uint64_t count;
    (void)!read(outbox->fd, &count,
                sizeof count); /* emptied before the list, so no task is missed */
    pthread_mutex_lock(&outbox->lock);
    struct clerk_task *task = outbox->done.first;
    outbox->done.first = NULL;
    outbox->done.last = &outbox->done.first;
    pthread_mutex_unlock(&outbox->lock);
    while (task) {
        struct clerk_task *next = task->next; /* `done` frees it */
        task->done(task);
        task = next;
    }
}
