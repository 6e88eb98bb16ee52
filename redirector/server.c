/* server.c - see server.h.
 *
 * Start: snapshot, lock of the folder, sockets (bound, not served), store, journals and workers, threads, jalond.sock,
 * jalond.listen. What fails on the way ends the start with one line. A takeover comes to the lock only after the threads,
 * when nothing else can fail: top of handover.c.
 * End: jalond.listen goes, the workers drain (no new connection, what was begun is answered, clicks are shipped), the
 * flusher syncs once more, and last the embedded store stops if it was started here. */
#include "redirector/server.h"

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/registry/ring_known.h"
#include "core/store/folder.h"
#include "core/store/journal.h"
#include "core/store/redo.h"
#include "redirector/clerk.h"
#include "redirector/click_log.h"
#include "redirector/counters.h"
#include "redirector/flusher.h"
#include "redirector/handover.h"
#include "redirector/keeper.h"
#include "redirector/left_behind.h"
#include "redirector/listener_set.h"
#include "redirector/log.h"
#include "redirector/recent_clicks.h"
#include "redirector/sealer.h"
#include "redirector/snapshot.h"
#include "redirector/takeover.h"
#include "redirector/worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define RECENT_CLICKS (1u << 20)
#define LISTEN_FILE "jalond.listen"
#define ACCEPT_MS 10000 /* for all workers to accept */
#define LOOK_MS 1000    /* for journals of processes that have ended */

struct run { /* of one server_run() */
    struct server *server;
    pthread_t *threads;
    unsigned inited, running;  /* workers */
    struct takeover *takeover; /* NULL: a plain start */
    bool
        is_watching_journals; /* other processes may have some: they are shipped when those have ended */
    int64_t looked_ms;
    int signal_fd, stop_fd; /* all signals; SIGTERM and SIGINT, which is never read from */
};

static unsigned count_cores(void)
{
    cpu_set_t cores;
    int count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
    return count > 0 ? (unsigned)count : 1;
}

static int load_first(struct server *server, struct problem *problem)
{
    struct snapshot *snapshot;
    int err = snapshot_load(&snapshot, server->folder, server->config_file, problem);
    if (err)
        return err;
    log_configure(snapshot->settings.log_level, snapshot->settings.is_log_json);
    server->worker_count = snapshot->settings.workers ? snapshot->settings.workers : count_cores();
    if (server->worker_count > CLICK_LOG_WORKERS_MAX)
        server->worker_count = CLICK_LOG_WORKERS_MAX;
    snapshot_publish(server, snapshot);
    return JALON_OK;
}

static void remove_listen_file(const struct server *server)
{
    char path[FOLDER_PATH_MAX];
    if (folder_path(path, server->folder, LISTEN_FILE) == JALON_OK)
        (void)unlink(path); /* mostly it is not there */
}

static int lock_folder(struct server *server, struct problem *problem)
{
    int err = folder_lock(&server->lock_fd, server->folder, "jalond.lock", false);
    if (err == JALON_LOCKED) {
        (void)problem_set(problem, PROBLEM_CONFLICT,
                          "another jalond runs on %s: stop it first, replace it by --takeover, or "
                          "give this one a folder of its own",
                          server->folder);
        return err;
    }
    if (err)
        return problem_set(problem, PROBLEM_INTERNAL, "%s/jalond.lock: %s", server->folder,
                           jalon_error_text(err));
    server->is_owner = true;
    remove_listen_file(server); /* of a run that was killed */
    return JALON_OK;
}

/* What other runs left, or still write to, counts against journal.max_size. */
static int find_left_behind(struct run *run, struct problem *problem)
{
    struct server *server = run->server;
    int err = left_behind_new(&server->left_behind, server->folder);
    if (!err)
        err = left_behind_bytes(&server->left_behind_bytes, server->left_behind);
    if (err)
        return problem_set(problem, PROBLEM_INTERNAL, "%s/" JOURNAL_FOLDER ": %s", server->folder,
                           jalon_error_text(err));
    run->is_watching_journals = true; /* until the first look from the loop finds none alive */
    return JALON_OK;
}

static int open_redo(struct server *server, struct problem *problem)
{
    int err = redo_open(&server->redo, server->folder);
    if (err)
        return problem_set(problem, PROBLEM_INTERNAL, "%s/" REDO_FOLDER ": %s", server->folder,
                           jalon_error_text(err));
    return JALON_OK;
}

