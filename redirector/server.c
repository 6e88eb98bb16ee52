/* server.c - see server.h.
 *
 * Start: snapshot, lock of the folder, sockets (bound, not served), store, journals and workers, threads, jalond.listen.
 * What fails before the threads run ends the start with one line.
 * End: jalond.listen goes, the workers drain (no new connection, what was begun is answered, clicks are shipped), the
 * flusher syncs once more, and last the embedded store stops if it was started here. */
#include "redirector/server.h"

#include "core/base/random.h"
#include "core/registry/ring_known.h"
#include "core/store/folder.h"
#include "core/store/journal.h"
#include "core/store/redo.h"
#include "redirector/clerk.h"
#include "redirector/click_log.h"
#include "redirector/counters.h"
#include "redirector/flusher.h"
#include "redirector/keeper.h"
#include "redirector/listener.h"
#include "redirector/log.h"
#include "redirector/recent_clicks.h"
#include "redirector/snapshot.h"
#include "redirector/worker.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define RECENT_CLICKS (1u << 20)
#define LEFT_BEHIND_MAX 65536
#define LISTEN_FILE "jalond.listen"

struct run { /* of one server_run() */
    struct server *server;
    pthread_t *threads;
    unsigned inited, running; /* workers */
    sigset_t signals;
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
        (void)problem_set(
            problem, PROBLEM_CONFLICT,
            "another jalond runs on %s: stop it first, or give this one a folder of its own",
            server->folder);
        return err;
    }
    if (err)
        return problem_set(problem, PROBLEM_INTERNAL, "%s/jalond.lock: %s", server->folder,
                           jalon_error_text(err));
    remove_listen_file(server); /* of a run that was killed */
    return JALON_OK;
}

/* What earlier runs left counts against journal.max_size, so it is cut to what it holds. */
static int find_left_behind(struct server *server, struct problem *problem)
{
    char folder[FOLDER_PATH_MAX];
    int err = folder_path(folder, server->folder, JOURNAL_FOLDER);
    server->left_behind = calloc(LEFT_BEHIND_MAX, sizeof *server->left_behind);
    if (!err && !server->left_behind)
        err = JALON_NO_MEMORY;
    if (!err)
        err =
            journal_list(server->left_behind, LEFT_BEHIND_MAX, &server->left_behind_count, folder);
    if (err == JALON_FULL) /* the rest is shipped after the next start */
        err = JALON_OK;
    for (size_t i = 0; !err && i < server->left_behind_count; i++)
        if (journal_trim(folder, server->left_behind[i]) != JALON_OK)
            log_debug("journal %016llx takes more room than it must",
                      (unsigned long long)server->left_behind[i]);
    if (!err)
        err = journal_folder_bytes(&server->left_behind_bytes, folder);
    if (err)
        return problem_set(problem, PROBLEM_INTERNAL, "%s: %s", folder, jalon_error_text(err));
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

static int announce(struct server *server)
{
    struct buffer text;
    buffer_init(&text, 65536);
    listener_set_write(server->listeners, &text);
    int err = buffer_error(&text);
    if (!err)
        err = folder_write(server->folder, LISTEN_FILE, buffer_slice(&text), 0644);
    if (!err)
        log_info("jalond %s is up on %s, %u workers", JALON_VERSION, server->folder,
                 server->worker_count);
    buffer_done(&text);
    atomic_store_explicit(&server->is_listening, true, memory_order_release);
    return err;
}

static int start(struct run *run, struct problem *problem)
{
    struct server *server = run->server;
    int err = load_first(server, problem);
    if (!err)
        err = lock_folder(server, problem);
    if (err)
        return err;
    /* main's own hold: what is published may be replaced, this is what the process started with. */
    const struct settings *settings = &atomic_load(&server->snapshot)->settings;
    err = listener_set_open(&server->listeners, settings, server->worker_count, problem);
    if (!err)
        err = find_left_behind(server, problem);
    if (!err)
        err = open_redo(server, problem);
    if (!err)
        err = keeper_new(&server->keeper, server, problem);
    if (err)
        return err;
    err = make_shared(server);
    if (!err)
        err = open_workers(run, settings->clerks);
    if (!err)
        err = start_threads(run);
    if (!err)
        err = announce(server);
    if (err)
        return problem_set(problem, PROBLEM_INTERNAL, "the start failed: %s",
                           jalon_error_text(err));
    return JALON_OK;
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
                 "journal's sizes take effect at the next start");
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

static void serve(struct run *run)
{
    for (;;) {
        int received = sigwaitinfo(&run->signals, NULL);
        if (received == SIGHUP)
            reload(run->server);
        else if (received == SIGTERM || received == SIGINT)
            return;
    }
}

static void stop(struct run *run)
{
    struct server *server = run->server;
    atomic_store_explicit(&server->is_listening, false, memory_order_release);
    if (run->running)
        remove_listen_file(server);
    for (unsigned i = 0; i < run->running; i++)
        worker_drain(&server->workers[i]);
    for (unsigned i = 0; i < run->running; i++)
        pthread_join(run->threads[i], NULL);
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
    free(server->left_behind);
    free(run->threads);
    snapshot_release(server, atomic_exchange(&server->snapshot, NULL));
    if (server->lock_fd >= 0)
        (void)close(server->lock_fd); /* lets go of the folder */
}

/* Signals come to main alone; each thread inherits the mask. */
static void take_signals(struct run *run)
{
    sigemptyset(&run->signals);
    sigaddset(&run->signals, SIGTERM);
    sigaddset(&run->signals, SIGINT);
    sigaddset(&run->signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &run->signals, NULL);
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignored, NULL); /* can't fail for SIGPIPE */
}

/* As many connections as the system lets this process have. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* what was there does, for fewer */
}

int server_run(struct server *server, struct problem *problem)
{
    struct run run = {.server = server};
    server->lock_fd = -1;
    pthread_mutex_init(&server->snapshot_lock, NULL);
    take_signals(&run);
    raise_descriptors();
    int err = start(&run, problem);
    if (!err) {
        serve(&run);
        log_info("draining");
    }
    stop(&run);
    pthread_mutex_destroy(&server->snapshot_lock);
    if (!err)
        log_info("stopped");
    return err;
}
