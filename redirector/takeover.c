#include "redirector/takeover.h"

#include "core/base/clock.h"
#include "redirector/keeper.h"
#include "redirector/listener_set.h"
#include "redirector/log.h"
#include "redirector/server.h"
#include "redirector/takeover_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define SOCKETS_MS 20000  /* it may be in the middle of a reload */
#define HANDOVER_MS 30000 /* it may be in the middle of starting its store */
#define DONE_MS 15000
#define STORE_MS 20000
#define LOOK_MS 20

struct takeover {
    int fd;
    int stop_fd;
    struct listener_offer offer;
    bool has_store;
};

struct takeover *takeover_free(struct takeover *takeover)
{
    if (!takeover)
        return NULL;
    listener_offer_done(&takeover->offer);
    if (takeover->fd >= 0)
        (void)close(takeover->fd); /* which says that this is all */
    free(takeover);
    return NULL;
}

struct listener_offer *takeover_sockets(struct takeover *takeover)
{
    return &takeover->offer;
}

bool takeover_has_store(const struct takeover *takeover)
{
    return takeover->has_store;
}

int takeover_fd(const struct takeover *takeover)
{
    return takeover->fd;
}

static int say(struct takeover *takeover, const struct takeover_message *message)
{
    /* The other one may be gone: what it said last is there to be heard, and says more. */
    int err = takeover_send(takeover->fd, message, NULL, 0);
    return err == JALON_UNAVAILABLE ? JALON_OK : err;
}

static int stopped(struct problem *problem)
{
    (void)problem_set(problem, PROBLEM_CONFLICT, "told to stop before it had taken over");
    return JALON_CONFLICT;
}

/* JALON_NOT_FOUND: time is up. */
static int wait_for_word(const struct takeover *takeover, int64_t until_ms, struct problem *problem)
{
    struct pollfd fds[2] = {{.fd = takeover->fd, .events = POLLIN},
                            {.fd = takeover->stop_fd, .events = POLLIN}};
    for (;;) {
        int64_t left_ms = until_ms - clock_monotonic_ms();
        int count = poll(fds, 2, left_ms > 0 ? (int)left_ms : 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (fds[1].revents)
            return stopped(problem);
        return count > 0 ? JALON_OK : JALON_NOT_FOUND;
    }
}

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)close(fds[i]); /* our copies */
}

/* The next message, which is to be of that kind. JALON_NOT_FOUND: the other one is gone. JALON_CONFLICT: it says no, or
 * nothing in time, or something else. */
static int hear(struct takeover *takeover, enum takeover_kind kind, int timeout_ms,
                struct takeover_message *ret_message, int ret_fds[TAKEOVER_FDS_MAX],
                struct problem *problem)
{
    size_t count;
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    int err = wait_for_word(takeover, until_ms, problem);
    if (err == JALON_CONFLICT)
        return err;
    if (!err)
        err = takeover_receive(ret_message, ret_fds, &count, takeover->fd);
    else
        err = JALON_LOCKED; /* no word came */
    if (err == JALON_UNAVAILABLE)
        return JALON_NOT_FOUND;
    if (!err && ret_message->kind == kind)
        return JALON_OK;
    if (!err)
        close_all(ret_fds, count);
    const char *why = err == JALON_LOCKED ? "it does not answer"
                      : err               ? "it is of another version"
                                          : "it said something out of turn";
    if (!err && ret_message->kind == TAKEOVER_REFUSED)
        why = ret_message->text;
    (void)problem_set(problem, PROBLEM_CONFLICT, "the running jalond goes on: %s", why);
    return JALON_CONFLICT;
}

static int take_sockets(struct takeover *takeover, struct problem *problem)
{
    struct takeover_message message;
    int fds[TAKEOVER_FDS_MAX];
    do {
        int err = hear(takeover, TAKEOVER_SOCKETS, SOCKETS_MS, &message, fds, problem);
        if (err)
            return err;
        for (unsigned i = 0; !err && i < message.count; i++) {
            err = listener_offer_add(&takeover->offer, fds[i],
                                     (enum listener_kind)message.socket_kinds[i]);
            if (err)
                close_all(fds + i, message.count - i);
        }
        if (err)
            return problem_set(problem, PROBLEM_INTERNAL, "a socket of the running jalond: %s",
                               jalon_error_text(err));
    } while (takeover->offer.count < message.total);
    takeover->has_store = message.has_store;
    return JALON_OK;
}

static int connect_to(struct takeover *takeover, const char *folder, struct problem *problem)
{
    int err = takeover_socket_connect(&takeover->fd, folder);
    if (!err || err == JALON_NOT_FOUND)
        return err;
    (void)problem_set(problem, PROBLEM_CONFLICT, "%s/jalond.sock: %s", folder,
                      err == JALON_LOCKED ? "it is another user's, or busy" : strerror(errno));
    return JALON_CONFLICT;
}

int takeover_begin(struct takeover **ret_takeover, const char *folder, int stop_fd,
                   struct problem *problem)
{
    struct takeover *takeover = calloc(1, sizeof *takeover);
    if (!takeover)
        return problem_from_error(problem, JALON_NO_MEMORY);
    takeover->fd = -1;
    takeover->stop_fd = stop_fd;
    int err = connect_to(takeover, folder, problem);
    if (!err)
        err = say(takeover, &(struct takeover_message){.kind = TAKEOVER_HELLO});
    if (!err)
        err = take_sockets(takeover, problem);
    if (err) {
        takeover_free(takeover);
        return err;
    }
    *ret_takeover = takeover;
    return JALON_OK;
}

static bool is_informed(const struct server *server)
{
    return keeper_has_store(server->keeper) &&
           atomic_load_explicit(&server->informed_count, memory_order_acquire) >=
               server->worker_count;
}

int takeover_await_store(const struct takeover *takeover, const struct server *server,
                         struct problem *problem)
{
    int64_t until_ms = clock_monotonic_ms() + STORE_MS;
    struct pollfd stop = {.fd = takeover->stop_fd, .events = POLLIN};
    while (!is_informed(server)) {
        if (poll(&stop, 1, LOOK_MS) > 0)
            return stopped(problem);
        if (clock_monotonic_ms() < until_ms)
            continue;
        (void)problem_set(problem, PROBLEM_UNAVAILABLE,
                          "the store does not answer: the running jalond goes on, as it knows "
                          "links by heart that this one would have to ask for");
        return JALON_UNAVAILABLE;
    }
    return JALON_OK;
}

int takeover_claim(struct takeover *takeover, bool wants_store, int *ret_lock_fd,
                   bool *ret_has_store, struct problem *problem)
{
    struct takeover_message message = {.kind = TAKEOVER_READY, .has_store = wants_store};
    int fds[TAKEOVER_FDS_MAX];
    int err = say(takeover, &message);
    if (!err)
        err = hear(takeover, TAKEOVER_HANDOVER, HANDOVER_MS, &message, fds, problem);
    if (err)
        return err;
    *ret_lock_fd = fds[0];
    *ret_has_store = message.has_store;
    return JALON_OK;
}

int takeover_confirm(struct takeover *takeover, struct problem *problem)
{
    struct takeover_message message = {.kind = TAKEOVER_SERVING};
    int fds[TAKEOVER_FDS_MAX];
    takeover->stop_fd = -1; /* from here on a stop is a drain */
    int err = say(takeover, &message);
    if (!err)
        err = hear(takeover, TAKEOVER_DONE, DONE_MS, &message, fds, problem);
    if (err != JALON_NOT_FOUND)
        return err;
    log_warn("the process that served ended while it was taken over from");
    return JALON_OK;
}
