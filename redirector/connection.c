/* A state is a list, oldest first, so that what is past its time stands at the front:
 *
 *   (connection_open) --TLS--> HANDSHAKE --shake_hands--> FRESH
 *   (connection_open) --in the clear--> FRESH
 *   FRESH, IDLE, HEAD, BODY --run_requests: there is something to say--> ANSWERING --send_answers--> any
 *   FRESH, IDLE, HEAD, BODY, ANSWERING --read_on, by what is there of the next request--> IDLE, HEAD or BODY
 *   FRESH, IDLE, HEAD, BODY, ANSWERING, WRITING --advance: an exchange is not finished--> PARKED --on_resumed--> any
 *   ANSWERING, PARKED --advance: the socket takes no more--> WRITING --advance--> any
 *   any --advance: "Connection: close", an error, a time-out--> SHUT --look_at_shut: the client has ended--> gone
 *   SHUT --look_at_shut: not yet--> LINGER --drop_bytes: the client's end--> gone
 *   PARKED --end: no client any more--> LOST --on_resumed--> gone
 *   any but PARKED and LOST --end--> gone
 *
 * A state's time counts from entering it, so a byte a second prolongs nothing; WRITING's from the last byte that the
 * client took. SHUT and LINGER (RFC 9112 section 9.6): our half is shut down, what still comes is
 * dropped, as closing a socket with unread bytes resets it and may destroy the answer on its way. Most clients have
 * ended when SHUT is looked at, a few a loop turn; only the others become an event of the loop.
 *
 * The requests of a loop turn are first read from their sockets, then run, then their answers are sent, each by the batch: to
 * who receives the answers that is one wake-up, to the kernel and to us a stretch of the same work, and what a
 * request will look for in memory comes while the one before it runs. A connection that waits to be run stays in its state:
 * whoever ends connections runs them first.
 *
 * Reading is edge-triggered in the clear: a socket that was not emptied, or whose end is there, is looked at again next turn.
 *
 * A new connection is read at once: under load its request is there when it is accepted, and one that asks a single
 * thing never becomes an event of the loop. The last answer and the end of our half leave in one packet. */
#include "redirector/connection.h"

#include "redirector/counters.h"
#include "redirector/listener.h"
#include "redirector/server.h"
#include "redirector/session.h"
#include "redirector/wire.h"
#include "redirector/worker.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH_MAX 64 /* each holds the memory of a request */
#define SHUT_MS 200  /* most clients are nearer */
#define SHUT_A_TURN 32
#define SHUT_A_TICK 1024
#define LINGER_MS 3000 /* since it was shut */
#define LINGER_BYTES_MAX (8u << 20)
#define PARKED_MS 60000 /* handlers have deadlines of their own, well below */
#define SLOW_MS 1000 /* who takes longer over anything makes room for others, when there is none */
#define DESCRIPTORS_KEPT 64     /* of the process: databases, logs, the clerks' connections */
#define DESCRIPTORS_A_WORKER 32 /* its journal, its connections to the store, its listeners */

enum state {
    HANDSHAKE,
    FRESH,
    IDLE,
    HEAD,
    BODY,
    ANSWERING,
    WRITING,
    PARKED,
    SHUT,
    LINGER,
    LOST,
    STATES
};

struct connection {
    struct connection *next, *previous; /* in its state's list */
    struct wire wire;
    int64_t since_ms;  /* in this state, monotonic */
    uint32_t lingered; /* bytes dropped */
    uint8_t state;
    uint8_t after_write; /* enum session_next */
    bool is_ended;       /* the client's half, as the loop said: there may be bytes before it */
    bool has_more;       /* in the socket: no edge will tell */
    bool is_received;    /* waits in list->received */
    short interest;      /* EV_READ, EV_WRITE …, or 0: what `event` waits for */
    struct event event;
    struct session session;
};

struct state_list {
    struct connection *first, *last;
};

struct connection_list {
    struct worker *worker;
    size_t count; /* LOST ones included */
    unsigned answering, received_count;
    struct connection *received[BATCH_MAX]; /* read, and not run yet */
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
    (void)event_assign(&connection->event, connection->session.worker->base, connection->wire.fd,
                       (short)(interest | EV_PERSIST), on_event, connection); /* not pending */
    return event_add(&connection->event, NULL) == 0;
}

static void end_socket(struct connection *connection)
{
    (void)wait_for(connection, 0); /* waiting for nothing can't fail */
    connection->wire.tls = tls_stream_free(connection->wire.tls);
    (void)close(connection->wire.fd); /* what was sent is sent */
    connection->wire.fd = -1;
}

