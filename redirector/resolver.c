/* resolver.c - see resolver.h.
 *
 * A link in the cache:
 *
 *   absent ──resolver_hear_link──▶ fresh ──resolver_link_changed, resolver_renew──▶ stale
 *                                    ▲                                               │
 *                                    └──────────────resolver_hear_link───────────────┘
 *
 * Fresh is entry->generation == resolver->generation. A stale one is asked for again when it is next used; while the store
 * is away, or past the exchange's deadline, it is served as it is. What the store has lost (it came back
 * older) is served as it is, too, since records are never deleted.
 *
 * A portable link comes out of its token, so it is in the cache from the first click on; the store is
 * asked beside that only whether somebody disabled it. The click waits for that a moment, and goes on without.
 *
 * An answer that was on its way when the channel named its link may be older than the change: it is
 * used, and stays stale. */
#include "redirector/resolver.h"

#include "core/registry/link_view.h"
#include "core/sign/token.h"
#include "jalon/link.h"
#include "redirector/campaigns.h"
#include "redirector/counters.h"
#include "redirector/exchange.h"
#include "redirector/log.h"
#include "redirector/lookups.h"
#include "redirector/route.h"
#include "redirector/unknown_slugs.h"
#include "redirector/worker.h"

#include <stdlib.h>
#include <xxhash.h>

#define PORTABLE_WAIT_MS                                                                           \
    250              /* a portable link works without the store, so a slow one is not waited for */
#define AWAY_MS 1000 /* the store is gone for longer: new misses don't wait for it */

struct resolver {
    struct resolver_options options;
    struct link_cache *cache;
    struct campaigns *campaigns;
    struct lookups *lookups;
    struct unknown_slugs *unknown_slugs;
    uint32_t generation; /* from 1 */
    uint32_t homes_up;
    int64_t down_since_ms[STORE_HOMES]; /* monotonic */
    bool has_lost;                      /* a look-up that was not answered */
};

int resolver_new(struct resolver **ret_resolver, const struct resolver_options *options)
{
    struct resolver *resolver = calloc(1, sizeof *resolver);
    if (!resolver)
        return JALON_NO_MEMORY;
    resolver->options = *options;
    resolver->generation = 1;
    for (unsigned home = 0; home < STORE_HOMES; home++)
        resolver->down_since_ms[home] = options->worker->monotonic_ms;
    int err = link_cache_new(&resolver->cache, options->max_links);
    if (!err)
        err = campaigns_new(&resolver->campaigns);
    if (!err)
        err = lookups_new(&resolver->lookups);
    if (!err)
        err = unknown_slugs_new(&resolver->unknown_slugs);
    if (err) {
        resolver_free(resolver);
        return err;
    }
    *ret_resolver = resolver;
    return JALON_OK;
}

struct resolver *resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return NULL;
    lookups_free(resolver->lookups);
    unknown_slugs_free(resolver->unknown_slugs);
    link_cache_free(resolver->cache);
    campaigns_free(resolver->campaigns);
    free(resolver);
    return NULL;
}

static int64_t now_of(const struct resolver *resolver)
{
    return resolver->options.worker->monotonic_ms;
}

static const struct snapshot *snapshot_of(const struct resolver *resolver)
{
    return resolver->options.worker->snapshot;
}

static struct counters *counters_of(const struct resolver *resolver)
{
    return resolver->options.worker->counters;
}

static bool is_late(const struct resolver *resolver, const struct exchange *exchange)
{
    return exchange->deadline_ms != 0 && exchange->deadline_ms <= now_of(resolver);
}

static bool is_up(const struct resolver *resolver, unsigned home)
{
    return resolver->homes_up & store_home_bit(home);
}

/* Is it of use to ask? A home that went away just now may be back at once. */
static bool is_near(const struct resolver *resolver, unsigned home)
{
    return is_up(resolver, home) || now_of(resolver) - resolver->down_since_ms[home] < AWAY_MS;
}

static unsigned home_of(const struct lookup *lookup)
{
    return lookup->kind == LOOKUP_LINK ? schema_partition(lookup->id) : STORE_HOME_SHARED;
}

