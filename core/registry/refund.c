#include "core/ledger/money.h"
#include "core/registry/amount.h"
#include "core/registry/conversion_change.h"
#include "core/registry/noun.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"

struct refund {
    struct slice refund_id;
    bool has_amount;
    int64_t minor;
};

static int read_refund(struct refund *refund, const json_t *clean,
                       const struct campaign_view *campaign, struct problem *problem)
{
    struct slice amount = thing_text(clean, "amount");
    *refund = (struct refund){
        .refund_id = thing_text(clean, "refund_id"),
        .has_amount = amount.size != 0,
    };
    if (!refund->has_amount)
        return JALON_OK;
    int err = amount_read(&refund->minor, amount, "amount", campaign, problem);
    if (err)
        return err;
    return refund->minor > 0 ? JALON_OK : problem_field(problem, "amount", "write more than 0");
}

static const struct refund_view *find_refund(const struct conversion_view *view,
                                             struct slice refund_id)
{
    for (size_t i = 0; i < view->refund_count; i++)
        if (slice_equal(view->refunds[i].refund_id, refund_id))
            return &view->refunds[i];
    return NULL;
}

/* What is left to refund, and whether this refund fits in it. */
static int check_rest(const struct conversion_view *view, struct refund *refund,
                      struct problem *problem)
{
    if (view->status == CONVERSION_CANCELLED)
        return problem_set(problem, PROBLEM_CONFLICT, "the order is cancelled: nothing was paid");
    int64_t rest = view->amount_minor - view->refunded_minor;
    if (!refund->has_amount)
        refund->minor = rest;
    if (rest == 0)
        return problem_field(problem, "amount", "nothing is left to refund");
    if (refund->minor > rest)
        return problem_field(problem, "amount", "it is more than the rest of the order");
    if (view->refund_count == CONVERSION_REFUNDS_MAX)
        return problem_field(problem, "refund_id", "an order has at most %u refunds",
                             CONVERSION_REFUNDS_MAX);
    return JALON_OK;
}

int conversion_change_refund(struct conversion_change *change, struct slice refund_id,
                             int64_t minor, int64_t now_ms)
{
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "id", refund_id);
    thing_put_number(&thing, "minor", minor);
    thing_put_number(&thing, "at_ms", now_ms);
    json_t *list = json_object_get(change->record, "refunds");
    if (!list) {
        list = json_array();
        if (json_object_set_new(change->record, "refunds", list)) {
            json_decref(thing.json);
            return JALON_NO_MEMORY;
        }
    }
    if (json_array_append_new(list, thing.json))
        return JALON_NO_MEMORY;
    if (change->view.refunded_minor + minor < change->view.amount_minor)
        return JALON_OK;
    return conversion_change_status(change, CONVERSION_REFUNDED, now_ms);
}

/* The order's answer, with what this refund was and what all of them are. */
static int put_amounts(json_t *answer, const struct refund *refund, int64_t refunded_minor,
                       unsigned exponent)
{
    char space[2][MONEY_TEXT_MAX];
    struct buffer amount, refunded;
    buffer_over(&amount, space[0], sizeof space[0]);
    buffer_over(&refunded, space[1], sizeof space[1]);
    money_format(&amount, refund->minor, exponent);
    money_format(&refunded, refunded_minor, exponent);
    struct thing thing = {.json = json_incref(answer)};
    thing_put_text(&thing, "refund_id", refund->refund_id);
    thing_put_text(&thing, "amount", buffer_slice(&amount));
    thing_put_text(&thing, "refunded", buffer_slice(&refunded));
    json_t *same;
    int err = thing_end(&thing, &same);
    if (!err)
        json_decref(same);
    return err;
}

static int refund_checked(struct registry *registry, struct draft *draft, struct row *row,
                          struct conversion_change *change, struct refund *refund,
                          struct problem *problem)
{
    const struct refund_view *known = find_refund(&change->view, refund->refund_id);
    int64_t refunded_minor = change->view.refunded_minor;
    int err = JALON_OK;
    row->outcome = known ? OUTCOME_KNOWN : OUTCOME_ADDED;
    if (known && refund->has_amount && known->minor != refund->minor) {
        err = problem_set(problem, PROBLEM_CONFLICT, "that refund is recorded with another amount");
        (void)problem_field(problem, "amount", "the refund is known with another one");
        return err;
    }
    if (known) {
        refund->minor = known->minor;
    } else {
        err = check_rest(&change->view, refund, problem);
        if (!err)
            err = conversion_change_refund(change, refund->refund_id, refund->minor,
                                           registry->now_ms);
        refunded_minor += refund->minor;
    }
    if (!err)
        err = conversion_change_put(change, draft, &row->result);
    return err ? err : put_amounts(row->result, refund, refunded_minor, change->campaign->exponent);
}

static int plan_refund(struct registry *registry, struct draft *draft, struct row *row,
                       struct problem *problem)
{
    json_t *clean;
    int err = noun_check(noun_find(SLICE("refund")), row->input, &clean, problem);
    if (err)
        return err;
    struct conversion_change change;
    err = conversion_change_open(&change, registry, draft, thing_text(clean, "campaign"), row->key,
                                 problem);
    if (!err) {
        struct refund refund;
        err = read_refund(&refund, clean, change.campaign, problem);
        if (!err)
            err = refund_checked(registry, draft, row, &change, &refund, problem);
        conversion_change_done(&change);
    }
    json_decref(clean);
    return err;
}

int conversion_refund(struct registry *registry, struct slice order_id, const json_t *input,
                      json_t **ret_result, bool *ret_is_known, struct problem *problem)
{
    struct row row = {.key = order_id, .input = input};
    int err = row_write(registry, plan_refund, &row, ret_result, problem);
    if (!err)
        *ret_is_known = row.outcome == OUTCOME_KNOWN;
    return err;
}
