#include "core/report/payout_book.h"
#include "core/report/order_past.h"

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
        pieces_init(&payouts->evidence[i].text, EVIDENCE_TEXT_MAX);
    return JALON_OK;
}

void payout_book_done(struct payout_book *payouts)
{
    for (size_t i = 0; i < payouts->part_count * COST_KIND_COUNT; i++)
        pieces_done(&payouts->evidence[i].text);
    free(payouts->evidence);
    creator_book_done(&payouts->book);
    *payouts = (struct payout_book){0};
}

struct payout_evidence *payout_book_evidence(const struct payout_book *payouts, size_t part,
                                             enum cost_kind kind)
{
    return &payouts->evidence[part * COST_KIND_COUNT + kind];
}

enum { CLICK_SALE, CODE_SALE, SALE_KINDS };

/* What of an order became one creator's between two moments, or ceased to be. */
struct change {
    struct slice creator;
    int64_t goals_micro[SALE_KINDS], revenue_minor[SALE_KINDS];
};

struct changes {
    struct change of[2 * CREDITS_MAX];
    size_t count;
};

static struct change *find_change(struct changes *changes, struct slice creator)
{
    for (size_t i = 0; i < changes->count; i++)
        if (slice_equal(changes->of[i].creator, creator))
            return &changes->of[i];
    struct change *change = &changes->of[changes->count++];
    *change = (struct change){.creator = creator};
    return change;
}

/* Adds what the order is, or takes away what it was. */
static void add_standing(struct changes *changes, const struct order *order, int sign)
{
    for (size_t i = 0; i < order->attribution.credit_count; i++) {
        const struct credit *credit = &order->attribution.credits[i];
        struct change *change = find_change(changes, credit->creator);
        size_t kind = credit->kind == EVIDENCE_CODE ? CODE_SALE : CLICK_SALE;
        if (order->counts && order->is_goal)
            change->goals_micro[kind] += sign * credit->share_micro;
        change->revenue_minor[kind] +=
            sign * attribution_amount(&order->attribution, i, order->revenue_minor);
    }
}

static bool is_nothing(const struct change *change)
{
    for (size_t i = 0; i < SALE_KINDS; i++)
        if (change->goals_micro[i] || change->revenue_minor[i])
            return false;
    return true;
}

static void find_changes(struct changes *changes, const struct scope *scope,
                         const struct order *order, int64_t since_ms, int64_t before_ms)
{
    struct order then;
    changes->count = 0;
    order_before(&then, scope, order, before_ms);
    add_standing(changes, &then, 1);
    if (since_ms <= order->view->occurred_ms)
        return;
    order_before(&then, scope, order, since_ms);
    add_standing(changes, &then, -1);
}

/* `value` of the order is part of what the rate of that kind is taken of. */
static int add_value(struct payout_book *payouts, size_t part, const struct cost_base *base,
                     enum cost_kind kind, struct slice order_id, int64_t value)
{
    const struct creator_part *of = &payouts->book.parts[part];
    const struct cost_entry *entries = payouts->book.entries + of->first_cost;
    int64_t rate;
    if (value == 0 || !cost_rate_on(&rate, entries, of->cost_count, kind, base->from))
        return JALON_OK;
    struct payout_evidence *evidence = &payouts->evidence[part * COST_KIND_COUNT + kind];
    if (evidence->orders++ >= PAYOUT_ORDERS_SHOWN)
        return JALON_OK;
    struct pieces *out = &evidence->text;
    pieces_next(out, out->count == 0);
    pieces_add(out, PIECE_TEXT, order_id);
    pieces_text(out, " ");
    size_t start = out->text.size;
    if (kind == COST_COMMISSION || kind == COST_COMMISSION_CODE)
        money_format(&out->text, value, payouts->book.rows[of->row].exponent);
    else
        money_format_short(&out->text, value, 6);
    pieces_close(out, PIECE_NUMBER, start);
    return buffer_error(&out->text);
}

/* Where code sales have no rate of their own, an order that became one is no change of its line. */
static int add_evidence(struct payout_book *payouts, size_t part, const struct cost_base *base,
                        enum cost_kind kind, struct slice order_id,
                        const int64_t values[SALE_KINDS])
{
    const struct creator_part *of = &payouts->book.parts[part];
    enum cost_kind code_kind = cost_kind_for_code(kind, payouts->book.entries + of->first_cost,
                                                  of->cost_count, base->from);
    if (code_kind == kind)
        return add_value(payouts, part, base, kind, order_id,
                         values[CLICK_SALE] + values[CODE_SALE]);
    int err = add_value(payouts, part, base, kind, order_id, values[CLICK_SALE]);
    return err ? err : add_value(payouts, part, base, code_kind, order_id, values[CODE_SALE]);
}

static int add_change(struct payout_book *payouts, size_t part, const struct order *order,
                      const struct change *change)
{
    struct cost_base *base = creator_book_base(&payouts->book, part, order->view->occurred_ms);
    if (!base)
        return JALON_OK;
    for (size_t i = 0; i < SALE_KINDS; i++)
        cost_base_add(base, change->goals_micro[i], change->revenue_minor[i], i == CODE_SALE);
    struct slice order_id = order->view->order_id;
    int err = add_evidence(payouts, part, base, COST_COMMISSION, order_id, change->revenue_minor);
    return err ? err
               : add_evidence(payouts, part, base, COST_PER_CONVERSION, order_id,
                              change->goals_micro);
}

int payout_book_add(struct payout_book *payouts, const struct order *order, int64_t since_ms,
                    int64_t before_ms)
{
    const struct creator_book *book = &payouts->book;
    bool is_paid = false, is_unpaid = false;
    struct changes changes;
    int err = JALON_OK;
    find_changes(&changes, book->scope, order, since_ms, before_ms);
    for (size_t i = 0; i < changes.count && !err; i++) {
        const struct change *change = &changes.of[i];
        size_t part;
        if (!scope_has_creator(book->scope, change->creator) || is_nothing(change))
            continue;
        bool has_costs =
            name_index_find_pair(&book->part_names, book->scope->slugs[order->campaign],
                                 change->creator, &part) &&
            book->parts[part].cost_count > 0;
        is_paid = is_paid || has_costs;
        is_unpaid = is_unpaid || !has_costs;
        if (has_costs)
            err = add_change(payouts, part, order, change);
    }
    payouts->pending_orders += is_paid && order->view->status == CONVERSION_PENDING;
    payouts->unpaid_orders += is_unpaid;
    return err;
}