static int make_shared(struct server *server)
{
    server->counters = aligned_alloc(64, server->worker_count * sizeof *server->counters);
    server->workers = calloc(server->worker_count, sizeof *server->workers);
    if (!server->counters || !server->workers)
        return JALON_NO_MEMORY;
    memset((void *)server->counters, 0, server->worker_count * sizeof *server->counters);
    int err = random_bytes(server->nonce_keys, sizeof server->nonce_keys);
    if (!err)
        err = recent_clicks_new(&server->recent_clicks, RECENT_CLICKS);
    if (!err)
        err = flusher_new(&server->flusher, server);
    return err;
}

static int open_workers(struct run *run, unsigned clerks)
{
    struct server *server = run->server;
    int err = clerk_pool_new(&server->clerks, server, clerks);
    for (unsigned i = 0; !err && i < server->worker_count; i++) {
        run->inited++; /* worker_done() takes a half-made one, too */
        err = worker_init(&server->workers[i], server, i);
    }
    return err;
}

static void *run_worker(void *worker)
{
    worker_run(worker);
    return NULL;
}

static int start_threads(struct run *run)
{
    struct server *server = run->server;
    int err = flusher_start(server->flusher);
    if (!err)
        err = keeper_start(server->keeper);
    if (!err)
        err = sealer_new(&server->sealer, server);
    run->threads = calloc(server->worker_count, sizeof *run->threads);
    if (!err && !run->threads)
        err = JALON_NO_MEMORY;
    for (unsigned i = 0; !err && i < server->worker_count; i++) {
        if (pthread_create(&run->threads[i], NULL, run_worker, &server->workers[i]) != 0)
            err = JALON_NO_MEMORY;
        else
            run->running++;
    }
    return err;
}

static int write_listen_file(const struct server *server)
{
    struct buffer text;
    buffer_init(&text, 65536);
    listener_set_write(server->listeners, &text);
    int err = buffer_error(&text);
    if (!err)
        err = folder_write(server->folder, LISTEN_FILE, buffer_slice(&text), 0644);
    buffer_done(&text);
    return err;
}

static int prepare(struct run *run, struct problem *problem)
{
    struct server *server = run->server;
    struct takeover *takeover = run->takeover;
    /* main's own hold: what is published may be replaced, this is what the process started with. */
    const struct settings *settings = &atomic_load(&server->snapshot)->settings;
    bool is_store_ours = !takeover || !takeover_has_store(takeover);
    int err = listener_set_open(&server->listeners, settings, server->worker_count,
                                takeover ? takeover_sockets(takeover) : NULL, problem);
    /* What is left is the other one's to close: while we had it too, who connects would wait for nobody. */
    if (takeover)
        listener_offer_done(takeover_sockets(takeover));
    if (!err)
        err = find_left_behind(run, problem);
    if (!err)
        err = open_redo(server, problem);
    if (!err)
        err = keeper_new(&server->keeper, server, is_store_ours, problem);
    if (err)
        return err;
    err = handover_new(&server->handover, server);
    if (!err)
        err = make_shared(server);
    if (!err)
        err = open_workers(run, settings->clerks);
    return err ? err : start_threads(run);
}

/* The running one may have died meanwhile: then the lock is there for the taking. */
static int take_over(struct run *run, struct problem *problem)
{
    struct server *server = run->server;
    bool is_to_stop = false;
    int err = takeover_await_store(run->takeover, server, problem);
    if (!err)
        err = takeover_claim(run->takeover, keeper_is_embedded(server->keeper), &server->lock_fd,
                             &is_to_stop, problem);
    if (err == JALON_NOT_FOUND)
        err = lock_folder(server, problem);
    if (!err)
        keeper_take_store(server->keeper, is_to_stop);
    return err;
}

/* Where clients and the next takeover find this process. */
static int publish_files(struct server *server)
{
    int err = handover_publish(server->handover);
    int listen_err = write_listen_file(server);
    return err ? err : listen_err;
}

static int open_for_clients(struct run *run, struct problem *problem)
{
    struct server *server = run->server;
    int err = listener_set_listen(server->listeners, problem);
    if (!err)
        err = worker_ask_all(server, WORKER_ACCEPTS, ACCEPT_MS);
    if (!err && run->takeover)
        err = takeover_confirm(run->takeover, problem);
    if (err)
        return err;
    server->is_owner = true;
    err = publish_files(server);
    if (err && !run->takeover)
        return err;
    if (err) /* there is no way back: it serves all the same */
        log_error("%s/jalond.sock or " LISTEN_FILE " can't be written: %s", server->folder,
                  strerror(errno));
    atomic_store_explicit(&server->is_listening, true, memory_order_release);
    log_info("jalond %s is up on %s, %u workers%s", JALON_VERSION, server->folder,
             server->worker_count, run->takeover ? ", taken over" : "");
    return JALON_OK;
}

