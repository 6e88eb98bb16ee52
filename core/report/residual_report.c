/* residual_report.c - how long a creator's clicks keep coming, measured from publication: one row a creator and
 * campaign. Publication counts as the beginning of its quarter-hour, as clicks are counted by quarter-hours. */
#include "core/registry/post_view.h"
#include "core/base/array.h"
#include "core/report/clicks.h"
#include "core/report/creator_names.h"
#include "core/report/first_clicks.h"
#include "core/report/link_set.h"
#include "core/report/lost_clicks.h"
#include "core/report/report_kinds.h"
#include "core/report/residual.h"
#include "core/store/store.h"

#include <stdlib.h>

enum {
    OWN_CREATOR,
    OWN_CAMPAIGN,
    OWN_NAME,
    OWN_PUBLISHED_AT,
    OWN_PUBLICATION,
    OWN_HALF_LIFE,
    OWN_AFTER_7D,
    OWN_AFTER_28D,
    OWN_BY_1D,
    OWN_BY_2D,
    OWN_BY_3D,
    OWN_BY_7D,
    OWN_BY_14D,
    OWN_BY_28D,
    OWN_BY_90D,
    OWN_COUNT
};

static const struct column columns[] = {
    [OWN_CREATOR] = {"creator", "Creator", CELL_TEXT, false, false},
    [OWN_CAMPAIGN] = {"campaign", "Campaign", CELL_TEXT, false, false},
    [OWN_NAME] = {"name", "Name", CELL_TEXT, true, false},
    [OWN_PUBLISHED_AT] = {"published_at", "Published", CELL_TEXT, false, false},
    [OWN_PUBLICATION] = {"publication", "Since", CELL_TEXT, false, false},
    [OWN_HALF_LIFE] = {"half_life_hours", "Half-life h", CELL_RATIO, false, false},
    [OWN_AFTER_7D] = {"share_after_7d", "After 7 d", CELL_RATIO, false, false},
    [OWN_AFTER_28D] = {"share_after_28d", "After 28 d", CELL_RATIO, false, false},
    [OWN_BY_1D] = {"share_by_1d", "By 1 d", CELL_RATIO, true, false},
    [OWN_BY_2D] = {"share_by_2d", "By 2 d", CELL_RATIO, true, false},
    [OWN_BY_3D] = {"share_by_3d", "By 3 d", CELL_RATIO, true, false},
    [OWN_BY_7D] = {"share_by_7d", "By 7 d", CELL_RATIO, true, false},
    [OWN_BY_14D] = {"share_by_14d", "By 14 d", CELL_RATIO, true, false},
    [OWN_BY_28D] = {"share_by_28d", "By 28 d", CELL_RATIO, true, false},
    [OWN_BY_90D] = {"share_by_90d", "By 90 d", CELL_RATIO, true, false},
    {"clicks", "Clicks", CELL_COUNT, false, true},
};

static const enum metric metrics[] = {METRIC_CLICKS};

static const struct report_shape shape = {
    .name = "residual",
    .summary = "how long clicks keep coming after publication: half-life and decay",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "clicks",
};

struct residual_report {
    const struct scope *scope;
    struct link_set links;
    struct name_index names; /* campaign and creator to row */
    struct creator_names creators;
    struct residual_row *rows;
    size_t row_count, row_capacity;
    size_t campaign; /* whose posts are being read */
    struct sums_pool pool;
    struct totals totals;
    char published[MOMENT_TEXT_MAX]; /* of the row that was filled last */
    struct sums shown;               /* likewise */
};

static int find_row(struct residual_report *report, size_t campaign, struct slice creator,
                    struct residual_row **ret_row)
{
    size_t number;
    int err = name_index_put_pair(&report->names, report->scope->slugs[campaign], creator, &number);
    if (err == JALON_OK)
        err = array_reserve((void **)&report->rows, &report->row_capacity, number + 1,
                            sizeof *report->rows);
    if (err)
        return err;
    if (number == report->row_count)
        report->rows[report->row_count++] = (struct residual_row){
            .campaign = campaign,
            .creator =
                slice_from(report->names.names[number], report->scope->slugs[campaign].size + 1),
            .post_ms = NEVER_MS,
            .first_click_ms = NEVER_MS,
        };
    *ret_row = &report->rows[number];
    return JALON_OK;
}

static int see_post(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)field, (void)version; /* the record knows its URL, and is there: it was walked to */
    struct residual_report *report = context;
    struct residual_row *row;
    struct post_view view;
    int err = post_view_read(&view, json);
    if (err)
        return err;
    if (scope_has_creator(report->scope, view.creator)) {
        err = find_row(report, report->campaign, view.creator, &row);
        if (err == JALON_OK && view.published_ms < row->post_ms)
            row->post_ms = view.published_ms;
    }
    post_view_done(&view);
    return err;
}

static int read_posts(struct residual_report *report)
{
    const struct scope *scope = report->scope;
    int err = JALON_OK;
    for (report->campaign = 0; report->campaign < scope->campaign_count && !err;
         report->campaign++) {
        struct key posts = key_posts(scope->slugs[report->campaign]);
        err = store_each(scope->store, &posts, see_post, report);
    }
    return err;
}

