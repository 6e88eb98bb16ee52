/* compare_report.c - groups side by side: one row a tier, creator, niche, channel, kind of campaign or lever; of several
 * campaigns one a currency too. */
#include "core/report/compare.h"
#include "core/report/report_kinds.h"

enum {
    OWN_GROUP,
    OWN_BY,
    OWN_CURRENCY,
    OWN_CREATORS,
    OWN_CTR_REFERENCE,
    OWN_RATE_REFERENCE,
    OWN_ENGAGEMENT_REFERENCE,
    OWN_COUNT
};

#define COMPARE_METRICS(X)                                                                         \
    HUMAN_METRICS(X)                                                                               \
    IMPRESSION_METRICS(X)                                                                          \
    RESULT_METRICS(X)                                                                              \
    RATE_METRICS(X)                                                                                \
    REVENUE_METRICS(X)                                                                             \
    SPENT_METRICS(X)                                                                               \
    CLICK_LIMIT_METRICS(X)                                                                         \
    RESULT_COST_METRICS(X)                                                                         \
    RETURN_METRICS(X)                                                                              \
    MILLE_METRICS(X)                                                                               \
    EARNING_METRICS(X)                                                                             \
    REACTION_METRICS(X)                                                                            \
    THIN_METRICS(X)

static const struct column columns[] = {
    [OWN_GROUP] = {"group", "Group", CELL_TEXT, false, false},
    [OWN_BY] = {"by", "Grouped by", CELL_TEXT, true, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_CREATORS] = {"creators", "Creators", CELL_COUNT, false, false},
    [OWN_CTR_REFERENCE] = {"ctr_reference", "CTR usual?", CELL_TEXT, false, false},
    [OWN_RATE_REFERENCE] = {"conversion_rate_reference", "Rate usual?", CELL_TEXT, true, false},
    [OWN_ENGAGEMENT_REFERENCE] = {"engagement_rate_reference", "Engagement usual?", CELL_TEXT, true,
                                  false},
    COMPARE_METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {COMPARE_METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "compare",
    .summary = "tiers, creators, niches, channels, kinds or levers side by side (--by)",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "clicks",
    .takes_all = true,
    .has_groups = true,
};

static struct cell place_cell(const struct compare *compare, const struct compare_group *group,
                              enum reference_metric metric, const struct rate *rate)
{
    const struct reference_range *range = compare_range(compare, group, metric);
    return range ? cell_text(slice_of_string(reference_place(range, rate))) : cell_null();
}

static void fill_references(const struct compare *compare, const struct compare_group *group,
                            const struct metrics *of, struct cell *cells)
{
    const struct rate engagement = {.value = of->engagement_rate};
    cells[OWN_CTR_REFERENCE] = place_cell(compare, group, REFERENCE_CTR, &of->ctr);
    cells[OWN_RATE_REFERENCE] =
        place_cell(compare, group, REFERENCE_CONVERSION_RATE, &of->conversion_rate);
    cells[OWN_ENGAGEMENT_REFERENCE] =
        place_cell(compare, group, REFERENCE_ENGAGEMENT_RATE, &engagement);
}

static void fill(void *context, size_t index, struct cell *cells, struct metric_row *metric_row)
{
    const struct compare *compare = context;
    const struct compare_group *group = &compare->groups[index];
    const struct currency_sums *currency = &compare->figures.totals.currencies[group->currency];
    metric_row_set(metric_row, &group->sums, currency->exponent, true);
    cells[OWN_GROUP] = cell_text(group->name);
    cells[OWN_BY] = cell_text(slice_of_string(compare_by_name(compare->by)));
    cells[OWN_CURRENCY] = cell_text(currency->currency);
    cells[OWN_CREATORS] = cell_count((int64_t)group->creators);
    fill_references(compare, group, &metric_row->metrics, cells);
}

static int gather(struct compare *compare)
{
    int err = scope_open_reference(compare->scope, &compare->reference);
    if (err)
        return err;
    err = compare->by == COMPARE_BY_CHANNEL ? compare_gather_channels(compare)
                                            : compare_gather_creators(compare);
    return err ? err : compare_note(compare);
}

static int send(struct compare *compare, struct report_sink *sink)
{
    struct totals *totals = &compare->figures.totals;
    struct row_table table = {
        .scope = compare->scope,
        .shape = &shape,
        .row_count = compare->count,
        .pool = &compare->figures.pool,
        .fill = fill,
        .context = compare,
    };
    int err = JALON_OK;
    for (size_t i = 0; i < compare->count && !err; i++)
        err = totals_add_row(totals, compare->groups[i].currency, &compare->groups[i].sums);
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(totals, &table, sink);
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    struct compare compare = {.scope = scope};
    if (!compare_by_parse(&compare.by, scope->query->by))
        return JALON_INVALID; /* report_run() has looked at it */
    int err = gather(&compare);
    if (err == JALON_OK)
        err = send(&compare, sink);
    compare_done(&compare);
    return err;
}

const struct report_kind compare_report = {&shape, run};
