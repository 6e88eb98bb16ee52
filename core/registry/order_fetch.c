/* Orders of an import are looked at in windows: what a window needs is asked for key by key, so that a window
 * costs a few round trips however many orders it holds. */
#include "core/registry/order.h"

#include <stdlib.h>

struct wanted {
    struct key key;
    struct slice field;
    char link_id[LINK_ID_TEXT + 1]; /* what `field` borrows from, for a link */
};

struct wanted_list {
    struct wanted *items;
    size_t count;
};

static size_t most_wanted(const struct order *orders, size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most += 2 + orders[i].click_count;
    return most;
}

static void want(struct wanted_list *list, struct key key, struct slice field)
{
    struct wanted *item = &list->items[list->count++];
    item->key = key;
    item->field = field;
}

static void want_order(struct wanted_list *list, const struct order *order)
{
    const struct campaign_view *campaign = order->campaign;
    want(list, key_orders(campaign->brand, campaign->slug), order->order_id);
    if (order->code_text.folded[0])
        want(list, key_codes(campaign->brand), slice_of_string(order->code_text.folded));
    for (size_t i = 0; i < order->click_count; i++) {
        if (!order->clicks[i].is_genuine)
            continue;
        struct wanted *item = &list->items[list->count++];
        item->key = key_links(schema_partition(order->clicks[i].link_id));
        link_id_format(item->link_id, order->clicks[i].link_id);
        item->field = slice_of(item->link_id, LINK_ID_TEXT);
    }
}

static int by_key(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    return strcmp(x->key.text, y->key.text);
}

/* After sorting, the fields of links borrow from where the items lay before: point them anew. */
static void sort_wanted(struct wanted_list *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_key);
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].link_id[0])
            list->items[i].field = slice_of(list->items[i].link_id, LINK_ID_TEXT);
}

static int fetch_wanted(struct draft *draft, const struct wanted_list *list, struct slice *fields)
{
    int err = JALON_OK;
    for (size_t at = 0; at < list->count && !err;) {
        const struct key *key = &list->items[at].key;
        size_t count = 0;
        for (; at < list->count && strcmp(list->items[at].key.text, key->text) == 0; at++)
            fields[count++] = list->items[at].field;
        err = draft_fetch(draft, key, fields, count);
    }
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

int order_fetch(struct draft *draft, const struct order *orders, size_t count)
{
    size_t most = most_wanted(orders, count);
    if (!most)
        return JALON_OK;
    struct wanted_list list = {.items = calloc(most, sizeof(struct wanted))};
    struct slice *fields = reallocarray(NULL, most, sizeof *fields);
    int err = list.items && fields ? JALON_OK : JALON_NO_MEMORY;
    for (size_t i = 0; i < count && !err; i++)
        want_order(&list, &orders[i]);
    if (!err) {
        sort_wanted(&list);
        err = fetch_wanted(draft, &list, fields);
    }
    free(list.items);
    free(fields);
    if (!err)
        err = fetch_counts(draft, orders, count);
    return err ? err : fetch_forms(draft, orders, count);
}
