#include "core/registry/campaign.h"
#include "core/registry/campaign_names.h"
#include "core/registry/link_record.h"
#include "core/registry/listing.h"
#include "core/registry/lookup.h"
#include "core/store/store.h"

struct link_listing {
    struct registry *registry;
    struct slice creator; /* empty: all */
    struct campaign_view campaign;
    struct listing things;
};

/* By campaign, then code; portable links, which have none, after them by id. */
static int add_link(struct link_listing *listing, uint64_t link_id, const struct link_view *link)
{
    char space[256], id[LINK_ID_TEXT + 1];
    link_id_format(id, link_id);
    struct buffer key;
    buffer_over(&key, space, sizeof space);
    buffer_append(&key, link->campaign);
    buffer_append_string(&key, link->code.size ? "/" : "/~");
    buffer_append(&key, link->code.size ? link->code : slice_of_string(id));
    json_t *thing;
    int err = link_thing(listing->registry, link_id, link, &listing->campaign, &thing);
    return err ? err : listing_add(&listing->things, buffer_slice(&key), thing);
}

static int take_link(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct link_listing *listing = context;
    uint64_t link_id;
    if (!version)
        return JALON_OK; /* its index was written by a server that lost the record since */
    int err = link_id_parse(&link_id, field);
    if (err)
        return JALON_DAMAGED;
    struct link_view link;
    err = link_view_read(&link, json);
    if (err)
        return err;
    if (!listing->creator.size || slice_equal(listing->creator, link.creator))
        err = add_link(listing, link_id, &link);
    link_view_done(&link);
    return err;
}

static int list_campaign(struct link_listing *listing, struct slice campaign,
                         struct problem *problem)
{
    int err = campaign_get(listing->registry->store, &listing->campaign, campaign, problem);
    if (err)
        return err;
    err = store_links_each(listing->registry->store, campaign, take_link, listing);
    campaign_view_done(&listing->campaign);
    return err;
}

int link_list(struct registry *registry, const struct list_filter *filter, thing_visit *visit,
              void *context, struct problem *problem)
{
    struct campaign_names names;
    int err = lookup_filter_creator(registry, filter->creator, problem);
    if (!err)
        err = campaign_names_read(registry, filter->campaign, &names, problem);
    if (err)
        return err;
    struct link_listing listing = {.registry = registry, .creator = filter->creator};
    for (size_t i = 0; i < names.count && !err; i++)
        err = list_campaign(&listing, slice_of_string(names.items[i].slug), problem);
    if (!err)
        err = listing_show(&listing.things, visit, context);
    listing_done(&listing.things);
    campaign_names_done(&names);
    return err ? lookup_failed(problem, err) : JALON_OK;
}
