/* timeline_report.c - one row an hour, a day or a week of each campaign, by the clocks of its own zone. */
#include "core/registry/cost_view.h"
#include "core/registry/post_view.h"
#include "core/report/clicks.h"
#include "core/report/first_clicks.h"
#include "core/report/lost_clicks.h"
#include "core/report/report_kinds.h"
#include "core/report/steps.h"
#include "core/store/store.h"

#include <stdlib.h>

#define ROWS_MAX 20000

enum { OWN_START, OWN_CAMPAIGN, OWN_CURRENCY, OWN_RUNNING, OWN_COUNT };

#define STEP_METRICS(X)                                                                            \
    CLICK_METRICS(X)                                                                               \
    CONVERSION_METRICS(X)                                                                          \
    RATE_METRICS(X)                                                                                \
    REVENUE_METRICS(X)                                                                             \
    EARNING_METRICS(X)

static const struct column columns[] = {
    [OWN_START] = {"start", "Start", CELL_TEXT, false, false},
    [OWN_CAMPAIGN] = {"campaign", "Campaign", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_RUNNING] = {"running", "Running", CELL_TEXT, false, false},
    STEP_METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {STEP_METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "timeline",
    .summary = "clicks and sales by hour, day or week of the campaign's zone (--step)",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "start",
    .has_steps = true,
};

struct step_row {
    size_t campaign;
    int64_t start_ms, end_ms;
    char start[MOMENT_TEXT_MAX];
    struct sums sums;
};

struct timeline {
    const struct scope *scope;
    enum step step;
    struct link_set links;
    struct first_click *first_clicks; /* by link; where a range is open at its start */
    struct steps *steps;              /* by campaign */
    size_t *first_rows;               /* by campaign */
    struct step_row *rows;
    size_t row_count;
    struct sums_pool pool;
    struct totals totals;
};

/* When the first of what a campaign has happened, for a range that is open at its start. */
struct beginning {
    const struct timeline *timeline;
    size_t campaign;
    int64_t at_ms;
};

static void begin_at(struct beginning *beginning, int64_t at_ms)
{
    const struct scope_campaign *campaign =
        &beginning->timeline->scope->campaigns[beginning->campaign];
    if (at_ms >= campaign->range_ms[0] && at_ms < campaign->range_ms[1] && at_ms < beginning->at_ms)
        beginning->at_ms = at_ms;
}

static int see_cost(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)version; /* each is there: it was walked to */
    struct beginning *beginning = context;
    const struct scope *scope = beginning->timeline->scope;
    const struct scope_campaign *campaign = &scope->campaigns[beginning->campaign];
    struct cost_view view;
    int err = cost_view_read(&view, field, json, campaign->view.exponent);
    if (err == JALON_OK && scope_has_creator(scope, view.creator))
        begin_at(beginning, zone_day_start_ms(campaign->zone, view.entry.day));
    return err;
}

static int see_post(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)field, (void)version; /* the record knows its URL, and is there: it was walked to */
    struct beginning *beginning = context;
    struct post_view view;
    int err = post_view_read(&view, json);
    if (err)
        return err;
    if (scope_has_creator(beginning->timeline->scope, view.creator))
        begin_at(beginning, view.published_ms);
    post_view_done(&view);
    return JALON_OK;
}

static bool is_wanted(const struct scope *scope, const struct order *order)
{
    bool is_credited = scope->query->creator.size == 0;
    for (size_t i = 0; i < order->attribution.credit_count; i++)
        is_credited =
            is_credited || scope_has_creator(scope, order->attribution.credits[i].creator);
    return order->counts && is_credited;
}

/* They come by time: the first that is wanted ends the walk. */
static int see_order(void *context, const struct order *order)
{
    struct beginning *beginning = context;
    if (!is_wanted(beginning->timeline->scope, order))
        return JALON_OK;
    begin_at(beginning, order->view->occurred_ms);
    return JALON_EXISTS;
}

