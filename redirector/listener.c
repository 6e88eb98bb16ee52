#include "redirector/listener.h"

#include "redirector/connection.h"
#include "redirector/server.h"
#include "redirector/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>

#define ACCEPTS_A_TURN 64 /* so that a flood of new connections does not starve the open ones */
#define QUEUE_MAX 65536   /* more than the kernel queues */

struct listener { /* one socket of one worker */
    struct listener *next;
    struct worker *worker;
    struct listener_socket *socket;
    bool is_paused;
    struct event *event;
};

/* Out of descriptors or memory, the event would fire again and again to no use: it rests until the next tick. */
static void accept_one_by_one(struct listener *listener, unsigned at_most)
{
    struct worker *worker = listener->worker;
    for (unsigned i = 0; i < at_most; i++) {
        if (!connection_has_room(worker)) {
            listener_pause(worker);
            return;
        }
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        int fd = accept4(listener->socket->fd, (struct sockaddr *)&peer, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
            continue;
        if (fd < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                listener_pause(worker);
            return;
        }
        struct address address = listener_set_address(&peer);
        if (connection_open(worker, fd, listener->socket->kind, &address) != JALON_OK)
            listener_pause(worker);
    }
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    struct listener *listener = context;
    (void)fd, (void)what;
    worker_turn(listener->worker);
    accept_one_by_one(listener, ACCEPTS_A_TURN);
}

static int start_one(struct worker *worker, struct listener_socket *socket)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (!listener)
        return JALON_NO_MEMORY;
    *listener = (struct listener){.next = worker->listeners, .worker = worker, .socket = socket};
    listener->event =
        event_new(worker->base, socket->fd, EV_READ | EV_PERSIST, on_readable, listener);
    if (listener->event && event_add(listener->event, NULL) == 0) {
        worker->listeners = listener;
        return JALON_OK;
    }
    if (listener->event)
        event_free(listener->event);
    free(listener);
    return JALON_NO_MEMORY;
}

int listener_start(struct worker *worker)
{
    int err = JALON_OK;
    bool is_again = worker->listeners != NULL;
    struct listener_socket *socket = listener_set_first(worker->server->listeners);
    for (; !err && !is_again && socket; socket = socket->next)
        if (socket->worker == worker->index)
            err = start_one(worker, socket);
    worker->is_accepting = !err;
    listener_resume(worker);
    return err;
}

void listener_rest(struct worker *worker)
{
    worker->is_accepting = false;
    listener_pause(worker);
}

void listener_pause(struct worker *worker)
{
    for (struct listener *l = worker->listeners; l; l = l->next) {
        if (!l->is_paused)
            (void)event_del(l->event); /* it is added */
        l->is_paused = true;
    }
}

void listener_resume(struct worker *worker)
{
    for (struct listener *l = worker->listeners; l && worker->is_accepting; l = l->next)
        if (l->is_paused && connection_has_room(worker) && event_add(l->event, NULL) == 0)
            l->is_paused = false;
}

void listener_shut(struct worker *worker)
{
    for (struct listener *l = worker->listeners; l; l = l->next)
        (void)listener_socket_shut(l->socket); /* a few may be reset then, when it is closed */
}

void listener_stop(struct worker *worker)
{
    while (worker->listeners) {
        struct listener *listener = worker->listeners;
        /* Closing the socket resets what the kernel has queued on it: that is served first. */
        accept_one_by_one(listener, QUEUE_MAX);
        worker->listeners = listener->next;
        event_free(listener->event);
        listener_socket_close(listener->socket); /* its queue is empty, as far as one can see */
        free(listener);
    }
}
