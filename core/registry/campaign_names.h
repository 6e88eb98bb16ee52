/* campaign_names.h - which campaigns there are, within a token's limits, and the listing of them. */
#ifndef REGISTRY_CAMPAIGN_NAMES_H
#define REGISTRY_CAMPAIGN_NAMES_H
#include "core/registry/registry.h"

struct campaign_name {
    char slug[65], brand[65];
};

struct campaign_names {
    struct campaign_name *items; /* by slug */
    size_t count, capacity;
};

/* `only`: that one, NOT_FOUND in words when there is none; empty: all. Ended with campaign_names_done(). */
CHECKED int campaign_names_read(struct registry *registry, struct slice only,
                                struct campaign_names *ret_names, struct problem *problem);
void campaign_names_sort_by_brand(struct campaign_names *names);
void campaign_names_done(struct campaign_names *names);
#endif
