#include "redirector/worker.h"

#include "core/base/clock.h"
#include "redirector/clerk.h"
#include "redirector/connection.h"
#include "redirector/listener.h"
#include "redirector/log.h"
#include "redirector/services.h"
#include "redirector/session.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_MS 10000
#define DRAIN_QUIET_MS 1000
/* Closing a listening socket resets the handshakes that are not done: they get the time of a few round trips. */
#define SHUT_MS 200
/* Nobody waits for a process that was taken over from: it has time for its clients. */
#define HANDED_OVER_DRAIN_MS 30000
#define HANDED_OVER_QUIET_MS 5000

void worker_turn(struct worker *worker)
{
    if (worker->is_in_turn)
        return;
    worker->is_in_turn = true;
    worker->now_ms = clock_wall_ms();
    worker->monotonic_ms = clock_monotonic_ms();
    services_turn_begin(worker);
}

static void end_turn(struct worker *worker)
{
    if (!worker->is_in_turn)
        return;
    connection_turn(worker);
    services_turn_end(worker);
    worker->is_in_turn = false;
}

struct slice worker_date(struct worker *worker)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t second = (time_t)(worker->now_ms / 1000);
    struct tm tm;
    if (worker->date_s != second && gmtime_r(&second, &tm)) {
        struct buffer date;
        buffer_over(&date, worker->date, sizeof worker->date);
        buffer_printf(&date, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday,
                      tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                      tm.tm_sec);
        worker->date_s = second;
    }
    return slice_of(worker->date, WORKER_DATE_SIZE);
}

static void begin_drain(struct worker *worker)
{
    bool is_handed_over = worker->server->is_handed_over;
    worker->is_draining = true;
    worker->drain_quiet_ms = is_handed_over ? HANDED_OVER_QUIET_MS : DRAIN_QUIET_MS;
    worker->drain_until_ms =
        worker->monotonic_ms + (is_handed_over ? HANDED_OVER_DRAIN_MS : DRAIN_MS);
    /* What another process listens on too is not ours to shut, and not closed by closing our copy. */
    if (worker->server->is_owner)
        listener_shut(worker);
    worker->stop_ms = worker->monotonic_ms + (worker->server->is_owner ? SHUT_MS : 0);
    if (!worker->server->is_owner)
        listener_stop(worker);
}

static int go_to(struct worker *worker, int stage)
{
    if (stage == WORKER_ACCEPTS)
        return listener_start(worker);
    if (stage == WORKER_DRAINS)
        begin_drain(worker);
    else
        listener_rest(worker);
    return JALON_OK;
}

static void follow(struct worker *worker)
{
    const uint64_t one = 1;
    int asked = atomic_load_explicit(&worker->asked, memory_order_acquire);
    int reached = atomic_load_explicit(&worker->reached, memory_order_relaxed);
    if (worker->is_draining || asked == reached)
        return;
    int err = go_to(worker, asked);
    if (err) {
        log_error("worker %u can't accept connections: %s", worker->index, jalon_error_text(err));
        return;
    }
    atomic_store_explicit(&worker->reached, asked, memory_order_release);
    (void)!write(worker->server->stage_fd, &one, sizeof one); /* fails only when it is readable */
}

static void on_wake(evutil_socket_t fd, short what, void *context)
{
    struct worker *worker = context;
    (void)what;
    uint64_t count;
    (void)!read(fd, &count, sizeof count); /* it was readable; what it says is in `asked` */
    worker_turn(worker);
    follow(worker);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    struct worker *worker = context;
    (void)fd, (void)what;
    worker_turn(worker);
    services_tick(worker);
    connection_tick(worker);
    listener_resume(worker);
    if (worker->is_draining && worker->listeners && worker->monotonic_ms >= worker->stop_ms)
        listener_stop(worker);
    if (worker->is_draining && !worker->listeners && connection_count(worker->connections) == 0)
        worker->is_serving = !services_drained(worker);
}

