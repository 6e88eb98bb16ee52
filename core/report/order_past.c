#include "core/report/order_past.h"

void order_before(struct order *ret_order, const struct scope *scope, const struct order *order,
                  int64_t before_ms)
{
    struct campaign_rule rule =
        campaign_view_rule(&scope->campaigns[order->campaign].view, before_ms);
    struct conversion_worth worth = conversion_view_worth(order->view, before_ms);
    *ret_order = *order;
    ret_order->counts = worth.counts;
    ret_order->revenue_minor = worth.revenue_minor;
    if (rule.until_ms != INT64_MAX)
        attribution_of(&ret_order->attribution, &order->view->evidence, rule.attribution,
                       rule.window_ms);
}

void order_reported_before(struct order *ret_order, const struct scope *scope,
                           const struct order *order, int64_t before_ms)
{
    order_before(ret_order, scope, order, before_ms);
    if (order->view->recorded_ms < before_ms)
        return;
    ret_order->counts = false;
    ret_order->revenue_minor = 0;
    ret_order->attribution.credit_count = ret_order->attribution.assist_count = 0;
}

static void take_earlier(int64_t *first_ms, int64_t at_ms, int64_t since_ms)
{
    if (at_ms >= since_ms && at_ms < *first_ms)
        *first_ms = at_ms;
}

int64_t order_next_change(const struct scope *scope, const struct order *order, int64_t since_ms)
{
    const struct campaign_view *campaign = &scope->campaigns[order->campaign].view;
    const struct conversion_view *view = order->view;
    int64_t first_ms = NO_CHANGE;
    take_earlier(&first_ms, view->recorded_ms, since_ms);
    take_earlier(&first_ms, view->ended_ms, since_ms);
    for (size_t i = 0; i < view->refund_count; i++)
        take_earlier(&first_ms, view->refunds[i].at_ms, since_ms);
    for (size_t i = 0; i < campaign->earlier_rule_count; i++)
        take_earlier(&first_ms, campaign->earlier_rules[i].until_ms, since_ms);
    return first_ms;
}

bool scope_is_over(const struct scope *scope, size_t campaign)
{
    return scope->campaigns[campaign].range_ms[1] <= scope->query->now_ms;
}
