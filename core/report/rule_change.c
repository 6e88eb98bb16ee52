#include "core/report/rule_change.h"
#include "core/registry/field.h"
#include "core/base/array.h"
#include "core/report/orders.h"
#include "core/report/totals.h"

#include <stdlib.h>

enum { OWN_CREATOR, OWN_BEFORE, OWN_AFTER, OWN_REVENUE_BEFORE, OWN_REVENUE_AFTER, OWN_COUNT };

static const struct column columns[] = {
    [OWN_CREATOR] = {"creator", "Creator", CELL_TEXT, false, false},
    [OWN_BEFORE] = {"conversions_before", "Conversions now", CELL_COUNTS, false, true},
    [OWN_AFTER] = {"conversions_after", "Conversions then", CELL_COUNTS, false, true},
    [OWN_REVENUE_BEFORE] = {"revenue_before", "Revenue now", CELL_MONEY, false, true},
    [OWN_REVENUE_AFTER] = {"revenue_after", "Revenue then", CELL_MONEY, false, true},
};

static const struct report_shape shape = {
    .name = "rule-change",
    .summary = "whose conversions and revenue another attribution rule would move",
    .columns = columns,
    .column_count = OWN_COUNT,
    .own_count = OWN_COUNT,
    .order = "creator",
};

struct moved_row {
    struct sums before, after; /* what is credited under the two rules */
};

struct preview {
    const struct scope *scope;
    struct campaign_rule rule; /* the one to be */
    struct link_set links;
    struct name_index creators; /* the empty name: nobody */
    struct moved_row *rows;     /* by creator */
    size_t row_capacity;
    size_t *shown; /* the rows that move */
    size_t shown_count;
    struct moved_row total;
    struct sums_pool pool;
    struct named_count *counts[2]; /* of the row that is being filled: before, after */
    struct totals totals;
    size_t orders, moved, other_evidence;
};

static int side_add(struct preview *preview, struct sums *side, const struct order *order,
                    int64_t share_micro, int64_t revenue_minor)
{
    side->figures.revenue_minor += revenue_minor;
    return sums_add_type(&preview->pool, side, order->view->type, share_micro);
}

static int row_of(struct preview *preview, struct slice creator, struct moved_row **ret_row)
{
    size_t number, before = preview->creators.count;
    int err = name_index_put(&preview->creators, creator, &number);
    if (err == JALON_OK)
        err = array_reserve((void **)&preview->rows, &preview->row_capacity,
                            preview->creators.count, sizeof *preview->rows);
    if (err)
        return err;
    if (number == before)
        preview->rows[number] = (struct moved_row){0};
    *ret_row = &preview->rows[number];
    return JALON_OK;
}

/* Adds the order to the rows of those whom `attribution` credits, or to nobody's. */
static int add_side(struct preview *preview, const struct order *order,
                    const struct attribution *attribution, bool is_after)
{
    struct moved_row *row;
    int err = JALON_OK;
    if (attribution->credit_count == 0)
        err = row_of(preview, SLICE_NONE, &row);
    if (err == JALON_OK && attribution->credit_count == 0)
        err = side_add(preview, is_after ? &row->after : &row->before, order, SHARE_WHOLE,
                       order->revenue_minor);
    for (size_t i = 0; i < attribution->credit_count && !err; i++) {
        const struct credit *credit = &attribution->credits[i];
        err = row_of(preview, credit->creator, &row);
        if (err == JALON_OK)
            err =
                side_add(preview, is_after ? &row->after : &row->before, order, credit->share_micro,
                         attribution_amount(attribution, i, order->revenue_minor));
    }
    return err;
}

static const struct credit *find_credit(const struct attribution *attribution, struct slice creator)
{
    for (size_t i = 0; i < attribution->credit_count; i++)
        if (slice_equal(attribution->credits[i].creator, creator))
            return &attribution->credits[i];
    return NULL;
}

enum move { MOVE_NONE, MOVE_EVIDENCE, MOVE_CREDIT };

