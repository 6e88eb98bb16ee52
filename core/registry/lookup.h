/* lookup.h - the campaign or creator that somebody named, within the limits of their token, or the words for
 * there being none. */
#ifndef REGISTRY_LOOKUP_H
#define REGISTRY_LOOKUP_H
#include "core/registry/draft.h"
#include "core/registry/registry.h"

/* `field`: which one of the input named it (INVALID, or NOT_FOUND under a limit, with that field);
 * NULL: it is what was asked for (NOT_FOUND). Borrowed from the draft. */
CHECKED int lookup_campaign(struct registry *registry, struct draft *draft, struct slice slug,
                            const char *field, const struct campaign_view **ret_campaign,
                            struct problem *problem);
/* A listing's filter: empty, or a creator that is there, erased or not; the field "creator". */
CHECKED int lookup_filter_creator(struct registry *registry, struct slice slug,
                                  struct problem *problem);
/* A creator that is there, named by the input's field "creator"; an erased one gets nothing new, but what it
 * cost and published may still be told. */
CHECKED int lookup_creator(struct draft *draft, struct slice slug, bool may_be_erased,
                           struct problem *problem);

bool lookup_is_within(const struct registry *registry, struct slice brand, struct slice campaign);
/* Creators and tokens belong to no brand: NOT_FOUND under any limit. */
CHECKED int lookup_unlimited(const struct registry *registry, struct problem *problem);

/* A name that somebody gave, fit to be shown to them: empty unless it is a slug's shape. */
struct slice lookup_shown(struct slice slug);

/* The error's own words, unless *problem has some. */
int lookup_failed(struct problem *problem, int error);
#endif
