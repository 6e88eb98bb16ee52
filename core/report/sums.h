/* sums.h - the figures of a row, or of several together. */
#ifndef REPORT_SUMS_H
#define REPORT_SUMS_H
#include "core/ledger/attribution.h"
#include "core/ledger/metrics.h"
#include "core/report/name_index.h"
#include "core/report/sink.h"
#include "core/traffic/click_class.h"

struct type_count;

struct sums { /* zeroed: empty */
    struct figures figures;
    int64_t invalid[CLICK_CLASS_MAX + 1]; /* clicks by class */
    bool has_unknown_visitors;            /* unique_clicks says nothing */
    bool has_unknown_cost;                /* figures.cost_minor says nothing */
    bool has_rates;                       /* what is paid goes by clicks or results too */
    int64_t by[EVIDENCE_BOTH + 1];        /* goal conversions in millionths, by evidence */
    struct type_count *types;             /* conversions by type; of the pool */
    int64_t redemptions, over_limit, while_disabled,
        outside_validity;     /* orders that brought a code */
    int64_t without_click;    /* redemptions without a click of the code's creator */
    wide order_revenue_minor; /* of the redemptions, whoever is credited */
    /* Of a breakdown of raw clicks: those of the row, and those of all rows. The latter is 0 where it is unknown,
     * and in a sum of rows, as it is none of what adds up. */
    int64_t part, whole;
};

struct sums_pool { /* zeroed: empty; what the sums of a report share */
    struct arena arena;
    struct name_index types;
};

CHECKED int sums_add(struct sums_pool *pool, struct sums *to, const struct sums *more);
CHECKED int sums_add_type(struct sums_pool *pool, struct sums *to, struct slice type,
                          int64_t micro);
/* The conversions by type, from A to Z; `ret_counts` has room for pool->types.count. Returns how many. */
size_t sums_types(const struct sums_pool *pool, const struct sums *sums,
                  struct named_count *ret_counts);
/* Those of one type, in millionths. */
int64_t sums_of_type(const struct sums_pool *pool, const struct sums *sums, struct slice type);
void sums_pool_done(struct sums_pool *pool);
#endif
