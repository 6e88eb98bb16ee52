/* campaign.h - a campaign by its slug, for whoever has a store and no registry. */
#ifndef REGISTRY_CAMPAIGN_H
#define REGISTRY_CAMPAIGN_H
#include "core/base/problem.h"
#include "core/registry/campaign_view.h"

struct store;

/* Reads campaign `slug`; NOT_FOUND in words when there is none. Ended with campaign_view_done(). */
CHECKED int campaign_get(struct store *store, struct campaign_view *ret_view, struct slice slug,
                         struct problem *problem);
#endif
