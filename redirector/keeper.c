#include "redirector/keeper.h"

#include "core/base/clock.h"
#include "core/registry/ring_known.h"
#include "core/store/embedded.h"
#include "core/store/store.h"
#include "core/store/store_url.h"
#include "redirector/log.h"
#include "redirector/server.h"
#include "redirector/snapshot.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#define TICK_MS 500
#define TIMEOUT_MS 3000
#define FIRST_START_MS 60000 /* of the embedded store: it may have much to load */
#define START_MS 10000
#define NAME_MS 30000 /* how long an address is believed while all is well */

struct keeper {
    struct server *server;
    char *redis; /* the setting at start; a reload does not move the store */
    bool is_embedded;
    int child; /* the embedded store's, if this process started it; else 0 */
    struct store *store;
    struct store_url url;
    bool has_told;    /* that the store is away */
    int64_t named_ms; /* when the address was looked up; monotonic */

    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t stop;
    bool is_stopping;
    bool has_address;
    struct redis_address address;
    _Atomic bool has_store;
};

/* the address */

static void publish(struct keeper *keeper, const struct redis_address *address)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->address = *address;
    keeper->has_address = true;
    pthread_mutex_unlock(&keeper->lock);
}

int keeper_find_address(struct keeper *keeper, struct redis_address *ret_address)
{
    pthread_mutex_lock(&keeper->lock);
    bool has_address = keeper->has_address;
    if (has_address)
        *ret_address = keeper->address;
    pthread_mutex_unlock(&keeper->lock);
    return has_address ? JALON_OK : JALON_UNAVAILABLE;
}

static int look_up(const char *name, char *ret_host, size_t capacity)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return JALON_NOT_FOUND;
    int err = getnameinfo(found->ai_addr, found->ai_addrlen, ret_host, (socklen_t)capacity, NULL, 0,
                          NI_NUMERICHOST);
    freeaddrinfo(found);
    return err ? JALON_NOT_FOUND : JALON_OK;
}

static int copy(char *ret_text, const char *text)
{
    return slice_to_string(ret_text, REDIS_TEXT_MAX, slice_of_string(text));
}

/* The store's address without names in it. A failed look-up keeps what was known. */
static void find_name(struct keeper *keeper)
{
    const struct store_url *url = &keeper->url;
    struct redis_address address = {.port = (int)url->port, .database = url->database};
    bool is_socket = url->kind == STORE_UNIX || url->kind == STORE_EMBEDDED;
    address.scheme = is_socket ? REDIS_UNIX : url->kind == STORE_TLS ? REDIS_TLS : REDIS_TCP;
    int err = is_socket ? copy(address.host, url->path)
                        : look_up(url->host, address.host, sizeof address.host);
    if (!err)
        err = copy(address.name, url->host);
    if (!err)
        err = copy(address.user, url->user);
    if (!err)
        err = copy(address.password, url->password);
    if (!err)
        publish(keeper, &address);
    else if (!keeper->has_told)
        log_warn("store: the name %s has no address just now", url->host);
    keeper->named_ms = clock_monotonic_ms();
}

/* the embedded store */

static void take_child_end(struct keeper *keeper)
{
    int status;
    if (keeper->child == 0 || waitpid(keeper->child, &status, WNOHANG) != keeper->child)
        return;
    log_error("the embedded store ended: starting it again");
    keeper->child = 0;
}

static int start_embedded(struct keeper *keeper, unsigned timeout_ms, struct problem *problem)
{
    char why[256];
    int err = embedded_start(&keeper->child, keeper->server->folder, timeout_ms, why);
    if (err)
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the embedded store does not start: %s",
                           why);
    if (keeper->child)
        log_info("the embedded store is up, process %d", keeper->child);
    return JALON_OK;
}

/* the blocking connection */

/* At the first contact: is this store one that our keys belong to? */
static int check_ring(struct keeper *keeper, struct problem *problem)
{
    const struct snapshot *snapshot = snapshot_hold(keeper->server);
    int err = ring_known_check_store(keeper->store, snapshot->keys, problem);
    if (!err && ring_known_teach_folder(keeper->server->folder, snapshot->keys))
        log_warn("%s/" RING_KNOWN_FILE " can't be written: %s", keeper->server->folder,
                 strerror(errno));
    snapshot_release(keeper->server, snapshot);
    return err;
}