/* Sends the look-up unless it is on its way, or its home is away: resolver_set_homes() sends it then. */
static void send_lookup(struct resolver *resolver, struct lookup *lookup)
{
    const struct resolver_options *options = &resolver->options;
    if (lookup->is_sent || !is_up(resolver, home_of(lookup)))
        return;
    int err =
        lookup->kind == LOOKUP_LINK
            ? options->ask_link(options->context, lookup->id)
            : options->ask_campaign(options->context, slice_of(lookup->key, lookup->key_size));
    if (err)
        return;
    lookup->is_sent = true;
    lookup->is_outdated = false;
    lookup->generation = resolver->generation;
    counter_add(counters_of(resolver), lookups, 1);
}

static enum resolution park(struct resolver *resolver, struct exchange *exchange,
                            struct lookup *lookup)
{
    if (exchange->deadline_ms == 0)
        exchange->deadline_ms = now_of(resolver) + LOOKUP_DEADLINE_MS;
    if (lookups_park(resolver->lookups, lookup, exchange) != JALON_OK)
        return RESOLVE_UNAVAILABLE;
    send_lookup(resolver, lookup);
    return RESOLVE_PARKED;
}

static enum resolution park_on_link(struct resolver *resolver, struct exchange *exchange,
                                    enum link_kind kind, struct slice key, uint64_t link_id)
{
    if (!is_near(resolver, schema_partition(link_id)) || is_late(resolver, exchange))
        return RESOLVE_UNAVAILABLE;
    counter_add(counters_of(resolver), cache_misses, 1);
    struct lookup *lookup;
    if (lookups_open(resolver->lookups, LOOKUP_LINK, link_id, key, &lookup) != JALON_OK)
        return RESOLVE_UNAVAILABLE;
    lookup->link_kind = (uint8_t)kind;
    return park(resolver, exchange, lookup);
}

static unsigned slugs_a_minute(const struct resolver *resolver)
{
    return snapshot_of(resolver)->settings.unknown_slugs;
}

/* The look-up was for a link that is there, or ends without an answer. */
static void pay_back(struct resolver *resolver, struct lookup *lookup)
{
    if (lookup->is_paid)
        unknown_slugs_give_back(resolver->unknown_slugs, lookup->payer, slugs_a_minute(resolver));
    lookup->is_paid = false;
}

/* A slug is no secret and bears no signature: whoever asks for one that is not in the cache pays for its look-up in
 * advance, so that a flood can't have more on their way than it may have in all. Who waits for what another asked pays
 * nothing. */
static enum resolution park_on_slug(struct resolver *resolver, struct exchange *exchange,
                                    struct slice slug, uint64_t link_id)
{
    if (!is_near(resolver, schema_partition(link_id)) || is_late(resolver, exchange))
        return RESOLVE_UNAVAILABLE;
    if (lookups_find(resolver->lookups, LOOKUP_LINK, link_id))
        return park_on_link(resolver, exchange, LINK_VANITY, slug, link_id);

    struct address visitor = exchange_visitor(exchange);
    uint64_t payer = unknown_slugs_source(&visitor);
    if (!unknown_slugs_take(resolver->unknown_slugs, payer, now_of(resolver),
                            slugs_a_minute(resolver))) {
        counter_add(counters_of(resolver), slugs_limited, 1);
        return RESOLVE_LIMITED;
    }
    enum resolution resolution = park_on_link(resolver, exchange, LINK_VANITY, slug, link_id);
    struct lookup *lookup = lookups_find(resolver->lookups, LOOKUP_LINK, link_id);
    if (lookup) {
        lookup->is_paid = true;
        lookup->payer = payer;
    } else {
        unknown_slugs_give_back(resolver->unknown_slugs, payer, slugs_a_minute(resolver));
    }
    return resolution;
}

static uint64_t campaign_id(struct slice slug)
{
    return XXH3_64bits(slug.data, slug.size);
}

