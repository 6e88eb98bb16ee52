#include "redirector/sealer.h"

#include "core/base/clock.h"
#include "core/store/store.h"
#include "core/store/store_seal.h"
#include "redirector/keeper.h"
#include "redirector/log.h"
#include "redirector/server.h"
#include "redirector/snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define TIMEOUT_MS 3000
#define EVERY_MS (3600 * 1000)
#define AGAIN_MS 5000 /* the store was away, or something else went wrong */
#define PAUSE_MS 4    /* a call takes the store up to one */

struct sealer {
    struct server *server;
    char *redis;
    int last_error; /* told once */
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_stopping; /* under the lock */
};

/* False: the sealer is to end. */
static bool wait_ms(struct sealer *sealer, long ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int err = 0;
    pthread_mutex_lock(&sealer->lock);
    while (!sealer->is_stopping && err == 0)
        err = pthread_cond_timedwait(&sealer->wake, &sealer->lock, &until);
    bool is_stopping = sealer->is_stopping;
    pthread_mutex_unlock(&sealer->lock);
    return !is_stopping;
}

static int pause_sealing(void *context)
{
    struct sealer *sealer = context;
    return wait_ms(sealer, PAUSE_MS) ? JALON_OK : JALON_CONFLICT;
}

static void tell(struct sealer *sealer, int err, const struct seal_result *result)
{
    if (result->days)
        log_info("%llu days of links are sealed", (unsigned long long)result->days);
    if (result->refused)
        log_error(
            "%llu days or counters of links can't be sealed, as something in the store is none of "
            "ours: something else writes to it; reports of their days take longer",
            (unsigned long long)result->refused);
    if (err && err != JALON_UNAVAILABLE && err != sealer->last_error) /* that the keeper tells */
        log_error("days can't be sealed: %s", jalon_error_text(err));
    sealer->last_error = err;
}

/* The connection is kept no longer than it is needed. */
static int seal(struct sealer *sealer)
{
    struct store_options options = {.folder = sealer->server->folder,
                                    .redis = sealer->redis,
                                    .timeout_ms = TIMEOUT_MS,
                                    .redo = sealer->server->redo};
    struct seal_result result = {0};
    struct problem problem;
    struct store *store;
    problem_init(&problem);
    int err = store_open(&store, &options, &problem);
    if (err)
        return err;
    err = store_seal(store, seal_last_day(clock_wall_ms()), pause_sealing, sealer, &result);
    store = store_free(store);
    tell(sealer, err, &result);
    return err;
}

/* Before the keeper has had it, it may be a store that is not ours. */
static void *run(void *context)
{
    struct sealer *sealer = context;
    long patience_ms = 0;
    while (wait_ms(sealer, patience_ms)) {
        bool is_done = keeper_has_store(sealer->server->keeper) && seal(sealer) == JALON_OK;
        patience_ms = is_done ? EVERY_MS : AGAIN_MS;
    }
    return NULL;
}

static int start(struct sealer *sealer)
{
    const struct snapshot *snapshot = snapshot_hold(sealer->server);
    sealer->redis = strdup(snapshot->settings.redis);
    snapshot_release(sealer->server, snapshot);
    if (!sealer->redis || pthread_create(&sealer->thread, NULL, run, sealer) != 0)
        return JALON_NO_MEMORY;
    sealer->is_running = true;
    return JALON_OK;
}

int sealer_new(struct sealer **ret_sealer, struct server *server)
{
    struct sealer *sealer = calloc(1, sizeof *sealer);
    if (!sealer)
        return JALON_NO_MEMORY;
    sealer->server = server;
    pthread_mutex_init(&sealer->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&sealer->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    int err = start(sealer);
    if (err) {
        (void)sealer_free(sealer);
        return err;
    }
    *ret_sealer = sealer;
    return JALON_OK;
}

struct sealer *sealer_free(struct sealer *sealer)
{
    if (!sealer)
        return NULL;
    pthread_mutex_lock(&sealer->lock);
    sealer->is_stopping = true;
    pthread_cond_signal(&sealer->wake);
    pthread_mutex_unlock(&sealer->lock);
    if (sealer->is_running)
        pthread_join(sealer->thread, NULL);
    pthread_cond_destroy(&sealer->wake);
    pthread_mutex_destroy(&sealer->lock);
    free(sealer->redis);
    free(sealer);
    return NULL;
}
