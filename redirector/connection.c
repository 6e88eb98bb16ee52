/* A state is a list, oldest first, so that what is past its time stands at the front:
 *
 *   (connection_open) --TLS--> HANDSHAKE --shake_hands--> FRESH
 *   (connection_open) --in the clear--> FRESH
 *   FRESH, IDLE, HEAD, BODY --read_on, by what is there of the next request--> IDLE, HEAD or BODY
 *   FRESH, IDLE, HEAD, BODY, WRITING --advance: an exchange is not finished--> PARKED --on_resumed--> any
 *   FRESH, IDLE, HEAD, BODY, PARKED --advance: the socket takes no more--> WRITING --advance--> any
 *   any --advance: "Connection: close", an error, a time-out--> LINGER --drop_bytes: the client's end--> gone
 *   PARKED --end: no client any more--> LOST --on_resumed--> gone
 *   any but PARKED and LOST --end--> gone
 *
 * A state's time counts from entering it, so a byte a second prolongs nothing; WRITING's from the last byte that the
 * client took. LINGER (RFC 9112 section 9.6): our half is shut down, what still comes is
 * dropped, as closing a socket with unread bytes resets it and may destroy the answer on its way. */
#include "redirector/connection.h"

#include "redirector/counters.h"
#include "redirector/listener.h"
#include "redirector/session.h"
#include "redirector/tls.h"
#include "redirector/worker.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MS 3000
#define LINGER_BYTES_MAX (8u << 20)
#define PARKED_MS 60000    /* handlers have deadlines of their own, well below */
#define DRAIN_IDLE_MS 1000 /* a client that is quiet for so long is not about to ask */

enum state { HANDSHAKE, FRESH, IDLE, HEAD, BODY, WRITING, PARKED, LINGER, LOST, STATES };

struct connection {
    struct connection *next, *previous; /* in its state's list */
    struct tls_stream *tls;             /* NULL in the clear */
    int64_t since_ms;                   /* in this state, monotonic */
    int fd;
    uint32_t lingered; /* bytes dropped */
    uint8_t state;
    uint8_t after_write; /* enum session_next */
    short interest;      /* EV_READ, EV_WRITE or 0: what `event` waits for */
    struct event event;
    struct session session;
};

struct state_list {
    struct connection *first, *last;
};

struct connection_list {
    struct worker *worker;
    size_t count; /* LOST ones included */
    struct state_list states[STATES];
};

static struct connection_list *list_of(const struct connection *connection)
{
    return connection->session.worker->connections;
}

static void unlink_from(struct state_list *list, struct connection *connection)
{
    *(connection->previous ? &connection->previous->next : &list->first) = connection->next;
    *(connection->next ? &connection->next->previous : &list->last) = connection->previous;
    connection->next = connection->previous = NULL;
}

static void append_to(struct state_list *list, struct connection *connection)
{
    connection->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = connection;
    list->last = connection;
}

/* Its time starts now, also when it was in that state before. */
static void enter(struct connection *connection, enum state state)
{
    struct connection_list *list = list_of(connection);
    unlink_from(&list->states[connection->state], connection);
    connection->state = (uint8_t)state;
    connection->since_ms = connection->session.worker->monotonic_ms;
    append_to(&list->states[state], connection);
}

static void on_event(evutil_socket_t fd, short what, void *context);

/* One event does for both directions: a connection waits for one at a time. False: no memory. */
static bool wait_for(struct connection *connection, short interest)
{
    if (connection->interest == interest)
        return true;
    if (connection->interest)
        (void)event_del(&connection->event); /* it is added */
    connection->interest = interest;
    if (!interest)
        return true;
    (void)event_assign(&connection->event, connection->session.worker->base, connection->fd,
                       (short)(interest | EV_PERSIST), on_event, connection); /* not pending */
    return event_add(&connection->event, NULL) == 0;
}

static void end_socket(struct connection *connection)
{
    (void)wait_for(connection, 0); /* waiting for nothing can't fail */
    connection->tls = tls_stream_free(connection->tls);
    (void)close(connection->fd); /* what was sent is sent */
    connection->fd = -1;
}

static void forget(struct connection *connection)
{
    struct connection_list *list = list_of(connection);
    struct worker *worker = list->worker;
    unlink_from(&list->states[connection->state], connection);
    list->count--;
    counter_set(worker->counters, connections_open, list->count);
    session_done(&connection->session);
    free(connection);
    listener_resume(worker);
}

/* A parked exchange is someone else's until it is finished: what it borrows has to stay. */
static void end(struct connection *connection)
{
    end_socket(connection);
    if (connection->session.is_parked)
        enter(connection, LOST);
    else
        forget(connection);
}

