#include "core/report/metric_cells.h"

#include <stdlib.h>

int metric_row_init(struct metric_row *row, const struct sums_pool *pool)
{
    *row = (struct metric_row){.pool = pool};
    row->types = calloc(pool->types.count + 1, sizeof *row->types);
    return row->types ? JALON_OK : JALON_NO_MEMORY;
}

void metric_row_done(struct metric_row *row)
{
    free(row->types);
    row->types = NULL;
}

void metric_row_set(struct metric_row *row, const struct sums *sums, unsigned exponent,
                    bool has_money)
{
    row->sums = sums;
    row->exponent = exponent;
    row->has_money = has_money;
    metrics_of(&row->metrics, &sums->figures);
    row->share = rate_of_part(sums->part, sums->whole);
}

/* Every class but human, those without a click too: a closed list. */
static struct cell invalid_cell(struct metric_row *row)
{
    static const enum click_class classes[] = {CLICK_PREVIEW, CLICK_BOT, CLICK_PREFETCH,
                                               CLICK_DATACENTER, CLICK_DUPLICATE};
    const size_t count = sizeof classes / sizeof *classes;
    for (size_t i = 0; i < count; i++)
        row->invalid[i] = (struct named_count){
            .name = slice_of_string(click_class_name(classes[i])),
            .micro = row->sums->invalid[classes[i]] * SHARE_WHOLE,
        };
    return cell_counts(row->invalid, count);
}

static struct cell by_cell(struct metric_row *row)
{
    for (unsigned kind = EVIDENCE_CLICK; kind <= EVIDENCE_BOTH; kind++)
        row->by[kind - 1] = (struct named_count){
            .name = slice_of_string(evidence_kind_name((enum evidence_kind)kind)),
            .micro = row->sums->by[kind],
        };
    return cell_counts(row->by, EVIDENCE_BOTH);
}

static bool has_cost(const struct metric_row *row)
{
    return row->has_money && !row->sums->has_unknown_cost;
}

static struct cell money_cell(const struct metric_row *row, wide minor)
{
    return row->has_money ? cell_money(minor, row->exponent) : cell_null();
}

static struct cell per_cell(struct metric_row *row, enum metric metric, wide minor,
                            int64_t count_micro)
{
    if (!row->has_money)
        return cell_null();
    return cell_per(row->decimals[metric], minor, row->exponent, count_micro);
}

static struct cell cost_cell(const struct metric_row *row)
{
    return has_cost(row) ? money_cell(row, row->sums->figures.cost_minor) : cell_null();
}

static struct cell cost_per_cell(struct metric_row *row, enum metric metric, int64_t count_micro)
{
    return has_cost(row) ? per_cell(row, metric, row->sums->figures.cost_minor, count_micro)
                         : cell_null();
}

/* What `minor` comes to over the greatest and the least that a count may stand for: that many cost as little or as much
 * each. Null where nothing was spent: there is no cost to be unsure of. */
static struct cell limit_cell(struct metric_row *row, enum metric metric, int64_t count_micro,
                              bool is_low)
{
    wide minor = row->sums->figures.cost_minor;
    struct interval limits;
    if (!has_cost(row) || minor <= 0 || !count_limits(&limits, count_micro))
        return cell_null();
    return cell_per_estimate(row->decimals[metric], minor, row->exponent,
                             is_low ? limits.high : limits.low);
}

/* Of 1 000 impressions, where each post's are known. */
static struct cell per_mille_cell(struct metric_row *row, enum metric metric, wide minor)
{
    bool is_countable = row->sums->figures.impressions <= INT64_MAX / SHARE_WHOLE;
    if (!row->metrics.is_seen_whole || !is_countable)
        return cell_null();
    return per_cell(row, metric, minor * 1000, row->sums->figures.impressions * SHARE_WHOLE);
}

/* Texts of cells live as long as the report. */
static struct cell thin_cell(const struct metric_row *row)
{
    static const char *const texts[] = {
        NULL,
        "ctr",
        "conversion_rate",
        "ctr, conversion_rate",
        "cost_per_result",
        "ctr, cost_per_result",
        "conversion_rate, cost_per_result",
        "ctr, conversion_rate, cost_per_result",
    };
    const struct metrics *metrics = &row->metrics;
    unsigned number = metrics->is_ctr_thin;
    number += metrics->is_conversion_rate_thin ? 2 : 0;
    number += metrics->is_cost_per_result_thin && has_cost(row) ? 4 : 0;
    return cell_text(slice_of_string(texts[number]));
}

static struct ratio share_of(int64_t part, int64_t whole)
{
    return (struct ratio){whole > 0, whole > 0 ? (double)part / (double)whole : 0};
}