static void forget(struct connection *connection)
{
    struct connection_list *list = list_of(connection);
    struct worker *worker = list->worker;
    assert(!connection->is_received);
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

enum flush { FLUSHED, BLOCKED, BROKEN };

/* is_last: our half is shut down behind it. */
static enum flush flush(struct connection *connection, bool is_last)
{
    struct session *session = &connection->session;
    for (;;) {
        struct slice output = session_output(session);
        if (output.size == 0)
            return FLUSHED;
        ssize_t sent = wire_send(&connection->wire, output, is_last);
        if (wire_is_for_later(sent))
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
    if (connection->wire.tls)
        tls_stream_end(connection->wire.tls);
    session_done(&connection->session);
    (void)wait_for(connection, 0); /* waiting for nothing can't fail */
    if (shutdown(connection->wire.fd, SHUT_WR) != 0)
        end(connection);
    else
        enter(connection, SHUT);
}

/* What is read is of no use; the worker's stack takes it. False: the connection is gone. */
static bool drop_bytes(struct connection *connection)
{
    char bytes[16384];
    ssize_t size = recv(connection->wire.fd, bytes, sizeof bytes, 0);
    if (wire_is_for_later(size))
        return true;
    if (size <= 0 || connection->lingered > LINGER_BYTES_MAX) {
        end(connection);
        return false;
    }
    connection->lingered += (uint32_t)size;
    return true;
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
    short interest = connection->wire.tls ? EV_READ : EV_READ | EV_CLOSED | EV_ET;
    if (session_rest(&connection->session) != JALON_OK || !wait_for(connection, interest)) {
        end(connection);
        return false;
    }
    if (connection->has_more)
        event_active(&connection->event, EV_READ, 1);
    return true;
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
        enum flush flushed = flush(connection, next == SESSION_CLOSES);
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

static void go_on(struct connection *connection, enum session_next next)
{
    if (advance(connection, next) && wire_holds_bytes(&connection->wire))
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

static void send_answers(struct connection_list *list)
{
    list->answering = 0;
    while (list->states[ANSWERING].first) {
        struct connection *connection = list->states[ANSWERING].first;
        go_on(connection, connection->after_write); /* to another state */
    }
}

/* In time before they are run: the farther one's way is two steps, of which the second needs the first. */
static void expect(struct connection *const *next, size_t count)
{
    if (count > 0)
        session_expect(&next[0]->session, true);
    if (count > 1)
        session_expect(&next[1]->session, false);
}

/* In the order in which they were read. */
static void run_requests(struct connection_list *list)
{
    struct connection *batch[BATCH_MAX];
    size_t count = list->received_count;
    memcpy(batch, list->received, count * sizeof *batch);
    list->received_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct connection *connection = batch[i];
        connection->is_received = false;
        expect(batch + i + 1, count - i - 1);
        enum session_next next = session_run(&connection->session);
        bool is_answered = next == SESSION_READS || next == SESSION_CLOSES;
        if (!is_answered || session_output(&connection->session).size == 0) {
            go_on(connection, next);
            continue;
        }
        connection->after_write = (uint8_t)next;
        enter(connection, ANSWERING);
        list->answering++;
    }
    if (list->answering >= BATCH_MAX)
        send_answers(list);
}

static void run_later(struct connection *connection)
{
    struct connection_list *list = list_of(connection);
    connection->is_received = true;
    list->received[list->received_count++] = connection;
    if (list->received_count == BATCH_MAX)
        run_requests(list);
}

/* One recv, or one record, a turn: what is left in the socket wakes the loop again, and a client that sends without
 * end takes nobody else's turn. */
static void read_bytes(struct connection *connection)
{
    struct session *session = &connection->session;
    size_t room;
    char *bytes = session_room(session, &room);
    ssize_t size = bytes ? wire_receive(&connection->wire, bytes, room) : -1;
    connection->has_more = size > 0 && (connection->is_ended || (size_t)size == room);
    if (size > 0) {
        session_take(session, (size_t)size);
        run_later(connection);
    } else if (size == 0 && session_is_begun(session)) {
        (void)advance(connection, session_take_end(session)); /* it closes */
    } else if (bytes && wire_is_for_later(size)) {
        (void)rest(connection); /* it may be gone: nothing is done with it any more */
    } else {
        end(connection);
    }
}

static void shake_hands(struct connection *connection)
{
    enum tls_need need = tls_stream_accept(connection->wire.tls);
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
    connection->is_ended |= (what & EV_CLOSED) != 0; /* the state says the rest */
    worker_turn(connection->session.worker);
    if (connection->is_received) /* an edge and our own reminder in one turn */
        connection->has_more = true;
    else if (connection->state == HANDSHAKE)
        shake_hands(connection);
    else if (connection->state == LINGER)
        (void)drop_bytes(connection); /* it may be gone: nothing is done with it any more */
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

/* What the settings allow, or the system: without descriptors neither journal nor store could go on. */
static size_t connections_max(const struct worker *worker)
{
    const struct server *server = worker->server;
    size_t max = worker->snapshot->settings.max_connections;
    if (server->descriptors == 0)
        return max;
    size_t kept = DESCRIPTORS_KEPT + (size_t)DESCRIPTORS_A_WORKER * server->worker_count;
    size_t share =
        server->descriptors > kept ? (server->descriptors - kept) / server->worker_count : 1;
    return share < max ? share : max;
}

/* Who makes room for one more: the longest idle one, else the slowest of those that are slow. NULL: nobody. The
 * parked ones are ours to finish. */
static struct connection *find_expendable(const struct worker *worker)
{
    const struct connection_list *list = worker->connections;
    if (list->states[IDLE].first)
        return list->states[IDLE].first;
    struct connection *slowest = NULL;
    for (enum state state = 0; state < LOST; state++) {
        struct connection *first = list->states[state].first;
        if (state != PARKED && first && (!slowest || first->since_ms < slowest->since_ms))
            slowest = first;
    }
    return slowest && worker->monotonic_ms - slowest->since_ms >= SLOW_MS ? slowest : NULL;
}

static bool is_full(const struct worker *worker)
{
    return worker->connections->count >= connections_max(worker);
}

bool connection_has_room(struct worker *worker)
{
    if (is_full(worker))
        run_requests(worker->connections); /* who looks idle may not be */
    return !is_full(worker) || find_expendable(worker);
}

static int start_tls(struct connection *connection)
{
    struct tls_context *context = connection->session.worker->snapshot->tls;
    int err =
        context ? tls_stream_new(&connection->wire.tls, context, connection->wire.fd) : JALON_OK;
    if (connection->wire.tls)
        enter(connection, HANDSHAKE);
    return err;
}

int connection_open(struct worker *worker, int fd, enum listener_kind listener,
                    const struct address *peer)
{
    struct connection_list *list = worker->connections;
    bool has_room = connection_has_room(worker);
    if (has_room && is_full(worker))
        end(find_expendable(worker));
    struct connection *connection = has_room ? calloc(1, sizeof *connection) : NULL;
    if (!connection) {
        (void)close(fd); /* nothing was said on it */
        return has_room ? JALON_NO_MEMORY : JALON_FULL;
    }
    connection->wire.fd = fd;
    connection->state = FRESH;
    connection->since_ms = worker->monotonic_ms;
    session_init(&connection->session, worker, listener, peer);
    connection->session.resumed = on_resumed;
    append_to(&list->states[FRESH], connection);
    list->count++;
    counter_add(worker->counters, connections_accepted, 1);
    counter_set(worker->counters, connections_open, list->count);

    int err = start_tls(connection);
    if (err)
        end(connection);
    else if (connection->wire.tls)
        shake_hands(connection);
    else
        read_bytes(connection);
    return err;
}

static int64_t time_of(const struct worker *worker, enum state state)
{
    const struct settings *settings = &worker->snapshot->settings;
    switch (state) {
    case FRESH:
        return worker->is_draining ? worker->drain_quiet_ms : (int64_t)settings->header_timeout_ms;
    case HANDSHAKE:
    case HEAD:
        return settings->header_timeout_ms;
    case BODY:
        return settings->body_timeout_ms;
    case IDLE:
        return worker->is_draining ? worker->drain_quiet_ms : (int64_t)settings->idle_timeout_ms;
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

static void look_at_shut(struct worker *worker, unsigned at_most)
{
    const struct state_list *list = &worker->connections->states[SHUT];
    for (; at_most > 0 && list->first; at_most--) {
        struct connection *connection = list->first;
        int64_t since_ms = connection->since_ms;
        if (since_ms > worker->monotonic_ms - SHUT_MS)
            return;
        if (!drop_bytes(connection))
            continue;
        enter(connection, LINGER);
        connection->since_ms = since_ms;
        if (!wait_for(connection, EV_READ))
            end(connection);
    }
}

void connection_turn(struct worker *worker)
{
    struct connection_list *list = worker->connections;
    while (list->received_count > 0 || list->answering > 0) {
        run_requests(list);
        send_answers(list);
    }
    look_at_shut(worker, SHUT_A_TURN);
}

void connection_tick(struct worker *worker)
{
    struct connection_list *list = worker->connections;
    run_requests(list); /* it came in time */
    look_at_shut(worker, SHUT_A_TICK);
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
