#include "redirector/keeper.h"

#include "core/base/clock.h"
#include "core/registry/ring_known.h"
#include "core/store/embedded.h"
#include "core/store/store.h"
#include "core/store/store_url.h"
#include "redirector/host_address.h"
#include "redirector/log.h"
#include "redirector/server.h"
#include "redirector/snapshot.h"
#include "redirector/topology.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 500
#define SOON_MS 100 /* between two looks that workers asked for */
#define TIMEOUT_MS 3000
#define FIRST_START_MS 60000 /* of the embedded store: it may have much to load */
#define START_MS 10000
#define NAME_MS 30000 /* how long an address is believed while all is well */

struct keeper {
    struct server *server;
    char *redis; /* the setting at start; a reload does not move the store */
    bool is_embedded;
    pthread_mutex_t embedded_lock; /* of the next three, held while the store is started */
    bool is_owner;                 /* of the embedded store */
    int child;    /* the embedded store's process, if it is to stop with this one; else 0 */
    int child_fd; /* a pidfd, where the child is not our own: nobody keeps its id for us; else -1 */
    struct store *store;
    struct store_url url;
    bool has_told;             /* that the store is away */
    int64_t named_ms;          /* when the address was looked up; monotonic */
    struct topology *topology; /* NULL: no cluster */
    struct cluster_map map;

    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    bool is_stopping;
    bool is_wanted; /* a look, soon */
    bool has_address;
    struct redis_address address;
    _Atomic bool has_store;
    _Atomic int64_t looked_ms;
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

static int copy(char *ret_text, const char *text)
{
    return slice_to_string(ret_text, REDIS_TEXT_MAX, slice_of_string(text));
}

static int find_host(const struct keeper *keeper, char ret_host[REDIS_TEXT_MAX])
{
    const struct store_url *url = &keeper->url;
    if (url->kind == STORE_UNIX || url->kind == STORE_EMBEDDED)
        return copy(ret_host, url->path);
    return url->kind == STORE_CLUSTER ? copy(ret_host, "") /* each node has its own */
                                      : host_address_find(url->host, ret_host, REDIS_TEXT_MAX);
}

/* The store's address without names in it. A failed look-up keeps what was known. */
static void find_name(struct keeper *keeper)
{
    const struct store_url *url = &keeper->url;
    struct redis_address address = {.port = (int)url->port, .database = url->database};
    bool is_socket = url->kind == STORE_UNIX || url->kind == STORE_EMBEDDED;
    address.scheme = is_socket ? REDIS_UNIX : url->kind == STORE_TLS ? REDIS_TLS : REDIS_TCP;
    int err = find_host(keeper, address.host);
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

static bool has_child_ended(const struct keeper *keeper)
{
    int status;
    struct pollfd end = {.fd = keeper->child_fd, .events = POLLIN};
    if (keeper->child_fd >= 0)
        return poll(&end, 1, 0) > 0;
    return waitpid(keeper->child, &status, WNOHANG) == keeper->child;
}

static void forget_child(struct keeper *keeper)
{
    if (keeper->child_fd >= 0)
        (void)close(keeper->child_fd); /* a pidfd holds nothing */
    keeper->child_fd = -1;
    keeper->child = 0;
}

static void take_child_end(struct keeper *keeper)
{
    if (keeper->child == 0 || !has_child_ended(keeper))
        return;
    if (keeper->is_owner)
        log_error("the embedded store ended: starting it again");
    forget_child(keeper);
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

/* JALON_UNAVAILABLE: it is another process's, or lives and does not answer. */
static int revive_embedded(struct keeper *keeper, struct problem *problem)
{
    int err = JALON_UNAVAILABLE;
    pthread_mutex_lock(&keeper->embedded_lock);
    take_child_end(keeper);
    if (keeper->is_owner && keeper->child == 0)
        err = start_embedded(keeper, START_MS, problem);
    pthread_mutex_unlock(&keeper->embedded_lock);
    return err;
}

bool keeper_is_embedded(const struct keeper *keeper)
{
    return keeper->is_embedded;
}

bool keeper_give_store(struct keeper *keeper)
{
    pthread_mutex_lock(&keeper->embedded_lock);
    keeper->is_owner = false;
    bool is_to_stop = keeper->child != 0;
    pthread_mutex_unlock(&keeper->embedded_lock);
    return is_to_stop;
}

/* The process that listens on the store's socket, be it nobody's child of ours. */
static void adopt_child(struct keeper *keeper)
{
    int pid, again;
    if (embedded_find(&pid, keeper->server->folder) != JALON_OK)
        return; /* it died: the next look starts another */
    int fd = pidfd_open(pid, 0);
    /* Asked twice, so that the descriptor is not of another process that got the id meanwhile. */
    if (fd >= 0 && embedded_find(&again, keeper->server->folder) == JALON_OK && again == pid) {
        keeper->child = pid;
        keeper->child_fd = fd;
    } else if (fd >= 0) {
        (void)close(fd); /* a pidfd holds nothing */
    }
}

void keeper_take_store(struct keeper *keeper, bool is_to_stop)
{
    pthread_mutex_lock(&keeper->embedded_lock);
    keeper->is_owner = true;
    take_child_end(keeper);
    if (keeper->is_embedded && is_to_stop && keeper->child == 0)
        adopt_child(keeper);
    pthread_mutex_unlock(&keeper->embedded_lock);
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

/* Also when the store is away: some of a cluster may tell what has become of the rest. */
static void find_topology(struct keeper *keeper)
{
    if (keeper->topology && keeper->store &&
        store_cluster_map(keeper->store, &keeper->map) == JALON_OK)
        topology_put(keeper->topology, &keeper->map);
}

/* One look at the store; what it needs is done by opening it, and by its own reconnecting. */
static void look(struct keeper *keeper)
{
    struct problem problem;
    problem_init(&problem);
    int64_t began_ms = clock_monotonic_ms();
    pthread_mutex_lock(&keeper->embedded_lock);
    take_child_end(keeper);
    pthread_mutex_unlock(&keeper->embedded_lock);
    int err = keeper->store ? store_ping(keeper->store) : open_store(keeper, &problem);
    if (err && keeper->is_embedded) {
        err = revive_embedded(keeper, &problem);
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
    if (!err)
        atomic_store_explicit(&keeper->looked_ms, began_ms, memory_order_release);
    if (err || clock_monotonic_ms() - keeper->named_ms > NAME_MS)
        find_name(keeper);
    find_topology(keeper);
}

/* the thread */

static struct timespec in_ms(long ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return until;
}

/* Until the next look is due, or a worker has asked for one; never less than SOON_MS. */
static bool wait_tick(struct keeper *keeper)
{
    struct timespec soon = in_ms(SOON_MS), until = in_ms(TICK_MS);
    pthread_mutex_lock(&keeper->lock);
    int err = 0;
    while (!keeper->is_stopping && err == 0)
        err = pthread_cond_timedwait(&keeper->wake, &keeper->lock, &soon);
    err = 0;
    while (!keeper->is_stopping && !keeper->is_wanted && err == 0)
        err = pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
    keeper->is_wanted = false;
    bool is_stopping = keeper->is_stopping;
    pthread_mutex_unlock(&keeper->lock);
    return !is_stopping;
}

void keeper_look_soon(struct keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->is_wanted = true;
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
}

struct topology *keeper_topology(const struct keeper *keeper)
{
    return keeper->topology;
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
    if (!err && keeper->url.kind == STORE_CLUSTER && topology_new(&keeper->topology) != JALON_OK)
        err = problem_from_error(problem, JALON_NO_MEMORY);
    return err;
}

/* Only what waiting can't mend is an error. */
static int first_look(struct keeper *keeper, struct problem *problem)
{
    if (keeper->is_embedded && keeper->is_owner) {
        int err = start_embedded(keeper, FIRST_START_MS, problem);
        if (err)
            return err;
    }
    find_name(keeper);
    int err = open_store(keeper, problem);
    find_topology(keeper);
    if (err != JALON_UNAVAILABLE || keeper->is_embedded)
        return err;
    tell_away(keeper, problem);
    problem_init(problem);
    return JALON_OK;
}

int keeper_new(struct keeper **ret_keeper, struct server *server, bool is_owner,
               struct problem *problem)
{
    struct keeper *keeper = calloc(1, sizeof *keeper);
    if (!keeper)
        return problem_from_error(problem, JALON_NO_MEMORY);
    keeper->server = server;
    keeper->is_owner = is_owner;
    keeper->child_fd = -1;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_mutex_init(&keeper->embedded_lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->wake, &attributes);
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
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
}

struct keeper *keeper_free(struct keeper *keeper)
{
    if (!keeper)
        return NULL;
    end_thread(keeper);
    store_free(keeper->store);
    topology_free(keeper->topology);
    take_child_end(keeper);
    if (keeper->is_owner && keeper->child)
        embedded_stop(keeper->child, keeper->server->folder, START_MS);
    forget_child(keeper);
    pthread_mutex_destroy(&keeper->embedded_lock);
    pthread_cond_destroy(&keeper->wake);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper->redis);
    free(keeper);
    return NULL;
}

int64_t keeper_looked_ms(const struct keeper *keeper)
{
    return atomic_load_explicit(&keeper->looked_ms, memory_order_acquire);
}

bool keeper_has_store(const struct keeper *keeper)
{
    return atomic_load_explicit(&keeper->has_store, memory_order_acquire);
}
