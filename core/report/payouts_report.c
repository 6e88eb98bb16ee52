/* payouts_report.c - what is owed to each creator: one row a creator, campaign and line.
 *
 * An order counts on its day with what had happened to it by the end of the range, credited by the rule that was in
 * force then. What happened within the range to an order of an earlier day, another rule too, is a line of its own, at
 * the rates of that day. So what is owed for ranges that
 * follow one another is what is owed for all of them, but for the rounding of each line. */
#include "core/base/array.h"
#include "core/report/lost_clicks.h"
#include "core/report/order_past.h"
#include "core/report/payout_book.h"
#include "core/report/pieces.h"
#include "core/report/report_kinds.h"

#include <stdlib.h>

#define TEXT_BYTES_MAX ((size_t)1 << 24) /* of a line: each day's fee */

enum {
    OWN_CREATOR,
    OWN_CAMPAIGN,
    OWN_CURRENCY,
    OWN_NAME,
    OWN_LINE,
    OWN_PERIOD,
    OWN_BASE,
    OWN_UNIT,
    OWN_RATE,
    OWN_ORDERS,
    OWN_EVIDENCE,
    OWN_TOTAL,
    OWN_COUNT
};

static const struct column columns[] = {
    [OWN_CREATOR] = {"creator", "Creator", CELL_TEXT, false, false},
    [OWN_CAMPAIGN] = {"campaign", "Campaign", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_NAME] = {"name", "Name", CELL_TEXT, true, false},
    [OWN_LINE] = {"line", "Line", CELL_TEXT, false, false},
    [OWN_PERIOD] = {"period", "Period", CELL_TEXT, false, false},
    [OWN_BASE] = {"base", "Base", CELL_DECIMAL, false, false},
    [OWN_UNIT] = {"unit", "Of", CELL_TEXT, true, false},
    [OWN_RATE] = {"rate", "Rate", CELL_TEXT, false, false},
    [OWN_ORDERS] = {"orders", "Orders", CELL_COUNT, false, false},
    [OWN_EVIDENCE] = {"evidence", "Evidence", CELL_TEXT, true, false},
    [OWN_TOTAL] = {"creator_owed", "Creator's total", CELL_MONEY, true, false},
    PAYOUT_METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {PAYOUT_METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "payouts",
    .summary = "what is owed to each creator, line by line, with its base, rate and orders",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "creator",
};

struct payout_row {
    const struct payout_book *book;
    size_t part;
    size_t creator; /* row of the book of the own days, which sums what is owed */
    enum cost_kind kind;
    int64_t orders;
    struct slice base;
    struct composed rate, evidence;
    double base_number;
    wide owed_minor;
};

struct payouts {
    const struct scope *scope;
    struct scope before; /* the days before the range */
    struct link_set links;
    struct payout_book own, earlier;
    struct sums_pool pool;
    struct totals totals;
    struct sums line;
    struct payout_row *rows;
    size_t row_count, row_capacity;
    struct arena arena;
    struct pieces pieces;         /* a text at a time, on its way to the arena */
    struct cost_piece *stretches; /* room for the stretches of any part */
    int64_t late_orders;
};

static int open_before(struct payouts *payouts)
{
    const struct scope *scope = payouts->scope;
    payouts->before = *scope;
    payouts->before.campaigns = calloc(scope->campaign_count, sizeof *scope->campaigns);
    if (!payouts->before.campaigns)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < scope->campaign_count; i++) {
        struct scope_campaign *campaign = &payouts->before.campaigns[i];
        *campaign = scope->campaigns[i];
        campaign->to_day = campaign->from_day;
        campaign->from_day = 0;
        campaign->range_ms[1] = campaign->range_ms[0];
        campaign->range_ms[0] = zone_day_start_ms(campaign->zone, campaign->from_day);
    }
    return JALON_OK;
}

/* Nobody's orders, by what had happened to them when the range ended. */
static int add_unattributed(struct payouts *payouts, const struct order *order, int64_t before_ms)
{
    struct order then;
    order_before(&then, payouts->scope, order, before_ms);
    return totals_add_order(&payouts->totals, &then);
}

static int add_own(void *context, const struct order *order)
{
    struct payouts *payouts = context;
    int64_t before_ms = payouts->scope->campaigns[order->campaign].range_ms[1];
    int err = add_unattributed(payouts, order, before_ms);
    return err ? err : payout_book_add(&payouts->own, order, INT64_MIN, before_ms);
}

