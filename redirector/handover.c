/* How one process takes over from another on the same folder. The connection is a SOCK_SEQPACKET on DIR/jalond.sock:
 *
 *     new one (takeover.c)                              old one (handover.c)
 *     loads settings, keys, databases
 *     HELLO                                   ──▶
 *                                             ◀──       SOCKETS: both have them from here on
 *     opens journals, store, workers: does all
 *     but accepting, and knows all campaigns
 *     READY                                   ──▶       lets go of the embedded store, accepts no more
 *                                             ◀──       HANDOVER, with the folder's lock
 *     accepts
 *     SERVING                                 ──▶
 *                                             ◀──       DONE: closes its copies of lock and sockets, drains
 *     makes jalond.sock and jalond.listen anew
 *     looks for the old one's journals        ◀──       its end closes the connection
 *
 * So no connection is refused or reset: between READY and SERVING they wait in the kernel's queues, whose sockets one of the two
 * has open at any time. The lock is an flock on an open file, which both have then: it is held until the last
 * one closes it.
 *
 * Whatever goes wrong on the way (the connection ends, time is up, nonsense is said) the old one accepts again and takes the
 * store back; only DONE ends that, and when it can't be sent the new one is dead. A new
 * one that sees the connection end without a word goes on: the old one died. REFUSED tells it to end.
 *
 *     NONE ─HELLO─▶ ASKED ─READY─▶ OFFERED ─SERVING─▶ DONE         ASKED, OFFERED ─▶ FAILED ─▶ NONE */
#include "redirector/handover.h"

#include "core/base/clock.h"
#include "redirector/keeper.h"
#include "redirector/listener_set.h"
#include "redirector/log.h"
#include "redirector/server.h"
#include "redirector/takeover_socket.h"
#include "redirector/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GREETING_MS 2000
#define READY_MS 60000
#define SERVING_MS 10000
#define REST_MS 5000

struct handover {
    struct server *server;
    enum handover_state state;
    int listen_fd;
    int peer_fd;  /* -1: nobody asks */
    int peer_pid; /* for the log */
    int64_t deadline_ms;
    bool has_given_store; /* it is to stop with who has it */
    bool is_published;
};

int handover_new(struct handover **ret_handover, struct server *server)
{
    struct handover *handover = calloc(1, sizeof *handover);
    if (!handover)
        return JALON_NO_MEMORY;
    handover->server = server;
    handover->peer_fd = -1;
    int err = takeover_socket_listen(&handover->listen_fd, server->folder);
    if (err) {
        free(handover);
        return err;
    }
    *ret_handover = handover;
    return JALON_OK;
}

static void close_peer(struct handover *handover)
{
    if (handover->peer_fd >= 0)
        (void)close(handover->peer_fd); /* all was said */
    handover->peer_fd = -1;
}

int handover_publish(struct handover *handover)
{
    int err = takeover_socket_publish(handover->server->folder);
    handover->is_published = !err;
    return err;
}

void handover_stop(struct handover *handover)
{
    if (!handover || handover->listen_fd < 0)
        return;
    (void)close(handover->listen_fd); /* who waits on it learns that we are gone */
    handover->listen_fd = -1;
    if (!handover->is_published)
        takeover_socket_remove_new(handover->server->folder, getpid());
    else if (handover->server->is_owner)
        takeover_socket_remove(handover->server->folder);
}

struct handover *handover_free(struct handover *handover)
{
    if (!handover)
        return NULL;
    handover_stop(handover);
    close_peer(handover);
    free(handover);
    return NULL;
}

void handover_watch(const struct handover *handover, struct pollfd fds[HANDOVER_FDS])
{
    fds[0] = (struct pollfd){.fd = handover->listen_fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = handover->peer_fd, .events = POLLIN};
}

int handover_patience_ms(const struct handover *handover)
{
    if (handover->peer_fd < 0)
        return -1;
    int64_t left_ms = handover->deadline_ms - clock_monotonic_ms();
    return left_ms > 0 ? (int)left_ms : 0;
}

/* One who is told no closes in its own time: whether it hears it is its own concern. */
static void refuse(int fd, const char *why)
{
    struct takeover_message message = {.kind = TAKEOVER_REFUSED};
    (void)snprintf(message.text, sizeof message.text, "%s", why); /* cut to fit */
    (void)!takeover_send(fd, &message, NULL, 0);                  /* it may be gone */
}

/* Serves again as if nobody had asked. */
static void take_back(struct handover *handover)
{
    struct server *server = handover->server;
    keeper_take_store(server->keeper, handover->has_given_store);
    if (worker_ask_all(server, WORKER_ACCEPTS, REST_MS) != JALON_OK)
        log_error("a worker does not accept connections again");
}

