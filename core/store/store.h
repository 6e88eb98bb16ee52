/* store.h - the store as commands, clerks and reports see it: blocking, durable, one writer's door.
 *
 * Every write goes through store_put(): a compare-and-set in Redis, then its effect into the folder's
 * redo log, synced, then the answer. Every read that a change is based on gives the version that
 * the put must name. Belongs to one thread at a time. */
#ifndef STORE_STORE_H
#define STORE_STORE_H
#include "core/base/problem.h"
#include "core/store/cluster_map.h"
#include "core/store/schema.h"
#include "core/traffic/click_class.h"

struct store;
struct redo; /* redo.h */

struct store_options {
    const char *folder;
    const char
        *redis; /* the setting store.redis: "embedded", "redis://…", "unix:…", "cluster://…" */
    unsigned timeout_ms; /* of connecting and of each answer */
    bool
        may_start_embedded; /* start the embedded store when it is down; ended with this handle, unless
                                 somebody else is connected to it then */
    struct redo *redo; /* shared by the stores of a process, which outlives them; NULL: its own */
};

/* Connects, checks the server's version (Redis >= 7 or Valkey), installs the functions when they are
 * missing or of another version, and replays the folder's redo log when the server is not the run that
 * was last replayed to; of a cluster all this with each primary. JALON_UNAVAILABLE, JALON_UNSUPPORTED, JALON_INVALID (a bad store.redis);
 * *problem says more. */
CHECKED int store_open(struct store **ret_store, const struct store_options *options,
                       struct problem *problem);
struct store *store_free(struct store *store); /* accepts NULL */

/* After an error, or when the server hung up meanwhile, every call reconnects first, once. Any call may return
 * JALON_UNAVAILABLE; JALON_BAD_REPLY (a key of another type, say), JALON_DAMAGED (a record that is none),
 * JALON_NO_MEMORY. The program ignores SIGPIPE. */

struct record {       /* a versioned record as read; `json` borrows from `text` */
    uint64_t version; /* 0: absent */
    struct buffer text;
    struct slice json;
};

void record_done(struct record *record);

/* JALON_OK with version 0 when there is none. On success the caller ends *ret_record. */
CHECKED int store_get(struct store *store, struct record *ret_record, const struct key *key,
                      struct slice field);

/* Each record of a hash, once, in no order; in bounded pieces where it is large. A callback's error ends the
 * walk and is returned. Slices live for the call only; the callback does not use the store. */
typedef int record_visit(void *context, struct slice field, uint64_t version, struct slice json);
CHECKED int store_each(struct store *store, const struct key *key, record_visit *visit,
                       void *context);

/* Records of many fields in one or few round trips: visit is called for each field in turn, version 0
 * and empty json for an absent one; it does not use the store. */
CHECKED int store_get_many(struct store *store, const struct key *key, const struct slice *fields,
                           size_t count, record_visit *visit, void *context);

/* The record of each link of a campaign, by its id in 16 hex digits, once, in no order; version 0 and empty json for one that went
 * with a server that lost its tail, and left its id. `visit` does not use the store. JALON_DAMAGED: an id is none. */
CHECKED int store_links_each(struct store *store, struct slice campaign, record_visit *visit,
                             void *context);

struct index_entry { /* an index in the same slot as the record, added to with it */
    const struct key *key;
    struct slice member;
    bool is_sorted; /* zset with `score`, else set */
    int64_t score;
    bool is_counted; /* it counts towards a limit, until it is freed for good; has no score */
    bool is_freed;
    bool is_there; /* it counts since before: for drafts, which count what they add */
    bool
        is_over; /* so it was judged: `limit` others count already; JALON_CONFLICT if it is not so */
    uint64_t limit; /* 0: none, and is_over is not looked at */
};

struct
    put_basis { /* a record in the same slot, by which a put was judged: JALON_CONFLICT when it has another version */
    const struct key *key;
    struct slice field;
    uint64_t version; /* 0: absent */
};

struct put {
    const struct key *key;
    struct slice field, json;
    uint64_t expected_version; /* 0: must be absent */
    bool
        is_known; /* it was read so, in that version: made durable here as well, and nothing else */
    const struct put_basis *basis; /* NULL: none. Puts of one basis share it. */
    const struct index_entry *indexes;
    size_t index_count;
    struct slice change; /* message for the channel, e.g. "campaign spring-trail"; empty: none */
};

/* JALON_CONFLICT when the stored version is another, or that of its basis, or a limit was misjudged. JALON_UNAVAILABLE, JALON_IO (the redo
 * log): it may or may not have been applied, the caller reads again before it repeats. Durable when it returns
 * JALON_OK. */
CHECKED int store_put(struct store *store, const struct put *put);
/* Many puts, of different fields. Those of one hash that follow each other go in calls of up to 128, of which all are
 * applied or none, unless they are known or have a limit; and up to 2 048 with one sync, while the store is at work on
 * those behind them. ret_errors[i] is each one's outcome, as store_put() would return it, or that of another of its
 * call; JALON_OK when all of them are told there. */
CHECKED int store_put_many(struct store *store, const struct put *puts, size_t count,
                           int *ret_errors);

/* Rewrites the folder's redo log without what the record was before its present version, and asks the server to rewrite
 * its AOF. JALON_IO. */
CHECKED int store_forget(struct store *store, const struct key *key, struct slice field);