static bool is_of_wanted(const struct payouts *payouts, const struct order *order)
{
    for (size_t i = 0; i < order->attribution.credit_count; i++)
        if (scope_has_creator(payouts->scope, order->attribution.credits[i].creator))
            return true;
    return false;
}

static int add_earlier(void *context, const struct order *order)
{
    struct payouts *payouts = context;
    const int64_t *range_ms = payouts->scope->campaigns[order->campaign].range_ms;
    int64_t recorded_ms = order->view->recorded_ms;
    if (recorded_ms >= range_ms[0] && recorded_ms < range_ms[1])
        payouts->late_orders += is_of_wanted(payouts, order);
    return payout_book_add(&payouts->earlier, order, range_ms[0], range_ms[1]);
}

static int gather(struct payouts *payouts)
{
    int err = open_before(payouts);
    if (err == JALON_OK)
        err = link_set_read(&payouts->links, payouts->scope);
    if (err == JALON_OK)
        err = payout_book_open(&payouts->own);
    if (err == JALON_OK)
        err = creator_book_click(&payouts->own.book, &payouts->links);
    if (err == JALON_OK)
        err = orders_each(payouts->scope, &payouts->links, add_own, payouts);
    if (err || payouts->scope->query->from.size == 0)
        return err ? err : lost_clicks_note(&payouts->totals);
    err = payout_book_open(&payouts->earlier);
    if (err == JALON_OK)
        err = orders_each(&payouts->before, &payouts->links, add_earlier, payouts);
    return err ? err : lost_clicks_note(&payouts->totals);
}

static void format_base(struct buffer *out, enum cost_kind kind, wide base, unsigned exponent)
{
    if (kind == COST_PER_CLICK)
        money_format(out, base, 0);
    else if (kind == COST_PER_CONVERSION || kind == COST_PER_CONVERSION_CODE)
        money_format_short(out, (int64_t)base, 6);
    else
        money_format(out, base, exponent);
}

/* "8%", or where the rate changed within the days: "8% on 100.00, 10% on 50.00". */
static int keep_rate(struct payouts *payouts, struct payout_row *row, size_t count,
                     unsigned exponent)
{
    struct pieces *out = &payouts->pieces;
    for (size_t i = 0; i < count; i++) {
        pieces_next(out, i == 0);
        size_t start = out->text.size;
        cost_value_format(&out->text, row->kind, payouts->stretches[i].rate, exponent);
        pieces_close(out, PIECE_NUMBER, start);
        if (count == 1)
            break;
        pieces_text(out, " ");
        pieces_term(out, "on");
        pieces_text(out, " ");
        start = out->text.size;
        format_base(&out->text, row->kind, payouts->stretches[i].base, exponent);
        pieces_close(out, PIECE_NUMBER, start);
    }
    return pieces_keep(out, &payouts->arena, &row->rate);
}

static struct slice base_text(struct payouts *payouts, const struct payout_row *row, wide base,
                              unsigned exponent)
{
    char space[MONEY_TEXT_MAX];
    struct buffer text;
    buffer_over(&text, space, sizeof space);
    format_base(&text, row->kind, base, exponent);
    return arena_copy(&payouts->arena, buffer_slice(&text));
}

static int keep_evidence(struct payouts *payouts, struct payout_row *row)
{
    struct payout_evidence *evidence = payout_book_evidence(row->book, row->part, row->kind);
    if (evidence->orders > PAYOUT_ORDERS_SHOWN) {
        pieces_text(&evidence->text, " ");
        pieces_term(&evidence->text, "and");
        pieces_text(&evidence->text, " ");
        pieces_money(&evidence->text, evidence->orders - PAYOUT_ORDERS_SHOWN, 0);
        pieces_text(&evidence->text, " ");
        pieces_term(&evidence->text, "more");
    }
    return pieces_keep(&evidence->text, &payouts->arena, &row->evidence);
}

static int keep_row(struct payouts *payouts, struct payout_row *row)
{
    const struct creator_part *part = &row->book->book.parts[row->part];
    size_t own;
    int err = creator_book_part(&payouts->own.book, part->campaign,
                                row->book->book.rows[part->row].creator, &own);
    if (err == JALON_OK)
        err = array_reserve((void **)&payouts->rows, &payouts->row_capacity, payouts->row_count + 1,
                            sizeof *payouts->rows);
    if (err)
        return err;
    row->creator = payouts->own.book.parts[own].row;
    payouts->own.book.rows[row->creator].sums.figures.cost_minor += row->owed_minor;
    payouts->rows[payouts->row_count++] = *row;
    return JALON_OK;
}

