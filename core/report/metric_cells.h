/* metric_cells.h - the contract's metrics as columns: one list of fields, and what each cell of a row is. */
#ifndef REPORT_METRIC_CELLS_H
#define REPORT_METRIC_CELLS_H
#include "core/report/cells.h"
#include "core/report/sums.h"

/* Enumerator, field, heading, kind, whether only wide tables have it. */
#define HUMAN_METRICS(X) X(CLICKS, "clicks", "Clicks", CELL_COUNT, false)
#define INVALID_METRICS(X) X(INVALID, "invalid_clicks", "Invalid", CELL_COUNTS, true)
#define CLICK_METRICS(X)                                                                           \
    HUMAN_METRICS(X)                                                                               \
    X(UNIQUE, "unique_clicks", "Unique", CELL_COUNT, false)                                        \
    INVALID_METRICS(X)
#define IMPRESSION_METRICS(X)                                                                      \
    X(IMPRESSIONS, "impressions", "Impressions", CELL_COUNT, false)                                \
    X(UNKNOWN_POSTS, "impressions_unknown_posts", "Posts unknown", CELL_COUNT, true)               \
    X(CTR, "ctr", "CTR", CELL_RATIO, false)                                                        \
    X(CTR_LOW, "ctr_low", "CTR low", CELL_RATIO, false)                                            \
    X(CTR_HIGH, "ctr_high", "CTR high", CELL_RATIO, false)
#define TYPE_METRICS(X) X(CONVERSIONS, "conversions", "Conversions", CELL_COUNTS, false)
#define CONVERSION_METRICS(X)                                                                      \
    TYPE_METRICS(X)                                                                                \
    X(CONVERSIONS_BY, "conversions_by", "By", CELL_COUNTS, true)
#define RATE_METRICS(X)                                                                            \
    X(RATE, "conversion_rate", "Conv. rate", CELL_RATIO, false)                                    \
    X(RATE_LOW, "conversion_rate_low", "Rate low", CELL_RATIO, true)                               \
    X(RATE_HIGH, "conversion_rate_high", "Rate high", CELL_RATIO, true)
#define REVENUE_METRICS(X) X(REVENUE, "revenue", "Revenue", CELL_MONEY, false)
#define SPENT_METRICS(X)                                                                           \
    X(COST, "cost", "Cost", CELL_MONEY, false)                                                     \
    X(COST_PER_CLICK, "cost_per_click", "Per click", CELL_DECIMAL, false)
#define RESULT_COST_METRICS(X)                                                                     \
    X(COST_PER_RESULT, "cost_per_result", "Per result", CELL_DECIMAL, false)                       \
    X(COST_PER_RESULT_LOW, "cost_per_result_low", "Per result low", CELL_DECIMAL, false)           \
    X(COST_PER_RESULT_HIGH, "cost_per_result_high", "Per result high", CELL_DECIMAL, false)
/* Of conversions of a type, be it the campaign's goal or not. */
#define TYPE_COST_METRICS(X)                                                                       \
    X(COST_PER_SALE, "cost_per_sale", "Per sale", CELL_DECIMAL, true)                              \
    X(COST_PER_SIGNUP, "cost_per_signup", "Per signup", CELL_DECIMAL, true)
#define RETURN_METRICS(X) X(ROAS, "roas", "ROAS", CELL_RATIO, false)
#define COST_METRICS(X)                                                                            \
    SPENT_METRICS(X)                                                                               \
    RESULT_COST_METRICS(X)                                                                         \
    TYPE_COST_METRICS(X)                                                                           \
    RETURN_METRICS(X)
#define EARNING_METRICS(X) X(REVENUE_PER_CLICK, "revenue_per_click", "EPC", CELL_DECIMAL, true)
#define REACTION_METRICS(X)                                                                        \
    X(ENGAGEMENT, "engagement_rate", "Engagement", CELL_RATIO, true)                               \
    X(COMMENT_RATIO, "comment_ratio", "Comments", CELL_RATIO, true)
/* Which of a row's figures rest on too few events: a table marks them. */
#define THIN_METRICS(X) X(THIN, "thin", "Thin", CELL_TEXT, false)
#define METRICS(X)                                                                                 \
    CLICK_METRICS(X)                                                                               \
    IMPRESSION_METRICS(X)                                                                          \
    CONVERSION_METRICS(X)                                                                          \
    RATE_METRICS(X)                                                                                \
    REVENUE_METRICS(X)                                                                             \
    COST_METRICS(X)                                                                                \
    EARNING_METRICS(X)                                                                             \
    REACTION_METRICS(X)                                                                            \
    THIN_METRICS(X)

