#include "core/report/figures_past.h"
#include "core/report/order_past.h"

#include <stdlib.h>

/* By row, what one standing of an order has more than another. */
struct difference {
    struct {
        size_t row;
        int64_t share_micro, revenue_minor;
    } of[2 * CREDITS_MAX];
    size_t count;
};

static int add_standing(struct figures_past *past, struct difference *difference,
                        const struct order *order, int sign)
{
    const struct attribution *attribution = &order->attribution;
    for (size_t i = 0; i < attribution->credit_count && order->counts; i++) {
        struct slice creator = attribution->credits[i].creator;
        size_t part, at = 0;
        if (!scope_has_creator(past->book->scope, creator))
            continue;
        int err = creator_book_part(past->book, order->campaign, creator, &part);
        if (err)
            return err;
        size_t row = past->book->parts[part].row;
        while (at < difference->count && difference->of[at].row != row)
            at++;
        if (at == difference->count) {
            difference->of[at].row = row;
            difference->of[at].share_micro = difference->of[at].revenue_minor = 0;
            difference->count++;
        }
        difference->of[at].share_micro += sign * attribution->credits[i].share_micro;
        difference->of[at].revenue_minor +=
            sign * attribution_amount(attribution, i, order->revenue_minor);
    }
    return JALON_OK;
}

static int find_difference(struct figures_past *past, struct difference *difference,
                           const struct order *order, const struct order *other)
{
    difference->count = 0;
    int err = add_standing(past, difference, order, 1);
    return err ? err : add_standing(past, difference, other, -1);
}

/* Made when there is something to keep. */
static struct row_past *past_of(struct figures_past *past, size_t number)
{
    struct creator_row *row = &past->book->rows[number];
    if (row->past)
        return row->past;
    row->past = arena_take(&past->book->arena, sizeof *row->past);
    if (row->past)
        *row->past = (struct row_past){.is_changed = false};
    return row->past;
}

static int add_first(struct figures_past *past, const struct order *first,
                     const struct order *order)
{
    struct difference difference;
    int err = find_difference(past, &difference, first, order);
    for (size_t i = 0; i < difference.count && !err; i++) {
        struct row_past *row = past_of(past, difference.of[i].row);
        if (!row)
            return JALON_NO_MEMORY;
        row->first.figures.revenue_minor += difference.of[i].revenue_minor;
        err =
            sums_add_type(past->pool, &row->first, order->view->type, difference.of[i].share_micro);
    }
    return err;
}

/* Marks the rows in which the change at that moment shows. */
static int mark(struct figures_past *past, const struct order *before, const struct order *after,
                int64_t at_ms)
{
    struct difference difference;
    int err = find_difference(past, &difference, before, after);
    for (size_t i = 0; i < difference.count && !err; i++) {
        if (!difference.of[i].share_micro && !difference.of[i].revenue_minor)
            continue;
        struct row_past *row = past_of(past, difference.of[i].row);
        if (!row)
            return JALON_NO_MEMORY;
        if (at_ms <= row->changed_ms)
            continue;
        row->changed_ms = at_ms;
        row->campaign = before->campaign;
    }
    return err;
}

int figures_past_add(struct figures_past *past, const struct order *order)
{
    const struct scope *scope = past->book->scope;
    int64_t ended_ms = scope->campaigns[order->campaign].range_ms[1];
    if (!scope_is_over(scope, order->campaign))
        return JALON_OK;
    int64_t at_ms = order_next_change(scope, order, ended_ms);
    if (at_ms == NO_CHANGE)
        return JALON_OK;
    struct order before, after;
    order_reported_before(&before, scope, order, ended_ms);
    int err = add_first(past, &before, order);
    while (at_ms != NO_CHANGE && !err) {
        order_reported_before(&after, scope, order, at_ms + 1);
        err = mark(past, &before, &after, at_ms);
        before = after;
        at_ms = order_next_change(scope, order, at_ms + 1);
    }
    return err;
}

/* What is counted 0 times is not there. */
static size_t types_of(const struct figures_past *past, const struct sums *sums)
{
    size_t count = sums_types(past->pool, sums, past->types), kept = 0;
    for (size_t i = 0; i < count; i++)
        if (past->types[i].micro)
            past->types[kept++] = past->types[i];
    return kept;
}

int figures_past_end(struct figures_past *past)
{
    past->types = calloc(past->pool->types.count + 1, sizeof *past->types);
    if (!past->types)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < past->book->row_count; i++) {
        const struct creator_row *row = &past->book->rows[i];
        struct row_past *of = row->past;
        if (!of || (types_of(past, &of->first) == 0 && of->first.figures.revenue_minor == 0))
            continue;
        of->is_changed = true;
        date_format(of->day,
                    zone_day_of(past->book->scope->campaigns[of->campaign].zone, of->changed_ms));
        past->changed++;
        int err = sums_add(past->pool, &of->first, &row->sums);
        if (err)
            return err;
    }
    return JALON_OK;
}

void figures_past_fill(struct figures_past *past, const struct creator_row *row, struct cell *cells)
{
    for (size_t i = 0; i < PAST_COLUMN_COUNT; i++)
        cells[i] = cell_null();
    if (!row->past || !row->past->is_changed)
        return;
    cells[0] = cell_counts(past->types, types_of(past, &row->past->first));
    cells[1] = cell_money(row->past->first.figures.revenue_minor, row->exponent);
    cells[2] = cell_text(slice_of_string(row->past->day));
}

void figures_past_note(const struct figures_past *past, const char *rows, struct totals *totals)
{
    if (past->changed)
        totals_note(totals, "Figures changed since the range ended (%: %).",
                    NOTE_VALUES(note_term(rows), note_count(past->changed)));
}

void figures_past_done(struct figures_past *past)
{
    free(past->types);
}
