#include "redirector/timer.h"

#include "redirector/worker.h"

#include <event2/event.h>
#include <stdlib.h>

struct timer {
    struct worker *worker;
    struct event *event;
    timer_fire *fire;
    void *context;
    bool is_set;
};

static void on_event(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what; /* the same whatever woke it */
    struct timer *timer = context;
    timer->is_set = false;
    worker_turn(timer->worker);
    timer->fire(timer->context);
}

static int event_made(struct timer **ret_timer, struct worker *worker, int fd, short what,
                      timer_fire *fire, void *context)
{
    struct timer *timer = calloc(1, sizeof *timer);
    if (!timer)
        return JALON_NO_MEMORY;
    *timer = (struct timer){.worker = worker, .fire = fire, .context = context};
    timer->event = event_new(worker->base, fd, what, on_event, timer);
    if (!timer->event) {
        free(timer);
        return JALON_NO_MEMORY;
    }
    *ret_timer = timer;
    return JALON_OK;
}

int timer_new(struct timer **ret_timer, struct worker *worker, timer_fire *fire, void *context)
{
    return event_made(ret_timer, worker, -1, 0, fire, context);
}

int timer_watch(struct timer **ret_timer, struct worker *worker, int fd, timer_fire *fire,
                void *context)
{
    struct timer *timer;
    int err = event_made(&timer, worker, fd, EV_READ | EV_PERSIST, fire, context);
    if (err)
        return err;
    if (event_add(timer->event, NULL) != 0) {
        timer_free(timer);
        return JALON_NO_MEMORY;
    }
    *ret_timer = timer;
    return JALON_OK;
}

struct timer *timer_free(struct timer *timer)
{
    if (!timer)
        return NULL;
    event_free(timer->event);
    free(timer);
    return NULL;
}

void timer_set(struct timer *timer, unsigned ms)
{
    if (timer->is_set)
        return;
    struct timeval delay = {.tv_sec = (time_t)(ms / 1000),
                            .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    timer->is_set = event_add(timer->event, &delay) == 0;
}
