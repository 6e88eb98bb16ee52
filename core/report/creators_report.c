/* creators_report.c - one row a creator; of several campaigns, one a creator and currency. */
#include "core/report/code_set.h"
#include "core/report/creator_book.h"
#include "core/report/lost_clicks.h"
#include "core/report/report_kinds.h"

enum { OWN_CREATOR, OWN_CURRENCY, OWN_NAME, OWN_PLATFORM, OWN_TIER, OWN_FOLLOWERS, OWN_COUNT };

static const struct column columns[] = {
    [OWN_CREATOR] = {"creator", "Creator", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_NAME] = {"name", "Name", CELL_TEXT, true, false},
    [OWN_PLATFORM] = {"platform", "Platform", CELL_TEXT, true, false},
    [OWN_TIER] = {"tier", "Tier", CELL_TEXT, false, false},
    [OWN_FOLLOWERS] = {"followers", "Followers", CELL_COUNT, true, false},
    METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "creators",
    .summary = "clicks, sales, costs and their ratios of each creator",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "clicks",
};

struct creators {
    const struct scope *scope;
    struct link_set links;
    struct code_set codes;
    struct creator_book book;
    struct sums_pool pool;
    struct totals totals;
    struct metric_row metric_row;
};

/* Links and codes make their creators take part, with zeros if need be. */
static int add_participants(struct creators *creators)
{
    size_t part;
    int err = JALON_OK;
    for (size_t i = 0; i < creators->links.count && !err; i++) {
        const struct link_row *link = &creators->links.links[i];
        if (scope_has_creator(creators->scope, link->creator))
            err = creator_book_part(&creators->book, link->campaign, link->creator, &part);
    }
    for (size_t i = 0; i < creators->codes.count && !err; i++) {
        const struct code_row *code = &creators->codes.codes[i];
        if (scope_has_creator(creators->scope, code->code.creator))
            err = creator_book_part(&creators->book, code->campaign, code->code.creator, &part);
    }
    return err;
}

static int add_credit(struct creators *creators, const struct order *order, size_t index)
{
    const struct credit *credit = &order->attribution.credits[index];
    struct creator_book *book = &creators->book;
    if (!scope_has_creator(creators->scope, credit->creator))
        return JALON_OK;
    size_t part;
    int err = creator_book_part(book, order->campaign, credit->creator, &part);
    if (err)
        return err;
    struct sums *sums = &book->rows[book->parts[part].row].sums;
    int64_t goals_micro = order->is_goal ? credit->share_micro : 0;
    int64_t revenue_minor = attribution_amount(&order->attribution, index, order->revenue_minor);
    sums->by[credit->kind] += goals_micro;
    sums->figures.goals_micro += goals_micro;
    if (credit->kind & EVIDENCE_CLICK)
        sums->figures.click_goals_micro += goals_micro;
    sums->figures.revenue_minor += revenue_minor;
    struct cost_base *base = creator_book_base(book, part, order->view->occurred_ms);
    if (base)
        cost_base_add(base, goals_micro, revenue_minor, credit->kind == EVIDENCE_CODE);
    return sums_add_type(&creators->pool, sums, order->view->type, credit->share_micro);
}

static int add_order(void *context, const struct order *order)
{
    struct creators *creators = context;
    if (!order->counts)
        return JALON_OK;
    int err = totals_add_order(&creators->totals, order);
    for (size_t i = 0; i < order->attribution.credit_count && !err; i++)
        err = add_credit(creators, order, i);
    return err;
}

static void fill(void *context, size_t index, struct cell *cells)
{
    struct creators *creators = context;
    const struct creator_row *row = &creators->book.rows[index];
    cells[OWN_CREATOR] = cell_text(row->creator);
    cells[OWN_CURRENCY] = cell_text(creators->totals.currencies[row->currency].currency);
    cells[OWN_NAME] = cell_text(row->name);
    cells[OWN_PLATFORM] = cell_text(row->platform);
    cells[OWN_TIER] = cell_text(slice_of_string(creator_tier(row->followers)));
    cells[OWN_FOLLOWERS] = cell_known(row->followers != UNKNOWN_COUNT, row->followers);
    metric_row_set(&creators->metric_row, &row->sums, row->exponent, true);
    metric_cells(&creators->metric_row, metrics, sizeof metrics / sizeof *metrics,
                 cells + OWN_COUNT);
}

static void note_unknowns(struct creators *creators)
{
    size_t unknown = 0, unseen = 0;
    bool is_seen = false;
    for (size_t i = 0; i < creators->book.row_count; i++) {
        const struct figures *figures = &creators->book.rows[i].sums.figures;
        bool has_impressions = figures->posts > figures->posts_without_impressions;
        unknown += figures->posts_without_impressions > 0;
        unseen += figures->posts == 0 && figures->clicks > 0;
        is_seen = is_seen || has_impressions;
    }
    if (unknown)
        totals_note(&creators->totals,
                    "Posts without impressions: %zu creators have some, so their CTR is unknown.",
                    unknown);
    else if (unseen && is_seen)
        totals_note(&creators->totals,
                    "The total CTR also counts the clicks of %zu creators without a post in the "
                    "range.",
                    unseen);
}

static int gather(struct creators *creators)
{
    int err = link_set_read(&creators->links, creators->scope);
    if (err == JALON_OK)
        err = code_set_read(&creators->codes, creators->scope);
    if (err == JALON_OK)
        err = add_participants(creators);
    if (err == JALON_OK)
        err = creator_book_read(&creators->book);
    if (err == JALON_OK)
        err = creator_book_cut(&creators->book);
    if (err == JALON_OK)
        err = creator_book_click(&creators->book, &creators->links);
    if (err == JALON_OK)
        err = orders_each(creators->scope, &creators->links, add_order, creators);
    if (err == JALON_OK)
        creator_book_charge(&creators->book);
    if (err == JALON_OK)
        err = lost_clicks_note(&creators->totals);
    return err == JALON_OK ? creator_book_name(&creators->book) : err;
}

static int send(struct creators *creators, struct report_sink *sink)
{
    struct row_table table = {
        .scope = creators->scope,
        .shape = &shape,
        .row_count = creators->book.row_count,
        .fill = fill,
        .context = creators,
    };
    int err = metric_row_init(&creators->metric_row, &creators->pool);
    for (size_t i = 0; i < table.row_count && !err; i++) {
        const struct creator_row *row = &creators->book.rows[i];
        err = totals_add_row(&creators->totals, row->currency, &row->sums);
    }
    note_unknowns(creators);
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(&creators->totals, &table, sink);
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    struct creators creators = {.scope = scope};
    int err = totals_init(&creators.totals, scope, &creators.pool);
    creators.book.scope = scope;
    creators.book.totals = &creators.totals;
    if (err == JALON_OK)
        err = gather(&creators);
    if (err == JALON_OK)
        err = send(&creators, sink);
    metric_row_done(&creators.metric_row);
    totals_done(&creators.totals);
    sums_pool_done(&creators.pool);
    creator_book_done(&creators.book);
    code_set_done(&creators.codes);
    link_set_done(&creators.links);
    return err;
}

const struct report_kind creators_report = {&shape, run};