struct cell metric_cell(struct metric_row *row, enum metric metric)
{
    const struct figures *figures = &row->sums->figures;
    const struct metrics *metrics = &row->metrics;
    switch (metric) {
    case METRIC_CLICKS:
        return cell_count(figures->clicks);
    case METRIC_UNIQUE:
        return cell_known(!row->sums->has_unknown_visitors, figures->unique_clicks);
    case METRIC_INVALID:
        return invalid_cell(row);
    case METRIC_IMPRESSIONS:
        return cell_known(metrics->has_impressions, figures->impressions);
    case METRIC_UNKNOWN_POSTS:
        return cell_count(figures->posts_without_impressions);
    case METRIC_CTR:
        return cell_ratio(metrics->ctr.value);
    case METRIC_CTR_LOW:
        return cell_ratio(metrics->ctr.low);
    case METRIC_CTR_HIGH:
        return cell_ratio(metrics->ctr.high);
    case METRIC_CONVERSIONS:
        return cell_counts(row->types, sums_types(row->pool, row->sums, row->types));
    case METRIC_CONVERSIONS_BY:
        return by_cell(row);
    case METRIC_RATE:
        return cell_ratio(metrics->conversion_rate.value);
    case METRIC_RATE_LOW:
        return cell_ratio(metrics->conversion_rate.low);
    case METRIC_RATE_HIGH:
        return cell_ratio(metrics->conversion_rate.high);
    case METRIC_REVENUE:
        return money_cell(row, figures->revenue_minor);
    case METRIC_COST:
    case METRIC_OWED:
        return cost_cell(row);
    case METRIC_COST_PER_CLICK:
        return cost_per_cell(row, metric, figures->clicks * SHARE_WHOLE);
    case METRIC_COST_PER_CLICK_LOW:
    case METRIC_COST_PER_CLICK_HIGH:
        return limit_cell(row, metric, figures->clicks * SHARE_WHOLE,
                          metric == METRIC_COST_PER_CLICK_LOW);
    case METRIC_COST_PER_RESULT:
        return cost_per_cell(row, metric, figures->goals_micro);
    case METRIC_COST_PER_SALE:
        return cost_per_cell(row, metric, sums_of_type(row->pool, row->sums, SLICE("sale")));
    case METRIC_COST_PER_SIGNUP:
        return cost_per_cell(row, metric, sums_of_type(row->pool, row->sums, SLICE("signup")));
    case METRIC_COST_PER_RESULT_LOW:
    case METRIC_COST_PER_RESULT_HIGH:
        return limit_cell(row, metric, figures->goals_micro, metric == METRIC_COST_PER_RESULT_LOW);
    case METRIC_ROAS:
        return has_cost(row) ? cell_ratio(metrics->roas) : cell_null();
    case METRIC_REVENUE_PER_CLICK:
        return per_cell(row, metric, figures->revenue_minor, figures->clicks * SHARE_WHOLE);
    case METRIC_ENGAGEMENT:
        return cell_ratio(metrics->engagement_rate);
    case METRIC_COMMENT_RATIO:
        return cell_ratio(metrics->comment_ratio);
    case METRIC_REDEMPTIONS:
        return cell_count(row->sums->redemptions);
    case METRIC_OVER_LIMIT:
        return cell_count(row->sums->over_limit);
    case METRIC_WHILE_DISABLED:
        return cell_count(row->sums->while_disabled);
    case METRIC_OUTSIDE_VALIDITY:
        return cell_count(row->sums->outside_validity);
    case METRIC_ORDER_REVENUE:
        return money_cell(row, row->sums->order_revenue_minor);
    case METRIC_PART:
        return cell_count(row->sums->part);
    case METRIC_SHARE:
        return cell_ratio(row->share.value);
    case METRIC_SHARE_LOW:
        return cell_ratio(row->share.low);
    case METRIC_SHARE_HIGH:
        return cell_ratio(row->share.high);
    case METRIC_WITHOUT_CLICK:
        return cell_count(row->sums->without_click);
    case METRIC_WITHOUT_CLICK_SHARE:
        return cell_ratio(share_of(row->sums->without_click, row->sums->redemptions));
    case METRIC_POSTS:
        return cell_count(figures->posts);
    case METRIC_RESULTS:
        return cell_share(figures->goals_micro);
    case METRIC_CLICKS_PER_MILLE:
        return cell_ratio(metrics->clicks_per_mille);
    case METRIC_RESULTS_PER_MILLE:
        return cell_ratio(metrics->results_per_mille.value);
    case METRIC_RESULTS_PER_MILLE_LOW:
        return cell_ratio(metrics->results_per_mille.low);
    case METRIC_RESULTS_PER_MILLE_HIGH:
        return cell_ratio(metrics->results_per_mille.high);
    case METRIC_REVENUE_PER_MILLE:
        return per_mille_cell(row, metric, figures->revenue_minor);
    case METRIC_COST_PER_MILLE:
        return has_cost(row) ? per_mille_cell(row, metric, figures->cost_minor) : cell_null();
    case METRIC_THIN:
        return thin_cell(row);
    case METRIC_COUNT:
        break;
    }
    return cell_null();
}
