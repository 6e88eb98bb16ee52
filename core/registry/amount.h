/* amount.h - an amount in a campaign's currency, as somebody wrote it. */
#ifndef REGISTRY_AMOUNT_H
#define REGISTRY_AMOUNT_H
#include "core/registry/campaign_view.h"
#include "core/registry/registry.h"

/* The checked text of `field` in minor units. On failure *problem says why not. */
CHECKED int amount_read(int64_t *ret_minor, struct slice text, const char *field,
                        const struct campaign_view *campaign, struct problem *problem);
#endif
