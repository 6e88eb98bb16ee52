/* snapshot.h - configuration, keys, patterns, databases and TLS context as one read-only whole. A reload builds a new
 * one and publishes it; a worker holds the current one and looks for a newer at the start of each loop
 * turn; the old one is freed when nobody holds it any more. Memory order: snapshot.c. */
#ifndef REDIRECTOR_SNAPSHOT_H
#define REDIRECTOR_SNAPSHOT_H
#include "core/base/problem.h"
#include "core/store/settings.h"
#include "core/traffic/address.h"
#include "core/traffic/agents.h"
#include "core/traffic/geo.h"
#include "jalon/keys.h"

struct server;
struct tls_context; /* tls.h */

struct snapshot {
    struct settings settings;
    jalon_keys *keys;
    struct agents *agents;
    struct geo *geo; /* NULL without databases */
    struct network_set trusted_proxies;
    struct tls_context *tls; /* NULL without a certificate */
    uint64_t generation;     /* 1, 2, … */
    unsigned holders;        /* under server->snapshot_lock */
};

/* Reads and checks everything that the folder's configuration names; what `jalond --check` does. config_file NULL:
 * DIR/jalond.conf. JALON_NOT_FOUND when the folder holds no installation. */
CHECKED int snapshot_load(struct snapshot **ret_snapshot, const char *folder,
                          const char *config_file, struct problem *problem);
struct snapshot *snapshot_free(struct snapshot *snapshot);

/* Any thread. Held until it is released; a task may hold one for seconds. */
const struct snapshot *snapshot_hold(struct server *server);
void snapshot_release(struct server *server, const struct snapshot *snapshot); /* accepts NULL */

bool snapshot_is_current(struct server *server, const struct snapshot *held); /* no lock */

/* Takes the snapshot over and makes it the current one; its generation follows the one before. */
void snapshot_publish(struct server *server, struct snapshot *snapshot);
#endif
