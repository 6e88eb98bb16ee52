/* settings.h - the configuration: one table of settings drives file, environment, defaults, --check,
 * reload and the docs check. File: DIR/jalond.conf (INI); environment: JALON_SECTION_KEY. */
#ifndef STORE_SETTINGS_H
#define STORE_SETTINGS_H
#include "core/base/problem.h"

enum sync_policy { SYNC_NONE, SYNC_INTERVAL, SYNC_ALWAYS };
enum full_policy { FULL_REFUSE, FULL_REDIRECT };
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

#define SETTINGS_MAX 64
#define SETTINGS_WHERE_MAX 256

struct settings {
    /* server */
    char *public_addresses; /* "0.0.0.0:8080", several by commas */
    char *api_addresses;
    char *domain;     /* "https://go.example.com", no slash at the end */
    unsigned workers; /* 0: auto */
    char *trusted_proxies;
    char *certificate, *key;
    bool is_api_plaintext;
    unsigned header_timeout_ms, body_timeout_ms, idle_timeout_ms, write_timeout_ms;
    unsigned max_connections; /* a worker */
    unsigned clerks;          /* API threads */
    unsigned unknown_slugs;   /* a minute, a source and a worker; 0: no limit */
    /* store */
    char *redis;
    /* journal */
    enum sync_policy sync;
    uint64_t journal_max_bytes;
    enum full_policy when_full;
    unsigned journal_keep_s;
    uint64_t journal_segment_bytes;
    /* geo */
    char *geo_country, *geo_city, *geo_asn;
    char *geo_hosting, *geo_relays; /* files; empty: the lists built in */
    /* log */
    enum log_level log_level;
    bool is_log_json;
    /* cache, traffic */
    uint64_t cache_links; /* links a worker remembers */
    char *agents_file;    /* empty: built in */
    /* report */
    char *reference_file; /* empty: built in */
    /* where each value is from: settings_where() */
    char *file;
    unsigned lines[SETTINGS_MAX]; /* by row of the table; 0: not from the file */
    bool is_variable[SETTINGS_MAX];
};

/* Defaults, then `file` (JALON_IO when it can't be read; a NULL file is skipped), then the
 * environment. JALON_INVALID: *problem names file and line, or the variable. The caller ends it with
 * settings_done(). Texts that are not set are "", never NULL. */
CHECKED int settings_load(struct settings *ret_settings, const char *file, struct problem *problem);
void settings_done(struct settings *settings);

/* For the words of whoever uses a value and finds it wrong: "DIR/jalond.conf:12: geo.city", "JALON_GEO_CITY", or, of
 * a default, "geo.city". */
void settings_where(char ret_where[SETTINGS_WHERE_MAX], const struct settings *settings,
                    const char *section, const char *key);

/* For docs and tests: section, key, default and help of setting `index`; false past the last. */
bool settings_describe(size_t index, const char **ret_section, const char **ret_key,
                       const char **ret_default, const char **ret_help);
#endif