static void on_clerk(evutil_socket_t fd, short what, void *context)
{
    struct worker *worker = context;
    (void)fd, (void)what;
    worker_turn(worker);
    clerk_collect(worker->server->clerks, worker->index);
}

static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();
    if (!config)
        return NULL;
    struct event_base *base = NULL;
    if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0)
        base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static struct event *watch(struct worker *worker, int fd, short what, event_callback_fn callback)
{
    const struct timeval tick = {.tv_usec = WORKER_TICK_MS * 1000};
    struct event *event = event_new(worker->base, fd, (short)(what | EV_PERSIST), callback, worker);
    if (!event || event_add(event, what ? NULL : &tick) == 0)
        return event;
    event_free(event);
    return NULL;
}

int worker_init(struct worker *worker, struct server *server, unsigned index)
{
    *worker = (struct worker){.server = server, .index = index, .wake_fd = -1};
    worker->base = new_base();
    worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!worker->base || worker->wake_fd < 0)
        return worker->base ? JALON_IO : JALON_NO_MEMORY;
    worker->wake = watch(worker, worker->wake_fd, EV_READ, on_wake);
    worker->tick = watch(worker, -1, 0, on_tick);
    if (!worker->wake || !worker->tick)
        return JALON_NO_MEMORY;
    int err = connection_list_new(&worker->connections, worker);
    if (err)
        return err;
    worker->now_ms = clock_wall_ms();
    worker->monotonic_ms = clock_monotonic_ms();
    return services_start(worker);
}

static void end_event(struct event **event)
{
    if (*event)
        event_free(*event);
    *event = NULL;
}

void worker_done(struct worker *worker)
{
    listener_stop(worker);
    worker->connections = connection_list_free(worker->connections);
    services_stop(worker);
    session_free_spare(worker);
    end_event(&worker->wake);
    end_event(&worker->tick);
    end_event(&worker->clerk);
    if (worker->base)
        event_base_free(worker->base);
    worker->base = NULL;
    if (worker->wake_fd >= 0)
        (void)close(worker->wake_fd); /* an eventfd holds nothing */
    worker->wake_fd = -1;
}

void worker_run(struct worker *worker)
{
    worker->clerk =
        watch(worker, clerk_done_fd(worker->server->clerks, worker->index), EV_READ, on_clerk);
    if (!worker->clerk) {
        log_error("worker %u can't hear of its clerks", worker->index);
        return;
    }
    worker->is_serving = true;
    while (worker->is_serving) {
        if (event_base_loop(worker->base, EVLOOP_ONCE) < 0) {
            log_error("worker %u: the event loop failed: %s", worker->index, strerror(errno));
            return;
        }
        end_turn(worker);
    }
}

void worker_ask(struct worker *worker, enum worker_stage stage)
{
    const uint64_t one = 1;
    atomic_store_explicit(&worker->asked, (int)stage, memory_order_release);
    (void)!write(worker->wake_fd, &one, sizeof one); /* fails only when it is awake anyway */
}

bool worker_has_reached(const struct worker *worker, enum worker_stage stage)
{
    return atomic_load_explicit(&worker->reached, memory_order_acquire) == (int)stage;
}

static bool have_all_reached(const struct server *server, enum worker_stage stage)
{
    for (unsigned i = 0; i < server->worker_count; i++)
        if (!worker_has_reached(&server->workers[i], stage))
            return false;
    return true;
}

int worker_ask_all(struct server *server, enum worker_stage stage, int timeout_ms)
{
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    for (unsigned i = 0; i < server->worker_count; i++)
        worker_ask(&server->workers[i], stage);
    while (!have_all_reached(server, stage)) {
        int64_t left_ms = until_ms - clock_monotonic_ms();
        struct pollfd told = {.fd = server->stage_fd, .events = POLLIN};
        uint64_t count;
        if (left_ms <= 0)
            return JALON_UNAVAILABLE;
        if (poll(&told, 1, (int)left_ms) > 0)
            (void)!read(server->stage_fd, &count, sizeof count); /* emptied is all that matters */
    }
    return JALON_OK;
}
