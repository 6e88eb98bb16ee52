/* links_report.c - one row a link. A conversion is a link's when its creator is credited on a click that came by
 * it. */
#include "core/report/clicks.h"
#include "core/report/lost_clicks.h"
#include "core/report/report_kinds.h"
#include "core/store/schema.h"

#include <stdlib.h>

enum {
    OWN_CODE,
    OWN_CAMPAIGN,
    OWN_CURRENCY,
    OWN_CREATOR,
    OWN_CHANNEL,
    OWN_STATE,
    OWN_LINK_ID,
    OWN_TARGET,
    OWN_COUNT
};

#define LINK_METRICS(X)                                                                            \
    CLICK_METRICS(X)                                                                               \
    CONVERSION_METRICS(X)                                                                          \
    RATE_METRICS(X)                                                                                \
    REVENUE_METRICS(X)                                                                             \
    EARNING_METRICS(X)                                                                             \
    THIN_METRICS(X)

static const struct column columns[] = {
    [OWN_CODE] = {"code", "Code", CELL_TEXT, false, false},
    [OWN_CAMPAIGN] = {"campaign", "Campaign", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_CREATOR] = {"creator", "Creator", CELL_TEXT, false, false},
    [OWN_CHANNEL] = {"channel", "Channel", CELL_TEXT, false, false},
    [OWN_STATE] = {"state", "State", CELL_TEXT, false, false},
    [OWN_LINK_ID] = {"link_id", "Link id", CELL_TEXT, true, false},
    [OWN_TARGET] = {"target", "Target", CELL_TEXT, true, false},
    LINK_METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {LINK_METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "links",
    .summary = "clicks, and sales by click, of each link",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "clicks",
};

struct counted_link {
    const struct link_row *link;
    char id[LINK_ID_TEXT + 1];
    struct sums sums;
};

struct links {
    const struct scope *scope;
    struct link_set set;
    struct counted_link *rows; /* those that are wanted, by id */
    size_t count;
    struct sums_pool pool;
    struct totals totals;
    int64_t without_link_micro; /* conversions credited by a code alone */
};

static int choose_rows(struct links *links)
{
    links->rows = calloc(links->set.count + 1, sizeof *links->rows);
    if (!links->rows)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < links->set.count; i++) {
        const struct link_row *link = &links->set.links[i];
        if (!scope_has_creator(links->scope, link->creator))
            continue;
        struct counted_link *row = &links->rows[links->count++];
        row->link = link;
        link_id_format(row->id, link->id);
    }
    return JALON_OK;
}

static int sum_clicks(struct links *links)
{
    struct click_source *sources = calloc(links->count + 1, sizeof *sources);
    int64_t *unique = calloc(links->count + 1, sizeof *unique);
    int err = sources && unique ? JALON_OK : JALON_NO_MEMORY;
    for (size_t i = 0; i < links->count && !err; i++) {
        struct counted_link *row = &links->rows[i];
        const struct scope_campaign *campaign = &links->scope->campaigns[row->link->campaign];
        sources[i] = (struct click_source){
            .link_id = row->link->id,
            .row = i,
            .cuts = {campaign->range_ms, 2},
            .humans = &row->sums.figures.clicks,
            .invalid = row->sums.invalid,
        };
    }
    if (err == JALON_OK)
        err = clicks_sum(links->scope->store, sources, links->count, unique);
    for (size_t i = 0; i < links->count && !err; i++)
        links->rows[i].sums.figures.unique_clicks = unique[i];
    free(sources);
    free(unique);
    return err;
}

static int compare_ids(const void *a, const void *b)
{
    const struct counted_link *x = a, *y = b;
    return (x->link->id > y->link->id) - (x->link->id < y->link->id);
}

static struct counted_link *find_row(struct links *links, uint64_t id)
{
    const struct link_row link = {.id = id};
    const struct counted_link wanted = {.link = &link};
    return links->count ? bsearch(&wanted, links->rows, links->count, sizeof wanted, compare_ids)
                        : NULL;
}