static void fail(struct handover *handover, const char *why)
{
    bool was_asked = handover->state == HANDOVER_ASKED || handover->state == HANDOVER_OFFERED;
    refuse(handover->peer_fd, why);
    close_peer(handover);
    if (!was_asked)
        return;
    if (handover->state == HANDOVER_OFFERED)
        take_back(handover);
    takeover_socket_remove_new(handover->server->folder, handover->peer_pid);
    handover->state = HANDOVER_FAILED;
    log_warn("process %d did not take over (%s): this one goes on", handover->peer_pid, why);
}

static void let_in(struct handover *handover)
{
    int fd, pid;
    if (takeover_socket_accept(&fd, &pid, handover->listen_fd) != JALON_OK)
        return;
    if (handover->peer_fd >= 0) {
        refuse(fd, "another takeover is under way: wait for its end");
        (void)close(fd);
        return;
    }
    handover->peer_fd = fd;
    handover->peer_pid = pid;
    handover->deadline_ms = clock_monotonic_ms() + GREETING_MS;
}

static int send_sockets(const struct handover *handover)
{
    struct server *server = handover->server;
    struct takeover_message message = {.kind = TAKEOVER_SOCKETS,
                                       .has_store = keeper_is_embedded(server->keeper)};
    int fds[TAKEOVER_FDS_MAX], err = JALON_OK;
    struct listener_socket *first = listener_set_first(server->listeners), *socket;
    for (socket = first; socket; socket = socket->next)
        message.total++;
    if (message.total > TAKEOVER_SOCKETS_MAX)
        return JALON_FULL;
    for (socket = first; !err && socket; socket = socket->next) {
        fds[message.count] = socket->fd;
        message.socket_kinds[message.count++] = (uint8_t)socket->kind;
        if (socket->next && message.count < TAKEOVER_FDS_MAX)
            continue;
        err = takeover_send(handover->peer_fd, &message, fds, message.count);
        message.count = 0;
    }
    return err;
}

static void offer_sockets(struct handover *handover)
{
    int err = send_sockets(handover);
    if (err) {
        fail(handover, jalon_error_text(err));
        return;
    }
    handover->state = HANDOVER_ASKED;
    handover->deadline_ms = clock_monotonic_ms() + READY_MS;
    log_info("process %d is about to take over", handover->peer_pid);
}

static void offer_lock(struct handover *handover, bool wants_store)
{
    struct server *server = handover->server;
    struct takeover_message message = {.kind = TAKEOVER_HANDOVER};
    handover->state = HANDOVER_OFFERED;
    handover->has_given_store = wants_store && keeper_give_store(server->keeper);
    message.has_store = handover->has_given_store;
    int err = worker_ask_all(server, WORKER_RESTS, REST_MS);
    if (!err)
        err = takeover_send(handover->peer_fd, &message, &server->lock_fd, 1);
    if (err)
        fail(handover, "the handover failed");
    else
        handover->deadline_ms = clock_monotonic_ms() + SERVING_MS;
}

static void finish(struct handover *handover)
{
    struct takeover_message message = {.kind = TAKEOVER_DONE};
    if (takeover_send(handover->peer_fd, &message, NULL, 0) != JALON_OK) {
        fail(handover, "it ended too early");
        return;
    }
    handover->state = HANDOVER_DONE;
    log_info("process %d has taken over", handover->peer_pid);
}

static void hear(struct handover *handover, const struct takeover_message *message)
{
    if (message->kind == TAKEOVER_HELLO && handover->state == HANDOVER_NONE)
        offer_sockets(handover);
    else if (message->kind == TAKEOVER_READY && handover->state == HANDOVER_ASKED)
        offer_lock(handover, message->has_store);
    else if (message->kind == TAKEOVER_SERVING && handover->state == HANDOVER_OFFERED)
        finish(handover);
    else
        fail(handover, "it said something out of turn");
}

static void listen_to_peer(struct handover *handover)
{
    struct takeover_message message;
    int fds[TAKEOVER_FDS_MAX];
    size_t count;
    int err = takeover_receive(&message, fds, &count, handover->peer_fd);
    for (size_t i = 0; i < count; i++)
        (void)close(fds[i]); /* we want none */
    if (err == JALON_UNAVAILABLE)
        fail(handover, "it ended too early");
    else if (err == JALON_UNSUPPORTED)
        fail(handover,
             "the process that serves is of another version: stop it, and start the new one");
    else if (err && err != JALON_NOT_FOUND)
        fail(handover, "it said something that makes no sense");
    else if (!err)
        hear(handover, &message);
}

enum handover_state handover_turn(struct handover *handover, const struct pollfd fds[HANDOVER_FDS])
{
    if (handover->state == HANDOVER_FAILED)
        handover->state = HANDOVER_NONE;
    /* What was said counts, also when time is up: the other side goes by it. */
    if (fds[1].revents)
        listen_to_peer(handover);
    else if (handover->peer_fd >= 0 && clock_monotonic_ms() >= handover->deadline_ms)
        fail(handover, "it took too long");
    if (fds[0].revents && handover->state != HANDOVER_DONE)
        let_in(handover);
    return handover->state;
}