static void see_clicks(struct beginning *beginning)
{
    const struct timeline *timeline = beginning->timeline;
    for (size_t i = 0; i < timeline->links.count; i++) {
        const struct link_row *link = &timeline->links.links[i];
        if (link->campaign == beginning->campaign &&
            scope_has_creator(timeline->scope, link->creator))
            begin_at(beginning, timeline->first_clicks[i].at_ms);
    }
}

static int find_beginning(const struct timeline *timeline, size_t campaign, int64_t *ret_ms)
{
    const struct scope *scope = timeline->scope;
    struct beginning beginning = {timeline, campaign, NEVER_MS};
    struct key costs = key_costs(scope->slugs[campaign]), posts = key_posts(scope->slugs[campaign]);
    see_clicks(&beginning);
    int err = store_each(scope->store, &costs, see_cost, &beginning);
    if (err == JALON_OK)
        err = store_each(scope->store, &posts, see_post, &beginning);
    if (err == JALON_OK)
        err = orders_each_of(scope, campaign, &timeline->links, see_order, &beginning);
    *ret_ms = beginning.at_ms;
    return err == JALON_EXISTS ? JALON_OK : err;
}

static int find_first_clicks(struct timeline *timeline)
{
    const struct link_set *links = &timeline->links;
    timeline->first_clicks = calloc(links->count + 1, sizeof *timeline->first_clicks);
    if (!timeline->first_clicks)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < links->count; i++)
        timeline->first_clicks[i].link_id = links->links[i].id;
    return first_clicks_find(timeline->scope->store, timeline->first_clicks, links->count, false);
}

static int cut_campaign(struct timeline *timeline, size_t index)
{
    const struct scope *scope = timeline->scope;
    const struct scope_campaign *campaign = &scope->campaigns[index];
    int64_t first_ms = campaign->range_ms[0];
    int err = JALON_OK;
    timeline->first_rows[index] = timeline->row_count;
    if (scope->query->from.size == 0)
        err = find_beginning(timeline, index, &first_ms);
    if (err || first_ms == NEVER_MS)
        return err;
    err = steps_make(&timeline->steps[index], campaign->zone, timeline->step, campaign->range_ms,
                     first_ms, ROWS_MAX - timeline->row_count);
    if (err == JALON_FULL)
        return problem_field(scope->problem, "step",
                             "the report would have more than %d rows: take a larger step, or a "
                             "shorter range by from and to",
                             ROWS_MAX);
    timeline->row_count += timeline->steps[index].count;
    return err;
}

static int make_rows(struct timeline *timeline)
{
    timeline->rows = calloc(timeline->row_count + 1, sizeof *timeline->rows);
    if (!timeline->rows)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < timeline->scope->campaign_count; i++) {
        const struct steps *steps = &timeline->steps[i];
        for (size_t j = 0; j < steps->count; j++) {
            struct step_row *row = &timeline->rows[timeline->first_rows[i] + j];
            row->campaign = i;
            row->start_ms = steps->moments_ms[j];
            row->end_ms = steps->moments_ms[j + 1];
            row->sums.has_unknown_visitors = timeline->step == STEP_HOUR; /* a daily figure */
            step_name(row->start, timeline->scope->campaigns[i].zone, timeline->step,
                      row->start_ms);
        }
    }
    return JALON_OK;
}

static int cut(struct timeline *timeline)
{
    size_t count = timeline->scope->campaign_count;
    timeline->steps = calloc(count, sizeof *timeline->steps);
    timeline->first_rows = calloc(count, sizeof *timeline->first_rows);
    int err = timeline->steps && timeline->first_rows ? JALON_OK : JALON_NO_MEMORY;
    if (err == JALON_OK && timeline->scope->query->from.size == 0)
        err = find_first_clicks(timeline);
    for (size_t i = 0; i < count && !err; i++)
        err = cut_campaign(timeline, i);
    return err ? err : make_rows(timeline);
}

struct counted { /* by row */
    int64_t *humans, *unique;
    int64_t (*invalid)[CLICK_CLASS_COUNT];
};

