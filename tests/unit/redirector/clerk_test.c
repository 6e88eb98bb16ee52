#include "redirector/clerk.h"

#include "redirector/desk.h"
#include "redirector/server.h"
#include "redirector/worker.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define WORKERS 2

struct counting_task {
    struct clerk_task task;
    unsigned runs, dones;
    pthread_t runner;
};

static struct server server;
static struct worker workers[WORKERS];
static struct clerk_pool *pool;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* closed: tasks wait in `run` */

static void run(struct clerk_task *task, struct desk *desk)
{
    struct counting_task *counting = (struct counting_task *)task;
    assert_ptr_equal(desk->server, &server);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    counting->runs++;
    counting->runner = pthread_self();
}

static void done(struct clerk_task *task)
{
    struct counting_task *counting = (struct counting_task *)task;
    counting->dones++;
}

static struct counting_task task_of(unsigned worker)
{
    return (struct counting_task){.task = {.worker = &workers[worker], .run = run, .done = done}};
}

static int set_up(void **state)
{
    (void)state;
    server = (struct server){.workers = workers, .worker_count = WORKERS};
    for (unsigned i = 0; i < WORKERS; i++)
        workers[i] = (struct worker){.index = i, .server = &server};
    return clerk_pool_new(&pool, &server, 3);
}

static int tear_down(void **state)
{
    (void)state;
    pool = clerk_pool_free(pool);
    return 0;
}

/* Until `count` tasks of the worker are done; true when each was within ten seconds. */
static bool collect(unsigned worker, const struct counting_task *tasks, size_t count)
{
    for (;;) {
        size_t finished = 0;
        for (size_t i = 0; i < count; i++)
            finished += tasks[i].dones;
        if (finished == count)
            return true;
        struct pollfd fd = {.fd = clerk_done_fd(pool, worker), .events = POLLIN};
        if (poll(&fd, 1, 10000) != 1)
            return false;
        clerk_collect(pool, worker);
    }
}

static void each_task_runs_once_and_comes_back_to_its_worker(void **state)
{
    (void)state;
    static struct counting_task first[200], second[200];
    for (int i = 0; i < 200; i++) {
        first[i] = task_of(0);
        second[i] = task_of(1);
        assert_int_equal(clerk_submit(pool, &first[i].task), JALON_OK);
        assert_int_equal(clerk_submit(pool, &second[i].task), JALON_OK);
    }
    assert_true(collect(0, first, 200));
    for (int i = 0; i < 200; i++)
        assert_int_equal(second[i].dones, 0); /* its own worker has not asked yet */
    assert_true(collect(1, second, 200));
    for (int i = 0; i < 200; i++) {
        assert_int_equal(first[i].runs, 1);
        assert_int_equal(first[i].dones, 1);
        assert_false(pthread_equal(first[i].runner, pthread_self()));
    }
}

static void a_full_queue_says_so(void **state)
{
    (void)state;
    enum { MORE_THAN_FIT = 2000 };
    struct counting_task *tasks = calloc(MORE_THAN_FIT, sizeof *tasks);
    assert_non_null(tasks);
    size_t taken = 0;
    int err = JALON_OK;
    pthread_mutex_lock(&gate);
    while (!err && taken < MORE_THAN_FIT) {
        tasks[taken] = task_of(0);
        err = clerk_submit(pool, &tasks[taken].task);
        taken += !err;
    }
    pthread_mutex_unlock(&gate);
    assert_int_equal(err, JALON_FULL);
    assert_true(collect(0, tasks, taken));
    assert_int_equal(tasks[taken].runs, 0); /* the one refused */
    free(tasks);
}

static void ending_waits_for_what_was_taken(void **state)
{
    (void)state;
    static struct counting_task tasks[50];
    for (int i = 0; i < 50; i++) {
        tasks[i] = task_of(0);
        assert_int_equal(clerk_submit(pool, &tasks[i].task), JALON_OK);
    }
    pool = clerk_pool_free(pool);
    for (int i = 0; i < 50; i++)
        assert_int_equal(tasks[i].runs, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_task_runs_once_and_comes_back_to_its_worker, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_queue_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ending_waits_for_what_was_taken, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
