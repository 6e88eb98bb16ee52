/* counters.h - what the metrics page shows: one writer each (its worker), summed by whoever reads. Relaxed atomics: a
 * figure may be one event behind, never torn. */
#ifndef REDIRECTOR_COUNTERS_H
#define REDIRECTOR_COUNTERS_H
#include "core/base/buffer.h"

#include <stdatomic.h>

/* Field, Prometheus name, labels, type, help: a row each is the counter, its page line and its docs. */
#define COUNTERS(X)                                                                                \
    X(connections_accepted, "jalond_connections_accepted_total", "", "counter",                    \
      "Connections accepted")                                                                      \
    X(connections_open, "jalond_connections_open", "", "gauge", "Connections open now")            \
    X(requests_public, "jalond_requests_total", "listener=\"public\"", "counter", "Requests read") \
    X(requests_api, "jalond_requests_total", "listener=\"api\"", "counter", "Requests read")       \
    X(bad_requests, "jalond_bad_requests_total", "", "counter",                                    \
      "Requests refused as malformed or over a bound")                                             \
    X(timeouts, "jalond_connection_timeouts_total", "", "counter",                                 \
      "Connections ended by a time-out")                                                           \
    X(redirects, "jalond_redirects_total", "", "counter", "Redirects answered")                    \
    X(clicks_human, "jalond_clicks_total", "class=\"human\"", "counter", "Clicks by class")        \
    X(clicks_preview, "jalond_clicks_total", "class=\"preview\"", "counter", "Clicks by class")    \
    X(clicks_bot, "jalond_clicks_total", "class=\"bot\"", "counter", "Clicks by class")            \
    X(clicks_prefetch, "jalond_clicks_total", "class=\"prefetch\"", "counter", "Clicks by class")  \
    X(clicks_datacenter, "jalond_clicks_total", "class=\"datacenter\"", "counter",                 \
      "Clicks by class")                                                                           \
    X(clicks_duplicate, "jalond_clicks_total", "class=\"duplicate\"", "counter",                   \
      "Clicks by class")                                                                           \
    X(clicks_uncounted, "jalond_clicks_uncounted_total", "", "counter",                            \
      "Redirects answered without being counted, as the journal was full (journal.when_full)")     \
    X(forged_codes, "jalond_forged_codes_total", "", "counter",                                    \
      "Signed codes and tokens whose signature did not verify")                                    \
    X(slugs_limited, "jalond_slugs_limited_total", "", "counter",                                  \
      "Vanity links not looked up, as their visitor asked for too many that nobody has")           \
    X(cache_hits, "jalond_link_cache_hits_total", "", "counter", "Links found in the cache")       \
    X(cache_misses, "jalond_link_cache_misses_total", "", "counter",                               \
      "Links that had to be looked up in the store")                                               \
    X(lookups, "jalond_store_lookups_total", "", "counter", "Look-ups sent to the store")          \
    X(shipped_clicks, "jalond_shipped_clicks_total", "", "counter", "Clicks applied in the store") \
    X(ship_batches, "jalond_ship_batches_total", "", "counter", "Batches applied in the store")    \
    X(ship_refused, "jalond_ship_refused_total", "", "counter",                                    \
      "Batches refused as they did not start at the stored position")                              \
    X(ship_gaps, "jalond_journal_gaps_total", "", "counter",                                       \
      "Stretches of journal that the store asked for and that were not kept any more")             \
    X(journal_damage, "jalond_journal_damage_total", "", "counter",                                \
      "Journal entries that did not pass their checksum")                                          \
    X(journal_unshipped_bytes, "jalond_journal_unshipped_bytes", "", "gauge",                      \
      "Bytes of journal that the store does not have yet")                                         \
    X(journals_left, "jalond_journals_of_earlier_runs", "", "gauge",                               \
      "Journals of earlier runs that are not wholly in the store yet")                             \
    X(store_connected, "jalond_store_connections", "", "gauge",                                    \
      "Workers that are connected to all of the store that they use")                              \
    X(store_nodes, "jalond_store_nodes", "", "gauge",                                              \
      "Servers that hold what workers use of the store, once for each worker")                     \
    X(store_nodes_connected, "jalond_store_nodes_connected", "", "gauge",                          \
      "Those of them that are connected")                                                          \
    X(store_moves, "jalond_store_moves_total", "", "counter",                                      \
      "Parts of the store, of 17 a worker, that were found on another server than before")         \
    X(store_redirections, "jalond_store_redirections_total", "", "counter",                        \
      "Commands that a server of a cluster sent on to another")

struct counters { /* cache lines of their own, as each worker writes its */
#define COUNTER_FIELD(field, name, labels, type, help) _Atomic uint64_t field;
    COUNTERS(COUNTER_FIELD)
#undef COUNTER_FIELD
} __attribute__((aligned(64)));

/* For the one writer. */
#define counter_add(counters, field, by)                                                           \
    atomic_store_explicit(&(counters)->field,                                                      \
                          atomic_load_explicit(&(counters)->field, memory_order_relaxed) + (by),   \
                          memory_order_relaxed)
#define counter_set(counters, field, value)                                                        \
    atomic_store_explicit(&(counters)->field, (value), memory_order_relaxed)
#define counter_get(counters, field) atomic_load_explicit(&(counters)->field, memory_order_relaxed)

/* The Prometheus text (exposition format 0.0.4) of the sum over `all`. */
void counters_write(struct buffer *out, struct counters *const *all, size_t count);
#endif
