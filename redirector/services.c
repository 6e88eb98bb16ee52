#include "redirector/services.h"

#include "core/sign/visitor.h"
#include "core/store/folder.h"
#include "redirector/changes.h"
#include "redirector/click_log.h"
#include "redirector/counters.h"
#include "redirector/flusher.h"
#include "redirector/keeper.h"
#include "redirector/log.h"
#include "redirector/resolver.h"
#include "redirector/server.h"
#include "redirector/shipper.h"
#include "redirector/store_nodes.h"
#include "redirector/store_reads.h"
#include "redirector/timer.h"
#include "redirector/worker.h"

#include <stdlib.h>
#include <unistd.h>

#define AGENT_SLOTS 4096 /* distinct User-Agents that a worker remembers */
#define COMMAND_TIMEOUT_MS 3000
#define DRAIN_MS 5000     /* for clicks to reach a store that answers */
#define DRAIN_AWAY_MS 500 /* for a store that does not */

struct services { /* what only this file needs */
    struct worker *worker;
    char folder[FOLDER_PATH_MAX]; /* DIR/journal */
    struct store_nodes *nodes;
    struct store_reads *reads;
    struct changes *changes;
    struct timer *synced;
    int64_t drain_ms; /* when draining began; monotonic; 0: not yet */
    bool is_informed; /* all campaigns were read once */
    uint32_t homes;   /* that could be reached, as last heard */
};

/* what the channel of changes says */

static void hear_link_changed(void *context, uint64_t link_id)
{
    struct services *services = context;
    resolver_link_changed(services->worker->resolver, link_id);
}

static void hear_campaign_changed(void *context, struct slice slug)
{
    struct services *services = context;
    if (store_reads_ask_campaign(services->reads, slug) != JALON_OK)
        store_reads_all_campaigns(services->reads); /* when the store is back */
}

static void hear_renewed(void *context)
{
    struct services *services = context;
    resolver_renew(services->worker->resolver);
    store_reads_all_campaigns(services->reads);
}

/* what the connections to the store say */

/* A home that is back, or on another server, may be older than what was read of it. A single server's subscription ends with
 * it, so that is said there; a cluster's may be on another node. */
static void hear_reached(void *context, uint32_t homes)
{
    struct services *services = context;
    struct worker *worker = services->worker;
    uint32_t come = homes & ~services->homes;
    bool was_whole = services->homes == STORE_ALL_HOMES, is_whole = homes == STORE_ALL_HOMES;
    services->homes = homes;
    counter_set(worker->counters, store_connected, is_whole);
    if (come && keeper_topology(worker->server->keeper))
        hear_renewed(services);
    if (come)
        store_reads_reached(services->reads);
    resolver_set_homes(worker->resolver, homes);
    store_reads_tick(services->reads);
    if (is_whole && !was_whole)
        shipper_connected(worker->shipper);
    else if (was_whole && !is_whole)
        shipper_lost(worker->shipper);
}

static void hear_doubted(void *context)
{
    struct services *services = context;
    keeper_look_soon(services->worker->server->keeper);
}

static int find_address(void *context, struct redis_address *ret_address)
{
    struct services *services = context;
    return keeper_find_address(services->worker->server->keeper, ret_address);
}

static void hear_synced(void *context)
{
    struct services *services = context;
    struct worker *worker = services->worker;
    uint64_t count;
    ssize_t got =
        read(flusher_synced_fd(worker->server->flusher, worker->index), &count, sizeof count);
    (void)got; /* emptied is all that matters */
    click_log_resume(worker->click_log, worker->monotonic_ms);
}

/* starting */

/* The snapshot and what depends on it, both or none. */
static int take_snapshot(struct worker *worker)
{
    const struct snapshot *snapshot = snapshot_hold(worker->server);
    struct agent_matcher *matcher;
    int err = agent_matcher_new(&matcher, snapshot->agents, AGENT_SLOTS);
    if (err) {
        snapshot_release(worker->server, snapshot);
        return err;
    }
    agent_matcher_free(worker->agent_matcher);
    snapshot_release(worker->server, worker->snapshot);
    worker->agent_matcher = matcher;
    worker->snapshot = snapshot;
    return JALON_OK;
}

static int start_visitors(struct worker *worker)
{
    char path[FOLDER_PATH_MAX];
    int err = folder_path(path, worker->server->folder, "visitor.keys");
    if (!err)
        err = visitor_keys_open(&worker->visitor_keys, path, worker->now_ms);
    if (err)
        log_error("%s/visitor.keys: %s", worker->server->folder, jalon_error_text(err));
    return err;
}

/* This worker's share of journal.max_size: all the folder may take, less what earlier runs left in it. */
static uint64_t journal_share(const struct worker *worker)
{
    const struct settings *settings = &worker->snapshot->settings;
    const struct server *server = worker->server;
    uint64_t left = server->left_behind_bytes < settings->journal_max_bytes
                        ? settings->journal_max_bytes - server->left_behind_bytes
                        : 0;
    uint64_t share = left / server->worker_count;
    uint64_t least = 2 * settings->journal_segment_bytes;
    return share > least ? share : least;
}

