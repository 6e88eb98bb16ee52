#include "admin/doctor.h"
#include "core/base/clock.h"
#include "core/store/functions.h"
#include "core/store/store.h"

#include <stdio.h>
#include <stdlib.h>

#define CLOCK_DOUBT_MS 2000
#define CLOCK_WRONG_MS 60000
#define EARLIEST_MS 1735689600000 /* 2025-01-01: no clock that is right shows less */

void doctor_store(struct doctor *doctor)
{
    struct session *session = doctor->session;
    if (!session->keys)
        return;
    if (session_open(session, NEEDS_STORE)) {
        doctor_say_problem(doctor, DOCTOR_FAIL);
        return;
    }
    int64_t start_ms = clock_monotonic_ms();
    if (store_ping(session->store)) {
        doctor_say(doctor, DOCTOR_FAIL, "%s: see its log", store_problem(session->store)->detail);
        return;
    }
    doctor_say(doctor, DOCTOR_OK, "%s answers in %lld ms; functions of version %s",
               store_server(session->store), (long long)(clock_monotonic_ms() - start_ms),
               FUNCTIONS_VERSION);
    if (store_warning(session->store)[0])
        doctor_say(doctor, DOCTOR_WARN, "%s", store_warning(session->store));
}

static void say_persistence(struct doctor *doctor, const struct store_health *health,
                            const char *where)
{
    if (health->maxmemory_policy[0] && strcmp(health->maxmemory_policy, "noeviction") != 0)
        doctor_say(doctor, DOCTOR_FAIL,
                   "%smaxmemory-policy is %s, which throws away records: set it to noeviction",
                   where, health->maxmemory_policy);
    if (strcmp(health->role, "master") != 0 && health->role[0])
        doctor_say(doctor, DOCTOR_FAIL, "%sthe store is a %s: point store.redis at the primary",
                   where, health->role);
    if (!health->is_aof_enabled)
        doctor_say(doctor, DOCTOR_WARN,
                   "%sthe AOF is off: clicks since the last snapshot are lost with the server. Set "
                   "appendonly yes",
                   where);
    else if (!health->is_last_write_ok)
        doctor_say(doctor, DOCTOR_FAIL, "%sits last write to disk failed: free some room there",
                   where);
    else if (strcmp(health->appendfsync, "no") == 0)
        doctor_say(doctor, DOCTOR_WARN, "%sappendfsync is no: set it to everysec", where);
    else
        doctor_say(doctor, DOCTOR_OK, "%sAOF on%s%s, %.1f MiB in use", where,
                   health->appendfsync[0] ? ", " : "", health->appendfsync,
                   (double)health->used_bytes / (1024 * 1024));
}

void doctor_persistence(struct doctor *doctor)
{
    struct session *session = doctor->session;
    struct store_health health;
    char where[CLUSTER_NODE_TEXT + 2] = "";
    if (!session->store)
        return;
    if (store_health(session->store, &health)) {
        doctor_say(doctor, DOCTOR_WARN, "the store does not say how it persists: allow it INFO");
        return;
    }
    if (*health.node)
        (void)snprintf(where, sizeof where, "%s: ", health.node); /* fits */
    say_persistence(doctor, &health, where);
}

void doctor_clock(struct doctor *doctor)
{
    struct session *session = doctor->session;
    struct store_health health;
    if (clock_wall_ms() < EARLIEST_MS) {
        doctor_say(doctor, DOCTOR_FAIL,
                   "this machine's clock is far in the past: set it, and run an NTP client");
        return;
    }
    if (!session->store || store_health(session->store, &health))
        return;
    long long apart_ms = llabs((long long)(clock_wall_ms() - health.server_ms));
    if (apart_ms > CLOCK_WRONG_MS)
        doctor_say(doctor, DOCTOR_FAIL,
                   "ours and the store's are %lld s apart: run an NTP client on both",
                   apart_ms / 1000);
    else if (apart_ms > CLOCK_DOUBT_MS)
        doctor_say(doctor, DOCTOR_WARN,
                   "ours and the store's are %lld ms apart: run an NTP client on both", apart_ms);
    else
        doctor_say(doctor, DOCTOR_OK, "ours and the store's agree");
}

void doctor_jalond(struct doctor *doctor)
{
    if (!doctor->session->has_settings)
        return;
    if (doctor_is_jalond_running(doctor))
        doctor_say(doctor, DOCTOR_OK, "it is running on this folder");
    else
        doctor_say(doctor, DOCTOR_WARN,
                   "it is not running on this folder: no link redirects until it is started");
}
