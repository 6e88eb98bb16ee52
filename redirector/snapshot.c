/* snapshot.c - see snapshot.h.
 *
 * The current snapshot is an atomic pointer: published with release, read with acquire, so whoever sees it sees what it
 * points to. Reading it alone does not keep it alive: a holder is counted under snapshot_lock, where the
 * pointer is read again. snapshot_is_current() needs no lock, as a snapshot that is held can't be freed, so an equal
 * pointer is the same snapshot. */
#include "redirector/snapshot.h"

#include "core/ledger/reference.h"
#include "core/registry/ring_known.h"
#include "core/store/folder.h"
#include "core/store/store_url.h"
#include "redirector/listener.h"
#include "redirector/server.h"
#include "redirector/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int load_settings(struct snapshot *snapshot, const char *folder, const char *config_file,
                         struct problem *problem)
{
    char path[FOLDER_PATH_MAX];
    if (!config_file) {
        int err = folder_path(path, folder, "jalond.conf");
        if (err)
            return problem_set(problem, PROBLEM_INVALID, "%s: the folder's name is too long",
                               folder);
        config_file = path;
    }
    if (access(config_file, R_OK) != 0 && errno != ENOENT && errno != ENOTDIR)
        return problem_set(problem, PROBLEM_INVALID,
                           "%s can't be read (%s): run this as the owner of the data folder",
                           config_file, strerror(errno));
    if (access(config_file, F_OK) != 0)
        return problem_set(
            problem, PROBLEM_NOT_FOUND,
            "%s is missing: make the data folder with `jalon init --data %s --domain URL`",
            config_file, folder);
    int err = settings_load(&snapshot->settings, config_file, problem);
    if (err)
        return err;
    if (!*snapshot->settings.domain)
        return problem_set(problem, PROBLEM_INVALID,
                           "%s: server.domain is not set: short links begin with it, e.g. "
                           "https://go.example.com",
                           config_file);
    struct store_url url; /* looked at here, so that --check says what a start would */
    return store_url_resolve(&url, snapshot->settings.redis, folder, problem);
}

static int load_keys(struct snapshot *snapshot, const char *folder, struct problem *problem)
{
    char path[FOLDER_PATH_MAX];
    int err = folder_path(path, folder, "keys");
    if (err)
        return problem_set(problem, PROBLEM_INVALID, "%s: the folder's name is too long", folder);
    err = jalon_keys_open(&snapshot->keys, path);
    if (err == JALON_IO && errno == ENOENT)
        return problem_set(
            problem, PROBLEM_NOT_FOUND,
            "%s is missing: restore it from a backup, or make a new installation with "
            "`jalon init --data %s --domain URL`",
            path, folder);
    if (err == JALON_IO)
        return problem_set(problem, PROBLEM_INVALID, "%s can't be read: %s", path, strerror(errno));
    if (err)
        return problem_set(problem, PROBLEM_INVALID, "%s: %s", path, jalon_error_text(err));
    err = ring_known_check(snapshot->keys, path, problem);
    return err ? err : ring_known_check_folder(folder, snapshot->keys, problem);
}

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

/* `why` begins with the path of the file that does not do. */
static int tell_database(const struct settings *settings, const char *why, struct problem *problem)
{
    const struct {
        const char *key, *path;
    } files[] = {{"country", settings->geo_country},
                 {"city", settings->geo_city},
                 {"asn", settings->geo_asn}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char where[SETTINGS_WHERE_MAX];
        size_t size = strlen(files[i].path);
        if (!size || strncmp(why, files[i].path, size) != 0 || why[size] != ':')
            continue;
        settings_where(where, settings, "geo", files[i].key);
        return problem_set(problem, PROBLEM_INVALID, "%s: %s", where, why);
    }
    return problem_set(problem, PROBLEM_INVALID, "%s", why);
}

/* The reports read it when they need it; here it is only looked at, so that what is wrong is said at once. */
static int check_reference(const struct settings *settings, struct problem *problem)
{
    struct reference reference;
    char why[REFERENCE_WHY_MAX], where[SETTINGS_WHERE_MAX];
    int err = reference_open(&reference, settings->reference_file, why);
    if (err) {
        settings_where(where, settings, "report", "reference");
        return problem_set(problem, PROBLEM_INVALID, "%s: %s", where, why);
    }
    reference_done(&reference);
    return JALON_OK;
}

