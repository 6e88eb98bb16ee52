/* flusher.c - see flusher.h.
 *
 * What was shipped is kept for journal.keep, as the store may come back older. That time stands still while it is not known
 * what the store has: one that was away for longer than journal.keep may ask for its last second all the same.
 *
 * Between threads: `stored` (worker writes, flusher reads; is_known with release and acquire, so that who sees it sees the
 * position that it is about, or a later one), `is_low` (the reverse, relaxed), `keys` (a pointer exchanged with acquire and release: whoever takes it sees what it points to, and
 * owns it), and the list of removals (a mutex; worker 0 adds, the flusher takes). */
#include "redirector/flusher.h"

#include "core/base/clock.h"
#include "core/sign/visitor.h"
#include "core/store/folder.h"
#include "core/store/journal.h"
#include "redirector/log.h"
#include "redirector/server.h"
#include "redirector/snapshot.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TICK_MS 100
#define INTERVAL_MS 1000
#define KEYS_MS (3600 * 1000)
#define REMOVALS_MAX 4096

struct seat { /* one worker's */
    struct journal *journal;
    struct flusher_stored stored;
    int64_t
        kept_ms; /* the time that counts for journal.keep: how long `stored` was known, in all */
    _Atomic(struct visitor_keys *) keys;
    int synced_fd;
    int last_error; /* of journal_tend(), to be told once */
};

struct removal {
    uint64_t incarnation;
    int64_t due_ms; /* by worker 0's kept_ms; 0: not known yet */
};

struct flusher {
    struct server *server;
    struct seat *seats;
    unsigned seat_count;
    pthread_t thread;
    bool is_running;
    int wake_fd;
    _Atomic bool is_stopping, is_low;
    int64_t worked_ms, synced_ms, keys_ms; /* monotonic */
    pthread_mutex_t lock;                  /* of removals */
    struct removal *removals;
    size_t removal_count;
};

int flusher_new(struct flusher **ret_flusher, struct server *server)
{
    struct flusher *flusher = calloc(1, sizeof *flusher);
    if (!flusher)
        return JALON_NO_MEMORY;
    flusher->server = server;
    pthread_mutex_init(&flusher->lock, NULL);
    flusher->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    flusher->seats = calloc(server->worker_count, sizeof *flusher->seats);
    flusher->removals = calloc(REMOVALS_MAX, sizeof *flusher->removals);
    bool is_whole = flusher->wake_fd >= 0 && flusher->seats && flusher->removals;
    for (unsigned i = 0; is_whole && i < server->worker_count; i++) {
        flusher->seats[i].synced_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        flusher->seat_count++;
        is_whole = flusher->seats[i].synced_fd >= 0;
    }
    if (!is_whole) {
        flusher_free(flusher);
        return JALON_NO_MEMORY;
    }
    flusher->worked_ms = clock_monotonic_ms();
    flusher->keys_ms = flusher->worked_ms + KEYS_MS;
    *ret_flusher = flusher;
    return JALON_OK;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        (void)close(fd); /* an eventfd has nothing to lose */
}

struct flusher *flusher_free(struct flusher *flusher)
{
    if (!flusher)
        return NULL;
    for (unsigned i = 0; i < flusher->seat_count; i++) {
        visitor_keys_free(flusher_take_keys(flusher, i));
        close_if_open(flusher->seats[i].synced_fd);
    }
    close_if_open(flusher->wake_fd);
    pthread_mutex_destroy(&flusher->lock);
    free(flusher->seats);
    free(flusher->removals);
    free(flusher);
    return NULL;
}

void flusher_take_journal(struct flusher *flusher, unsigned index, struct journal *journal)
{
    flusher->seats[index].journal = journal;
}

struct flusher_stored *flusher_stored(struct flusher *flusher, unsigned index)
{
    return &flusher->seats[index].stored;
}

int flusher_synced_fd(const struct flusher *flusher, unsigned index)
{
    return flusher->seats[index].synced_fd;
}

bool flusher_is_low(const struct flusher *flusher)
{
    return atomic_load_explicit(&flusher->is_low, memory_order_relaxed);
}

static void signal_fd(int fd)
{
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written; /* full means that it is readable already */
}

static void clear_fd(int fd)
{
    uint64_t count;
    ssize_t got = read(fd, &count, sizeof count);
    (void)got; /* nothing in it is fine */
}

void flusher_wake(struct flusher *flusher)
{
    signal_fd(flusher->wake_fd);
}

struct visitor_keys *flusher_take_keys(struct flusher *flusher, unsigned index)
{
    _Atomic(struct visitor_keys *) *slot = &flusher->seats[index].keys;
    if (!atomic_load_explicit(slot, memory_order_relaxed))
        return NULL;
    return atomic_exchange_explicit(slot, NULL, memory_order_acquire);
}

/* journals */

static void tell_journal(struct seat *seat, int err)
{
    if (err == seat->last_error)
        return;
    seat->last_error = err;
    if (err == JALON_FULL)
        log_error("the journal is at its bound (journal.max_size, or the disk is full): the store "
                  "must take "
                  "clicks, or there must be more room");
    else if (err)
        log_error("the journal's disk fails: %s", jalon_error_text(err));
    else
        log_info("the journal has room again");
}

static void tend(struct flusher *flusher, const struct settings *settings, bool is_sync)
{
    bool is_low = false;
    for (unsigned i = 0; i < flusher->seat_count; i++) {
        struct seat *seat = &flusher->seats[i];
        if (!seat->journal)
            continue;
        uint64_t stored = atomic_load_explicit(&seat->stored.position, memory_order_relaxed);
        int err = journal_tend(seat->journal, is_sync, stored,
                               (int64_t)settings->journal_keep_s * 1000, seat->kept_ms);
        tell_journal(seat, err);
        if (err || journal_is_low(seat->journal))
            is_low = true;
        if (is_sync)
            signal_fd(seat->synced_fd);
    }
    atomic_store_explicit(&flusher->is_low, is_low, memory_order_relaxed);
}