static int compare_rows(const void *a, const void *b)
{
    const struct click_source *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

/* Returns how many; `sources` has room for all links. */
static size_t list_sources(const struct timeline *timeline, const struct counted *counted,
                           struct click_source *sources)
{
    size_t count = 0;
    for (size_t i = 0; i < timeline->links.count; i++) {
        const struct link_row *link = &timeline->links.links[i];
        const struct steps *steps = &timeline->steps[link->campaign];
        size_t row = timeline->first_rows[link->campaign];
        if (!scope_has_creator(timeline->scope, link->creator) || steps->count == 0)
            continue;
        sources[count++] = (struct click_source){
            .link_id = link->id,
            .row = row,
            .cuts = {steps->moments_ms, steps->count + 1},
            .humans = counted->humans + row,
            .invalid = counted->invalid[row],
            .is_row_stretch = true,
        };
    }
    if (count)
        qsort(sources, count, sizeof *sources, compare_rows);
    return count;
}

static void take_over_clicks(struct timeline *timeline, const struct counted *counted)
{
    for (size_t i = 0; i < timeline->row_count; i++) {
        struct sums *sums = &timeline->rows[i].sums;
        sums->figures.clicks = counted->humans[i];
        sums->figures.unique_clicks = counted->unique[i];
        memcpy(sums->invalid, counted->invalid[i], sizeof sums->invalid);
    }
}

static int sum_clicks(struct timeline *timeline)
{
    size_t rows = timeline->row_count + 1;
    struct counted counted = {
        .humans = calloc(rows, sizeof *counted.humans),
        .unique = calloc(rows, sizeof *counted.unique),
        .invalid = calloc(rows, sizeof *counted.invalid),
    };
    struct click_source *sources = calloc(timeline->links.count + 1, sizeof *sources);
    bool has_memory = counted.humans && counted.unique && counted.invalid && sources;
    int err = has_memory ? JALON_OK : JALON_NO_MEMORY;
    if (err == JALON_OK) {
        size_t count = list_sources(timeline, &counted, sources);
        err = clicks_sum(timeline->scope->store, sources, count,
                         timeline->step == STEP_HOUR ? NULL : counted.unique);
    }
    if (err == JALON_OK)
        take_over_clicks(timeline, &counted);
    free(counted.humans);
    free(counted.unique);
    free(counted.invalid);
    free(sources);
    return err;
}

static int add_credit(struct timeline *timeline, const struct order *order, size_t index,
                      struct sums *sums)
{
    const struct credit *credit = &order->attribution.credits[index];
    if (!scope_has_creator(timeline->scope, credit->creator))
        return JALON_OK;
    int64_t goals_micro = order->is_goal ? credit->share_micro : 0;
    sums->by[credit->kind] += goals_micro;
    sums->figures.goals_micro += goals_micro;
    if (credit->kind & EVIDENCE_CLICK)
        sums->figures.click_goals_micro += goals_micro;
    sums->figures.revenue_minor +=
        attribution_amount(&order->attribution, index, order->revenue_minor);
    return sums_add_type(&timeline->pool, sums, order->view->type, credit->share_micro);
}

static int add_order(void *context, const struct order *order)
{
    struct timeline *timeline = context;
    size_t step;
    if (!order->counts ||
        !steps_find(&timeline->steps[order->campaign], order->view->occurred_ms, &step))
        return JALON_OK; /* of the range, but older than all there was: it came meanwhile */
    struct sums *sums = &timeline->rows[timeline->first_rows[order->campaign] + step].sums;
    int err = totals_add_order(&timeline->totals, order);
    for (size_t i = 0; i < order->attribution.credit_count && !err; i++)
        err = add_credit(timeline, order, i, sums);
    return err;
}

static bool is_running(const struct timeline *timeline, const struct step_row *row)
{
    int64_t now_ms = timeline->scope->query->now_ms;
    return row->start_ms <= now_ms && now_ms < row->end_ms;
}

static bool is_empty(const struct step_row *row)
{
    int64_t invalid = 0;
    for (size_t i = 0; i <= CLICK_CLASS_MAX; i++)
        invalid += row->sums.invalid[i];
    return row->sums.figures.clicks == 0 && invalid == 0 && !row->sums.types;
}

/* A step that is still to come has no figures, not even zeros; but it is there when a clock that is ahead has brought
 * some already. */
static void drop_steps_to_come(struct timeline *timeline)
{
    size_t count = 0;
    for (size_t i = 0; i < timeline->row_count; i++) {
        const struct step_row *row = &timeline->rows[i];
        if (row->start_ms <= timeline->scope->query->now_ms || !is_empty(row))
            timeline->rows[count++] = *row;
    }
    timeline->row_count = count;
}

static void note_running(struct timeline *timeline)
{
    const struct step_row *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < timeline->row_count; i++) {
        if (!is_running(timeline, &timeline->rows[i]))
            continue;
        last = &timeline->rows[i];
        count++;
    }
    if (count == 1)
        totals_note(&timeline->totals, "The row of % is not over yet: its figures are not final.",
                    NOTE_VALUES(note_moment(last->start)));
    else if (count)
        totals_note(&timeline->totals,
                    "Rows that are not over yet, one a campaign: %. Their figures are not final.",
                    NOTE_VALUES(note_count(count)));
}

