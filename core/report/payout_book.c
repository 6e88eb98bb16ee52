#include "core/report/payout_book.h"

#include <stdlib.h>

#define EVIDENCE_TEXT_MAX (PAYOUT_ORDERS_SHOWN * (128 + MONEY_TEXT_MAX + 4))

int payout_book_open(struct payout_book *payouts)
{
    struct creator_book *book = &payouts->book;
    int err = creator_book_read(book);
    if (err == JALON_OK)
        err = creator_book_cut(book);
    if (err)
        return err;
    payouts->evidence = calloc(book->part_count * COST_KIND_COUNT + 1, sizeof *payouts->evidence);
    if (!payouts->evidence)
        return JALON_NO_MEMORY;
    payouts->part_count = book->part_count;
    for (size_t i = 0; i < book->part_count * COST_KIND_COUNT; i++)
        buffer_init(&payouts->evidence[i].text, EVIDENCE_TEXT_MAX);
    return JALON_OK;
}

void payout_book_done(struct payout_book *payouts)
{
    for (size_t i = 0; i < payouts->part_count * COST_KIND_COUNT; i++)
        buffer_done(&payouts->evidence[i].text);
    free(payouts->evidence);
    creator_book_done(&payouts->book);
    *payouts = (struct payout_book){0};
}

const struct payout_evidence *payout_book_evidence(const struct payout_book *payouts, size_t part,
                                                   enum cost_kind kind)
{
    return &payouts->evidence[part * COST_KIND_COUNT + kind];
}

/* What of an order is one creator's, between two moments. */
struct change {
    struct slice order_id;
    int64_t goals_micro, revenue_minor;
    bool is_code_sale;
};

static struct change change_of(const struct order *order, size_t index, int64_t since_ms,
                               int64_t before_ms)
{
    const struct credit *credit = &order->attribution.credits[index];
    struct conversion_worth before = conversion_view_worth(order->view, before_ms), since = {0};
    if (since_ms > order->view->occurred_ms)
        since = conversion_view_worth(order->view, since_ms);
    int64_t goal_micro = order->is_goal ? credit->share_micro : 0;
    return (struct change){
        .order_id = order->view->order_id,
        .goals_micro = (before.counts - since.counts) * goal_micro,
        .revenue_minor = attribution_amount(&order->attribution, index, before.revenue_minor) -
                         attribution_amount(&order->attribution, index, since.revenue_minor),
        .is_code_sale = credit->kind == EVIDENCE_CODE,
    };
}

static int add_evidence(struct payout_book *payouts, size_t part, const struct cost_base *base,
                        enum cost_kind kind, const struct change *change)
{
    const struct creator_part *of = &payouts->book.parts[part];
    const struct cost_entry *entries = payouts->book.entries + of->first_cost;
    bool is_commission = kind == COST_COMMISSION;
    int64_t rate, value = is_commission ? change->revenue_minor : change->goals_micro;
    if (change->is_code_sale)
        kind = cost_kind_for_code(kind, entries, of->cost_count, base->from);
    if (value == 0 || !cost_rate_on(&rate, entries, of->cost_count, kind, base->from))
        return JALON_OK;
    struct payout_evidence *evidence = &payouts->evidence[part * COST_KIND_COUNT + kind];
    if (evidence->orders++ >= PAYOUT_ORDERS_SHOWN)
        return JALON_OK;
    if (evidence->text.size)
        buffer_append_string(&evidence->text, ", ");
    buffer_append(&evidence->text, change->order_id);
    buffer_append_byte(&evidence->text, ' ');
    if (is_commission)
        money_format(&evidence->text, value, payouts->book.rows[of->row].exponent);
    else
        money_format_short(&evidence->text, value, 6);
    return buffer_error(&evidence->text);
}

static int add_change(struct payout_book *payouts, size_t part, const struct order *order,
                      const struct change *change)
{
    struct cost_base *base = creator_book_base(&payouts->book, part, order->view->occurred_ms);
    if (!base)
        return JALON_OK;
    cost_base_add(base, change->goals_micro, change->revenue_minor, change->is_code_sale);
    int err = add_evidence(payouts, part, base, COST_COMMISSION, change);
    return err ? err : add_evidence(payouts, part, base, COST_PER_CONVERSION, change);
}

int payout_book_add(struct payout_book *payouts, const struct order *order, int64_t since_ms,
                    int64_t before_ms)
{
    const struct creator_book *book = &payouts->book;
    bool is_paid = false, is_unpaid = false;
    int err = JALON_OK;
    for (size_t i = 0; i < order->attribution.credit_count && !err; i++) {
        struct slice creator = order->attribution.credits[i].creator;
        size_t part;
        if (!scope_has_creator(book->scope, creator))
            continue;
        struct change change = change_of(order, i, since_ms, before_ms);
        if (change.goals_micro == 0 && change.revenue_minor == 0)
            continue;
        bool has_costs =
            name_index_find_pair(&book->part_names, book->scope->slugs[order->campaign], creator,
                                 &part) &&
            book->parts[part].cost_count > 0;
        is_paid = is_paid || has_costs;
        is_unpaid = is_unpaid || !has_costs;
        if (has_costs)
            err = add_change(payouts, part, order, &change);
    }
    payouts->pending_orders += is_paid && order->view->status == CONVERSION_PENDING;
    payouts->unpaid_orders += is_unpaid;
    return err;
}
