/* Orders in the order of their time, in windows, so that memory does not grow with what the records hold. */
#include "core/ledger/zone.h"
#include "core/registry/campaign_names.h"
#include "core/registry/conversion_answer.h"
#include "core/registry/lookup.h"
#include "core/registry/member_list.h"

#define WINDOW 500

struct range {
    int64_t from_ms, to_ms; /* to is exclusive */
};

struct conversion_listing {
    struct registry *registry;
    struct draft *draft; /* of this window */
    const struct campaign_view *campaign;
    struct slice creator; /* empty: all */
    thing_visit *visit;
    void *context;
};

/* RFC 3339, or a day of the campaign's zone: its start, or for `is_end` the start of the next one. */
static int read_bound(int64_t *ret_ms, struct slice text, const char *name, bool is_end,
                      const struct campaign_view *campaign, struct problem *problem)
{
    date_day day;
    if (!text.size || !moment_parse(ret_ms, text))
        return JALON_OK;
    if (date_parse(&day, text))
        return problem_field(problem, name, "write a date, or a time as RFC 3339 has it");
    struct zone *zone;
    int err = zone_open(&zone, campaign->timezone);
    if (err)
        return err;
    *ret_ms = zone_day_start_ms(zone, day + is_end);
    (void)zone_free(zone); /* read, and no longer needed */
    return JALON_OK;
}

static bool is_credited(const json_t *thing, struct slice creator)
{
    size_t i;
    json_t *credit;
    json_array_foreach(json_object_get(thing, "credits"), i,
                       credit) if (slice_equal(thing_text(credit, "creator"), creator)) return true;
    return false;
}

static int take_order(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct conversion_listing *listing = context;
    (void)field;
    if (!version)
        return JALON_OK; /* its index was written by a server that lost the record since */
    json_t *thing;
    int err = conversion_answer(listing->draft, listing->campaign, json, true, &thing);
    if (err)
        return err;
    if (!listing->creator.size || is_credited(thing, listing->creator))
        err = listing->visit(listing->context, thing);
    json_decref(thing);
    return err;
}

/* The records of a window are kept before the first is shown: showing one may ask the store for a link. */
static int show_window(struct conversion_listing *listing, const struct slice *ids, size_t count)
{
    const struct campaign_view *campaign = listing->campaign;
    struct key key = key_orders(campaign->brand, campaign->slug);
    int err = draft_new(&listing->draft, listing->registry->store);
    if (!err)
        err = draft_fetch(listing->draft, &key, ids, count);
    for (size_t i = 0; i < count && !err; i++) {
        struct slice json;
        err = draft_get(listing->draft, &key, ids[i], &json);
        if (!err)
            err = take_order(listing, ids[i], json.size != 0, json);
    }
    listing->draft = draft_free(listing->draft);
    return err;
}

static int show_range(struct conversion_listing *listing, struct range range)
{
    const struct campaign_view *campaign = listing->campaign;
    struct member_list ids = {0};
    struct key times = key_order_times(campaign->brand, campaign->slug);
    int err = store_sorted_each(listing->registry->store, &times, range.from_ms, range.to_ms,
                                member_list_take, &ids);
    for (size_t at = 0; at < ids.count && !err; at += WINDOW) {
        size_t left = ids.count - at;
        err = show_window(listing, ids.members + at, left < WINDOW ? left : WINDOW);
    }
    member_list_done(&ids);
    return err;
}

static int list_campaign(struct conversion_listing *listing, struct slice slug,
                         const struct list_filter *filter, struct problem *problem)
{
    struct draft *draft;
    int err = draft_new(&draft, listing->registry->store);
    if (err)
        return err;
    struct range range = {INT64_MIN, INT64_MAX};
    err = lookup_campaign(listing->registry, draft, slug, NULL, &listing->campaign, problem);
    if (!err)
        err = read_bound(&range.from_ms, filter->from, "from", false, listing->campaign, problem);
    if (!err)
        err = read_bound(&range.to_ms, filter->to, "to", true, listing->campaign, problem);
    if (!err)
        err = show_range(listing, range);
    (void)draft_free(draft); /* NULL, not needed */
    return err;
}

int conversion_each(struct registry *registry, struct slice campaign, const struct slice *ids,
                    size_t count, thing_visit *visit, void *context, struct problem *problem)
{
    struct conversion_listing listing = {
        .registry = registry,
        .visit = visit,
        .context = context,
    };
    struct draft *draft;
    int err = draft_new(&draft, registry->store);
    if (err)
        return lookup_failed(problem, err);
    err = lookup_campaign(registry, draft, campaign, NULL, &listing.campaign, problem);
    if (!err)
        err = show_window(&listing, ids, count);
    (void)draft_free(draft); /* NULL, not needed */
    return err ? lookup_failed(problem, err) : JALON_OK;
}

int conversion_list(struct registry *registry, const struct list_filter *filter, thing_visit *visit,
                    void *context, struct problem *problem)
{
    struct campaign_names names;
    int err = lookup_filter_creator(registry, filter->creator, problem);
    if (!err)
        err = campaign_names_read(registry, filter->campaign, &names, problem);
    if (err)
        return err;
    struct conversion_listing listing = {
        .registry = registry,
        .creator = filter->creator,
        .visit = visit,
        .context = context,
    };
    for (size_t i = 0; i < names.count && !err; i++)
        err = list_campaign(&listing, slice_of_string(names.items[i].slug), filter, problem);
    campaign_names_done(&names);
    return err ? lookup_failed(problem, err) : JALON_OK;
}
