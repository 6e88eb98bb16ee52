/* order.h - a conversion as it comes in: read, checked and normalised, with the signatures of its click ids
 * looked at; its evidence, once the store has said what it knows. */
#ifndef REGISTRY_ORDER_H
#define REGISTRY_ORDER_H
#include "core/ledger/conversion.h"
#include "core/registry/code_form.h"
#include "core/registry/draft.h"
#include "core/registry/noun_values.h"
#include "core/registry/registry.h"

#define ORDER_ID_MAX 128

struct order_click {
    struct slice click_id;
    bool is_genuine; /* signed for this campaign; else the rest is 0 */
    uint64_t link_id;
    int64_t at_ms;
};

struct order {                                 /* slices borrow from what its values borrow from */
    json_t *source;                            /* of the values, kept */
    const struct campaign_view *campaign;      /* borrowed from the draft */
    struct slice order_id, type, code;         /* code: as written, trimmed; empty: none */
    bool has_amount, has_status, has_refunded; /* else: none, approved, none */
    int64_t amount_minor, refunded_minor, occurred_ms; /* refunded: all of it until now */
    enum conversion_status status;
    struct code_text code_text;
    size_t click_count;
    struct order_click clicks[EVIDENCE_CLICKS_MAX];
};

/* From values as they were given, which are checked here. On success the caller ends *ret_order with order_done(); else
 * its content is undefined (it is large, and read by the million). */
CHECKED int order_read(struct order *ret_order, struct registry *registry, struct draft *draft,
                       struct noun_values *values, struct problem *problem);
void order_done(struct order *order);

/* Waits until the links of its genuine clicks are registered, or that moment of clock_monotonic_ms() has come.
 * JALON_CONFLICT: some were, meanwhile, and a new draft will see them. */
CHECKED int order_await_links(struct draft *draft, struct store *store, const struct order *order,
                              int64_t until_ms);

/* For which of the brand's codes redemptions are counted is read now, before any of the codes is: orders of the campaign
 * that are put into `draft` rely on it. See code_limit.h. */
CHECKED int order_rely_on_limits(struct draft *draft, const struct campaign_view *campaign);

/* Reads ahead, in few round trips, what planning these orders will ask for. */
CHECKED int order_fetch(struct draft *draft, const struct order *orders, size_t count);

/* The index that counts the redemptions of the order's code, when the order is one and the code has a limit. */
CHECKED int order_redemptions(struct draft *draft, const struct order *order,
                              struct key *ret_redemptions, bool *ret_is_limited);

/* CAMPAIGN/ORDER_ID, the order's name among redemptions: a brand's campaigns may share a code's text. */
#define REDEMPTION_MEMBER_MAX (64 + 1 + ORDER_ID_MAX)
void order_redemption_member(struct buffer *out, struct slice campaign, struct slice order_id);

struct order_evidence { /* slices borrow from the order and the draft's views */
    struct evidence evidence;
    bool is_code_disabled, is_code_over_limit;
    char redemption
        [REDEMPTION_NAME_MAX]; /* of key_redemptions(), when the order is one; "": it is none */
    bool is_counted;           /* in that index: see code_limit.h */
    uint64_t max_redemptions;  /* 0: no limit */
};

/* Judges each piece of evidence, with the keys as they are now. */
CHECKED int order_judge(struct order_evidence *ret_evidence, struct draft *draft,
                        const jalon_keys *keys, const struct order *order);
#endif
