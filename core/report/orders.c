#include "core/report/orders.h"
#include "core/store/store.h"

#include <stdlib.h>

struct reading {
    const struct scope *scope;
    const struct link_set *links;
    size_t campaign;
    order_visit *visit;
    void *context;
    struct conversion_view view; /* too large for a stack */
};

/* Portable links become known at their first shipped click, which may be after the order came. */
static void resolve_clicks(const struct link_set *links, size_t campaign,
                           struct conversion_view *view)
{
    for (size_t i = 0; i < view->evidence.click_count; i++) {
        const struct click_evidence *click = &view->evidence.clicks[i];
        if (click->verdict != VERDICT_UNREGISTERED)
            continue;
        const struct link_row *link = link_set_find(links, click->link_id);
        if (link)
            conversion_view_resolve(view, link->id,
                                    link->campaign == campaign ? link->creator : SLICE_NONE,
                                    link->channel);
    }
}

static int attribute(struct reading *reading)
{
    const struct campaign_view *campaign = &reading->scope->campaigns[reading->campaign].view;
    struct conversion_view *view = &reading->view;
    resolve_clicks(reading->links, reading->campaign, view);
    struct order order = {
        .campaign = reading->campaign,
        .view = view,
        .counts = conversion_counts(view->status),
        .is_goal = slice_equal(view->type, campaign->goal),
        .revenue_minor = conversion_revenue(view->status, view->amount_minor, view->refunded_minor),
    };
    attribution_of(&order.attribution, &view->evidence, campaign->attribution, campaign->window_ms);
    return reading->visit(reading->context, &order);
}

static int visit_record(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)field; /* the record knows its order id */
    struct reading *reading = context;
    const struct scope_campaign *campaign = &reading->scope->campaigns[reading->campaign];
    if (version == 0)
        return JALON_OK;
    int err = conversion_view_read(&reading->view, json);
    if (err)
        return err;
    /* The record is what counts, the index only leads there. */
    if (reading->view.occurred_ms >= campaign->range_ms[0] &&
        reading->view.occurred_ms < campaign->range_ms[1])
        err = attribute(reading);
    conversion_view_done(&reading->view);
    return err;
}

static int read_campaign(struct reading *reading)
{
    const struct scope_campaign *campaign = &reading->scope->campaigns[reading->campaign];
    struct key times = key_order_times(campaign->view.brand, campaign->view.slug);
    struct key orders = key_orders(campaign->view.brand, campaign->view.slug);
    return store_sorted_get_each(reading->scope->store, &times, &orders, campaign->range_ms[0],
                                 campaign->range_ms[1], visit_record, reading);
}

static int read_campaigns(const struct scope *scope, size_t from, size_t to,
                          const struct link_set *links, order_visit *visit, void *context)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (!reading)
        return JALON_NO_MEMORY;
    reading->scope = scope;
    reading->links = links;
    reading->visit = visit;
    reading->context = context;
    int err = JALON_OK;
    for (size_t i = from; i < to && !err; i++) {
        reading->campaign = i;
        err = read_campaign(reading);
    }
    free(reading);
    return err;
}

int orders_each_of(const struct scope *scope, size_t campaign, const struct link_set *links,
                   order_visit *visit, void *context)
{
    return read_campaigns(scope, campaign, campaign + 1, links, visit, context);
}

int orders_each(const struct scope *scope, const struct link_set *links, order_visit *visit,
                void *context)
{
    return read_campaigns(scope, 0, scope->campaign_count, links, visit, context);
}