static int open_store(struct keeper *keeper, struct problem *problem)
{
    struct store_options options = {
        .folder = keeper->server->folder, .redis = keeper->redis, .timeout_ms = TIMEOUT_MS};
    int err = store_open(&keeper->store, &options, problem);
    if (!err)
        err = check_ring(keeper, problem);
    if (err) {
        keeper->store = store_free(keeper->store);
        return err;
    }
    atomic_store_explicit(&keeper->has_store, true, memory_order_release);
    log_info("the store is %s", store_server(keeper->store));
    return JALON_OK;
}

static void tell_away(struct keeper *keeper, const struct problem *problem)
{
    if (!keeper->has_told)
        log_warn(
            "the store is away (%s): cached and portable links go on, clicks wait in the journal",
            problem->detail);
    keeper->has_told = true;
}

/* One look at the store; what it needs is done by opening it, and by its own reconnecting. */
static void look(struct keeper *keeper)
{
    struct problem problem;
    problem_init(&problem);
    take_child_end(keeper);
    int err = keeper->store ? store_ping(keeper->store) : open_store(keeper, &problem);
    if (err && keeper->is_embedded && keeper->child == 0) {
        err = start_embedded(keeper, START_MS, &problem);
        if (!err)
            err = keeper->store ? store_ping(keeper->store) : open_store(keeper, &problem);
    }
    if (err) {
        if (problem.kind == PROBLEM_NONE)
            (void)problem_from_error(&problem, err);
        tell_away(keeper, &problem);
    } else if (keeper->has_told) {
        log_info("the store is back");
        keeper->has_told = false;
    }
    if (err || clock_monotonic_ms() - keeper->named_ms > NAME_MS)
        find_name(keeper);
}

/* the thread */

static bool wait_tick(struct keeper *keeper)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&keeper->lock);
    int err = 0;
    while (!keeper->is_stopping && err == 0)
        err = pthread_cond_timedwait(&keeper->stop, &keeper->lock, &until);
    bool is_stopping = keeper->is_stopping;
    pthread_mutex_unlock(&keeper->lock);
    return !is_stopping;
}

static void *run(void *context)
{
    struct keeper *keeper = context;
    while (wait_tick(keeper))
        look(keeper);
    return NULL;
}

static int read_settings(struct keeper *keeper, struct problem *problem)
{
    const struct snapshot *snapshot = snapshot_hold(keeper->server);
    keeper->redis = strdup(snapshot->settings.redis);
    snapshot_release(keeper->server, snapshot);
    if (!keeper->redis)
        return problem_from_error(problem, JALON_NO_MEMORY);
    int err = store_url_resolve(&keeper->url, keeper->redis, keeper->server->folder, problem);
    keeper->is_embedded = !err && keeper->url.kind == STORE_EMBEDDED;
    return err;
}

/* Only what waiting can't mend is an error. */
static int first_look(struct keeper *keeper, struct problem *problem)
{
    if (keeper->is_embedded) {
        int err = start_embedded(keeper, FIRST_START_MS, problem);
        if (err)
            return err;
    }
    find_name(keeper);
    int err = open_store(keeper, problem);
    if (err != JALON_UNAVAILABLE || keeper->is_embedded)
        return err;
    tell_away(keeper, problem);
    problem_init(problem);
    return JALON_OK;
}

int keeper_new(struct keeper **ret_keeper, struct server *server, struct problem *problem)
{
    struct keeper *keeper = calloc(1, sizeof *keeper);
    if (!keeper)
        return problem_from_error(problem, JALON_NO_MEMORY);
    keeper->server = server;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->stop, &attributes);
    pthread_condattr_destroy(&attributes);
    int err = read_settings(keeper, problem);
    if (!err)
        err = first_look(keeper, problem);
    if (err) {
        keeper_free(keeper);
        return err;
    }
    *ret_keeper = keeper;
    return JALON_OK;
}

int keeper_start(struct keeper *keeper)
{
    if (pthread_create(&keeper->thread, NULL, run, keeper) != 0)
        return JALON_NO_MEMORY;
    keeper->is_running = true;
    return JALON_OK;
}

static void end_thread(struct keeper *keeper)
{
    if (!keeper->is_running)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->is_stopping = true;
    pthread_cond_signal(&keeper->stop);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
}

struct keeper *keeper_free(struct keeper *keeper)
{
    if (!keeper)
        return NULL;
    end_thread(keeper);
    store_free(keeper->store);
    if (keeper->child)
        embedded_stop(keeper->child, keeper->server->folder, START_MS);
    pthread_cond_destroy(&keeper->stop);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper->redis);
    free(keeper);
    return NULL;
}

bool keeper_has_store(const struct keeper *keeper)
{
    return atomic_load_explicit(&keeper->has_store, memory_order_acquire);
}