static int add_credit(struct links *links, const struct order *order, size_t index)
{
    const struct credit *credit = &order->attribution.credits[index];
    if (credit->click < 0) {
        if (scope_has_creator(links->scope, credit->creator))
            links->without_link_micro += credit->share_micro;
        return JALON_OK;
    }
    struct counted_link *row = find_row(links, order->view->evidence.clicks[credit->click].link_id);
    if (!row)
        return JALON_OK; /* of a creator that the query leaves out */
    struct sums *sums = &row->sums;
    int64_t goals_micro = order->is_goal ? credit->share_micro : 0;
    sums->by[credit->kind] += goals_micro;
    sums->figures.goals_micro += goals_micro;
    sums->figures.click_goals_micro += goals_micro;
    sums->figures.revenue_minor +=
        attribution_amount(&order->attribution, index, order->revenue_minor);
    return sums_add_type(&links->pool, sums, order->view->type, credit->share_micro);
}

static int add_order(void *context, const struct order *order)
{
    struct links *links = context;
    if (!order->counts)
        return JALON_OK;
    int err = totals_add_order(&links->totals, order);
    for (size_t i = 0; i < order->attribution.credit_count && !err; i++)
        err = add_credit(links, order, i);
    return err;
}

static void fill(void *context, size_t index, struct cell *cells, struct metric_row *metric_row)
{
    struct links *links = context;
    const struct counted_link *row = &links->rows[index];
    const struct link_row *link = row->link;
    const struct campaign_view *campaign = &links->scope->campaigns[link->campaign].view;
    cells[OWN_CODE] = cell_text(link->code);
    cells[OWN_CAMPAIGN] = cell_text(campaign->slug);
    cells[OWN_CURRENCY] = cell_text(campaign->currency);
    cells[OWN_CREATOR] = cell_text(link->creator);
    cells[OWN_CHANNEL] = cell_text(link->channel);
    cells[OWN_STATE] = cell_text(slice_of_string(link->state));
    cells[OWN_LINK_ID] = cell_text(slice_of_string(row->id));
    cells[OWN_TARGET] = cell_text(link->target);
    metric_row_set(metric_row, &row->sums, campaign->exponent, true);
}

static int gather(struct links *links)
{
    int err = link_set_read(&links->set, links->scope);
    if (err == JALON_OK)
        err = choose_rows(links);
    if (err == JALON_OK)
        err = sum_clicks(links);
    if (err == JALON_OK)
        err = lost_clicks_note(&links->totals);
    return err ? err : orders_each(links->scope, &links->set, add_order, links);
}

static void note_codes(struct links *links)
{
    char text[CELL_DECIMAL_MAX];
    struct buffer out;
    if (links->without_link_micro == 0)
        return;
    buffer_over(&out, text, sizeof text);
    money_format_short(&out, links->without_link_micro, 6);
    totals_note(&links->totals, "Conversions credited by promo code alone, so to no link: %.",
                NOTE_VALUES(note_number(buffer_slice(&out))));
}

static int send(struct links *links, struct report_sink *sink)
{
    struct row_table table = {
        .scope = links->scope,
        .shape = &shape,
        .row_count = links->count,
        .pool = &links->pool,
        .fill = fill,
        .context = links,
    };
    int err = JALON_OK;
    for (size_t i = 0; i < links->count && !err; i++) {
        const struct counted_link *row = &links->rows[i];
        err = totals_add_row(&links->totals, links->totals.currency_of[row->link->campaign],
                             &row->sums);
    }
    note_codes(links);
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(&links->totals, &table, sink);
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    struct links links = {.scope = scope};
    int err = totals_init(&links.totals, scope, &links.pool);
    if (err == JALON_OK)
        err = gather(&links);
    if (err == JALON_OK)
        err = send(&links, sink);
    totals_done(&links.totals);
    sums_pool_done(&links.pool);
    free(links.rows);
    link_set_done(&links.set);
    return err;
}

const struct report_kind links_report = {&shape, run};