/* The link is there; is its campaign? */
static enum resolution with_campaign(struct resolver *resolver, struct exchange *exchange,
                                     struct link_entry *entry)
{
    struct campaign *campaign = entry->campaign;
    if (campaign->is_known) {
        exchange->link = entry;
        return RESOLVE_FOUND;
    }
    if (now_of(resolver) < campaign->absent_until_ms)
        return RESOLVE_UNKNOWN;
    if (!is_near(resolver, STORE_HOME_SHARED) || is_late(resolver, exchange))
        return RESOLVE_UNAVAILABLE;
    struct slice slug = slice_of(campaign->slug, campaign->slug_size);
    struct lookup *lookup;
    if (lookups_open(resolver->lookups, LOOKUP_CAMPAIGN, campaign_id(slug), slug, &lookup) !=
        JALON_OK)
        return RESOLVE_UNAVAILABLE;
    return park(resolver, exchange, lookup);
}

static bool is_code_genuine(struct resolver *resolver, struct slice code)
{
    if (jalon_link_code_verify(snapshot_of(resolver)->keys, code.data, code.size, NULL) == JALON_OK)
        return true;
    counter_add(counters_of(resolver), forged_codes, 1);
    return false;
}

/* A key may have been retired since the signature was checked. */
static bool is_entry_genuine(struct resolver *resolver, struct link_entry *entry)
{
    uint32_t generation = (uint32_t)snapshot_of(resolver)->generation;
    if (entry->kind != LINK_SIGNED || entry->keys_generation == generation)
        return true;
    if (!is_code_genuine(resolver, link_entry_key(entry)))
        return false;
    entry->keys_generation = generation;
    return true;
}

void resolver_expect(const struct resolver *resolver, struct slice text, bool is_next)
{
    link_cache_expect(resolver->cache, LINK_SIGNED, slice_first(text, JALON_LINK_CODE_SIZE),
                      is_next);
}

enum resolution resolver_find_code(struct resolver *resolver, struct exchange *exchange,
                                   enum link_kind kind, struct slice key)
{
    struct link_entry *entry = link_cache_find(resolver->cache, kind, key);
    if (entry) {
        if (!is_entry_genuine(resolver, entry)) {
            link_cache_remove(resolver->cache, entry);
            return RESOLVE_UNKNOWN;
        }
        if (entry->generation == resolver->generation) {
            counter_add(counters_of(resolver), cache_hits, 1);
            return with_campaign(resolver, exchange, entry);
        }
        if (is_up(resolver, schema_partition(entry->link_id)) &&
            park_on_link(resolver, exchange, kind, key, entry->link_id) == RESOLVE_PARKED)
            return RESOLVE_PARKED;
        return with_campaign(resolver, exchange, entry); /* stale is better than nothing */
    }
    if (kind == LINK_SIGNED && !is_code_genuine(resolver, key))
        return RESOLVE_UNKNOWN;
    uint64_t link_id;
    if (link_id_of_code(&link_id, key) != JALON_OK)
        return RESOLVE_UNAVAILABLE;
    if (link_cache_is_absent(resolver->cache, link_id, now_of(resolver)))
        return RESOLVE_UNKNOWN;
    return kind == LINK_VANITY ? park_on_slug(resolver, exchange, key, link_id)
                               : park_on_link(resolver, exchange, kind, key, link_id);
}

/* Asks whether the portable link was disabled; true when the exchange is parked until the answer. */
static bool park_on_portable(struct resolver *resolver, struct exchange *exchange,
                             const struct link_entry *entry)
{
    struct lookup *lookup;
    if (!is_up(resolver, schema_partition(entry->link_id)) || is_late(resolver, exchange) ||
        lookups_open(resolver->lookups, LOOKUP_LINK, entry->link_id, SLICE_NONE, &lookup) !=
            JALON_OK)
        return false;
    lookup->link_kind = LINK_PORTABLE;
    send_lookup(resolver, lookup);
    if (exchange->deadline_ms == 0)
        exchange->deadline_ms = now_of(resolver) + PORTABLE_WAIT_MS;
    return lookup->is_sent && lookups_park(resolver->lookups, lookup, exchange) == JALON_OK;
}

static int put_token(struct resolver *resolver, struct slice text, struct link_entry **ret_entry)
{
    struct token token;
    int err = token_read(&token, snapshot_of(resolver)->keys, text);
    if (err)
        return err;
    struct link_fields fields = {.kind = LINK_PORTABLE,
                                 .key = text,
                                 .target = token.target,
                                 .expires_at_ms = token.expires_at * 1000,
                                 .keys_generation = (uint32_t)snapshot_of(resolver)->generation};
    err = token_link_id(&fields.link_id, &token);
    if (err)
        return err;
    err = campaigns_intern(resolver->campaigns, token.campaign, &fields.campaign);
    if (err)
        return err;
    return link_cache_put(resolver->cache, &fields, ret_entry);
}