/* Credit moves when another part of the order is somebody's, evidence when the same part rests on another. */
static enum move move_of(const struct attribution *before, const struct attribution *after,
                         int64_t revenue_minor)
{
    enum move move = MOVE_NONE;
    if (before->credit_count != after->credit_count)
        return MOVE_CREDIT;
    for (size_t i = 0; i < before->credit_count; i++) {
        const struct credit *old = &before->credits[i];
        const struct credit *new = find_credit(after, old->creator);
        if (!new || new->share_micro != old->share_micro ||
            attribution_amount(before, i, revenue_minor) !=
                attribution_amount(after, (size_t)(new - after->credits), revenue_minor))
            return MOVE_CREDIT;
        if (new->kind != old->kind || new->click != old->click)
            move = MOVE_EVIDENCE;
    }
    return move;
}

static int add_order(void *context, const struct order *order)
{
    struct preview *preview = context;
    struct attribution after;
    if (!order->counts)
        return JALON_OK;
    attribution_of(&after, &order->view->evidence, preview->rule.attribution,
                   preview->rule.window_ms);
    enum move move = move_of(&order->attribution, &after, order->revenue_minor);
    preview->orders++;
    preview->moved += move == MOVE_CREDIT;
    preview->other_evidence += move == MOVE_EVIDENCE;
    int err = add_side(preview, order, &order->attribution, false);
    return err ? err : add_side(preview, order, &after, true);
}

/* The conversions of both sides as the cells of the next row; whether they are the same. */
static bool take_counts(struct preview *preview, const struct moved_row *row, size_t ret_sizes[2])
{
    ret_sizes[0] = sums_types(&preview->pool, &row->before, preview->counts[0]);
    ret_sizes[1] = sums_types(&preview->pool, &row->after, preview->counts[1]);
    bool is_same = ret_sizes[0] == ret_sizes[1];
    for (size_t i = 0; i < ret_sizes[0] && is_same; i++)
        is_same = slice_equal(preview->counts[0][i].name, preview->counts[1][i].name) &&
                  preview->counts[0][i].micro == preview->counts[1][i].micro;
    return is_same;
}

static int choose_rows(struct preview *preview)
{
    size_t sizes[2];
    preview->shown = calloc(preview->creators.count + 1, sizeof *preview->shown);
    for (size_t i = 0; i < 2; i++)
        preview->counts[i] = calloc(preview->pool.types.count + 1, sizeof *preview->counts[i]);
    if (!preview->shown || !preview->counts[0] || !preview->counts[1])
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < preview->creators.count; i++) {
        const struct moved_row *row = &preview->rows[i];
        if (take_counts(preview, row, sizes) &&
            row->before.figures.revenue_minor == row->after.figures.revenue_minor)
            continue;
        preview->shown[preview->shown_count++] = i;
        int err = sums_add(&preview->pool, &preview->total.before, &row->before);
        if (err == JALON_OK)
            err = sums_add(&preview->pool, &preview->total.after, &row->after);
        if (err)
            return err;
    }
    return JALON_OK;
}

static void fill_figures(struct preview *preview, const struct moved_row *row, struct cell *cells)
{
    unsigned exponent = preview->scope->campaigns[0].view.exponent;
    size_t sizes[2];
    (void)take_counts(preview, row, sizes); /* that they differ is why the row is there */
    cells[OWN_BEFORE] = cell_counts(preview->counts[0], sizes[0]);
    cells[OWN_AFTER] = cell_counts(preview->counts[1], sizes[1]);
    cells[OWN_REVENUE_BEFORE] = cell_money(row->before.figures.revenue_minor, exponent);
    cells[OWN_REVENUE_AFTER] = cell_money(row->after.figures.revenue_minor, exponent);
}

static void fill(void *context, size_t index, struct cell *cells, struct metric_row *metric_row)
{
    (void)metric_row; /* it has no metrics */
    struct preview *preview = context;
    size_t number = preview->shown[index];
    cells[OWN_CREATOR] = cell_text(preview->creators.names[number]);
    fill_figures(preview, &preview->rows[number], cells);
}

