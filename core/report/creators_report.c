/* creators_report.c - one row a creator; of several campaigns, one a creator and currency. */
#include "core/report/creators_report.h"
#include "core/report/code_set.h"
#include "core/report/figures_past.h"
#include "core/report/lost_clicks.h"
#include "core/report/report_kinds.h"

enum {
    OWN_CREATOR,
    OWN_CURRENCY,
    OWN_NAME,
    OWN_PLATFORM,
    OWN_TIER,
    OWN_FOLLOWERS,
    OWN_PAST,
    OWN_COUNT = OWN_PAST + PAST_COLUMN_COUNT
};

static const struct column columns[] = {
    [OWN_CREATOR] = {"creator", "Creator", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_NAME] = {"name", "Name", CELL_TEXT, true, false},
    [OWN_PLATFORM] = {"platform", "Platform", CELL_TEXT, true, false},
    [OWN_TIER] = {"tier", "Tier", CELL_TEXT, false, false},
    [OWN_FOLLOWERS] = {"followers", "Followers", CELL_COUNT, true, false},
    PAST_COLUMNS,
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
    const struct creators_form *form;
    const struct scope *scope;
    struct link_set links;
    struct code_set codes;
    struct creator_book book;
    struct sums_pool pool;
    struct totals totals;
    struct figures_past past;
    struct metric_row metric_row;
};

/* A campaign has a row, whoever takes part in it; of one creator only those where they do. */
static int add_campaigns(struct creators *creators)
{
    size_t row;
    int err = JALON_OK;
    if (!creators->form->is_by_campaign || creators->scope->query->creator.size)
        return JALON_OK;
    for (size_t i = 0; i < creators->scope->campaign_count && !err; i++)
        err = creator_book_row(&creators->book, i, SLICE_NONE, &row);
    return err;
}

/* Links and codes make their creators take part, with zeros if need be. */
static int add_participants(struct creators *creators)
{
    size_t part;
    int err = add_campaigns(creators);
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
    int err = figures_past_add(&creators->past, order);
    if (err || !order->counts)
        return err;
    err = totals_add_order(&creators->totals, order);
    for (size_t i = 0; i < order->attribution.credit_count && !err; i++)
        err = add_credit(creators, order, i);
    return err;
}

static void fill_own(const struct creator_book *book, const struct creator_row *row,
                     struct cell *cells)
{
    cells[OWN_CREATOR] = cell_text(row->creator);
    cells[OWN_CURRENCY] = cell_text(book->totals->currencies[row->currency].currency);
    cells[OWN_NAME] = cell_text(row->name);
    cells[OWN_PLATFORM] = cell_text(row->platform);
    cells[OWN_TIER] = cell_text(slice_of_string(creator_tier(row->followers)));
    cells[OWN_FOLLOWERS] = cell_known(row->followers != UNKNOWN_COUNT, row->followers);
}

static void fill(void *context, size_t index, struct cell *cells)
{
    struct creators *creators = context;
    const struct report_shape *of = creators->form->shape;
    const struct creator_row *row = &creators->book.rows[index];
    creators->form->fill_own(&creators->book, row, cells);
    figures_past_fill(&creators->past, row, cells + creators->form->past);
    metric_row_set(&creators->metric_row, &row->sums, row->exponent, true);
    metric_cells(&creators->metric_row, of->metrics, of->column_count - of->own_count,
                 cells + of->own_count);
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
                    "Posts without impressions: %zu %s have some, so their CTR is unknown.",
                    unknown, creators->form->rows);
    else if (unseen && is_seen)
        totals_note(&creators->totals,
                    "The total CTR also counts the clicks of %zu %s without a post in the range.",
                    unseen, creators->form->rows);
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
        err = figures_past_end(&creators->past);
    if (err == JALON_OK)
        err = lost_clicks_note(&creators->totals);
    return err || creators->form->is_by_campaign ? err : creator_book_name(&creators->book);
}

static int send(struct creators *creators, struct report_sink *sink)
{
    struct row_table table = {
        .scope = creators->scope,
        .shape = creators->form->shape,
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
    figures_past_note(&creators->past, &creators->totals);
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(&creators->totals, &table, sink);
}

int creators_run(const struct creators_form *form, const struct scope *scope,
                 struct report_sink *sink)
{
    struct creators creators = {.form = form, .scope = scope};
    int err = totals_init(&creators.totals, scope, &creators.pool);
    creators.past = (struct figures_past){.book = &creators.book, .pool = &creators.pool};
    creators.book.scope = scope;
    creators.book.is_by_campaign = form->is_by_campaign;
    creators.book.totals = &creators.totals;
    if (err == JALON_OK)
        err = gather(&creators);
    if (err == JALON_OK)
        err = send(&creators, sink);
    metric_row_done(&creators.metric_row);
    figures_past_done(&creators.past);
    totals_done(&creators.totals);
    sums_pool_done(&creators.pool);
    creator_book_done(&creators.book);
    code_set_done(&creators.codes);
    link_set_done(&creators.links);
    return err;
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    static const struct creators_form form = {&shape, false, "creators", OWN_PAST, fill_own};
    return creators_run(&form, scope, sink);
}

const struct report_kind creators_report = {&shape, run};
