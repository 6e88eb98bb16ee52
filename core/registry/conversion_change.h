/* conversion_change.h - an order that is there, opened to be changed. */
#ifndef REGISTRY_CONVERSION_CHANGE_H
#define REGISTRY_CONVERSION_CHANGE_H
#include "core/registry/conversion_view.h"
#include "core/registry/draft.h"
#include "core/registry/registry.h"

struct conversion_change {
    const struct campaign_view *campaign; /* borrowed from the draft */
    struct conversion_view view;
    json_t *record;
};

/* NOT_FOUND in words when there is no such order. Ended with conversion_change_done(). */
CHECKED int conversion_change_open(struct conversion_change *ret_change, struct registry *registry,
                                   struct draft *draft, struct slice campaign,
                                   struct slice order_id, struct problem *problem);
void conversion_change_done(struct conversion_change *change);

/* The order is answered for as it is: it is made durable here, too. */
CHECKED int conversion_keep(struct draft *draft, const struct campaign_view *campaign,
                            const struct conversion_view *view);

/* A refund of the rest makes it REFUNDED. refund.c */
CHECKED int conversion_change_refund(struct conversion_change *change, struct slice refund_id,
                                     int64_t minor, int64_t now_ms);
CHECKED int conversion_change_status(struct conversion_change *change,
                                     enum conversion_status status, int64_t now_ms);
/* Puts the record; *ret_answer is what the order is answered with now. */
CHECKED int conversion_change_put(struct conversion_change *change, struct draft *draft,
                                  json_t **ret_answer);
#endif
