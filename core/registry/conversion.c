#include "core/registry/conversion.h"

#include "core/base/clock.h"
#include "core/registry/conversion_answer.h"
#include "core/registry/conversion_change.h"
#include "core/registry/conversion_feed.h"
#include "core/registry/conversion_view.h"
#include "core/registry/lookup.h"
#include "core/registry/view_reader.h"

/* What an import says of an order that is known: a feed's own orders follow it, and what it says otherwise is kept. A
 * content that differs is refused all the same. */
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
    if (err || !(differences & DIFFERS_CONTENT))
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

static json_t *click_record(const struct click_evidence *click)
{
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "id", click->click_id);
    thing_put_text(&thing, "verdict", slice_of_string(verdict_name(click->verdict)));
    if (click->at_ms)
        thing_put_number(&thing, "at_ms", click->at_ms);
    if (click->link_id) {
        char id[LINK_ID_TEXT + 1];
        link_id_format(id, click->link_id);
        thing_put_text(&thing, "link", slice_of(id, LINK_ID_TEXT));
    }
    if (click->creator.size)
        thing_put_text(&thing, "creator", click->creator);
    if (click->channel.size)
        thing_put_text(&thing, "channel", click->channel);
    return thing.json;
}

static json_t *clicks_record(const struct evidence *evidence)
{
    json_t *list = json_array();
    for (size_t i = 0; i < evidence->click_count; i++)
        if (json_array_append_new(list, click_record(&evidence->clicks[i]))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *code_record_of(const struct order *order, const struct order_evidence *judged)
{
    const struct code_evidence *code = &judged->evidence.code;
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "text", order->code);
    thing_put_text(&thing, "folded", code->code);
    thing_put_text(&thing, "verdict", slice_of_string(verdict_name(code->verdict)));
    if (code->creator.size)
        thing_put_text(&thing, "creator", code->creator);
    if (judged->is_code_disabled)
        thing_put(&thing, "disabled", json_true());
    if (judged->is_code_over_limit)
        thing_put(&thing, "over_limit", json_true());
    if (judged->redemption[0])
        thing_put_text(&thing, "redemption", slice_of_string(judged->redemption));
    return thing.json;
}

static json_t *record_of(const char *source, int64_t now_ms, const struct order *order,
                         const struct order_evidence *judged)
{
    struct thing thing;
    thing_start(&thing);
    thing_put_number(&thing, "v", RECORD_VERSION);
    thing_put_text(&thing, "order_id", order->order_id);
    thing_put_text(&thing, "type", order->type);
    if (order->has_amount)
        thing_put_number(&thing, "amount_minor", order->amount_minor);
    thing_put_text(&thing, "currency", order->campaign->currency);
    thing_put_text(&thing, "status", slice_of_string(conversion_status_name(order->status)));
    thing_put_number(&thing, "occurred_ms", order->occurred_ms);
    thing_put_number(&thing, "recorded_ms", now_ms);
    if (source)
        thing_put_text(&thing, "source", slice_of_string(source));
    if (order->click_count)
        thing_put(&thing, "clicks", clicks_record(&judged->evidence));
    if (order->code.size)
        thing_put(&thing, "code", code_record_of(order, judged));
    return thing.json;
}

static int put_order(struct draft *draft, const struct order *order,
                     const struct order_evidence *judged, json_t *record)
{
    const struct campaign_view *campaign = order->campaign;
    char space[REDEMPTION_MEMBER_MAX];
    struct buffer member;
    buffer_over(&member, space, sizeof space);
    order_redemption_member(&member, campaign->slug, order->order_id);
    struct index_entry indexes[] = {
        {
            .key = key_order_times(campaign->brand, campaign->slug),
            .member = order->order_id,
            .is_sorted = true,
            .score = order->occurred_ms,
        },
        {
            .key = key_redemptions(campaign->brand, slice_of_string(judged->redemption)),
            .member = buffer_slice(&member),
            .is_counted = true,
            .is_over = judged->is_code_over_limit,
            .limit = judged->max_redemptions,
        },
    };
    struct key key = key_orders(campaign->brand, campaign->slug);
    return draft_put(draft, &key, order->order_id, record, indexes, judged->redemption[0] ? 2 : 1,
                     SLICE_NONE);
}

static int record_new(struct registry *registry, struct draft *draft, const struct order *order,
                      struct row *row, struct problem *problem)
{
    int err = order_await_links(draft, registry->store, order, row->wait_until_ms);
    if (err)
        return err;
    struct order_evidence judged;
    json_t *record = NULL;
    err = order_judge(&judged, draft, registry->keys, order);
    if (!err) {
        record = record_of(row->is_import ? "import" : registry->source, registry->now_ms, order,
                           &judged);
        err = record ? put_order(draft, order, &judged, record) : JALON_NO_MEMORY;
    }
    order_evidence_done(&judged);
    row->outcome = OUTCOME_ADDED;
    bool is_changed;
    if (!err && order->refunded_minor)
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

static int plan_add(struct registry *registry, struct draft *draft, struct row *row,
                    struct problem *problem)
{
    struct order order;
    int err = order_read(&order, registry, draft, row->input, problem);
    if (err)
        return err;
    if (order.has_refunded)
        err = problem_field(problem, "refunded", "record a refund of the order instead");
    else
        err = conversion_plan_order(registry, draft, &order, row, problem);
    order_done(&order);
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
