#include "core/report/totals.h"

#include <stdlib.h>

/* The currency of campaign `index`, added when it is new. */
static size_t currency_number(struct totals *totals, const struct campaign_view *campaign)
{
    for (size_t i = 0; i < totals->count; i++)
        if (slice_equal(totals->currencies[i].currency, campaign->currency))
            return i;
    totals->currencies[totals->count] =
        (struct currency_sums){.currency = campaign->currency, .exponent = campaign->exponent};
    return totals->count++;
}

int totals_init(struct totals *totals, const struct scope *scope, struct sums_pool *pool)
{
    *totals = (struct totals){.scope = scope, .pool = pool};
    totals->currencies = calloc(scope->campaign_count, sizeof *totals->currencies);
    if (!totals->currencies)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < scope->campaign_count; i++)
        totals->currency_of[i] = currency_number(totals, &scope->campaigns[i].view);
    return JALON_OK;
}

void totals_done(struct totals *totals)
{
    arena_done(&totals->notes_arena);
    free(totals->currencies);
    totals->currencies = NULL;
}

int totals_add_row(struct totals *totals, size_t currency, const struct sums *sums)
{
    return sums_add(totals->pool, &totals->currencies[currency].rows, sums);
}

int totals_add_order(struct totals *totals, const struct order *order)
{
    struct sums *sums = &totals->currencies[totals->currency_of[order->campaign]].unattributed;
    if (!order->counts || order->attribution.credit_count)
        return JALON_OK;
    sums->figures.revenue_minor += order->revenue_minor;
    return sums_add_type(totals->pool, sums, order->view->type, SHARE_WHOLE);
}

static bool keep_value(struct arena *arena, struct note_value *value)
{
    char memory[24]; /* any count */
    struct buffer digits;
    buffer_over(&digits, memory, sizeof memory);
    if (value->kind == PIECE_NUMBER && !value->text.data)
        buffer_append_u64(&digits, value->count);
    value->text = arena_copy(arena, digits.size ? buffer_slice(&digits) : value->text);
    return value->text.data;
}

void totals_note(struct totals *totals, const char *sentence, const struct note_value *values,
                 size_t value_count)
{
    struct note_value *kept = arena_take(&totals->notes_arena, (value_count + 1) * sizeof *kept);
    if (!kept || totals->note_count == NOTES_MAX)
        return;
    for (size_t i = 0; i < value_count; i++) {
        kept[i] = values[i];
        if (!keep_value(&totals->notes_arena, &kept[i]))
            return;
    }
    totals->notes[totals->note_count++] = (struct note){sentence, kept, value_count};
}

void totals_usual(struct totals *totals, const struct reference_range *range)
{
    totals->usual[totals->usual_count++] = (struct usual){
        .field = reference_field(range->metric),
        .tier = range->tier,
        .low = range->low,
        .high = range->high,
        .source = range->source,
    };
}

/* Totals of one currency, or of all: what their cells borrow from lives here. */
struct total_row {
    struct metric_row row;
    struct cell cells[ROW_COLUMNS_MAX];
};

static int fill_total(struct total_row *total, const struct totals *totals,
                      const struct row_table *table, const struct sums *sums, unsigned exponent,
                      bool has_money)
{
    const struct cell own[ROW_COLUMNS_MAX] = {{.kind = CELL_NULL}};
    int err = metric_row_init(&total->row, totals->pool);
    if (err)
        return err;
    metric_row_set(&total->row, sums, exponent, has_money);
    row_table_show(table, own, &total->row, total->cells);
    return JALON_OK;
}

/* Adds what may be added: money only where there is one currency. */
static int add_currency(const struct totals *totals, struct sums *to, const struct sums *more)
{
    struct sums part = *more;
    if (totals->count > 1)
        part.figures.revenue_minor = part.figures.cost_minor = part.order_revenue_minor = 0;
    return sums_add(totals->pool, to, &part);
}

static int sum_currencies(const struct totals *totals, struct sums *rows, struct sums *unattributed)
{
    int err = JALON_OK;
    for (size_t i = 0; i < totals->count && !err; i++) {
        err = add_currency(totals, rows, &totals->currencies[i].rows);
        if (err == JALON_OK)
            err = add_currency(totals, unattributed, &totals->currencies[i].unattributed);
    }
    return err;
}

static struct cell unattributed_revenue(const struct currency_sums *sums)
{
    return cell_money(sums->unattributed.figures.revenue_minor, sums->exponent);
}

static int send_filled(const struct totals *totals, const struct total_row *rows,
                       const struct currency_totals *by_currency, const struct sums *unattributed,
                       struct report_sink *sink)
{
    struct named_count *types = calloc(totals->pool->types.count + 1, sizeof *types);
    if (!types)
        return JALON_NO_MEMORY;
    bool is_one = totals->count == 1;
    struct report_ending ending = {
        .totals = rows[totals->count].cells,
        .unattributed = types,
        .unattributed_count = sums_types(totals->pool, unattributed, types),
        .unattributed_revenue = is_one ? unattributed_revenue(&totals->currencies[0]) : cell_null(),
        .has_unattributed = totals->scope->query->creator.size == 0 && !totals->is_without_orders,
        .by_currency = by_currency,
        .currency_count = is_one ? 0 : totals->count,
        .usual = totals->usual,
        .usual_count = totals->usual_count,
        .notes = totals->notes,
        .note_count = totals->note_count,
    };
    int err = sink->end(sink, &ending);
    free(types);
    return err;
}

int totals_send(struct totals *totals, const struct row_table *table, struct report_sink *sink)
{
    struct sums all = {0}, unattributed = {0};
    struct total_row *rows = calloc(totals->count + 1, sizeof *rows);
    struct currency_totals *by_currency = calloc(totals->count, sizeof *by_currency);
    int err = rows && by_currency ? sum_currencies(totals, &all, &unattributed) : JALON_NO_MEMORY;
    for (size_t i = 0; i < totals->count && !err; i++) {
        const struct currency_sums *sums = &totals->currencies[i];
        by_currency[i] = (struct currency_totals){
            .currency = sums->currency,
            .cells = rows[i].cells,
            .unattributed_revenue = unattributed_revenue(sums),
        };
        err = fill_total(&rows[i], totals, table, &sums->rows, sums->exponent, true);
    }
    if (err == JALON_OK)
        err = fill_total(&rows[totals->count], totals, table, &all, totals->currencies[0].exponent,
                         totals->count == 1);
    if (err == JALON_OK)
        err = send_filled(totals, rows, by_currency, &unattributed, sink);
    for (size_t i = 0; rows && i <= totals->count; i++)
        metric_row_done(&rows[i].row);
    free(rows);
    free(by_currency);
    return err;
}
