/* conversion_feed.h - an order that comes again: in what it differs from what is recorded, and what an import does about
 * it. An order that came by import follows the shop's export (status, refunds); of any other the record keeps what
 * the last import said otherwise, for the report of orders. */
#ifndef REGISTRY_CONVERSION_FEED_H
#define REGISTRY_CONVERSION_FEED_H
#include "core/registry/conversion_view.h"
#include "core/registry/order.h"
#include "core/registry/row.h"

enum order_difference { /* a set of them */
                        DIFFERS_TYPE = 1,
                        DIFFERS_AMOUNT = 2,
                        DIFFERS_CODE = 4,
                        DIFFERS_CLICKS = 8,
                        DIFFERS_CONTENT = 15, /* all of the above: an order is one order for ever */
                        DIFFERS_STATUS = 16,
                        DIFFERS_REFUNDED = 32,
                        DIFFERS_LIFE = 48 /* what happened to it since */
};

/* What is absent from the order matches what is stored. */
unsigned order_differences(const struct order *order, const struct conversion_view *known);

/* The words for a differing content: CONFLICT, with each field. */
int order_refuse_differences(const struct order *order, unsigned differences,
                             struct problem *problem);

/* The same where `order` says what `earlier`, of a row before it, does not: of two rows of one export that are one order
 * nobody knows which is right. JALON_OK where they agree. */
CHECKED int order_refuse_contradiction(const struct order *order, const struct order *earlier,
                                       struct problem *problem);

/* What the order leaves open is as `earlier`, which it does not contradict, says; it borrows from that then. */
void order_complete(struct order *order, const struct order *earlier);

/* Brings the record's refunds and status to what the order of an export says, where its life allows that. */
CHECKED int conversion_follow(struct registry *registry, struct draft *draft,
                              const struct order *order, bool *ret_is_changed,
                              struct problem *problem);

/* Keeps in the record what the import says otherwise (`differences` 0: nothing any more). */
CHECKED int conversion_note_differences(struct registry *registry, struct draft *draft,
                                        const struct order *order, unsigned differences,
                                        struct problem *problem);
#endif
