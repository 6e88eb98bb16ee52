#include "core/registry/conversion_change.h"

#include "core/registry/conversion_answer.h"
#include "core/registry/field.h"
#include "core/registry/lookup.h"
#include "core/registry/order.h"
#include "core/registry/row.h"

static int no_order(struct slice campaign, struct slice order_id, struct problem *problem)
{
    bool is_shown = !text_has_control(order_id) && order_id.size <= ORDER_ID_MAX;
    return problem_set(problem, PROBLEM_NOT_FOUND, "campaign %.*s has no order %.*s: check its id",
                       SLICE_ARG(campaign), SLICE_ARG(is_shown ? order_id : SLICE_NONE));
}

static int open_record(struct conversion_change *change, struct draft *draft, struct slice order_id,
                       struct problem *problem)
{
    struct key key = key_orders(change->campaign->brand, change->campaign->slug);
    struct slice json = SLICE_NONE;
    int err = JALON_OK;
    if (order_id.size && order_id.size <= ORDER_ID_MAX)
        err = draft_get(draft, &key, order_id, &json);
    if (err)
        return err;
    if (!json.size)
        return no_order(change->campaign->slug, order_id, problem);
    err = conversion_view_read(&change->view, json);
    if (err)
        return err;
    err = draft_get_record(draft, &key, order_id, &change->record);
    if (err)
        conversion_view_done(&change->view);
    return err;
}

int conversion_change_open(struct conversion_change *ret_change, struct registry *registry,
                           struct draft *draft, struct slice campaign, struct slice order_id,
                           struct problem *problem)
{
    int err =
        lookup_campaign(registry, draft, campaign, "campaign", &ret_change->campaign, problem);
    return err ? err : open_record(ret_change, draft, order_id, problem);
}

void conversion_change_done(struct conversion_change *change)
{
    conversion_view_done(&change->view);
    json_decref(change->record);
}

int conversion_change_status(struct conversion_change *change, enum conversion_status status,
                             int64_t now_ms)
{
    const char *name = conversion_status_name(status);
    json_t *step = json_pack("{s:s, s:I}", "status", name, "at_ms", (json_int_t)now_ms);
    json_t *history = json_object_get(change->record, "history");
    if (!history) {
        history = json_array();
        if (json_object_set_new(change->record, "history", history)) {
            json_decref(step);
            return JALON_NO_MEMORY;
        }
    }
    if (json_array_append_new(history, step) ||
        json_object_set_new(change->record, "status", json_string(name)))
        return JALON_NO_MEMORY;
    return JALON_OK;
}

/* The indexes that an order is in, all of them with each change: a folder's redo log may hold only that one. */
struct indexes {
    struct key times, redemptions;
    char member[REDEMPTION_MEMBER_MAX];
    struct index_entry entries[2];
    size_t count;
};

static void indexes_of(struct indexes *ret_indexes, const struct campaign_view *campaign,
                       const struct conversion_view *view, enum conversion_status status)
{
    ret_indexes->times = key_order_times(campaign->brand, campaign->slug);
    ret_indexes->count = 1;
    ret_indexes->entries[0] = (struct index_entry){
        .key = &ret_indexes->times,
        .member = view->order_id,
        .is_sorted = true,
        .score = view->occurred_ms,
    };
    if (!view->redemption.size)
        return;
    struct buffer member;
    buffer_over(&member, ret_indexes->member, sizeof ret_indexes->member);
    order_redemption_member(&member, campaign->slug, view->order_id);
    ret_indexes->redemptions = key_redemptions(campaign->brand, view->redemption);
    ret_indexes->count = 2;
    ret_indexes->entries[1] = (struct index_entry){
        .key = &ret_indexes->redemptions,
        .member = buffer_slice(&member),
        .is_counted = true,
        .is_there = true,
        /* What counts no longer leaves room for another redemption of its code. */
        .is_freed = !conversion_counts(status),
    };
}

int conversion_keep(struct draft *draft, const struct campaign_view *campaign,
                    const struct conversion_view *view)
{
    struct indexes indexes;
    indexes_of(&indexes, campaign, view, view->status);
    struct key key = key_orders(campaign->brand, campaign->slug);
    return draft_keep(draft, &key, view->order_id, indexes.entries, indexes.count);
}

int conversion_change_put(struct conversion_change *change, struct draft *draft,
                          json_t **ret_answer)
{
    const struct campaign_view *campaign = change->campaign;
    enum conversion_status status = change->view.status;
    int err = conversion_status_of(&status, thing_text(change->record, "status"));
    if (err)
        return err;
    struct indexes indexes;
    indexes_of(&indexes, campaign, &change->view, status);
    struct key key = key_orders(campaign->brand, campaign->slug);
    err = draft_put(draft, &key, change->view.order_id, json_incref(change->record),
                    indexes.entries, indexes.count, SLICE_NONE);
    struct slice json;
    if (!err)
        err = draft_get(draft, &key, change->view.order_id, &json);
    return err ? err : conversion_answer(draft, change->campaign, json, false, ret_answer);
}

struct status_row {
    struct row row; /* first: a plan is given the row */
    struct slice status;
};

static int read_status(enum conversion_status *ret_status, struct slice text,
                       struct problem *problem)
{
    if (conversion_status_of(ret_status, text))
        return problem_field(problem, "status", "write approved or cancelled");
    if (*ret_status == CONVERSION_REFUNDED)
        return problem_field(problem, "status", "refund it: POST …/refunds, or conversion refund");
    return JALON_OK;
}

static int plan_status(struct registry *registry, struct draft *draft, struct row *row,
                       struct problem *problem)
{
    enum conversion_status status;
    int err = read_status(&status, ((struct status_row *)row)->status, problem);
    if (err)
        return err;
    struct conversion_change change;
    err = conversion_change_open(&change, registry, draft, row->campaign, row->key, problem);
    if (err)
        return err;
    if (!conversion_may_become(change.view.status, status))
        err =
            problem_set(problem, PROBLEM_CONFLICT, "the order is %s: it can't become %s",
                        conversion_status_name(change.view.status), conversion_status_name(status));
    else if (change.view.status != status)
        err = conversion_change_status(&change, status, registry->now_ms);
    if (!err)
        err = conversion_change_put(&change, draft, &row->result);
    conversion_change_done(&change);
    return err;
}

int conversion_set_status(struct registry *registry, struct slice campaign, struct slice order_id,
                          struct slice status, json_t **ret_result, struct problem *problem)
{
    struct status_row row = {.row = {.key = order_id, .campaign = campaign}, .status = status};
    return row_write(registry, plan_status, &row.row, ret_result, problem);
}