static int load_traffic(struct snapshot *snapshot, struct problem *problem)
{
    const struct settings *settings = &snapshot->settings;
    unsigned line = 0;
    int err = agents_open(&snapshot->agents, or_null(settings->agents_file), &line);
    if (err)
        return problem_set(problem, PROBLEM_INVALID, "%s, line %u: %s",
                           settings->agents_file ? settings->agents_file
                                                 : "built-in agent patterns",
                           line, jalon_error_text(err));
    err = network_set_parse(&snapshot->trusted_proxies, slice_of_string(settings->trusted_proxies));
    if (err)
        return problem_set(
            problem, PROBLEM_INVALID,
            "server.trusted_proxies: \"%s\" is not a list of networks such as 10.0.0.0/8",
            settings->trusted_proxies);
    if (!or_null(settings->geo_country) && !or_null(settings->geo_city) &&
        !or_null(settings->geo_asn))
        return JALON_OK;
    char why[256];
    err = geo_open(&snapshot->geo, or_null(settings->geo_country), or_null(settings->geo_city),
                   or_null(settings->geo_asn), why);
    return err ? tell_database(settings, why, problem) : JALON_OK;
}

static int check_readable(const struct settings *settings, const char *key, const char *path,
                          struct problem *problem)
{
    char where[SETTINGS_WHERE_MAX];
    if (access(path, R_OK) == 0)
        return JALON_OK;
    int reason = errno;
    settings_where(where, settings, "server", key);
    return problem_set(problem, PROBLEM_INVALID, "%s: %s can't be read: %s", where, path,
                       strerror(reason));
}

/* `why` begins with the setting's name: put in front is where that stands. */
static int tell_tls(const struct settings *settings, const struct problem *why,
                    struct problem *problem)
{
    char where[SETTINGS_WHERE_MAX];
    struct slice rest = slice_of_string(why->detail);
    struct slice name = slice_take(&rest, ':');
    settings_where(where, settings, "server", slice_is(name, "server.key") ? "key" : "certificate");
    return problem_set(problem, PROBLEM_INVALID, "%s:%.*s", where, SLICE_ARG(rest));
}

static int load_listening(struct snapshot *snapshot, struct problem *problem)
{
    const struct settings *settings = &snapshot->settings;
    int err = listener_check(settings, problem);
    if (err)
        return err;
    if (!*settings->certificate) /* and so no key: settings_load() saw to that */
        return JALON_OK;
    err = check_readable(settings, "certificate", settings->certificate, problem);
    if (!err)
        err = check_readable(settings, "key", settings->key, problem);
    if (err)
        return err;
    struct problem why;
    problem_init(&why);
    err = tls_context_new(&snapshot->tls, settings->certificate, settings->key, &why);
    return err ? tell_tls(settings, &why, problem) : JALON_OK;
}

int snapshot_load(struct snapshot **ret_snapshot, const char *folder, const char *config_file,
                  struct problem *problem)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot)
        return problem_from_error(problem, JALON_NO_MEMORY);
    int err = load_settings(snapshot, folder, config_file, problem);
    if (!err)
        err = load_keys(snapshot, folder, problem);
    if (!err)
        err = load_traffic(snapshot, problem);
    if (!err)
        err = check_reference(&snapshot->settings, problem);
    if (!err)
        err = load_listening(snapshot, problem);
    if (err) {
        snapshot_free(snapshot);
        return err;
    }
    *ret_snapshot = snapshot;
    return JALON_OK;
}

struct snapshot *snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return NULL;
    tls_context_free(snapshot->tls);
    network_set_done(&snapshot->trusted_proxies);
    geo_free(snapshot->geo);
    agents_free(snapshot->agents);
    jalon_keys_free(snapshot->keys);
    settings_done(&snapshot->settings);
    free(snapshot);
    return NULL;
}

const struct snapshot *snapshot_hold(struct server *server)
{
    pthread_mutex_lock(&server->snapshot_lock);
    struct snapshot *current = atomic_load_explicit(&server->snapshot, memory_order_relaxed);
    if (current)
        current->holders++;
    pthread_mutex_unlock(&server->snapshot_lock);
    return current;
}

void snapshot_release(struct server *server, const struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    struct snapshot *held = (struct snapshot *)snapshot; /* its count is the holders' business */
    pthread_mutex_lock(&server->snapshot_lock);
    bool is_last = --held->holders == 0;
    pthread_mutex_unlock(&server->snapshot_lock);
    if (is_last)
        snapshot_free(held);
}

bool snapshot_is_current(struct server *server, const struct snapshot *held)
{
    return atomic_load_explicit(&server->snapshot, memory_order_acquire) == held;
}

void snapshot_publish(struct server *server, struct snapshot *snapshot)
{
    pthread_mutex_lock(&server->snapshot_lock);
    struct snapshot *old = atomic_load_explicit(&server->snapshot, memory_order_relaxed);
    snapshot->generation = old ? old->generation + 1 : 1;
    snapshot->holders = 1; /* being the current one */
    atomic_store_explicit(&server->snapshot, snapshot, memory_order_release);
    pthread_mutex_unlock(&server->snapshot_lock);
    snapshot_release(server, old);
}