enum resolution resolver_find_token(struct resolver *resolver, struct exchange *exchange,
                                    struct slice text)
{
    struct link_entry *entry = link_cache_find(resolver->cache, LINK_PORTABLE, text);
    if (entry && entry->keys_generation != (uint32_t)snapshot_of(resolver)->generation) {
        struct token token;
        if (token_read(&token, snapshot_of(resolver)->keys, text) != JALON_OK) {
            link_cache_remove(resolver->cache, entry);
            return RESOLVE_UNKNOWN;
        }
        entry->keys_generation = (uint32_t)snapshot_of(resolver)->generation;
    }
    if (!entry) {
        int err = put_token(resolver, text, &entry);
        if (err == JALON_NO_MEMORY || err == JALON_FULL || err == JALON_CRYPTO)
            return RESOLVE_UNAVAILABLE;
        if (err) {
            counter_add(counters_of(resolver), forged_codes, 1);
            return RESOLVE_UNKNOWN;
        }
    } else {
        counter_add(counters_of(resolver), cache_hits, 1);
    }
    if (entry->generation != resolver->generation && park_on_portable(resolver, exchange, entry))
        return RESOLVE_PARKED;
    return with_campaign(resolver, exchange, entry);
}

static void resume_all(struct exchange *parked)
{
    while (parked) {
        struct exchange *exchange = parked;
        parked = exchange->next_parked;
        exchange->next_parked = NULL;
        exchange->route->handle(exchange); /* may park it again, or end it */
    }
}

/* Past their deadline: each takes what there is. */
static void resume_late(struct resolver *resolver, struct exchange *parked)
{
    for (struct exchange *exchange = parked; exchange; exchange = exchange->next_parked)
        exchange->deadline_ms = now_of(resolver);
    resume_all(parked);
}

/* All entries of that id: a code has one, a portable link one for each token that says the same. */
static void refresh_portable(struct resolver *resolver, const struct lookup *lookup,
                             bool is_disabled)
{
    struct link_entry *entry = link_cache_first(resolver->cache, lookup->id);
    for (; entry; entry = link_cache_next(entry)) {
        if (entry->kind != LINK_PORTABLE)
            continue;
        entry->is_disabled = is_disabled;
        entry->generation = lookup->is_outdated ? 0 : lookup->generation;
    }
}

static int put_code(struct resolver *resolver, const struct lookup *lookup,
                    const struct link_view *view)
{
    struct link_fields fields = {.kind = lookup->link_kind,
                                 .key = slice_of(lookup->key, lookup->key_size),
                                 .target = view->target,
                                 .link_id = lookup->id,
                                 .expires_at_ms = view->expires_at_ms,
                                 .generation = lookup->is_outdated ? 0 : lookup->generation,
                                 .keys_generation = (uint32_t)snapshot_of(resolver)->generation,
                                 .is_disabled = view->is_disabled};
    int err = campaigns_intern(resolver->campaigns, view->campaign, &fields.campaign);
    if (err)
        return err;
    struct link_entry *entry;
    return link_cache_put(resolver->cache, &fields, &entry);
}

static int take_record(struct resolver *resolver, const struct lookup *lookup, struct slice json)
{
    struct link_view view;
    int err = link_view_read(&view, json);
    if (err)
        return err;
    if (lookup->link_kind == LINK_PORTABLE)
        refresh_portable(resolver, lookup, view.is_disabled);
    else
        err = put_code(resolver, lookup, &view);
    link_view_done(&view);
    return err;
}

/* The store has no such record: nobody has the code, or a store that came back older has lost it. */
static void take_absence(struct resolver *resolver, const struct lookup *lookup)
{
    struct link_entry *entry = link_cache_first(resolver->cache, lookup->id);
    if (!entry && !lookup->is_outdated)
        link_cache_put_absent(resolver->cache, lookup->id, now_of(resolver) + ABSENT_MS);
    for (; entry; entry = link_cache_next(entry))
        entry->generation = lookup->is_outdated ? 0 : lookup->generation;
}

