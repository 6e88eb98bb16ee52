/* Groups of links by their channel. Posts and costs are of no channel, so what is made of those is unknown. */
#include "core/report/clicks.h"
#include "core/report/compare.h"
#include "core/report/lost_clicks.h"
#include "core/report/orders.h"

#include <stdlib.h>

/* Each link's group, in their order; of a creator that the query leaves out, none. */
static int group_links(struct compare *compare, size_t *groups)
{
    const struct link_set *links = &compare->figures.links;
    int err = JALON_OK;
    for (size_t i = 0; i < links->count && !err; i++) {
        const struct link_row *link = &links->links[i];
        if (!scope_has_creator(compare->scope, link->creator))
            continue;
        err = compare_find_group(compare, link->channel, link->campaign, &groups[i]);
        if (err == JALON_OK)
            err = compare_join(compare, groups[i], link->creator);
    }
    for (size_t i = 0; i < compare->count; i++)
        compare->groups[i].sums.has_unknown_cost = true;
    return err;
}

static int compare_rows(const void *a, const void *b)
{
    const struct click_source *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

static int sum_clicks(struct compare *compare, const size_t *groups)
{
    const struct link_set *links = &compare->figures.links;
    struct click_source *sources = calloc(links->count + 1, sizeof *sources);
    size_t count = 0;
    if (!sources)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < links->count; i++) {
        const struct link_row *link = &links->links[i];
        if (!scope_has_creator(compare->scope, link->creator))
            continue;
        struct sums *sums = &compare->groups[groups[i]].sums;
        sources[count++] = (struct click_source){
            .link_id = link->id,
            .row = groups[i],
            .cuts = {compare->scope->campaigns[link->campaign].range_ms, 2},
            .humans = &sums->figures.clicks,
            .invalid = sums->invalid,
        };
    }
    qsort(sources, count, sizeof *sources, compare_rows);
    int err = clicks_sum(compare->scope->store, sources, count, NULL);
    free(sources);
    return err;
}

static int add_credit(struct compare *compare, const struct order *order, size_t index)
{
    const struct credit *credit = &order->attribution.credits[index];
    if (!scope_has_creator(compare->scope, credit->creator))
        return JALON_OK;
    if (credit->click < 0) {
        compare->without_channel_micro += credit->share_micro;
        return JALON_OK;
    }
    const struct link_row *link =
        link_set_find(&compare->figures.links, order->view->evidence.clicks[credit->click].link_id);
    size_t group;
    if (!link)
        return JALON_OK; /* its record went with a Redis that lost its tail */
    int err = compare_find_group(compare, link->channel, link->campaign, &group);
    if (err)
        return err;
    struct figures *figures = &compare->groups[group].sums.figures;
    int64_t goals_micro = order->is_goal ? credit->share_micro : 0;
    figures->goals_micro += goals_micro;
    figures->click_goals_micro += goals_micro;
    figures->revenue_minor += attribution_amount(&order->attribution, index, order->revenue_minor);
    return JALON_OK;
}

static int add_order(void *context, const struct order *order)
{
    struct compare *compare = context;
    if (!order->counts)
        return JALON_OK;
    int err = totals_add_order(&compare->figures.totals, order);
    for (size_t i = 0; i < order->attribution.credit_count && !err; i++)
        err = add_credit(compare, order, i);
    return err;
}

static int read_links(struct compare *compare)
{
    struct creator_figures *figures = &compare->figures;
    *figures = (struct creator_figures){.scope = compare->scope};
    int err = totals_init(&figures->totals, compare->scope, &figures->pool);
    return err ? err : link_set_read(&figures->links, compare->scope);
}

int compare_gather_channels(struct compare *compare)
{
    int err = read_links(compare);
    if (err)
        return err;
    size_t *groups = calloc(compare->figures.links.count + 1, sizeof *groups);
    err = groups ? group_links(compare, groups) : JALON_NO_MEMORY;
    if (err == JALON_OK)
        err = sum_clicks(compare, groups);
    free(groups);
    if (err == JALON_OK)
        err = lost_clicks_note(&compare->figures.totals);
    return err ? err : orders_each(compare->scope, &compare->figures.links, add_order, compare);
}
