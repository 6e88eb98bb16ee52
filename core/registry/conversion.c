#include "core/registry/conversion.h"

#include "core/base/clock.h"
#include "core/registry/conversion_answer.h"
#include "core/registry/conversion_change.h"
#include "core/registry/conversion_feed.h"
#include "core/registry/conversion_record.h"
#include "core/registry/conversion_view.h"
#include "core/registry/lookup.h"
#include "core/registry/view_reader.h"

/* What an import says of an order that is known: a feed's own orders follow it, and what it says otherwise is kept. A
 * content that differs is refused all the same, but in a feed: a shop's export naturally differs here and there from what
 * is recorded, and is brought to be compared with it. */
static int meet_import(struct registry *registry, struct draft *draft, const struct order *order,
                       struct row *row, struct conversion_view *known, struct problem *problem)
{
    unsigned differences = order_differences(order, known);
    bool is_changed = false;
    int err = JALON_OK;
    if (row->is_feed && slice_is(known->source, "import") && differences & DIFFERS_LIFE &&
        !(differences & DIFFERS_CONTENT))
        err = conversion_follow(registry, draft, order, &is_changed, problem);
    if (err)
        return err;
    if (is_changed)
        row->outcome = OUTCOME_CHANGED;
    else if (differences || known->difference.at_ms)
        err = conversion_note_differences(registry, draft, order, differences, problem);
    else
        err = conversion_keep(draft, order->campaign, known);
    row->is_different = !is_changed && differences;
    if (err || !(differences & DIFFERS_CONTENT) || row->is_feed)
        return err;
    return order_refuse_differences(order, differences, problem);
}

static int meet_known(struct registry *registry, struct draft *draft, const struct order *order,
                      struct row *row, struct slice json, struct problem *problem)
{
    struct conversion_view known;
    int err = conversion_view_read(&known, json);
    if (err)
        return err;
    unsigned differences = order_differences(order, &known) & DIFFERS_CONTENT;
    row->outcome = OUTCOME_KNOWN;
    if (row->is_import)
        err = meet_import(registry, draft, order, row, &known, problem);
    else if (differences)
        err = order_refuse_differences(order, differences, problem);
    else
        err = conversion_keep(draft, order->campaign, &known);
    conversion_view_done(&known);
    if (err || row->is_import)
        return err;
    return conversion_answer(draft, order->campaign, json, false, &row->result);
}

static int put_order(struct draft *draft, const struct order *order,
                     const struct order_evidence *judged, struct slice record)
{
    const struct campaign_view *campaign = order->campaign;
    char space[REDEMPTION_MEMBER_MAX];
    struct buffer member;
    buffer_over(&member, space, sizeof space);
    struct key times = key_order_times(campaign->brand, campaign->slug), redemptions;
    struct index_entry indexes[2];
    size_t count = 0;
    indexes[count++] = (struct index_entry){
        .key = &times,
        .member = order->order_id,
        .is_sorted = true,
        .score = order->occurred_ms,
    };
    if (judged->is_counted) {
        order_redemption_member(&member, campaign->slug, order->order_id);
        redemptions = key_redemptions(campaign->brand, slice_of_string(judged->redemption));
        indexes[count++] = (struct index_entry){
            .key = &redemptions,
            .member = buffer_slice(&member),
            .is_counted = true,
            .is_over = judged->is_code_over_limit,
            .limit = judged->max_redemptions,
        };
    }
    struct key key = key_orders(campaign->brand, campaign->slug);
    return draft_put_text(draft, &key, order->order_id, record, indexes, count, SLICE_NONE);
}

static int judge_and_put(struct registry *registry, struct draft *draft, const struct order *order,
                         const char *source)
{
    struct order_evidence judged;
    struct buffer record;
    buffer_init(&record, CONVERSION_RECORD_MAX);
    int err = order_judge(&judged, draft, registry->keys, order);
    if (!err) {
        conversion_record_write(&record, source, registry->now_ms, order, &judged);
        err = buffer_error(&record);
    }
    if (!err)
        err = put_order(draft, order, &judged, buffer_slice(&record));
    buffer_done(&record);
    return err;
}

static int record_new(struct registry *registry, struct draft *draft, const struct order *order,
                      struct row *row, struct problem *problem)
{
    int err = JALON_OK;
    if (!row->is_import)
        err = order_rely_on_limits(draft, order->campaign); /* an import did so for many */
    if (!err && !row->is_import)
        err = order_await_links(draft, registry->store, order, row->wait_until_ms);
    if (!err)
        err = judge_and_put(registry, draft, order, row->is_import ? "import" : registry->source);
    if (err)
        return err;
    row->outcome = OUTCOME_ADDED;
    bool is_changed;
    if (order->refunded_minor)
        err = conversion_follow(registry, draft, order, &is_changed, problem);
    if (err || row->is_import)
        return err;
    struct key key = key_orders(order->campaign->brand, order->campaign->slug);
    struct slice json;
    err = draft_get(draft, &key, order->order_id, &json);
    return err ? err : conversion_answer(draft, order->campaign, json, false, &row->result);
}

int conversion_plan_order(struct registry *registry, struct draft *draft, const struct order *order,
                          struct row *row, struct problem *problem)
{
    struct key key = key_orders(order->campaign->brand, order->campaign->slug);
    struct slice known;
    int err = draft_get(draft, &key, order->order_id, &known);
    if (err)
        return err;
    return known.size ? meet_known(registry, draft, order, row, known, problem)
                      : record_new(registry, draft, order, row, problem);
}

static int plan_order(struct registry *registry, struct draft *draft, struct row *row,
                      struct noun_values *values, struct problem *problem)
{
    struct order order;
    int err = order_read(&order, registry, draft, values, problem);
    if (err)
        return err;
    if (order.has_refunded)
        err = problem_field(problem, "refunded", "record a refund of the order instead");
    else
        err = conversion_plan_order(registry, draft, &order, row, problem);
    order_done(&order);
    return err;
}

static int plan_add(struct registry *registry, struct draft *draft, struct row *row,
                    struct problem *problem)
{
    struct noun_values values;
    noun_values_init(&values, noun_find(SLICE("conversion")));
    int err = noun_values_put_json(&values, (json_t *)row->input);
    if (!err)
        err = plan_order(registry, draft, row, &values, problem);
    noun_values_done(&values);
    return err;
}

int conversion_add(struct registry *registry, const json_t *input, json_t **ret_result,
                   bool *ret_is_known, struct problem *problem)
{
    struct row row = {
        .input = input,
        .wait_until_ms = clock_monotonic_ms() + registry->link_wait_ms,
    };
    int err = row_write(registry, plan_add, &row, ret_result, problem);
    if (!err)
        *ret_is_known = row.outcome == OUTCOME_KNOWN;
    return err;
}
