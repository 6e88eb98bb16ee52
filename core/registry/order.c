#include "core/registry/order.h"

#include "core/ledger/moment.h"
#include "core/registry/amount.h"
#include "core/registry/lookup.h"
#include "core/registry/past.h"
#include "jalon/click.h"

static int read_amount(struct order *order, const struct noun_values *values,
                       struct problem *problem)
{
    struct slice currency = noun_values_text(values, ORDER_FIELD_CURRENCY);
    struct slice amount = noun_values_text(values, ORDER_FIELD_AMOUNT);
    if (currency.size && !slice_equal(currency, order->campaign->currency))
        return problem_field(problem, "currency", "the campaign's is %.*s: its orders are in that",
                             SLICE_ARG(order->campaign->currency));
    order->has_amount = amount.size != 0;
    order->amount_minor = 0;
    if (!order->has_amount)
        return JALON_OK;
    return amount_read(&order->amount_minor, amount, "amount", order->campaign, problem);
}

static int read_refunded(struct order *order, const struct noun_values *values,
                         struct problem *problem)
{
    struct slice refunded = noun_values_text(values, ORDER_FIELD_REFUNDED);
    order->has_refunded = refunded.size != 0;
    order->refunded_minor = 0;
    if (!order->has_refunded)
        return JALON_OK;
    int err = amount_read(&order->refunded_minor, refunded, "refunded", order->campaign, problem);
    if (err)
        return err;
    if (order->refunded_minor > order->amount_minor)
        return problem_field(problem, "refunded", "it is more than the order's amount");
    return JALON_OK;
}

static int read_click(struct order_click *click, const struct registry *registry,
                      const char *campaign, struct slice click_id)
{
    *click = (struct order_click){.click_id = click_id};
    int err = jalon_click_verify(registry->keys, campaign, click_id.data, click_id.size,
                                 &click->link_id, &click->at_ms, NULL);
    click->is_genuine = !err;
    bool is_forged = err == JALON_MALFORMED || err == JALON_NOT_CANONICAL ||
                     err == JALON_BAD_SIGNATURE || err == JALON_TOO_LONG;
    return is_forged ? JALON_OK : err;
}

/* Clicks are worth more than what is none of ours, and newer ones more than older ones; what is none of ours is as old
 * as its place says. */
static bool is_worth_less(const struct order_click *click, const struct order_click *other)
{
    return click->is_genuine == other->is_genuine ? click->at_ms < other->at_ms : other->is_genuine;
}

/* A cookie that gathers click ids outgrows what an order keeps: the least go, the order of the others stays. */
static void keep_newest(struct order *order, struct order_click *clicks, size_t count)
{
    for (; count > EVIDENCE_CLICKS_MAX; count--) {
        size_t least = 0;
        for (size_t i = 1; i < count; i++)
            if (is_worth_less(&clicks[i], &clicks[least]))
                least = i;
        memmove(&clicks[least], &clicks[least + 1], (count - least - 1) * sizeof *clicks);
    }
    if (count)
        memcpy(order->clicks, clicks, count * sizeof *clicks);
    order->click_count = count;
}

static int read_clicks(struct order *order, const struct registry *registry,
                       const struct noun_values *values)
{
    char campaign[65];
    struct order_click clicks[ORDER_CLICKS_MAX];
    const struct noun_value *ids = &values->values[ORDER_FIELD_CLICK_IDS];
    size_t count = ids->kind == VALUE_LIST ? ids->list.count : 0;
    int err = slice_to_string(campaign, sizeof campaign, order->campaign->slug);
    for (size_t i = 0; i < count && !err; i++)
        err = read_click(&clicks[i], registry, campaign, values->items[ids->list.first + i]);
    if (!err)
        keep_newest(order, clicks, count);
    return err;
}

static int64_t moment_of(struct slice text, int64_t absent)
{
    int64_t ms;
    return moment_parse(&ms, text) ? absent : ms;
}

static int read_checked(struct order *order, struct registry *registry, struct draft *draft,
                        const struct noun_values *values, struct problem *problem)
{
    order->order_id = noun_values_text(values, ORDER_FIELD_ID);
    order->type = noun_values_text(values, ORDER_FIELD_TYPE);
    order->code = slice_trim(noun_values_text(values, ORDER_FIELD_CODE));
    order->code_text = code_text_read(order->code);
    order->occurred_ms =
        moment_of(noun_values_text(values, ORDER_FIELD_OCCURRED_AT), registry->now_ms);
    int err = conversion_status_of(&order->status, noun_values_text(values, ORDER_FIELD_STATUS));
    if (!err)
        err = lookup_campaign(registry, draft, noun_values_text(values, ORDER_FIELD_CAMPAIGN),
                              "campaign", &order->campaign, problem);
    if (!err)
        err = past_check(registry, order->occurred_ms, "occurred_at", problem);
    if (!err)
        err = read_amount(order, values, problem);
    if (!err)
        err = read_refunded(order, values, problem);
    return err ? err : read_clicks(order, registry, values);
}

int order_read(struct order *ret_order, struct registry *registry, struct draft *draft,
               struct noun_values *values, struct problem *problem)
{
    ret_order->has_status = noun_values_text(values, ORDER_FIELD_STATUS).size != 0;
    int err = noun_values_check(values, problem);
    if (!err)
        err = read_checked(ret_order, registry, draft, values, problem);
    if (!err)
        ret_order->source = json_incref(values->source);
    return err;
}

void order_done(struct order *order)
{
    json_decref(order->source);
}
