#include "core/report/creator_figures.h"
#include "core/report/lost_clicks.h"
#include "core/report/orders.h"

/* A campaign has a row, whoever takes part in it; of one creator only those where they do. */
static int add_campaigns(struct creator_figures *figures)
{
    size_t row;
    int err = JALON_OK;
    if (figures->book.kind != BOOK_OF_CAMPAIGNS || figures->scope->query->creator.size)
        return JALON_OK;
    for (size_t i = 0; i < figures->scope->campaign_count && !err; i++)
        err = creator_book_row(&figures->book, i, SLICE_NONE, &row);
    return err;
}

/* Links and codes make their creators take part, with zeros if need be. */
static int add_participants(struct creator_figures *figures)
{
    size_t part;
    int err = add_campaigns(figures);
    for (size_t i = 0; i < figures->links.count && !err; i++) {
        const struct link_row *link = &figures->links.links[i];
        if (scope_has_creator(figures->scope, link->creator))
            err = creator_book_part(&figures->book, link->campaign, link->creator, &part);
    }
    for (size_t i = 0; i < figures->codes.count && !err; i++) {
        const struct code_row *code = &figures->codes.codes[i];
        if (scope_has_creator(figures->scope, code->code.creator))
            err = creator_book_part(&figures->book, code->campaign, code->code.creator, &part);
    }
    return err;
}

static int add_credit(struct creator_figures *figures, const struct order *order, size_t index)
{
    const struct credit *credit = &order->attribution.credits[index];
    struct creator_book *book = &figures->book;
    if (!scope_has_creator(figures->scope, credit->creator))
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
    return sums_add_type(&figures->pool, sums, order->view->type, credit->share_micro);
}

static int add_order(void *context, const struct order *order)
{
    struct creator_figures *figures = context;
    int err = JALON_OK;
    if (figures->book.kind != BOOK_OF_PARTS)
        err = figures_past_add(&figures->past, order);
    if (err || !order->counts)
        return err;
    err = totals_add_order(&figures->totals, order);
    for (size_t i = 0; i < order->attribution.credit_count && !err; i++)
        err = add_credit(figures, order, i);
    return err;
}

static int read_participants(struct creator_figures *figures)
{
    int err = link_set_read(&figures->links, figures->scope);
    if (err == JALON_OK)
        err = code_set_read(&figures->codes, figures->scope);
    if (err == JALON_OK)
        err = add_participants(figures);
    return err ? err : creator_book_read(&figures->book);
}

int creator_figures_gather(struct creator_figures *figures, const struct scope *scope,
                           enum book_rows kind)
{
    *figures =
        (struct creator_figures){.scope = scope,
                                 .book = {.scope = scope, .kind = kind, .totals = &figures->totals},
                                 .past = {.book = &figures->book, .pool = &figures->pool}};
    int err = totals_init(&figures->totals, scope, &figures->pool);
    if (err == JALON_OK)
        err = read_participants(figures);
    if (err == JALON_OK)
        err = creator_book_cut(&figures->book);
    if (err == JALON_OK)
        err = creator_book_click(&figures->book, &figures->links);
    if (err == JALON_OK)
        err = orders_each(scope, &figures->links, add_order, figures);
    if (err == JALON_OK)
        creator_book_charge(&figures->book);
    if (err == JALON_OK)
        err = figures_past_end(&figures->past);
    if (err == JALON_OK)
        err = lost_clicks_note(&figures->totals);
    return err || kind == BOOK_OF_CAMPAIGNS ? err : creator_book_name(&figures->book);
}

void creator_figures_done(struct creator_figures *figures)
{
    figures_past_done(&figures->past);
    totals_done(&figures->totals);
    sums_pool_done(&figures->pool);
    creator_book_done(&figures->book);
    code_set_done(&figures->codes);
    link_set_done(&figures->links);
}