static int start_journal(struct worker *worker, const char *folder)
{
    const struct settings *settings = &worker->snapshot->settings;
    struct server *server = worker->server;
    struct click_log_options options = {
        .journal = {.folder = folder,
                    .segment_bytes = settings->journal_segment_bytes,
                    .max_bytes = journal_share(worker)},
        .nonce_keys = server->nonce_keys,
        .worker_index = worker->index};
    int err = click_log_open(&worker->click_log, &options);
    if (err)
        log_error("%s: no journal can be made there: %s", folder, jalon_error_text(err));
    else
        flusher_take_journal(server->flusher, worker->index, click_log_journal(worker->click_log));
    return err;
}

static int start_store(struct services *services)
{
    struct worker *worker = services->worker;
    struct store_nodes_options nodes = {.worker = worker,
                                        .timeout_ms = COMMAND_TIMEOUT_MS,
                                        .find_address = find_address,
                                        .topology = keeper_topology(worker->server->keeper),
                                        .doubted = hear_doubted,
                                        .reached = hear_reached,
                                        .context = services};
    int err = store_nodes_new(&services->nodes, &nodes);
    if (!err)
        err = store_reads_new(&services->reads, worker, services->nodes);
    if (err)
        return err;
    struct changes_options changes = {.worker = worker,
                                      .nodes = services->nodes,
                                      .link_changed = hear_link_changed,
                                      .campaign_changed = hear_campaign_changed,
                                      .renewed = hear_renewed,
                                      .context = services};
    return changes_new(&services->changes, &changes);
}

static int start_resolver(struct services *services)
{
    struct worker *worker = services->worker;
    struct resolver_options options = {.worker = worker,
                                       .max_links = worker->snapshot->settings.cache_links,
                                       .ask_link = store_reads_ask_link,
                                       .ask_campaign = store_reads_ask_campaign,
                                       .context = services->reads};
    int err = resolver_new(&worker->resolver, &options);
    if (!err)
        store_reads_serve(services->reads, worker->resolver);
    return err;
}

static int start_shipper(struct services *services)
{
    struct worker *worker = services->worker;
    struct server *server = worker->server;
    bool is_first = worker->index == 0;
    struct shipper_options options = {.worker = worker,
                                      .nodes = services->nodes,
                                      .flusher = server->flusher,
                                      .folder = services->folder,
                                      .journal = click_log_journal(worker->click_log),
                                      .left_behind = is_first ? server->left_behind : NULL,
                                      .stored = flusher_stored(server->flusher, worker->index)};
    int err = shipper_new(&worker->shipper, &options);
    if (err)
        return err;
    return timer_watch(&services->synced, worker, flusher_synced_fd(server->flusher, worker->index),
                       hear_synced, services);
}

int services_start(struct worker *worker)
{
    struct server *server = worker->server;
    struct services *services = calloc(1, sizeof *services);
    if (!services)
        return JALON_NO_MEMORY;
    services->worker = worker;
    worker->services = services;
    worker->counters = &server->counters[worker->index];
    int err = folder_path(services->folder, server->folder, JOURNAL_FOLDER);
    if (!err)
        err = take_snapshot(worker);
    if (!err)
        err = start_visitors(worker);
    if (!err)
        err = start_journal(worker, services->folder);
    if (!err)
        err = start_store(services);
    if (!err)
        err = start_resolver(services);
    if (!err)
        err = start_shipper(services);
    return err;
}

/* running */

void services_turn_begin(struct worker *worker)
{
    struct server *server = worker->server;
    if (!snapshot_is_current(server, worker->snapshot))
        (void)take_snapshot(
            worker); /* out of memory: the old one serves on, the next turn tries again */
    struct visitor_keys *keys = flusher_take_keys(server->flusher, worker->index);
    if (keys) {
        visitor_keys_free(worker->visitor_keys);
        worker->visitor_keys = keys;
    }
}

void services_turn_end(struct worker *worker)
{
    store_nodes_flush(worker->services->nodes);
    shipper_publish(worker->shipper);
    if (click_log_has_waiting(worker->click_log))
        flusher_wake(worker->server->flusher);
}

void services_tick(struct worker *worker)
{
    struct services *services = worker->services;
    store_nodes_tick(services->nodes);
    store_reads_tick(services->reads);
    changes_tick(services->changes);
    resolver_tick(worker->resolver);
    click_log_resume(worker->click_log, worker->monotonic_ms);
    shipper_tick(worker->shipper);
    if (!services->is_informed && store_reads_is_complete(services->reads)) {
        services->is_informed = true;
        atomic_fetch_add_explicit(&worker->server->informed_count, 1, memory_order_release);
    }
}

bool services_drained(struct worker *worker)
{
    struct services *services = worker->services;
    if (services->drain_ms == 0)
        services->drain_ms = worker->monotonic_ms;
    if (shipper_drain(worker->shipper))
        return true;
    int64_t patience = services->homes == STORE_ALL_HOMES ? DRAIN_MS : DRAIN_AWAY_MS;
    return worker->monotonic_ms - services->drain_ms > patience;
}

void services_stop(struct worker *worker)
{
    struct services *services = worker->services;
    if (!services)
        return;
    timer_free(services->synced);
    store_nodes_free(services->nodes);
    changes_free(services->changes);
    worker->shipper = shipper_free(worker->shipper);
    worker->resolver = resolver_free(worker->resolver);
    store_reads_free(services->reads);
    worker->click_log = click_log_free(worker->click_log);
    worker->visitor_keys = visitor_keys_free(worker->visitor_keys);
    worker->agent_matcher = agent_matcher_free(worker->agent_matcher);
    snapshot_release(worker->server, worker->snapshot);
    worker->snapshot = NULL;
    worker->services = NULL;
    free(services);
}