static int find_running(struct run *run, struct problem *problem)
{
    struct server *server = run->server;
    int err = JALON_NOT_FOUND;
    if (server->is_takeover)
        err = takeover_begin(&run->takeover, server->folder, run->stop_fd, problem);
    return err == JALON_NOT_FOUND ? lock_folder(server, problem) : err;
}

static int start(struct run *run, struct problem *problem)
{
    int err = load_first(run->server, problem);
    if (!err)
        err = find_running(run, problem);
    if (!err)
        err = prepare(run, problem);
    if (!err && run->takeover)
        err = take_over(run, problem);
    if (!err)
        err = open_for_clients(run, problem);
    if (err && problem->kind == PROBLEM_NONE)
        return problem_set(problem, PROBLEM_INTERNAL, "the start failed: %s",
                           jalon_error_text(err));
    return err;
}

static void warn_fixed(const struct settings *before, const struct settings *after)
{
    if (strcmp(before->redis, after->redis) != 0 ||
        strcmp(before->public_addresses, after->public_addresses) != 0 ||
        strcmp(before->api_addresses, after->api_addresses) != 0 ||
        before->workers != after->workers || before->clerks != after->clerks ||
        before->journal_max_bytes != after->journal_max_bytes ||
        before->journal_segment_bytes != after->journal_segment_bytes ||
        before->cache_links != after->cache_links)
        log_warn("store.redis, server.public, server.api, server.workers, server.clerks, "
                 "cache.links and the "
                 "journal's sizes take effect at the next start, or at jalond --takeover");
}

static void reload(struct server *server)
{
    struct problem problem;
    problem_init(&problem);
    struct snapshot *snapshot;
    int err = snapshot_load(&snapshot, server->folder, server->config_file, &problem);
    if (err) {
        log_error("not reloaded, what was there goes on: %s", problem.detail);
        return;
    }
    const struct snapshot *before = snapshot_hold(server);
    warn_fixed(&before->settings, &snapshot->settings);
    snapshot_release(server, before);
    log_configure(snapshot->settings.log_level, snapshot->settings.is_log_json);
    if (keeper_has_store(server->keeper) && /* it knew one of them, so it was their first contact */
        ring_known_teach_folder(server->folder, snapshot->keys))
        log_warn("%s/" RING_KNOWN_FILE " can't be written", server->folder);
    snapshot_publish(server, snapshot);
    log_info("reloaded settings, keys, patterns, databases and certificates");
}

/* Those of a process that was taken over from, or that died while it took over, once it has ended. Never while another
 * process makes some: left_behind.c. */
static void look_for_journals(struct run *run)
{
    struct server *server = run->server;
    run->looked_ms = clock_monotonic_ms();
    run->is_watching_journals = left_behind_look(server->left_behind, server->worker_count) > 0;
}

static void watch_journals(struct run *run, enum handover_state state)
{
    if (state == HANDOVER_FAILED)
        run->is_watching_journals = true;
    bool is_quiet = state == HANDOVER_NONE || state == HANDOVER_FAILED;
    if (run->is_watching_journals && is_quiet && clock_monotonic_ms() - run->looked_ms >= LOOK_MS)
        look_for_journals(run);
}

/* The one that was taken over from has nothing to say but that it has ended. */
static void end_takeover(struct run *run)
{
    run->takeover = takeover_free(run->takeover);
    run->looked_ms = 0;
}

/* False: SIGTERM or SIGINT. */
static bool take_signal(struct run *run)
{
    struct signalfd_siginfo signal;
    if (read(run->signal_fd, &signal, sizeof signal) != (ssize_t)sizeof signal)
        return true;
    if (signal.ssi_signo != SIGHUP)
        return false;
    reload(run->server);
    return true;
}

static int patience_ms(const struct run *run)
{
    int patience = handover_patience_ms(run->server->handover);
    return run->is_watching_journals && (patience < 0 || patience > LOOK_MS) ? LOOK_MS : patience;
}

/* Until it is told to end, or all is handed over. Who is told to end while another process takes over lets it finish first:
 * nobody would serve otherwise. */