void resolver_hear_link(struct resolver *resolver, uint64_t link_id, struct slice json)
{
    struct lookup *lookup = lookups_find(resolver->lookups, LOOKUP_LINK, link_id);
    if (!lookup)
        return;
    int err = JALON_OK;
    if (json.size) {
        err = take_record(resolver, lookup, json);
        pay_back(resolver, lookup);
    } else {
        take_absence(resolver, lookup);
    }
    if (err)
        log_error("link %016llx: its record can't be used: %s", (unsigned long long)link_id,
                  jalon_error_text(err));
    struct exchange *parked = lookups_close(resolver->lookups, lookup);
    if (err)
        resume_late(resolver, parked);
    else
        resume_all(parked);
}

void resolver_hear_campaign(struct resolver *resolver, struct slice slug, struct slice json)
{
    struct campaign *campaign;
    int err = json.size ? campaigns_put(resolver->campaigns, slug, json, &campaign)
                        : campaigns_intern(resolver->campaigns, slug, &campaign);
    if (err)
        log_error("campaign %.*s: its record can't be used: %s", SLICE_ARG(slug),
                  jalon_error_text(err));
    else if (!json.size)
        campaign->absent_until_ms = now_of(resolver) + ABSENT_MS;
    struct lookup *lookup = lookups_find(resolver->lookups, LOOKUP_CAMPAIGN, campaign_id(slug));
    if (!lookup)
        return;
    struct exchange *parked = lookups_close(resolver->lookups, lookup);
    if (err)
        resume_late(resolver, parked);
    else
        resume_all(parked);
}

static void lose(struct resolver *resolver, enum lookup_kind kind, uint64_t id)
{
    struct lookup *lookup = lookups_find(resolver->lookups, kind, id);
    if (!lookup)
        return;
    lookup->is_sent = false;
    resolver->has_lost = true;
    if (lookup->first)
        return;
    pay_back(resolver, lookup);
    (void)lookups_close(resolver->lookups, lookup); /* nobody waits for it */
}

void resolver_lose_link(struct resolver *resolver, uint64_t link_id)
{
    lose(resolver, LOOKUP_LINK, link_id);
}

void resolver_lose_campaign(struct resolver *resolver, struct slice slug)
{
    lose(resolver, LOOKUP_CAMPAIGN, campaign_id(slug));
}

static void send_again(void *context, struct lookup *lookup)
{
    send_lookup(context, lookup);
}

void resolver_set_homes(struct resolver *resolver, uint32_t homes)
{
    uint32_t gone = resolver->homes_up & ~homes, come = homes & ~resolver->homes_up;
    for (unsigned home = 0; home < STORE_HOMES; home++)
        if (gone & store_home_bit(home))
            resolver->down_since_ms[home] = now_of(resolver);
    resolver->homes_up = homes;
    if (come)
        lookups_each(resolver->lookups, send_again, resolver);
}

void resolver_link_changed(struct resolver *resolver, uint64_t link_id)
{
    link_cache_invalidate(resolver->cache, link_id);
    struct lookup *lookup = lookups_find(resolver->lookups, LOOKUP_LINK, link_id);
    if (lookup)
        lookup->is_outdated = true;
}

void resolver_renew(struct resolver *resolver)
{
    if (++resolver->generation == 0)
        resolver->generation = 1;
    link_cache_clear_absent(resolver->cache);
}

static void drop_if_idle(void *context, struct lookup *lookup)
{
    struct resolver *resolver = context;
    if (lookup->is_sent || lookup->first)
        return;
    pay_back(resolver, lookup);
    (void)lookups_close(resolver->lookups, lookup); /* its last exchange gave up */
}

void resolver_tick(struct resolver *resolver)
{
    if (resolver->has_lost) {
        resolver->has_lost = false;
        lookups_each(resolver->lookups, send_again, resolver);
    }
    struct exchange *expired = lookups_expire(resolver->lookups, now_of(resolver));
    if (!expired)
        return;
    lookups_each(resolver->lookups, drop_if_idle, resolver);
    resume_all(expired);
}
