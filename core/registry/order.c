#include "core/registry/order.h"

#include "core/registry/amount.h"
#include "core/registry/lookup.h"
#include "core/registry/noun.h"
#include "core/registry/past.h"
#include "core/registry/thing.h"
#include "jalon/click.h"

#include <stdlib.h>

static int read_amount(struct order *order, struct problem *problem)
{
    struct slice currency = thing_text(order->clean, "currency");
    struct slice amount = thing_text(order->clean, "amount");
    if (currency.size && !slice_equal(currency, order->campaign->currency))
        return problem_field(problem, "currency", "the campaign's is %.*s: its orders are in that",
                             SLICE_ARG(order->campaign->currency));
    if (!amount.size)
        return JALON_OK;
    order->has_amount = true;
    return amount_read(&order->amount_minor, amount, "amount", order->campaign, problem);
}

static int read_refunded(struct order *order, struct problem *problem)
{
    struct slice refunded = thing_text(order->clean, "refunded");
    order->has_refunded = refunded.size != 0;
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

static int read_clicks(struct order *order, const struct registry *registry)
{
    char campaign[65];
    int err = slice_to_string(campaign, sizeof campaign, order->campaign->slug);
    const json_t *list = json_object_get(order->clean, "click_id");
    size_t count = json_array_size(list);
    struct order_click *clicks = count ? calloc(count, sizeof *clicks) : NULL;
    if (count && !clicks)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < count && !err; i++)
        err = read_click(&clicks[i], registry, campaign, thing_slice(json_array_get(list, i)));
    if (!err)
        keep_newest(order, clicks, count);
    free(clicks);
    return err;
}

static int read_clean(struct order *order, struct registry *registry, struct draft *draft,
                      struct problem *problem)
{
    const json_t *clean = order->clean;
    order->order_id = thing_text(clean, "order_id");
    order->type = thing_text(clean, "type");
    order->code = slice_trim(thing_text(clean, "code"));
    order->occurred_ms = thing_moment(clean, "occurred_at", registry->now_ms);
    if (order->code.size)
        order->code_text = code_text_read(order->code);
    int err = conversion_status_of(&order->status, thing_text(clean, "status"));
    if (!err)
        err = lookup_campaign(registry, draft, thing_text(clean, "campaign"), "campaign",
                              &order->campaign, problem);
    if (!err)
        err = past_check(registry, order->occurred_ms, "occurred_at", problem);
    if (!err)
        err = read_amount(order, problem);
    if (!err)
        err = read_refunded(order, problem);
    return err ? err : read_clicks(order, registry);
}

int order_read(struct order *ret_order, struct registry *registry, struct draft *draft,
               const json_t *input, struct problem *problem)
{
    struct order order = {.has_status = thing_text(input, "status").size != 0};
    int err = noun_check(noun_find(SLICE("conversion")), input, &order.clean, problem);
    if (err)
        return err;
    err = read_clean(&order, registry, draft, problem);
    if (err) {
        order_done(&order);
        return err;
    }
    *ret_order = order;
    return JALON_OK;
}

void order_done(struct order *order)
{
    json_decref(order->clean);
    order->clean = NULL;
}