static ssize_t receive(struct connection *connection, void *bytes, size_t size)
{
    if (connection->tls)
        return tls_stream_read(connection->tls, bytes, size);
    return recv(connection->fd, bytes, size, 0);
}

static bool is_for_later(ssize_t moved)
{
    return moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static ssize_t transmit(struct connection *connection, struct slice bytes)
{
    if (connection->tls)
        return tls_stream_write(connection->tls, bytes.data, bytes.size);
    return send(connection->fd, bytes.data, bytes.size, MSG_NOSIGNAL);
}

enum flush { FLUSHED, BLOCKED, BROKEN };

static enum flush flush(struct connection *connection)
{
    struct session *session = &connection->session;
    for (;;) {
        struct slice output = session_output(session);
        if (output.size == 0)
            return FLUSHED;
        ssize_t sent = transmit(connection, output);
        if (is_for_later(sent))
            return BLOCKED;
        if (sent <= 0)
            return BROKEN;
        session_sent(session, (size_t)sent);
        if (connection->state == WRITING)
            enter(connection, WRITING);
    }
}

static void linger(struct connection *connection)
{
    if (connection->tls)
        tls_stream_end(connection->tls);
    session_done(&connection->session);
    if (shutdown(connection->fd, SHUT_WR) != 0 || !wait_for(connection, EV_READ)) {
        end(connection);
        return;
    }
    enter(connection, LINGER);
}

/* What is read is of no use; the worker's stack takes it. */
static void drop_bytes(struct connection *connection)
{
    char bytes[16384];
    ssize_t size = recv(connection->fd, bytes, sizeof bytes, 0);
    if (is_for_later(size))
        return;
    if (size <= 0 || connection->lingered > LINGER_BYTES_MAX)
        end(connection);
    else
        connection->lingered += (uint32_t)size;
}

static enum state reading_state(const struct session *session)
{
    if (!session_is_begun(session))
        return IDLE;
    return session_is_in_body(session) ? BODY : HEAD;
}

/* Waits for bytes with as little memory as may be. False: it is gone. */
static bool rest(struct connection *connection)
{
    if (session_rest(&connection->session) == JALON_OK && wait_for(connection, EV_READ))
        return true;
    end(connection);
    return false;
}

/* Everything is sent: on to the next request. True: it reads again. */
static bool read_on(struct connection *connection)
{
    enum state state = reading_state(&connection->session);
    if (!rest(connection))
        return false;
    if (state == IDLE || connection->state != state)
        enter(connection, state);
    return true;
}

/* Does what the session asks for, sending first. True: it reads again; otherwise it may be gone. */
static bool advance(struct connection *connection, enum session_next next)
{
    for (;;) {
        enum flush flushed = flush(connection);
        if (flushed == BROKEN) {
            end(connection);
            return false;
        }
        if (next == SESSION_PARKED) {
            enter(connection, PARKED);
            (void)wait_for(connection, 0); /* waiting for nothing can't fail */
            return false;
        }
        if (flushed == BLOCKED) {
            connection->after_write = (uint8_t)next;
            if (connection->state != WRITING)
                enter(connection, WRITING);
            if (!wait_for(connection, EV_WRITE))
                end(connection);
            return false;
        }
        if (next == SESSION_CLOSES) {
            linger(connection);
            return false;
        }
        if (next == SESSION_READS)
            return read_on(connection);
        next = session_run(&connection->session);
    }
}

static void read_bytes(struct connection *connection);

/* What TLS holds back of the client's bytes does not wake the loop: it is read at once. */
static void go_on(struct connection *connection, enum session_next next)
{
    if (advance(connection, next) && connection->tls)
        read_bytes(connection);
}

static void on_resumed(struct session *session)
{
    struct connection *connection =
        (struct connection *)((char *)session - offsetof(struct connection, session));
    if (connection->state == LOST)
        forget(connection);
    else
        go_on(connection, session_run(session));
}

/* One recv a turn: what is left in the socket wakes the loop again. TLS is read until it has no more. */
static void read_bytes(struct connection *connection)
{
    struct session *session = &connection->session;
    bool is_reading = true;
    while (is_reading) {
        size_t room;
        char *bytes = session_room(session, &room);
        ssize_t size = bytes ? receive(connection, bytes, room) : -1;
        bool is_over = size == 0 && !session_is_begun(session);
        if (!bytes || is_over || (size < 0 && !is_for_later(size))) {
            end(connection);
            return;
        }
        if (size < 0) {
            (void)rest(connection); /* it may be gone: nothing is done with it any more */
            return;
        }
        enum session_next next =
            size ? session_take(session, (size_t)size) : session_take_end(session);
        is_reading = advance(connection, next) && connection->tls;
    }
}

static void shake_hands(struct connection *connection)
{
    enum tls_need need = tls_stream_accept(connection->tls);
    short interest = need == TLS_NEEDS_WRITE ? EV_WRITE : EV_READ;
    if (need == TLS_ENDED || !wait_for(connection, interest)) {
        end(connection);
        return;
    }
    if (need != TLS_DONE)
        return;
    enter(connection, FRESH);
    read_bytes(connection);
}

static void on_event(evutil_socket_t fd, short what, void *context)
{
    struct connection *connection = context;
    (void)fd;
    (void)what; /* the state says it */
    worker_turn(connection->session.worker);
    if (connection->state == HANDSHAKE)
        shake_hands(connection);
    else if (connection->state == LINGER)
        drop_bytes(connection);
    else if (connection->state == WRITING)
        go_on(connection, connection->after_write);
    else
        read_bytes(connection);
}

int connection_list_new(struct connection_list **ret_list, struct worker *worker)
{
    struct connection_list *list = calloc(1, sizeof *list);
    if (!list)
        return JALON_NO_MEMORY;
    list->worker = worker;
    *ret_list = list;
    return JALON_OK;
}

static void end_all(struct connection_list *list)
{
    for (enum state state = 0; state < LOST; state++)
        while (list->states[state].first)
            end(list->states[state].first);
}

struct connection_list *connection_list_free(struct connection_list *list)
{
    if (!list)
        return NULL;
    end_all(list);
    assert(list->count == 0);
    free(list);
    return NULL;
}

size_t connection_count(const struct connection_list *list)
{
    return list->count;
}

bool connection_has_room(const struct worker *worker)
{
    const struct connection_list *list = worker->connections;
    return list->count < worker->snapshot->settings.max_connections || list->states[IDLE].first;
}

static int start(struct connection *connection)
{
    struct worker *worker = connection->session.worker;
    struct tls_context *context = worker->snapshot->tls;
    if (context) {
        int err = tls_stream_new(&connection->tls, context, connection->fd);
        if (err)
            return err;
        enter(connection, HANDSHAKE);
    }
    return wait_for(connection, EV_READ) ? JALON_OK : JALON_NO_MEMORY;
}

int connection_open(struct worker *worker, int fd, enum listener_kind listener,
                    const struct address *peer)
{
    struct connection_list *list = worker->connections;
    struct connection *connection = NULL;
    bool is_full = list->count >= worker->snapshot->settings.max_connections;
    if (is_full && list->states[IDLE].first) {
        end(list->states[IDLE].first);
        is_full = false;
    }
    if (!is_full)
        connection = calloc(1, sizeof *connection);
    if (!connection) {
        (void)close(fd); /* nothing was said on it */
        return is_full ? JALON_FULL : JALON_NO_MEMORY;
    }
    connection->fd = fd;
    connection->state = FRESH;
    connection->since_ms = worker->monotonic_ms;
    session_init(&connection->session, worker, listener, peer);
    connection->session.resumed = on_resumed;
    append_to(&list->states[FRESH], connection);
    list->count++;
    counter_add(worker->counters, connections_accepted, 1);
    counter_set(worker->counters, connections_open, list->count);

    int err = start(connection);
    if (err)
        end(connection);
    return err;
}

static int64_t time_of(const struct worker *worker, enum state state)
{
    const struct settings *settings = &worker->snapshot->settings;
    switch (state) {
    case FRESH:
        return worker->is_draining ? DRAIN_IDLE_MS : (int64_t)settings->header_timeout_ms;
    case HANDSHAKE:
    case HEAD:
        return settings->header_timeout_ms;
    case BODY:
        return settings->body_timeout_ms;
    case IDLE:
        return worker->is_draining ? DRAIN_IDLE_MS : (int64_t)settings->idle_timeout_ms;
    case WRITING:
        return settings->write_timeout_ms;
    case PARKED:
        return PARKED_MS;
    default:
        return LINGER_MS;
    }
}

static void expire(struct connection *connection)
{
    counter_add(connection->session.worker->counters, timeouts, 1);
    if (connection->state == HEAD || connection->state == BODY)
        (void)advance(connection,
                      session_take_timeout(&connection->session)); /* 408, or just closes */
    else
        end(connection);
}

void connection_tick(struct worker *worker)
{
    struct connection_list *list = worker->connections;
    if (worker->is_draining && worker->monotonic_ms >= worker->drain_until_ms) {
        end_all(list);
        return;
    }
    for (enum state state = 0; state < LOST; state++) {
        int64_t since_ms = worker->monotonic_ms - time_of(worker, state);
        while (list->states[state].first && list->states[state].first->since_ms <= since_ms)
            expire(list->states[state].first);
    }
}
