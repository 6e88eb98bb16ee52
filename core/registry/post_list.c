#include "core/registry/campaign_names.h"
#include "core/registry/listing.h"
#include "core/registry/lookup.h"
#include "core/registry/post_thing.h"
#include "core/store/store.h"

#include <stdio.h>

struct post_listing {
    struct slice creator; /* empty: all */
    struct listing things;
};

static int add_post(struct post_listing *listing, const struct post_view *post)
{
    char time[24];
    (void)snprintf(time, sizeof time, "%020lld", (long long)post->published_ms); /* fits */
    struct buffer key;
    buffer_init(&key, 4096);
    buffer_append_string(&key, time);
    buffer_append(&key, post->url);
    json_t *thing;
    int err = buffer_error(&key);
    if (!err)
        err = post_thing(post, &thing);
    if (!err)
        err = listing_add(&listing->things, buffer_slice(&key), thing);
    buffer_done(&key);
    return err;
}

static int take_post(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct post_listing *listing = context;
    struct post_view post;
    (void)field;
    (void)version;
    int err = post_view_read(&post, json);
    if (err)
        return err;
    if (!listing->creator.size || slice_equal(listing->creator, post.creator))
        err = add_post(listing, &post);
    post_view_done(&post);
    return err;
}

int post_list(struct registry *registry, const struct list_filter *filter, thing_visit *visit,
              void *context, struct problem *problem)
{
    struct campaign_names names;
    int err = lookup_filter_creator(registry, filter->creator, problem);
    if (!err)
        err = campaign_names_read(registry, filter->campaign, &names, problem);
    if (err)
        return err;
    for (size_t i = 0; i < names.count && !err; i++) {
        struct post_listing listing = {.creator = filter->creator};
        struct key key = key_posts(slice_of_string(names.items[i].slug));
        err = store_each(registry->store, &key, take_post, &listing);
        if (!err)
            err = listing_show(&listing.things, visit, context);
        listing_done(&listing.things);
    }
    campaign_names_done(&names);
    return err ? lookup_failed(problem, err) : JALON_OK;
}
