#include "core/store/settings_table.h"

#define FIELD(name) offsetof(struct settings, name)
#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define TIB ((uint64_t)1 << 40)

/* By section, in the order that `jalon init` writes them. */
const struct setting setting_rows[] = {
    {"server", "public", "0.0.0.0:8080", SETTING_ADDRESSES, FIELD(public_addresses), 0, 0, NULL,
     "address:port of the public listener; several, by commas; port 0 takes a free one"},
    {"server", "api", "127.0.0.1:8081", SETTING_ADDRESSES, FIELD(api_addresses), 0, 0, NULL,
     "the same of the API listener"},
    {"server", "domain", "", SETTING_DOMAIN, FIELD(domain), 0, 0, NULL,
     "base URL of short links, e.g. https://go.example.com"},
    {"server", "workers", "auto", SETTING_WORKERS, FIELD(workers), 1, 256, NULL,
     "threads that serve; auto: as many as cores"},
    {"server", "trusted_proxies", "", SETTING_NETWORKS, FIELD(trusted_proxies), 0, 0, NULL,
     "CIDRs, by commas, whose forwarded address is believed"},
    {"server", "certificate", "", SETTING_TEXT, FIELD(certificate), 0, 0, NULL,
     "PEM file of the certificate chain: TLS on both listeners"},
    {"server", "key", "", SETTING_TEXT, FIELD(key), 0, 0, NULL, "PEM file of its private key"},
    {"server", "api_plaintext", "no", SETTING_SWITCH, FIELD(is_api_plaintext), 0, 0, NULL,
     "allow an API listener off loopback without TLS"},
    {"server", "header_timeout", "10s", SETTING_MS, FIELD(header_timeout_ms), 100, 3600000, NULL,
     "time for a request's head to arrive"},
    {"server", "body_timeout", "30s", SETTING_MS, FIELD(body_timeout_ms), 100, 3600000, NULL,
     "time for a request's body to arrive"},
    {"server", "idle_timeout", "60s", SETTING_MS, FIELD(idle_timeout_ms), 100, 86400000, NULL,
     "how long an idle connection is kept"},
    {"server", "write_timeout", "30s", SETTING_MS, FIELD(write_timeout_ms), 100, 3600000, NULL,
     "time for an answer to be taken"},
    {"server", "max_connections", "16384", SETTING_COUNT, FIELD(max_connections), 16, 1000000, NULL,
     "connections of one worker; fewer where the system's limit of open files leaves less room"},
    {"server", "clerks", "4", SETTING_COUNT, FIELD(clerks), 1, 64, NULL,
     "threads for API requests that read or write the store"},
    {"server", "unknown_slugs", "60", SETTING_COUNT, FIELD(unknown_slugs), 0, 60000, NULL,
     "vanity links that nobody has, a minute, that a worker looks up for one IPv4 address or IPv6 "
     "/64; others are answered 429; 0: no limit"},
    {"store", "redis", "embedded", SETTING_STORE, FIELD(redis), 0, 0, NULL,
     "embedded, redis://[user:pass@]host:port/db, rediss://..., unix:/path, or of a Redis Cluster "
     "some nodes: cluster://[user:pass@]host:port,host:port,..."},
    {"journal", "sync", "interval", SETTING_CHOICE, FIELD(sync), 0, 0, "none,interval,always",
     "what survives the death of the machine: none, interval (all but the last second), always"},
    {"journal", "max_size", "4G", SETTING_BYTES, FIELD(journal_max_bytes), 256 * KIB, 16 * TIB,
     NULL, "bound of the journal on disk"},
    {"journal", "when_full", "refuse", SETTING_CHOICE, FIELD(when_full), 0, 0, "refuse,redirect",
     "refuse: 503; redirect: answer without counting"},
    {"journal", "keep", "10m", SETTING_SECONDS, FIELD(journal_keep_s), 1, 604800, NULL,
     "how long clicks are kept after they were shipped, in case the store loses its newest writes"},
    {"journal", "segment_size", "16M", SETTING_SEGMENT, FIELD(journal_segment_bytes), 64 * KIB,
     1024 * MIB, NULL, "size of the journal's files, a power of two"},
    {"geo", "country", "", SETTING_TEXT, FIELD(geo_country), 0, 0, NULL, "mmdb file of countries"},
    {"geo", "city", "", SETTING_TEXT, FIELD(geo_city), 0, 0, NULL, "mmdb file of cities"},
    {"geo", "asn", "", SETTING_TEXT, FIELD(geo_asn), 0, 0, NULL,
     "mmdb file of networks, to tell hosting providers"},
    {"geo", "hosting", "", SETTING_TEXT, FIELD(geo_hosting), 0, 0, NULL,
     "file of hosting providers' networks; empty: the built-in list"},
    {"geo", "relays", "", SETTING_TEXT, FIELD(geo_relays), 0, 0, NULL,
     "file of relays that people are behind; empty: the built-in list"},
    {"log", "level", "info", SETTING_CHOICE, FIELD(log_level), 0, 0, "error,warn,info,debug",
     "error, warn, info or debug"},
    {"log", "format", "text", SETTING_SWITCH, FIELD(is_log_json), 0, 0, "text,json",
     "text or json, to stderr"},
    {"cache", "links", "1000000", SETTING_LARGE, FIELD(cache_links), 16, 100000000, NULL,
     "links that a worker remembers"},
    {"traffic", "agents", "", SETTING_TEXT, FIELD(agents_file), 0, 0, NULL,
     "file of agent patterns; empty: the built-in list"},
    {"report", "reference", "", SETTING_TEXT, FIELD(reference_file), 0, 0, NULL,
     "file of reference ranges for compare and pages; empty: the built-in list"},
};

const size_t setting_count = sizeof setting_rows / sizeof *setting_rows;
_Static_assert(sizeof setting_rows / sizeof *setting_rows <= SETTINGS_MAX, "too many settings");

bool settings_describe(size_t index, const char **ret_section, const char **ret_key,
                       const char **ret_default, const char **ret_help)
{
    if (index >= setting_count)
        return false;
    *ret_section = setting_rows[index].section;
    *ret_key = setting_rows[index].key;
    *ret_default = setting_rows[index].fallback;
    *ret_help = setting_rows[index].help;
    return true;
}
