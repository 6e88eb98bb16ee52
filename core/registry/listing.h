/* listing.h - things gathered, sorted by their key, and shown one by one. */
#ifndef REGISTRY_LISTING_H
#define REGISTRY_LISTING_H
#include "core/registry/registry.h"
#include "core/store/schema.h"

struct listed {
    char *key;
    json_t *thing;
};

struct listing { /* zeroed: empty */
    struct listed *items;
    size_t count, capacity;
};

CHECKED int listing_add(struct listing *listing, struct slice key, json_t *thing); /* takes it */
void listing_sort(struct listing *listing);
/* Sorts, and shows each. */
CHECKED int listing_show(struct listing *listing, thing_visit *visit, void *context);
void listing_done(struct listing *listing);

/* Shows what `make` makes of each record of a hash, by field. */
typedef int thing_make(const json_t *record, json_t **ret_thing);
CHECKED int listing_show_hash(struct registry *registry, const struct key *key, thing_make *make,
                              thing_visit *visit, void *context, struct problem *problem);
#endif
