/* A listing's row is all that a creator costs on a day: the columns of the import file. */
#include "core/registry/campaign_names.h"
#include "core/registry/cost_view.h"
#include "core/registry/listing.h"
#include "core/registry/lookup.h"
#include "core/registry/thing.h"
#include "core/store/store.h"

struct cost_listing {
    struct slice campaign, creator; /* creator: empty for all */
    struct listing records;         /* by field, so that those of a creator and day are together */
};

static int take_record(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct cost_listing *listing = context;
    (void)version;
    struct slice rest = field;
    struct slice creator = slice_take(&rest, '/');
    if (listing->creator.size && !slice_equal(listing->creator, creator))
        return JALON_OK;
    json_t *record = json_loadb(json.data, json.size, 0, NULL);
    if (!thing_text(record, "value").size) {
        json_decref(record);
        return JALON_DAMAGED;
    }
    return listing_add(&listing->records, field, record);
}

/* "CREATOR/DATE/KIND": the part before the kind, and the kind. */
static struct slice day_of(const char *field, struct slice *ret_kind)
{
    struct slice rest = slice_of_string(field);
    struct slice creator = slice_take(&rest, '/');
    struct slice date = slice_take(&rest, '/');
    *ret_kind = rest;
    return slice_of(field, creator.size + 1 + date.size);
}

/* The records of one creator and day from `first` on; *ret_next is the first of another. */
static int thing_of_day(const struct cost_listing *listing, size_t first, size_t *ret_next,
                        json_t **ret_thing)
{
    const struct listed *items = listing->records.items;
    struct slice kind, day = day_of(items[first].key, &kind), date = day;
    struct slice creator = slice_take(&date, '/');
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "campaign", listing->campaign);
    thing_put_text(&thing, "creator", creator);
    thing_put_text(&thing, "date", date);
    for (unsigned i = 0; i < COST_KIND_COUNT; i++)
        thing_put(&thing, cost_kind_name((enum cost_kind)i), json_null());
    int64_t created_ms = 0;
    size_t at = first;
    for (; at < listing->records.count && slice_equal(day_of(items[at].key, &kind), day); at++) {
        enum cost_kind known;
        int64_t ms = thing_number(items[at].thing, "created_ms", 0);
        created_ms = ms > created_ms ? ms : created_ms;
        if (!cost_kind_of(&known, kind))
            thing_put_text(&thing, cost_kind_name(known), thing_text(items[at].thing, "value"));
    }
    thing_put_moment_or_null(&thing, "created_at", created_ms);
    *ret_next = at;
    return thing_end(&thing, ret_thing);
}

static int show_campaign(struct cost_listing *listing, thing_visit *visit, void *context)
{
    listing_sort(&listing->records);
    int err = JALON_OK;
    for (size_t at = 0; at < listing->records.count && !err;) {
        json_t *thing;
        err = thing_of_day(listing, at, &at, &thing);
        if (err)
            break;
        err = visit(context, thing);
        json_decref(thing);
    }
    return err;
}

int cost_list(struct registry *registry, const struct list_filter *filter, thing_visit *visit,
              void *context, struct problem *problem)
{
    struct campaign_names names;
    int err = lookup_filter_creator(registry, filter->creator, problem);
    if (!err)
        err = campaign_names_read(registry, filter->campaign, &names, problem);
    if (err)
        return err;
    for (size_t i = 0; i < names.count && !err; i++) {
        struct cost_listing listing = {
            .campaign = slice_of_string(names.items[i].slug),
            .creator = filter->creator,
        };
        struct key key = key_costs(listing.campaign);
        err = store_each(registry->store, &key, take_record, &listing);
        if (!err)
            err = show_campaign(&listing, visit, context);
        listing_done(&listing.records);
    }
    campaign_names_done(&names);
    return err ? lookup_failed(problem, err) : JALON_OK;
}