static void fill(void *context, size_t index, struct cell *cells, struct metric_row *metric_row)
{
    struct timeline *timeline = context;
    const struct step_row *row = &timeline->rows[index];
    const struct campaign_view *campaign = &timeline->scope->campaigns[row->campaign].view;
    cells[OWN_START] = cell_moment(slice_of_string(row->start), row->start_ms);
    cells[OWN_CAMPAIGN] = cell_text(campaign->slug);
    cells[OWN_CURRENCY] = cell_text(campaign->currency);
    cells[OWN_RUNNING] = is_running(timeline, row) ? cell_text(SLICE("running")) : cell_null();
    metric_row_set(metric_row, &row->sums, campaign->exponent, true);
}

static int gather(struct timeline *timeline)
{
    int err = link_set_read(&timeline->links, timeline->scope);
    if (err == JALON_OK)
        err = cut(timeline);
    if (err == JALON_OK)
        err = sum_clicks(timeline);
    if (err == JALON_OK)
        err = lost_clicks_note(&timeline->totals);
    if (err == JALON_OK)
        err = orders_each(timeline->scope, &timeline->links, add_order, timeline);
    if (err)
        return err;
    drop_steps_to_come(timeline);
    note_running(timeline);
    return JALON_OK;
}

static int send(struct timeline *timeline, struct report_sink *sink)
{
    struct row_table table = {
        .scope = timeline->scope,
        .shape = &shape,
        .row_count = timeline->row_count,
        .pool = &timeline->pool,
        .fill = fill,
        .context = timeline,
    };
    int err = JALON_OK;
    for (size_t i = 0; i < timeline->row_count && !err; i++) {
        const struct step_row *row = &timeline->rows[i];
        err = totals_add_row(&timeline->totals, timeline->totals.currency_of[row->campaign],
                             &row->sums);
    }
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(&timeline->totals, &table, sink);
}

static void timeline_done(struct timeline *timeline)
{
    totals_done(&timeline->totals);
    sums_pool_done(&timeline->pool);
    for (size_t i = 0; timeline->steps && i < timeline->scope->campaign_count; i++)
        steps_done(&timeline->steps[i]);
    free(timeline->steps);
    free(timeline->first_rows);
    free(timeline->first_clicks);
    free(timeline->rows);
    link_set_done(&timeline->links);
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    struct timeline timeline = {.scope = scope};
    int err = totals_init(&timeline.totals, scope, &timeline.pool);
    if (err == JALON_OK && !step_parse(&timeline.step, scope->query->step))
        err = JALON_INVALID; /* report_run() has looked at it */
    if (err == JALON_OK)
        err = gather(&timeline);
    if (err == JALON_OK)
        err = send(&timeline, sink);
    timeline_done(&timeline);
    return err;
}

const struct report_kind timeline_report = {&shape, run};
