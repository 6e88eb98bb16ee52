#include "admin/doctor.h"
#include "core/ledger/reference.h"
#include "core/ledger/zone.h"
#include "core/registry/ring_known.h"
#include "core/sign/key_ring.h"
#include "core/traffic/agents.h"
#include "core/traffic/geo.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

void doctor_folder(struct doctor *doctor)
{
    const char *folder = doctor->session->folder;
    struct stat status;
    if (stat(folder, &status) != 0)
        doctor_say(doctor, DOCTOR_FAIL,
                   "%s: %s. Make it with \"jalon init --domain URL --data DIR\", or name another "
                   "with --data",
                   folder, strerror(errno));
    else if (!S_ISDIR(status.st_mode))
        doctor_say(doctor, DOCTOR_FAIL, "%s is no folder: name another with --data", folder);
    else if (access(folder, R_OK | W_OK | X_OK) != 0)
        doctor_say(doctor, DOCTOR_FAIL,
                   "%s is not ours to write in: run this as its owner (uid %u)", folder,
                   (unsigned)status.st_uid);
    else if (status.st_mode & (S_IWGRP | S_IWOTH))
        doctor_say(doctor, DOCTOR_WARN, "others may write in %s: run chmod go-w %s", folder,
                   folder);
    else
        doctor_say(doctor, DOCTOR_OK, "%s", folder);
}

void doctor_settings(struct doctor *doctor)
{
    struct session *session = doctor->session;
    if (session_open(session, NEEDS_SETTINGS))
        doctor_say_problem(doctor, DOCTOR_FAIL);
    else if (session->settings.domain[0] == '\0')
        doctor_say(doctor, DOCTOR_FAIL, "server.domain is not set: write it into %s",
                   session->config);
    else
        doctor_say(doctor, DOCTOR_OK, "%s, short links on %s", session->config,
                   session->settings.domain);
}

void doctor_keys(struct doctor *doctor)
{
    struct session *session = doctor->session;
    if (!session->has_settings)
        return;
    if (session_open(session, NEEDS_KEYS)) {
        doctor_say_problem(doctor, DOCTOR_FAIL);
        return;
    }
    if (ring_known_check(session->keys, session->key_file, &session->problem)) {
        doctor_say_problem(doctor, DOCTOR_FAIL);
        return;
    }
    size_t count = jalon_keys_count(session->keys);
    if (count >= JALON_KEYS_MAX)
        doctor_say(doctor, DOCTOR_WARN,
                   "the ring is full (%zu keys that verify): retire one before the next rotation",
                   count);
    else
        doctor_say(doctor, DOCTOR_OK, "%zu in use, of at most %d", count, JALON_KEYS_MAX);
}

/* Files that hold secrets and are nobody else's to read. */
void doctor_secrets(struct doctor *doctor)
{
    static const char *const names[] = {"keys", "visitor.keys", "jalond.conf"};
    size_t bad = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[FOLDER_PATH_MAX];
        struct stat status;
        if (folder_path(path, doctor->session->folder, names[i]) || stat(path, &status) != 0)
            continue;
        if (!(status.st_mode & (S_IRWXG | S_IRWXO)))
            continue;
        bad++;
        bool is_config =
            strcmp(names[i], "jalond.conf") == 0; /* may hold a password of the store */
        doctor_say(doctor, is_config ? DOCTOR_WARN : DOCTOR_FAIL,
                   "others can read %s: run chmod 600 %s", path, path);
    }
    if (bad == 0)
        doctor_say(doctor, DOCTOR_OK, "readable by their owner only");
}

static void check_geo(struct doctor *doctor, const struct settings *settings)
{
    if (!settings->geo_country[0] && !settings->geo_city[0] && !settings->geo_asn[0]) {
        doctor_say(doctor, DOCTOR_OK,
                   "no geo.* is set: countries stay unknown, hosting networks count");
        return;
    }
    struct geo *geo;
    char why[256] = "";
    if (geo_open(&geo, settings->geo_country, settings->geo_city, settings->geo_asn, why)) {
        doctor_say(doctor, DOCTOR_FAIL, "%s", why);
        return;
    }
    doctor_say(doctor, DOCTOR_OK, "%s", "the mmdb files open");
    geo_free(geo);
}

static void check_agents(struct doctor *doctor, const char *file)
{
    struct agents *agents;
    unsigned line = 0;
    int err = agents_open(&agents, file, &line);
    if (err) {
        doctor_say(doctor, DOCTOR_FAIL, "%s, line %u: %s", file, line, jalon_error_text(err));
        return;
    }
    doctor_say(doctor, DOCTOR_OK, "%s", file);
    agents_free(agents);
}

static void check_reference(struct doctor *doctor, const char *file)
{
    struct reference reference;
    char why[REFERENCE_WHY_MAX];
    if (reference_open(&reference, file, why)) {
        doctor_say(doctor, DOCTOR_FAIL, "%s", why);
        return;
    }
    doctor_say(doctor, DOCTOR_OK, "%s", file);
    reference_done(&reference);
}

void doctor_databases(struct doctor *doctor)
{
    if (!doctor->session->has_settings)
        return;
    const struct settings *settings = &doctor->session->settings;
    check_geo(doctor, settings);
    if (settings->agents_file[0])
        check_agents(doctor, settings->agents_file);
    if (settings->reference_file[0])
        check_reference(doctor, settings->reference_file);
}

void doctor_zones(struct doctor *doctor)
{
    struct zone *zone;
    if (zone_open(&zone, SLICE("Europe/Paris"))) {
        doctor_say(doctor, DOCTOR_FAIL, "there is no Europe/Paris: install tzdata");
        return;
    }
    zone_free(zone);
    doctor_say(doctor, DOCTOR_OK, "tzdata is there");
}
