#include "core/registry/campaign_names.h"

#include "core/base/array.h"
#include "core/registry/campaign.h"
#include "core/registry/lookup.h"
#include "core/registry/thing.h"
#include "core/store/store.h"

#include <stdlib.h>

static int add_name(struct campaign_names *names, struct slice slug, struct slice brand)
{
    int err = array_reserve((void **)&names->items, &names->capacity, names->count + 1,
                            sizeof *names->items);
    if (err)
        return err;
    struct campaign_name *name = &names->items[names->count];
    if (slice_to_string(name->slug, sizeof name->slug, slug) ||
        slice_to_string(name->brand, sizeof name->brand, brand))
        return JALON_DAMAGED;
    names->count++;
    return JALON_OK;
}

struct gathering {
    struct registry *registry;
    struct campaign_names *names;
};

static int gather(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct gathering *gathering = context;
    (void)version;
    json_t *record = json_loadb(json.data, json.size, 0, NULL);
    struct slice brand = thing_text(record, "brand");
    int err = JALON_OK;
    if (!brand.size)
        err = JALON_DAMAGED;
    else if (lookup_is_within(gathering->registry, brand, field))
        err = add_name(gathering->names, field, brand);
    json_decref(record);
    return err;
}

static int by_slug(const void *a, const void *b)
{
    const struct campaign_name *x = a, *y = b;
    return strcmp(x->slug, y->slug);
}

static int by_brand(const void *a, const void *b)
{
    const struct campaign_name *x = a, *y = b;
    int order = strcmp(x->brand, y->brand);
    return order ? order : by_slug(a, b);
}

static void sort(struct campaign_names *names, int (*order)(const void *, const void *))
{
    if (names->count)
        qsort(names->items, names->count, sizeof *names->items, order);
}

void campaign_names_sort_by_brand(struct campaign_names *names)
{
    sort(names, by_brand);
}

static int read_one(struct registry *registry, struct slice only, struct campaign_names *names,
                    struct problem *problem)
{
    struct draft *draft;
    int err = draft_new(&draft, registry->store);
    if (err)
        return lookup_failed(problem, err);
    const struct campaign_view *campaign;
    err = lookup_campaign(registry, draft, only, NULL, &campaign, problem);
    if (!err)
        err = add_name(names, campaign->slug, campaign->brand);
    (void)draft_free(draft); /* NULL, not needed */
    return err;
}

int campaign_names_read(struct registry *registry, struct slice only,
                        struct campaign_names *ret_names, struct problem *problem)
{
    struct campaign_names names = {0};
    struct gathering gathering = {registry, &names};
    struct key key = key_campaigns();
    int err = only.size ? read_one(registry, only, &names, problem)
                        : store_each(registry->store, &key, gather, &gathering);
    if (err) {
        campaign_names_done(&names);
        return lookup_failed(problem, err);
    }
    sort(&names, by_slug);
    *ret_names = names;
    return JALON_OK;
}

void campaign_names_done(struct campaign_names *names)
{
    free(names->items);
    *names = (struct campaign_names){0};
}

int campaign_list(struct registry *registry, thing_visit *visit, void *context,
                  struct problem *problem)
{
    struct campaign_names names;
    int err = campaign_names_read(registry, SLICE_NONE, &names, problem);
    if (err)
        return err;
    for (size_t i = 0; i < names.count && !err; i++) {
        json_t *thing;
        err = campaign_show(registry, slice_of_string(names.items[i].slug), &thing, problem);
        if (err)
            break;
        err = visit(context, thing);
        json_decref(thing);
    }
    campaign_names_done(&names);
    return err ? lookup_failed(problem, err) : JALON_OK;
}
