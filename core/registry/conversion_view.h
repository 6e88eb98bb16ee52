/* conversion_view.h - a stored conversion: what was sold, on what evidence, and what happened to it since.
 * The evidence was looked at when the order arrived; who is credited is attribution_of() of it, at any time. */
#ifndef REGISTRY_CONVERSION_VIEW_H
#define REGISTRY_CONVERSION_VIEW_H
#include "core/base/buffer.h"
#include "core/ledger/attribution.h"
#include "core/ledger/conversion.h"

#define CONVERSION_REFUNDS_MAX 100
#define CONVERSION_STEPS_MAX 8 /* of its status */
#define NEVER_ENDED INT64_MAX
#define NEVER_COUNTED INT64_MIN

struct refund_view {
    struct slice refund_id;
    int64_t minor, at_ms;
};

/* What the last import of the order said otherwise: only what differed is there. */
struct import_difference {
    int64_t at_ms; /* 0: nothing differs */
    struct slice type, code, status;
    bool has_amount, has_refunded, has_clicks;
    int64_t amount_minor, refunded_minor;
};

struct conversion_view { /* slices borrow from `text` */
    struct buffer text;
    struct slice order_id, type, currency;
    bool has_amount;
    int64_t amount_minor; /* 0 without one */
    int64_t
        refunded_minor; /* of its refunds, together; the amount when it was recorded as refunded */
    int64_t occurred_ms, recorded_ms;
    enum conversion_status status;
    /* When it was cancelled or wholly refunded: NEVER_ENDED while it counts, NEVER_COUNTED when it came like that. */
    int64_t ended_ms;
    /* evidence.code.code is the folded form, the field of key_codes(); a text that does not fold is as it came.
     * A click of verdict UNREGISTERED is of a portable link that was not registered yet when the order
     * came; see conversion_view_resolve(). */
    struct evidence evidence;
    struct slice code_text;  /* as the shop wrote it */
    struct slice redemption; /* name of the key_redemptions() it is in; empty: none */
    bool is_code_disabled, is_code_over_limit; /* when the order came; never takes credit away */
    struct slice
        source; /* how it came: "import", "api", "command"; empty: unknown, of old records */
    struct import_difference difference;
    size_t refund_count;
    struct refund_view refunds[CONVERSION_REFUNDS_MAX]; /* in the order they came */
};

/* From the JSON of a record of key_orders(). JALON_DAMAGED: the content of *ret_view is undefined then (it is large,
 * and read by the hundred thousand). Ended with conversion_view_done(). */
CHECKED int conversion_view_read(struct conversion_view *ret_view, struct slice json);
void conversion_view_done(struct conversion_view *view);

struct conversion_worth {
    bool counts;
    int64_t revenue_minor;
};

/* What it was worth by all that had happened to it before `before_ms`, as if it was known since it occurred. At
 * INT64_MAX: what it is worth now. */
struct conversion_worth conversion_view_worth(const struct conversion_view *view,
                                              int64_t before_ms);

/* Link `link_id` is registered by now: clicks on it that were UNREGISTERED become VALID, or UNKNOWN when `creator`
 * is empty: it is another campaign's. The slices must live as long as the view. */
void conversion_view_resolve(struct conversion_view *view, uint64_t link_id, struct slice creator,
                             struct slice channel);
#endif