static bool has_nobody(const struct preview *preview)
{
    for (size_t i = 0; i < preview->shown_count; i++)
        if (preview->creators.names[preview->shown[i]].size == 0)
            return true;
    return false;
}

static void note_moves(struct preview *preview)
{
    if (preview->moved == 0)
        totals_note(&preview->totals, "Nothing moves: each order stays whose it is (orders: %).",
                    NOTE_VALUES(note_count(preview->orders)));
    else
        totals_note(&preview->totals,
                    "Orders credited otherwise: % of %; what was reported of them changes.",
                    NOTE_VALUES(note_count(preview->moved), note_count(preview->orders)));
    if (has_nobody(preview))
        totals_note(&preview->totals,
                    "The row without a creator: orders that nobody is credited for.",
                    NOTE_NO_VALUES);
    if (preview->other_evidence)
        totals_note(&preview->totals,
                    "Orders that stay whose they are, on other evidence: %. They may move between "
                    "links, and between the rates of click and code sales.",
                    NOTE_VALUES(note_count(preview->other_evidence)));
}

static int send(struct preview *preview, struct report_sink *sink)
{
    struct cell cells[OWN_COUNT] = {cell_null()};
    struct row_table table = {
        .scope = preview->scope,
        .shape = &shape,
        .row_count = preview->shown_count,
        .fill = fill,
        .context = preview,
    };
    int err = row_table_send(&table, sink);
    if (err)
        return err;
    fill_figures(preview, &preview->total, cells);
    note_moves(preview);
    const struct report_ending ending = {
        .totals = cells,
        .notes = preview->totals.notes,
        .note_count = preview->totals.note_count,
    };
    return sink->end(sink, &ending);
}

static int read_rule(struct preview *preview, const struct rule_change *change,
                     struct problem *problem)
{
    preview->rule = campaign_view_rule(&preview->scope->campaigns[0].view, INT64_MAX);
    if (change->attribution.size &&
        attribution_rule_of(&preview->rule.attribution, change->attribution))
        return problem_field(problem, "attribution", "there is no such rule");
    if (change->window.size && duration_parse(&preview->rule.window_ms, change->window))
        return problem_field(problem, "window", "write it as 30d");
    return JALON_OK;
}

static int look(struct preview *preview, struct report_sink *sink)
{
    int err = totals_init(&preview->totals, preview->scope, &preview->pool);
    if (err == JALON_OK)
        err = link_set_read(&preview->links, preview->scope);
    if (err == JALON_OK)
        err = orders_each(preview->scope, &preview->links, add_order, preview);
    if (err == JALON_OK)
        err = choose_rows(preview);
    return err ? err : send(preview, sink);
}

static void preview_done(struct preview *preview)
{
    totals_done(&preview->totals);
    sums_pool_done(&preview->pool);
    name_index_done(&preview->creators);
    link_set_done(&preview->links);
    free(preview->rows);
    free(preview->shown);
    free(preview->counts[0]);
    free(preview->counts[1]);
}

int rule_change_preview(struct store *store, const struct rule_change *change,
                        struct report_sink *sink, size_t *ret_moved, struct problem *problem)
{
    const struct report_query query = {
        .name = slice_of_string(shape.name),
        .campaigns = &change->campaign,
        .campaign_count = 1,
        .now_ms = change->now_ms,
    };
    struct scope scope;
    int err = scope_open(&scope, store, &query, false, problem);
    if (err)
        return err;
    struct preview preview = {.scope = &scope};
    err = read_rule(&preview, change, problem);
    if (err == JALON_OK)
        err = look(&preview, sink);
    if (err && problem->kind == PROBLEM_NONE)
        err = problem_from_error(problem, err);
    *ret_moved = preview.moved + preview.other_evidence;
    preview_done(&preview);
    scope_done(&scope);
    return err;
}