/* `count` serials never handed out before under `name`, all of them below `max` (at most 2^53); the first of
 * them, 0 for the very first. JALON_FULL when they do not fit; JALON_BAD_ARGUMENT. */
CHECKED int store_reserve(struct store *store, uint64_t *ret_first, struct slice name,
                          uint64_t count, uint64_t max);

/* Figures. */
typedef int member_visit(void *context, struct slice member);
CHECKED int store_set_each(struct store *store, const struct key *key, member_visit *visit,
                           void *context); /* members of a set, in no order */
/* Members of a zset with from <= score < to, by score, in bounded pieces. Scores are below 2^53. */
CHECKED int store_sorted_each(struct store *store, const struct key *key, int64_t from, int64_t to,
                              member_visit *visit, void *context);
/* The records of `hash` whose fields are members of a zset of the same slot with from <= score < to, by score; version 0 for
 * one that is absent. `visit` does not use the store. */
CHECKED int store_sorted_get_each(struct store *store, const struct key *index,
                                  const struct key *hash, int64_t from, int64_t to,
                                  record_visit *visit, void *context);
/* How many members of each index with is_counted count, pipelined; 0 for an absent one. */
CHECKED int store_counted(struct store *store, uint64_t *ret_counts, const struct key *keys,
                          size_t count);
/* For each name, whether store_reserve() ever handed out a serial under it. */
CHECKED int store_are_reserved(struct store *store, bool *ret_are_reserved,
                               const struct slice *names, size_t count);
/* Counter hashes of many keys, of any partition, pipelined, in the order of the keys: visit(context, index of the key,
 * field, count). A key that is absent is not visited, one given twice is visited twice. */
typedef int counter_visit(void *context, size_t index, struct slice field, int64_t count);
CHECKED int store_counters_each(struct store *store, const struct key *keys, size_t count,
                                counter_visit *visit, void *context);
#define STORE_DAY_MAX (INT32_MAX - 64)
#define STORE_FEW_DAYS 12 /* so few are asked for one by one, of more all that there are */
/* The clicks of links on the UTC days from `first` to `last`, both 0 to STORE_DAY_MAX, pipelined, in the order of the links:
 * visit(context, index of the link, day, class, clicks). A day's class may come twice: its clicks are the sum. */
typedef int day_visit(void *context, size_t index, int32_t day, enum click_class class,
                      int64_t count);
CHECKED int store_days_each(struct store *store, const uint64_t *link_ids, size_t count,
                            int32_t first, int32_t last, day_visit *visit, void *context);
struct day_of_link {
    uint64_t link_id;
    int32_t day; /* UTC */
};
/* The same by quarter-hours of a day, 0 to 95: visit(context, index in `days`, quarter, class, clicks). Days of a link that
 * follow each other ascending cost the least. */
typedef int quarter_visit(void *context, size_t index, unsigned quarter, enum click_class class,
                          int64_t count);
CHECKED int store_quarters_each(struct store *store, const struct day_of_link *days, size_t count,
                                quarter_visit *visit, void *context);
/* Of each partition the day up to which all is sealed (store_seal.h); -1: none is known to be. */
CHECKED int store_sealed_until(struct store *store, int32_t ret_days[SCHEMA_PARTITIONS]);
struct
    visitors_read { /* of a link, on days[first] and those that follow: ascending, the same one more than once or not */
    uint64_t link_id;
    size_t first, count; /* up to some hundred */
};
/* Visitors of links and days, HyperLogLogs, pipelined: visit(context, index in `days`, value), those of a read after those of the
 * reads before it. A day without any is not visited; one may be visited twice, and has the visitors of both. */
typedef int visitors_visit(void *context, size_t at, struct slice value);
CHECKED int store_visitors_each(struct store *store, const struct visitors_read *reads,
                                size_t count, const int32_t *days, visitors_visit *visit,
                                void *context);
/* Elements of a list in order, in bounded pieces. */
CHECKED int store_list_each(struct store *store, const struct key *key, member_visit *visit,
                            void *context);
/* How many elements each list has, pipelined; 0 for an absent one. */
CHECKED int store_list_sizes(struct store *store, uint64_t *ret_sizes, const struct key *keys,
                             size_t count);

/* Reconnects when it has to, with all that store_open() does: version, functions, replay. Of a cluster it asks each time who
 * the primaries are. */
CHECKED int store_ping(struct store *store);

/* The map that the store goes by now. JALON_NOT_FOUND: the store is no cluster. */
CHECKED int store_cluster_map(struct store *store, struct cluster_map *ret_map);

/* For doctors. Of a cluster: of the primary that is worst off, but for the memory, which is of all together, and the clock,
 * which is the one furthest from ours. */
struct store_health {
    char node
        [CLUSTER_NODE_TEXT]; /* which one; "" when all is well with each, or there is no cluster */
    bool is_aof_enabled, is_last_write_ok; /* the AOF's last write */
    char appendfsync[16];                  /* "" where CONFIG is forbidden */
    char maxmemory_policy[24];
    int64_t server_ms; /* the server's clock, since 1970 */
    uint64_t used_bytes;
    char role[12];
};
CHECKED int store_health(struct store *store, struct store_health *ret_health);

/* Server name and version, e.g. "redis 7.0.15"; static to the handle. */
const char *store_server(const struct store *store);
/* What somebody should know of the last replay of the redo log (damage met, conflicts); "": nothing. */
const char *store_warning(const struct store *store);
/* Why the last attempt to connect failed. */
const struct problem *store_problem(const struct store *store);
#endif
