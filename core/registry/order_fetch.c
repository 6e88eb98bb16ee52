/* Orders of an import are looked at in windows: what a window needs is asked for together, so that a window costs a
 * few round trips however many orders it holds. */
#include "core/registry/order.h"

#include <stdlib.h>

static int want_link(struct draft *draft, uint64_t link_id)
{
    char id[LINK_ID_TEXT + 1];
    link_id_format(id, link_id);
    struct key key = key_links(schema_partition(link_id));
    return draft_want(draft, &key, slice_of(id, LINK_ID_TEXT));
}

static int want_order(struct draft *draft, const struct order *order)
{
    const struct campaign_view *campaign = order->campaign;
    struct key orders = key_orders(campaign->brand, campaign->slug);
    int err = draft_want(draft, &orders, order->order_id);
    if (!err && order->code_text.folded[0]) {
        struct key codes = key_codes(campaign->brand);
        err = draft_want(draft, &codes, slice_of_string(order->code_text.folded));
    }
    for (size_t i = 0; i < order->click_count && !err; i++)
        if (order->clicks[i].is_genuine)
            err = want_link(draft, order->clicks[i].link_id);
    return err;
}

/* Whether codes that are nobody's were mistyped. */
static int fetch_forms(struct draft *draft, const struct order *orders, size_t count)
{
    const struct code_text **codes = reallocarray(NULL, count, sizeof *codes);
    if (!codes)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        codes[i] = &orders[i].code_text;
    int err = code_form_fetch(draft, codes, count);
    free(codes);
    return err;
}

/* Redemptions that the limits of the orders' codes will be judged by. */
static int fetch_counts(struct draft *draft, const struct order *orders, size_t count)
{
    struct key *sets = reallocarray(NULL, count, sizeof *sets);
    if (!sets)
        return JALON_NO_MEMORY;
    size_t set_count = 0;
    int err = JALON_OK;
    for (size_t i = 0; i < count && !err; i++) {
        bool is_limited = false;
        if (orders[i].code_text.folded[0])
            err = order_redemptions(draft, &orders[i], &sets[set_count], &is_limited);
        if (!err && is_limited)
            set_count++;
    }
    if (!err)
        err = draft_fetch_counts(draft, sets, set_count);
    free(sets);
    return err;
}

static int rely_on_limits(struct draft *draft, const struct order *orders, size_t count)
{
    int err = JALON_OK;
    for (size_t i = 0; i < count && !err; i++)
        if (i == 0 || orders[i].campaign != orders[i - 1].campaign)
            err = order_rely_on_limits(draft, orders[i].campaign);
    return err;
}

int order_fetch(struct draft *draft, const struct order *orders, size_t count)
{
    if (!count)
        return JALON_OK;
    int err = rely_on_limits(draft, orders, count);
    for (size_t i = 0; i < count && !err; i++)
        err = want_order(draft, &orders[i]);
    if (!err)
        err = draft_fetch_wanted(draft);
    if (!err)
        err = fetch_counts(draft, orders, count);
    return err ? err : fetch_forms(draft, orders, count);
}