static void count_kept(struct flusher *flusher)
{
    int64_t now = clock_monotonic_ms();
    int64_t passed = now - flusher->worked_ms;
    flusher->worked_ms = now;
    for (unsigned i = 0; i < flusher->seat_count; i++)
        if (atomic_load_explicit(&flusher->seats[i].stored.is_known, memory_order_acquire))
            flusher->seats[i].kept_ms += passed;
}

/* Is it time to sync? At once when somebody waits for it: under `always`, or since before a reload that says otherwise. */
static bool is_sync_due(struct flusher *flusher, enum sync_policy policy, bool is_woken)
{
    int64_t now = clock_monotonic_ms();
    if (!is_woken && (policy == SYNC_NONE || now - flusher->synced_ms < INTERVAL_MS))
        return false;
    flusher->synced_ms = now;
    return true;
}

/* removals */

void flusher_remove_later(struct flusher *flusher, uint64_t incarnation)
{
    pthread_mutex_lock(&flusher->lock);
    if (flusher->removal_count < REMOVALS_MAX) /* the next start finds it again */
        flusher->removals[flusher->removal_count++] = (struct removal){incarnation, 0};
    pthread_mutex_unlock(&flusher->lock);
}

void flusher_keep_all(struct flusher *flusher)
{
    pthread_mutex_lock(&flusher->lock);
    flusher->removal_count = 0;
    pthread_mutex_unlock(&flusher->lock);
}

/* One that is due, taken off the list; 0: none. One that is new gets its time. */
static uint64_t next_due(struct flusher *flusher, int64_t keep_ms)
{
    int64_t now = flusher->seats[0].kept_ms;
    uint64_t due = 0;
    pthread_mutex_lock(&flusher->lock);
    for (size_t i = 0; i < flusher->removal_count && !due; i++) {
        struct removal *removal = &flusher->removals[i];
        if (removal->due_ms == 0)
            removal->due_ms = now + keep_ms;
        if (removal->due_ms <= now) {
            due = removal->incarnation;
            *removal = flusher->removals[--flusher->removal_count];
        }
    }
    pthread_mutex_unlock(&flusher->lock);
    return due;
}

static void remove_due(struct flusher *flusher, int64_t keep_ms)
{
    char folder[FOLDER_PATH_MAX];
    if (folder_path(folder, flusher->server->folder, JOURNAL_FOLDER) != JALON_OK)
        return; /* could not have been opened either */
    uint64_t incarnation;
    while ((incarnation = next_due(flusher, keep_ms)) != 0) {
        int err = journal_retire(folder, incarnation, clock_wall_ms());
        if (err == JALON_LOCKED) {
            flusher_remove_later(flusher, incarnation);
            return;
        }
        if (err && err != JALON_NOT_FOUND)
            log_error("journal %016llx can't be removed: %s", (unsigned long long)incarnation,
                      jalon_error_text(err));
    }
}

/* visitor keys */

static void refresh_keys(struct flusher *flusher)
{
    int64_t now = clock_monotonic_ms();
    if (now < flusher->keys_ms)
        return;
    flusher->keys_ms = now + KEYS_MS;
    char path[FOLDER_PATH_MAX];
    int err = folder_path(path, flusher->server->folder, "visitor.keys");
    for (unsigned i = 0; !err && i < flusher->seat_count; i++) {
        struct visitor_keys *keys;
        err = visitor_keys_open(&keys, path, clock_wall_ms());
        if (!err)
            visitor_keys_free(
                atomic_exchange_explicit(&flusher->seats[i].keys, keys, memory_order_acq_rel));
    }
    if (err)
        log_error("visitor.keys: %s", jalon_error_text(err));
}

/* the thread */

static void work(struct flusher *flusher, bool is_woken)
{
    const struct snapshot *snapshot = snapshot_hold(flusher->server);
    const struct settings *settings = &snapshot->settings;
    count_kept(flusher);
    tend(flusher, settings, is_sync_due(flusher, settings->sync, is_woken));
    remove_due(flusher, (int64_t)settings->journal_keep_s * 1000);
    refresh_keys(flusher);
    snapshot_release(flusher->server, snapshot);
}

static void *run(void *context)
{
    struct flusher *flusher = context;
    bool is_woken = false;
    while (!atomic_load_explicit(&flusher->is_stopping, memory_order_acquire)) {
        work(flusher, is_woken);
        struct pollfd wake = {.fd = flusher->wake_fd, .events = POLLIN};
        is_woken = poll(&wake, 1, TICK_MS) > 0;
        if (is_woken)
            clear_fd(
                flusher->wake_fd); /* before the work, so that what comes during it wakes again */
    }
    const struct snapshot *snapshot = snapshot_hold(flusher->server);
    tend(flusher, &snapshot->settings, snapshot->settings.sync != SYNC_NONE);
    snapshot_release(flusher->server, snapshot);
    return NULL;
}

int flusher_start(struct flusher *flusher)
{
    if (pthread_create(&flusher->thread, NULL, run, flusher) != 0)
        return JALON_NO_MEMORY;
    flusher->is_running = true;
    return JALON_OK;
}

void flusher_stop(struct flusher *flusher)
{
    if (!flusher || !flusher->is_running)
        return;
    atomic_store_explicit(&flusher->is_stopping, true, memory_order_release);
    flusher_wake(flusher);
    pthread_join(flusher->thread, NULL);
    flusher->is_running = false;
}