/* A rate's line; none where no rate was in force, or, of earlier days, nothing changed. */
static int add_rate(struct payouts *payouts, struct payout_row *row)
{
    const struct creator_book *book = &row->book->book;
    const struct creator_part *part = &book->parts[row->part];
    unsigned exponent = book->rows[part->row].exponent;
    row->orders = payout_book_evidence(row->book, row->part, row->kind)->orders;
    size_t count =
        cost_pieces(payouts->stretches, row->kind, book->entries + part->first_cost,
                    part->cost_count, book->bases + part->first_stretch, part->stretch_count);
    if (count == 0 || (row->book->is_earlier && row->orders == 0))
        return JALON_OK;
    wide base = 0;
    for (size_t i = 0; i < count; i++)
        base += payouts->stretches[i].base;
    row->base_number = (double)base;
    row->base = base_text(payouts, row, base, exponent);
    int err = row->base.data ? keep_rate(payouts, row, count, exponent) : JALON_NO_MEMORY;
    if (err == JALON_OK)
        err = keep_evidence(payouts, row);
    return err ? err : keep_row(payouts, row);
}

/* The days that make the line of a fee or of products; of earlier ranges they were owed then. */
static int add_dated(struct payouts *payouts, struct payout_row *row)
{
    const struct creator_book *book = &row->book->book;
    const struct creator_part *part = &book->parts[row->part];
    const struct scope_campaign *campaign = &payouts->scope->campaigns[part->campaign];
    struct pieces *out = &payouts->pieces;
    for (size_t i = 0; i < part->cost_count; i++) {
        const struct cost_entry *entry = &book->entries[part->first_cost + i];
        if (entry->kind != row->kind || entry->day < campaign->from_day ||
            entry->day >= campaign->to_day)
            continue;
        char date[DATE_TEXT_MAX];
        date_format(date, entry->day);
        pieces_next(out, out->count == 0);
        pieces_add(out, PIECE_DATE, slice_of_string(date));
        pieces_text(out, " ");
        pieces_money(out, entry->value, book->rows[part->row].exponent);
    }
    int err = pieces_keep(out, &payouts->arena, &row->evidence);
    return err || row->evidence.count == 0 ? err : keep_row(payouts, row);
}

static int add_lines(struct payouts *payouts, const struct payout_book *of, size_t number)
{
    const struct creator_part *part = &of->book.parts[number];
    struct cost_lines lines = cost_of(of->book.entries + part->first_cost, part->cost_count,
                                      of->book.bases + part->first_stretch, part->stretch_count,
                                      of->book.rows[part->row].exponent);
    int err = JALON_OK;
    for (unsigned i = 0; i < COST_KIND_COUNT && !err; i++) {
        struct payout_row row = {
            .book = of, .part = number, .kind = (enum cost_kind)i, .owed_minor = lines.minor[i]};
        if (cost_kind_is_rate(row.kind))
            err = add_rate(payouts, &row);
        else if (!of->is_earlier)
            err = add_dated(payouts, &row);
    }
    return err;
}

static int make_rows(struct payouts *payouts)
{
    const struct payout_book *books[] = {&payouts->own, &payouts->earlier};
    size_t most = payouts->own.book.cost_count + payouts->earlier.book.cost_count + 1;
    payouts->stretches = calloc(most, sizeof *payouts->stretches);
    int err = payouts->stretches ? JALON_OK : JALON_NO_MEMORY;
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < books[i]->part_count && !err; j++)
            err = add_lines(payouts, books[i], j);
    return err ? err : creator_book_name(&payouts->own.book);
}

static const char *unit_of(enum cost_kind kind)
{
    static const char *const units[COST_KIND_COUNT] = {
        [COST_FEE] = "",
        [COST_PRODUCT] = "",
        [COST_PER_CLICK] = "clicks",
        [COST_PER_CONVERSION] = "conversions",
        [COST_PER_CONVERSION_CODE] = "conversions",
        [COST_COMMISSION] = "revenue",
        [COST_COMMISSION_CODE] = "revenue",
    };
    return units[kind];
}

