#include "core/registry/listing.h"

#include "core/base/array.h"
#include "core/registry/lookup.h"

#include <stdlib.h>

static int add_item(struct listing *listing, char *key, json_t *thing)
{
    if (!key || !thing)
        return JALON_NO_MEMORY;
    int err = array_reserve((void **)&listing->items, &listing->capacity, listing->count + 1,
                            sizeof *listing->items);
    if (err)
        return err;
    listing->items[listing->count++] = (struct listed){key, thing};
    return JALON_OK;
}

int listing_add(struct listing *listing, struct slice key, json_t *thing)
{
    char *copy = strndup(key.data ? key.data : "", key.size);
    int err = add_item(listing, copy, thing);
    if (err) {
        free(copy);
        json_decref(thing);
    }
    return err;
}

static int by_key(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    return strcmp(x->key, y->key);
}

void listing_sort(struct listing *listing)
{
    if (listing->count)
        qsort(listing->items, listing->count, sizeof *listing->items, by_key);
}

int listing_show(struct listing *listing, thing_visit *visit, void *context)
{
    listing_sort(listing);
    int err = JALON_OK;
    for (size_t i = 0; i < listing->count && !err; i++)
        err = visit(context, listing->items[i].thing);
    return err;
}

void listing_done(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        free(listing->items[i].key);
        json_decref(listing->items[i].thing);
    }
    free(listing->items);
    *listing = (struct listing){0};
}

struct hash_listing {
    struct listing things;
    thing_make *make;
};

static int take_record(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)version;
    struct hash_listing *listing = context;
    json_t *record = json_loadb(json.data, json.size, 0, NULL);
    if (!json_is_object(record)) {
        json_decref(record);
        return JALON_DAMAGED;
    }
    json_t *thing;
    int err = listing->make(record, &thing);
    json_decref(record);
    return err ? err : listing_add(&listing->things, field, thing);
}

int listing_show_hash(struct registry *registry, const struct key *key, thing_make *make,
                      thing_visit *visit, void *context, struct problem *problem)
{
    struct hash_listing listing = {.make = make};
    int err = store_each(registry->store, key, take_record, &listing);
    if (!err)
        err = listing_show(&listing.things, visit, context);
    listing_done(&listing.things);
    return err ? lookup_failed(problem, err) : JALON_OK;
}