/* What only groups side by side have: counts, limits of all costs, and each figure per 1 000 impressions. */
#define RESULT_METRICS(X)                                                                          \
    X(POSTS, "posts", "Posts", CELL_COUNT, true)                                                   \
    X(RESULTS, "results", "Results", CELL_SHARE, false)
#define CLICK_LIMIT_METRICS(X)                                                                     \
    X(COST_PER_CLICK_LOW, "cost_per_click_low", "Per click low", CELL_DECIMAL, false)              \
    X(COST_PER_CLICK_HIGH, "cost_per_click_high", "Per click high", CELL_DECIMAL, false)
#define MILLE_METRICS(X)                                                                           \
    X(CLICKS_PER_MILLE, "clicks_per_mille", "Clicks/1000", CELL_RATIO, false)                      \
    X(RESULTS_PER_MILLE, "results_per_mille", "Results/1000", CELL_RATIO, false)                   \
    X(RESULTS_PER_MILLE_LOW, "results_per_mille_low", "Results/1000 low", CELL_RATIO, false)       \
    X(RESULTS_PER_MILLE_HIGH, "results_per_mille_high", "Results/1000 high", CELL_RATIO, false)    \
    X(REVENUE_PER_MILLE, "revenue_per_mille", "Revenue/1000", CELL_DECIMAL, false)                 \
    X(COST_PER_MILLE, "cost_per_mille", "Cost/1000", CELL_DECIMAL, false)

/* Those of a promo code. */
#define REDEMPTION_METRICS(X)                                                                      \
    X(REDEMPTIONS, "redemptions", "Redeemed", CELL_COUNT, false)                                   \
    X(OVER_LIMIT, "over_limit", "Over limit", CELL_COUNT, false)                                   \
    X(WHILE_DISABLED, "while_disabled", "Disabled", CELL_COUNT, true)                              \
    X(OUTSIDE_VALIDITY, "outside_validity", "Not valid", CELL_COUNT, true)                         \
    X(ORDER_REVENUE, "order_revenue", "Order revenue", CELL_MONEY, true)                           \
    X(WITHOUT_CLICK, "without_click", "No click", CELL_COUNT, false)                               \
    X(WITHOUT_CLICK_SHARE, "without_click_share", "No-click share", CELL_RATIO, false)

/* Those of a part of the raw clicks. */
#define PART_METRICS(X) X(PART, "count", "Count", CELL_COUNT, false)
#define SHARE_METRICS(X)                                                                           \
    X(SHARE, "share", "Share", CELL_RATIO, false)                                                  \
    X(SHARE_LOW, "share_low", "Share low", CELL_RATIO, false)                                      \
    X(SHARE_HIGH, "share_high", "Share high", CELL_RATIO, false)

/* That of a line of a payout. */
#define PAYOUT_METRICS(X) X(OWED, "owed", "Owed", CELL_MONEY, false)

enum metric {
#define METRIC_ENUMERATOR(name, field, heading, kind, is_wide) METRIC_##name,
    METRICS(METRIC_ENUMERATOR) REDEMPTION_METRICS(METRIC_ENUMERATOR) PART_METRICS(METRIC_ENUMERATOR)
        SHARE_METRICS(METRIC_ENUMERATOR) PAYOUT_METRICS(METRIC_ENUMERATOR)
            RESULT_METRICS(METRIC_ENUMERATOR) CLICK_LIMIT_METRICS(METRIC_ENUMERATOR)
                MILLE_METRICS(METRIC_ENUMERATOR)
#undef METRIC_ENUMERATOR
                    METRIC_COUNT
};

/* For tables of columns and of what is in them: METRICS(METRIC_COLUMN), METRICS(METRIC_NAME). */
#define METRIC_COLUMN(name, field, heading, kind, is_wide) {field, heading, kind, is_wide, true},
#define METRIC_NAME(name, field, heading, kind, is_wide) METRIC_##name,

/* A row's figures on their way to cells, and the memory that the cells borrow from. */
struct metric_row {
    const struct sums_pool *pool;
    const struct sums *sums;
    struct metrics metrics;
    struct rate share;
    unsigned exponent;
    bool has_money; /* false: a total over several currencies */
    char decimals[METRIC_COUNT][CELL_DECIMAL_MAX];
    struct named_count invalid[CLICK_CLASS_MAX], by[EVIDENCE_BOTH];
    struct named_count *types; /* room for pool->types.count */
};

/* The memory is for every row of a report, when all types of conversion are known. JALON_NO_MEMORY. */
CHECKED int metric_row_init(struct metric_row *row, const struct sums_pool *pool);
void metric_row_done(struct metric_row *row);

/* Turns to the figures of `sums`; cells made before are no longer good. */
void metric_row_set(struct metric_row *row, const struct sums *sums, unsigned exponent,
                    bool has_money);
struct cell metric_cell(struct metric_row *row, enum metric metric);
#endif