static void serve(struct run *run)
{
    struct server *server = run->server;
    enum { SIGNAL, PREDECESSOR, HANDOVER, ALL = HANDOVER + HANDOVER_FDS };
    enum handover_state state = HANDOVER_NONE;
    bool is_ending = false;
    while (!is_ending || state == HANDOVER_ASKED || state == HANDOVER_OFFERED) {
        struct pollfd fds[ALL] = {
            {.fd = run->signal_fd, .events = POLLIN},
            {.fd = run->takeover ? takeover_fd(run->takeover) : -1, .events = POLLIN}};
        handover_watch(server->handover, fds + HANDOVER);
        if (poll(fds, ALL, patience_ms(run)) < 0)
            continue;
        if (fds[SIGNAL].revents && !take_signal(run))
            is_ending = true;
        if (fds[PREDECESSOR].revents)
            end_takeover(run);
        state = handover_turn(server->handover, fds + HANDOVER);
        server->is_handed_over = state == HANDOVER_DONE;
        if (server->is_handed_over)
            return;
        watch_journals(run, state);
    }
}

/* Nothing of it is ours any more, though this process lives on for its clients. */
static void let_go(struct server *server)
{
    server->is_owner = false;
    if (server->lock_fd >= 0)
        (void)close(server->lock_fd); /* the other process has it, too */
    server->lock_fd = -1;
}

static void stop(struct run *run)
{
    struct server *server = run->server;
    bool is_undone = run->takeover && takeover_has_store(run->takeover) && !server->is_owner &&
                     !server->is_handed_over;
    atomic_store_explicit(&server->is_listening, false, memory_order_release);
    if (server->is_handed_over)
        let_go(server);
    handover_stop(server->handover);
    if (is_undone && server->keeper)
        (void)keeper_give_store(server->keeper); /* it stays with the process that goes on */
    if (server->is_owner)
        remove_listen_file(server);
    for (unsigned i = 0; i < run->running; i++)
        worker_ask(&server->workers[i], WORKER_DRAINS);
    for (unsigned i = 0; i < run->running; i++)
        pthread_join(run->threads[i], NULL);
    server->sealer = sealer_free(server->sealer);
    server->clerks = clerk_pool_free(server->clerks);
    flusher_stop(server->flusher);
    for (unsigned i = 0; i < run->inited; i++)
        worker_done(&server->workers[i]);
    server->flusher = flusher_free(server->flusher);
    server->listeners = listener_set_free(server->listeners);
    server->keeper = keeper_free(server->keeper);
    server->redo = redo_free(server->redo);
    server->recent_clicks = recent_clicks_free(server->recent_clicks);
    free((void *)server->counters);
    free(server->workers);
    server->left_behind = left_behind_free(server->left_behind);
    free(run->threads);
    snapshot_release(server, atomic_exchange(&server->snapshot, NULL));
    server->handover = handover_free(server->handover);
    run->takeover = takeover_free(run->takeover);
    if (server->lock_fd >= 0)
        (void)close(server->lock_fd); /* lets go of the folder */
}

static int open_signals(int *ret_fd, bool has_hangup)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (has_hangup)
        sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    *ret_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return *ret_fd < 0 ? JALON_IO : JALON_OK;
}

/* Signals come to main alone; each thread inherits the mask. */
static int take_signals(struct run *run)
{
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignored, NULL); /* can't fail for SIGPIPE */
    int err = open_signals(&run->signal_fd, true);
    return err ? err : open_signals(&run->stop_fd, false);
}

/* As many connections as the system lets this process have. */
static void raise_descriptors(struct server *server)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    server->descriptors = (size_t)limit.rlim_cur; /* do for fewer */
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        server->descriptors = (size_t)limit.rlim_cur;
}

static int open_descriptors(struct run *run, struct problem *problem)
{
    raise_descriptors(run->server);
    int err = take_signals(run);
    run->server->stage_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (err || run->server->stage_fd < 0)
        return problem_set(problem, PROBLEM_INTERNAL, "no descriptors: %s", strerror(errno));
    return JALON_OK;
}

static void close_descriptors(const struct run *run)
{
    const int fds[] = {run->signal_fd, run->stop_fd, run->server->stage_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]); /* none has anything to lose */
}

int server_run(struct server *server, struct problem *problem)
{
    struct run run = {.server = server, .signal_fd = -1, .stop_fd = -1};
    server->lock_fd = server->stage_fd = -1;
    pthread_mutex_init(&server->snapshot_lock, NULL);
    int err = open_descriptors(&run, problem);
    if (!err)
        err = start(&run, problem);
    if (!err) {
        serve(&run);
        log_info("draining");
    }
    stop(&run);
    close_descriptors(&run);
    pthread_mutex_destroy(&server->snapshot_lock);
    if (!err)
        log_info("stopped");
    return err;
}
