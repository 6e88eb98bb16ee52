#include "core/report/credited_clicks.h"
#include "core/base/array.h"
#include "core/sign/click_id.h"
#include "core/store/schema.h"

#include <stdlib.h>

#define DAY_MS INT64_C(86400000)

static int keep_type(struct sums_pool *pool, struct slice type, struct slice *ret_kept)
{
    size_t number;
    int err = name_index_put(&pool->types, type, &number);
    if (err == JALON_OK)
        *ret_kept = pool->types.names[number];
    return err;
}

int credited_clicks_add(struct credited_clicks *list, struct sums_pool *pool,
                        const struct order *order, size_t index)
{
    const struct credit *credit = &order->attribution.credits[index];
    if (credit->click < 0) {
        list->without_click_micro += credit->share_micro;
        return JALON_OK;
    }
    struct click_id id;
    struct credited_click click = {
        .campaign = order->campaign,
        .share_micro = credit->share_micro,
        .revenue_minor = attribution_amount(&order->attribution, index, order->revenue_minor),
    };
    if (click_id_split(&id, order->view->evidence.clicks[credit->click].click_id))
        return JALON_DAMAGED; /* it was verified when the order came */
    click.link_id = id.link_id;
    click.at_ms = id.at_ms;
    click.nonce = id.nonce;
    int err = keep_type(pool, order->view->type, &click.type);
    if (err == JALON_OK)
        err = array_reserve((void **)&list->clicks, &list->capacity, list->count + 1,
                            sizeof *list->clicks);
    if (err == JALON_OK)
        list->clicks[list->count++] = click;
    return err;
}

static int by_link_and_time(const void *a, const void *b)
{
    const struct credited_click *x = a, *y = b;
    if (x->link_id != y->link_id)
        return x->link_id < y->link_id ? -1 : 1;
    return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

static int by_day(const void *a, const void *b)
{
    const struct click_day *x = a, *y = b;
    if (x->partition != y->partition)
        return x->partition < y->partition ? -1 : 1;
    return (x->day > y->day) - (x->day < y->day);
}

int credited_clicks_sort(struct credited_clicks *list)
{
    if (list->count == 0)
        return JALON_OK;
    list->days = calloc(list->count, sizeof *list->days);
    if (!list->days)
        return JALON_NO_MEMORY;
    qsort(list->clicks, list->count, sizeof *list->clicks, by_link_and_time);
    for (size_t i = 0; i < list->count; i++)
        list->days[i] = (struct click_day){
            .partition = schema_partition(list->clicks[i].link_id),
            .day = (int32_t)(list->clicks[i].at_ms / DAY_MS),
        };
    list->day_count = array_sort_once(list->days, list->count, sizeof *list->days, by_day);
    return JALON_OK;
}

/* How many come before a link's. */
static size_t place_of(const struct credited_clicks *list, uint64_t link_id)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->clicks[middle].link_id < link_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct credited_click *credited_clicks_of_link(const struct credited_clicks *list, uint64_t link_id,
                                               size_t *ret_count)
{
    size_t first = place_of(list, link_id), end = first;
    while (end < list->count && list->clicks[end].link_id == link_id)
        end++;
    *ret_count = end - first;
    return end > first ? list->clicks + first : NULL;
}

bool credited_clicks_has_day(const struct credited_clicks *list, unsigned partition, int32_t day)
{
    const struct click_day wanted = {.partition = partition, .day = day};
    return list->day_count &&
           bsearch(&wanted, list->days, list->day_count, sizeof wanted, by_day) != NULL;
}

int64_t credited_clicks_missing(const struct credited_clicks *list)
{
    int64_t micro = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!list->clicks[i].is_found)
            micro += list->clicks[i].share_micro;
    return micro;
}

void credited_clicks_done(struct credited_clicks *list)
{
    free(list->clicks);
    free(list->days);
    *list = (struct credited_clicks){0};
}
