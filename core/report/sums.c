#include "core/report/sums.h"

#include <stdlib.h>

struct type_count {
    struct type_count *next;
    size_t type; /* in the pool's index */
    int64_t micro;
};

static int add_to_type(struct sums_pool *pool, struct sums *to, size_t type, int64_t micro)
{
    struct type_count *count = to->types;
    while (count && count->type != type)
        count = count->next;
    if (!count) {
        count = arena_take(&pool->arena, sizeof *count);
        if (!count)
            return JALON_NO_MEMORY;
        *count = (struct type_count){.next = to->types, .type = type};
        to->types = count;
    }
    count->micro += micro;
    return JALON_OK;
}

int sums_add_type(struct sums_pool *pool, struct sums *to, struct slice type, int64_t micro)
{
    size_t number;
    int err = name_index_put(&pool->types, type, &number);
    return err ? err : add_to_type(pool, to, number, micro);
}

int sums_add(struct sums_pool *pool, struct sums *to, const struct sums *more)
{
    for (size_t i = 0; i <= CLICK_CLASS_MAX; i++)
        to->invalid[i] += more->invalid[i];
    to->has_unknown_visitors = to->has_unknown_visitors || more->has_unknown_visitors;
    to->has_unknown_cost = to->has_unknown_cost || more->has_unknown_cost;
    to->has_rates = to->has_rates || more->has_rates;
    for (size_t i = 0; i <= EVIDENCE_BOTH; i++)
        to->by[i] += more->by[i];
    for (const struct type_count *count = more->types; count; count = count->next) {
        int err = add_to_type(pool, to, count->type, count->micro);
        if (err)
            return err;
    }
    to->redemptions += more->redemptions;
    to->over_limit += more->over_limit;
    to->while_disabled += more->while_disabled;
    to->outside_validity += more->outside_validity;
    to->without_click += more->without_click;
    to->order_revenue_minor += more->order_revenue_minor;
    to->part += more->part;
    figures_add(&to->figures, &more->figures);
    return JALON_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct named_count *x = a, *y = b;
    return slice_compare(x->name, y->name);
}

size_t sums_types(const struct sums_pool *pool, const struct sums *sums,
                  struct named_count *ret_counts)
{
    size_t found = 0;
    for (const struct type_count *count = sums->types; count; count = count->next)
        ret_counts[found++] = (struct named_count){pool->types.names[count->type], count->micro};
    if (found)
        qsort(ret_counts, found, sizeof *ret_counts, by_name);
    return found;
}

int64_t sums_of_type(const struct sums_pool *pool, const struct sums *sums, struct slice type)
{
    size_t number;
    if (!name_index_find(&pool->types, type, &number))
        return 0;
    const struct type_count *count = sums->types;
    while (count && count->type != number)
        count = count->next;
    return count ? count->micro : 0;
}

void sums_pool_done(struct sums_pool *pool)
{
    arena_done(&pool->arena);
    name_index_done(&pool->types);
}