static void fill(void *context, size_t index, struct cell *cells, struct metric_row *metric_row)
{
    struct payouts *payouts = context;
    const struct payout_row *row = &payouts->rows[index];
    const struct creator_row *creator = &payouts->own.book.rows[row->creator];
    bool has_orders = cost_kind_is_rate(row->kind) && row->kind != COST_PER_CLICK;
    cells[OWN_CREATOR] = cell_text(creator->creator);
    cells[OWN_CAMPAIGN] =
        cell_text(payouts->scope->slugs[row->book->book.parts[row->part].campaign]);
    cells[OWN_CURRENCY] = cell_text(payouts->totals.currencies[creator->currency].currency);
    cells[OWN_NAME] = cell_text(creator->name);
    cells[OWN_LINE] = cell_text(slice_of_string(cost_kind_name(row->kind)));
    cells[OWN_PERIOD] = cell_text(slice_of_string(row->book->is_earlier ? "earlier" : "own"));
    cells[OWN_BASE] = cell_null();
    if (row->base.size)
        cells[OWN_BASE] =
            (struct cell){.kind = CELL_DECIMAL, .text = row->base, .ratio = row->base_number};
    cells[OWN_UNIT] = cell_text(slice_of_string(unit_of(row->kind)));
    cells[OWN_RATE] = cell_composed(&row->rate);
    cells[OWN_ORDERS] = cell_known(has_orders, row->orders);
    cells[OWN_EVIDENCE] = cell_composed(&row->evidence);
    cells[OWN_TOTAL] = cell_money(creator->sums.figures.cost_minor, creator->exponent);
    payouts->line.figures.cost_minor = row->owed_minor;
    metric_row_set(metric_row, &payouts->line, creator->exponent, true);
}

static void note_what_matters(struct payouts *payouts)
{
    int64_t pending = payouts->own.pending_orders + payouts->earlier.pending_orders;
    if (pending)
        totals_note(&payouts->totals,
                    "Orders not approved yet, and counted: %; one that is cancelled later is taken "
                    "back then.",
                    NOTE_VALUES(note_count((size_t)pending)));
    if (payouts->late_orders)
        totals_note(&payouts->totals,
                    "Orders of days before the range that came in within it: %. They belong to the "
                    "payout of their own days: run that again.",
                    NOTE_VALUES(note_count((size_t)payouts->late_orders)));
    if (payouts->own.unpaid_orders)
        totals_note(&payouts->totals,
                    "Orders credited to creators for whom no cost was entered: %.",
                    NOTE_VALUES(note_count((size_t)payouts->own.unpaid_orders)));
}

static int send(struct payouts *payouts, struct report_sink *sink)
{
    struct row_table table = {
        .scope = payouts->scope,
        .shape = &shape,
        .row_count = payouts->row_count,
        .pool = &payouts->pool,
        .fill = fill,
        .context = payouts,
    };
    int err = JALON_OK;
    for (size_t i = 0; i < payouts->own.book.row_count && !err; i++) {
        const struct creator_row *row = &payouts->own.book.rows[i];
        err = totals_add_row(&payouts->totals, row->currency, &row->sums);
    }
    note_what_matters(payouts);
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(&payouts->totals, &table, sink);
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    struct payouts payouts = {.scope = scope, .earlier.is_earlier = true};
    int err = totals_init(&payouts.totals, scope, &payouts.pool);
    pieces_init(&payouts.pieces, TEXT_BYTES_MAX);
    payouts.own.book.scope = scope;
    payouts.earlier.book.scope = &payouts.before;
    payouts.own.book.totals = payouts.earlier.book.totals = &payouts.totals;
    if (err == JALON_OK)
        err = gather(&payouts);
    if (err == JALON_OK)
        err = make_rows(&payouts);
    if (err == JALON_OK)
        err = send(&payouts, sink);
    payout_book_done(&payouts.own);
    payout_book_done(&payouts.earlier);
    totals_done(&payouts.totals);
    sums_pool_done(&payouts.pool);
    link_set_done(&payouts.links);
    arena_done(&payouts.arena);
    free(payouts.rows);
    free(payouts.stretches);
    pieces_done(&payouts.pieces);
    free(payouts.before.campaigns);
    return err;
}

const struct report_kind payouts_report = {&shape, run};