static int by_row(const void *a, const void *b)
{
    const struct click_source *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

/* The links that are wanted as sources, by row; those without a row get one. `sources` has room for all. */
static int list_sources(struct residual_report *report, struct click_source *sources,
                        size_t *ret_count)
{
    size_t count = 0;
    for (size_t i = 0; i < report->links.count; i++) {
        const struct link_row *link = &report->links.links[i];
        struct residual_row *row;
        if (!scope_has_creator(report->scope, link->creator))
            continue;
        int err = find_row(report, link->campaign, link->creator, &row);
        if (err)
            return err;
        sources[count++] = (struct click_source){
            .link_id = link->id,
            .row = (size_t)(row - report->rows),
        };
    }
    if (count)
        qsort(sources, count, sizeof *sources, by_row);
    *ret_count = count;
    return JALON_OK;
}

static int find_first_clicks(struct residual_report *report, const struct click_source *sources,
                             size_t count)
{
    struct first_click *firsts = calloc(count + 1, sizeof *firsts);
    if (!firsts)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        firsts[i].link_id = sources[i].link_id;
    int err = first_clicks_find(report->scope->store, firsts, count, true);
    for (size_t i = 0; i < count && !err; i++) {
        struct residual_row *row = &report->rows[sources[i].row];
        if (firsts[i].at_ms < row->first_click_ms)
            row->first_click_ms = firsts[i].at_ms;
    }
    free(firsts);
    return err;
}

static int measure(struct residual_report *report)
{
    size_t count = 0;
    struct click_source *sources = calloc(report->links.count + 1, sizeof *sources);
    if (!sources)
        return JALON_NO_MEMORY;
    int err = list_sources(report, sources, &count);
    if (err == JALON_OK)
        err = find_first_clicks(report, sources, count);
    if (err == JALON_OK)
        err = residual_measure(report->scope->store, report->rows, sources, count,
                               report->scope->query->now_ms);
    free(sources);
    return err;
}

static struct cell share_cell(const struct residual_row *row, size_t point, bool is_after,
                              int64_t now_ms)
{
    const int64_t by = row->by[point];
    if (row->clicks == 0 || !residual_has_passed(row, point, now_ms))
        return cell_null();
    return cell_ratio((struct ratio){
        .is_known = true,
        .value = (double)(is_after ? row->clicks - by : by) / (double)row->clicks,
    });
}

static void fill_shares(const struct residual_row *row, int64_t now_ms, struct cell *cells)
{
    for (size_t point = 0; point < RESIDUAL_POINTS; point++)
        cells[OWN_BY_1D + point] = share_cell(row, point, false, now_ms);
    cells[OWN_AFTER_7D] = share_cell(row, OWN_BY_7D - OWN_BY_1D, true, now_ms);
    cells[OWN_AFTER_28D] = share_cell(row, OWN_BY_28D - OWN_BY_1D, true, now_ms);
}

static struct cell published_cell(struct residual_report *report, const struct residual_row *row)
{
    int64_t at_ms = residual_published_ms(row);
    if (at_ms == NEVER_MS)
        return cell_null();
    moment_format(report->published, at_ms);
    return cell_moment(slice_of_string(report->published), at_ms);
}

static struct cell publication_cell(const struct residual_row *row)
{
    if (row->post_ms != NEVER_MS)
        return cell_text(SLICE("post"));
    return row->first_click_ms != NEVER_MS ? cell_text(SLICE("first-click")) : cell_null();
}

static void fill(void *context, size_t index, struct cell *cells, struct metric_row *metric_row)
{
    struct residual_report *report = context;
    const struct residual_row *row = &report->rows[index];
    cells[OWN_CREATOR] = cell_text(row->creator);
    cells[OWN_CAMPAIGN] = cell_text(report->scope->slugs[row->campaign]);
    cells[OWN_NAME] = cell_text(creator_names_get(&report->creators, row->creator));
    cells[OWN_PUBLISHED_AT] = published_cell(report, row);
    cells[OWN_PUBLICATION] = publication_cell(row);
    cells[OWN_HALF_LIFE] = cell_ratio((struct ratio){
        .is_known = row->half_life_ms > 0,
        .value = (double)row->half_life_ms / RESIDUAL_HOUR_MS,
    });
    fill_shares(row, report->scope->query->now_ms, cells);
    report->shown = (struct sums){.figures = {.clicks = row->clicks}};
    metric_row_set(metric_row, &report->shown, 0, false);
}

static int gather(struct residual_report *report)
{
    int err = link_set_read(&report->links, report->scope);
    if (err == JALON_OK)
        err = read_posts(report);
    if (err == JALON_OK)
        err = measure(report);
    if (err == JALON_OK)
        err = creator_names_read(&report->creators, report->scope->store);
    return err ? err : lost_clicks_note(&report->totals);
}

static int send(struct residual_report *report, struct report_sink *sink)
{
    const struct report_query *query = report->scope->query;
    struct row_table table = {
        .scope = report->scope,
        .shape = &shape,
        .row_count = report->row_count,
        .pool = &report->pool,
        .fill = fill,
        .context = report,
    };
    int err = JALON_OK;
    for (size_t i = 0; i < report->row_count && !err; i++) {
        const struct residual_row *row = &report->rows[i];
        const struct sums sums = {.figures = {.clicks = row->clicks}};
        err = totals_add_row(&report->totals, report->totals.currency_of[row->campaign], &sums);
    }
    if (query->from.size || query->to.size)
        totals_note(&report->totals,
                    "The range does not limit these figures: they count all "
                    "clicks from publication on.",
                    NOTE_NO_VALUES);
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(&report->totals, &table, sink);
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    struct residual_report report = {.scope = scope};
    int err = totals_init(&report.totals, scope, &report.pool);
    report.totals.is_without_orders = true;
    if (err == JALON_OK)
        err = gather(&report);
    if (err == JALON_OK)
        err = send(&report, sink);
    totals_done(&report.totals);
    sums_pool_done(&report.pool);
    name_index_done(&report.names);
    creator_names_done(&report.creators);
    free(report.rows);
    link_set_done(&report.links);
    return err;
}

const struct report_kind residual_report = {&shape, run};
