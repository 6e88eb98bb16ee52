/* orders_report.c - the ledger: one row an order, by time, with the line that says why it is whose. */
#include "core/ledger/evidence_line.h"
#include "core/base/array.h"
#include "core/report/creator_names.h"
#include "core/report/order_past.h"
#include "core/report/order_texts.h"
#include "core/report/report_kinds.h"

#include <stdlib.h>

enum {
    OWN_ORDER,
    OWN_CAMPAIGN,
    OWN_CURRENCY,
    OWN_OCCURRED,
    OWN_STATUS,
    OWN_TYPE,
    OWN_AMOUNT,
    OWN_REFUNDED,
    OWN_CODE,
    OWN_CREDITS,
    OWN_BY,
    OWN_ASSISTS,
    OWN_UNATTRIBUTED,
    OWN_LINE,
    OWN_SOURCE,
    OWN_REFUNDS,
    OWN_DIFFERENCES,
    OWN_FIRST_REVENUE,
    OWN_FIRST_CREDITS,
    OWN_CHANGED,
    OWN_COUNT
};

#define ORDER_METRICS(X) REVENUE_METRICS(X)

static const struct column columns[] = {
    [OWN_ORDER] = {"order_id", "Order", CELL_TEXT, false, false},
    [OWN_CAMPAIGN] = {"campaign", "Campaign", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_OCCURRED] = {"occurred_at", "At", CELL_TEXT, false, false},
    [OWN_STATUS] = {"status", "Status", CELL_TEXT, false, false},
    [OWN_TYPE] = {"type", "Type", CELL_TEXT, true, false},
    [OWN_AMOUNT] = {"amount", "Amount", CELL_MONEY, false, false},
    [OWN_REFUNDED] = {"refunded", "Refunded", CELL_MONEY, true, false},
    [OWN_CODE] = {"code", "Code", CELL_TEXT, true, false},
    [OWN_CREDITS] = {"credits", "Credited", CELL_TEXT, true, false},
    [OWN_BY] = {"by", "By", CELL_TEXT, true, false},
    [OWN_ASSISTS] = {"assists", "Assists", CELL_TEXT, true, false},
    [OWN_UNATTRIBUTED] = {"unattributed", "Unattributed", CELL_TEXT, true, false},
    [OWN_LINE] = {"evidence", "Evidence", CELL_TEXT, false, false},
    [OWN_SOURCE] = {"source", "Source", CELL_TEXT, true, false},
    [OWN_REFUNDS] = {"refunds", "Refunds", CELL_TEXT, true, false},
    [OWN_DIFFERENCES] = {"differences", "Differences", CELL_TEXT, false, false},
    [OWN_FIRST_REVENUE] = {"revenue_first", "First revenue", CELL_MONEY, true, false},
    [OWN_FIRST_CREDITS] = {"credits_first", "First credited", CELL_TEXT, true, false},
    [OWN_CHANGED] = {"changed_at", "Changed", CELL_TEXT, true, false},
    ORDER_METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {ORDER_METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "orders",
    .summary = "every order: who is credited, on what evidence, or why nobody is",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = NULL, /* as they were gathered: by campaign and time */
};

struct ledger_row { /* of the arena */
    size_t campaign;
    enum conversion_status status;
    bool has_amount, is_without_money;
    int64_t amount_minor, refunded_minor, revenue_minor, occurred_ms;
    char occurred[MOMENT_TEXT_MAX];
    struct slice order_id, type, code, line, source;
    struct composed refunds, differences;
    const char *by, *unattributed;
    struct named_count *credits, *assists;
    size_t credit_count, assist_count;
    char changed[DATE_TEXT_MAX]; /* empty: as it was when the range ended, or that is not over */
    int64_t first_revenue_minor;
    struct named_count *first_credits;
    size_t first_credit_count;
};

struct tally { /* of the rows that count */
    size_t by[EVIDENCE_BOTH + 1], mixed, nobody, void_count, different, changed;
};

struct ledger {
    const struct scope *scope;
    struct link_set links; /* clicks may lead to registered portable links */
    struct creator_names names;
    struct sums_pool pool;
    struct totals totals;
    struct arena arena;
    struct ledger_row **rows;
    size_t count, capacity;
    struct tally tally;
    struct buffer text;   /* one at a time, on its way to the arena */
    struct pieces pieces; /* likewise */
    struct sums shown;    /* of the row that was filled last */
};

#define TEXT_BYTES_MAX 65536

/* May `creator` be named in it? */
static bool is_told(const struct scope *scope, struct slice creator)
{
    return !scope->query->is_for_creator || scope_has_creator(scope, creator);
}

static struct slice name_of(void *context, struct slice creator)
{
    const struct ledger *ledger = context;
    return is_told(ledger->scope, creator) ? creator_names_find(&ledger->names, creator)
                                           : SLICE_NONE;
}

/* The code as the shop wrote it; a creator is told of their own only: what is no code of the campaign may be another's. */
static struct slice code_of(const struct ledger *ledger, const struct order *order)
{
    struct slice owner = order->view->evidence.code.creator;
    bool is_told_of =
        !ledger->scope->query->is_for_creator || (owner.size && is_told(ledger->scope, owner));
    return is_told_of ? order->view->code_text : SLICE_NONE;
}

/* Whether the order is the creator's that the query is about, as one who is credited or who assists. */
static bool is_wanted(const struct scope *scope, const struct attribution *attribution)
{
    if (scope->query->creator.size == 0)
        return true;
    for (size_t i = 0; i < attribution->credit_count; i++)
        if (scope_has_creator(scope, attribution->credits[i].creator))
            return true;
    for (size_t i = 0; i < attribution->assist_count; i++)
        if (scope_has_creator(scope, attribution->assists[i].creator))
            return true;
    return false;
}

/* What was theirs when the range ended explains their figures, too. */
static bool was_wanted(const struct scope *scope, const struct order *order)
{
    struct order first;
    if (!scope_is_over(scope, order->campaign))
        return false;
    order_reported_before(&first, scope, order, scope->campaigns[order->campaign].range_ms[1]);
    return is_wanted(scope, &first.attribution);
}

/* On what they are credited: one word where it is the same for all. NULL when nobody is. */
static const char *by_of(const struct attribution *attribution)
{
    if (attribution->credit_count == 0)
        return NULL;
    for (size_t i = 1; i < attribution->credit_count; i++)
        if (attribution->credits[i].kind != attribution->credits[0].kind)
            return "mixed";
    return evidence_kind_name(attribution->credits[0].kind);
}

static int keep_credits(struct ledger *ledger, const struct attribution *attribution,
                        struct named_count **ret_credits, size_t *ret_count)
{
    struct named_count *credits =
        arena_take(&ledger->arena, (attribution->credit_count + 1) * sizeof *credits);
    size_t count = 0;
    if (!credits)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < attribution->credit_count; i++) {
        const struct credit *credit = &attribution->credits[i];
        if (!is_told(ledger->scope, credit->creator))
            continue;
        struct named_count *kept = &credits[count++];
        *kept =
            (struct named_count){arena_copy(&ledger->arena, credit->creator), credit->share_micro};
        if (!kept->name.data)
            return JALON_NO_MEMORY;
    }
    *ret_credits = credits;
    *ret_count = count;
    return JALON_OK;
}

static bool is_same(const struct order *a, const struct order *b)
{
    const struct attribution *x = &a->attribution, *y = &b->attribution;
    bool is_same = a->counts == b->counts && a->revenue_minor == b->revenue_minor &&
                   x->credit_count == y->credit_count;
    for (size_t i = 0; i < x->credit_count && is_same; i++)
        is_same = slice_equal(x->credits[i].creator, y->credits[i].creator);
    return is_same;
}

/* What it was when the range ended, if it is not that any more, and the day of the last change. */
static int keep_first(struct ledger *ledger, struct ledger_row *row, const struct order *order)
{
    const struct scope_campaign *campaign = &ledger->scope->campaigns[order->campaign];
    struct order first, before, after;
    int64_t at_ms = order_next_change(ledger->scope, order, campaign->range_ms[1]), changed_ms = 0;
    if (!scope_is_over(ledger->scope, order->campaign) || at_ms == NO_CHANGE)
        return JALON_OK;
    order_reported_before(&first, ledger->scope, order, campaign->range_ms[1]);
    if (is_same(&first, order))
        return JALON_OK;
    for (before = first; at_ms != NO_CHANGE; before = after) {
        order_reported_before(&after, ledger->scope, order, at_ms + 1);
        if (!is_same(&before, &after))
            changed_ms = at_ms;
        at_ms = order_next_change(ledger->scope, order, at_ms + 1);
    }
    date_format(row->changed, zone_day_of(campaign->zone, changed_ms));
    row->first_revenue_minor = first.revenue_minor;
    ledger->tally.changed++;
    return keep_credits(ledger, &first.attribution, &row->first_credits, &row->first_credit_count);
}

/* The pieces of evidence of each creator that assist. */
static int keep_assists(struct ledger *ledger, struct ledger_row *row,
                        const struct attribution *attribution)
{
    row->assists =
        arena_take(&ledger->arena, (attribution->assist_count + 1) * sizeof *row->assists);
    if (!row->assists)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < attribution->assist_count; i++) {
        struct slice creator = attribution->assists[i].creator;
        if (!is_told(ledger->scope, creator))
            continue;
        size_t at = 0;
        while (at < row->assist_count && !slice_equal(row->assists[at].name, creator))
            at++;
        if (at == row->assist_count)
            row->assists[row->assist_count++] =
                (struct named_count){arena_copy(&ledger->arena, creator), 0};
        if (!row->assists[at].name.data)
            return JALON_NO_MEMORY;
        row->assists[at].micro += SHARE_WHOLE;
    }
    return JALON_OK;
}

/* Takes what was written over into the arena, and makes room for the next text. */
static int keep_text(struct ledger *ledger, struct slice *ret_text)
{
    int err = buffer_error(&ledger->text);
    *ret_text = err ? SLICE_NONE : arena_copy(&ledger->arena, buffer_slice(&ledger->text));
    buffer_clear(&ledger->text);
    if (err)
        return err;
    return ret_text->data ? JALON_OK : JALON_NO_MEMORY;
}

static int keep_line(struct ledger *ledger, struct ledger_row *row, const struct order *order)
{
    const struct conversion_view *view = order->view;
    const struct evidence_line line = {
        .order_id = view->order_id,
        .code_text = code_of(ledger, order),
        .is_code_disabled = view->is_code_disabled,
        .is_code_over_limit = view->is_code_over_limit,
        .evidence = &view->evidence,
        .attribution = &order->attribution,
        .name_of = name_of,
        .context = ledger,
    };
    const struct evidence_words *words = ledger->scope->query->words;
    evidence_line_write(&ledger->text, &line, words ? words : &evidence_words_english);
    return keep_text(ledger, &row->line);
}

static int keep_texts(struct ledger *ledger, struct ledger_row *row, const struct order *order)
{
    const struct scope_campaign *campaign = &ledger->scope->campaigns[order->campaign];
    const struct conversion_view *view = order->view;
    zone_moment_format(row->occurred, campaign->zone, view->occurred_ms);
    row->order_id = arena_copy(&ledger->arena, view->order_id);
    row->type = arena_copy(&ledger->arena, view->type);
    row->code = arena_copy(&ledger->arena, code_of(ledger, order));
    row->source = arena_copy(&ledger->arena, view->source);
    if (!row->order_id.data || !row->type.data || !row->code.data || !row->source.data)
        return JALON_NO_MEMORY;
    int err = keep_line(ledger, row, order);
    if (err)
        return err;
    if (!row->is_without_money)
        order_refunds_write(&ledger->pieces, view, campaign->view.exponent, campaign->zone);
    err = pieces_keep(&ledger->pieces, &ledger->arena, &row->refunds);
    if (err)
        return err;
    if (!ledger->scope->query->is_for_creator) /* it may have another's code */
        order_difference_write(&ledger->pieces, view, campaign->view.exponent, campaign->zone);
    return pieces_keep(&ledger->pieces, &ledger->arena, &row->differences);
}

static void count(struct tally *tally, const struct order *order)
{
    const struct attribution *attribution = &order->attribution;
    tally->different += order->view->difference.at_ms != 0;
    if (!order->counts)
        tally->void_count++;
    else if (attribution->credit_count == 0)
        tally->nobody++;
    else if (slice_is(slice_of_string(by_of(attribution)), "mixed"))
        tally->mixed++;
    else
        tally->by[attribution->credits[0].kind]++;
}

/* A creator is told what is theirs of an order, and of one that they only assisted no money at all. */
static void keep_own_part(const struct ledger *ledger, struct ledger_row *row,
                          const struct order *order)
{
    const struct attribution *attribution = &order->attribution;
    bool is_theirs = false;
    row->revenue_minor = 0;
    for (size_t i = 0; i < attribution->credit_count; i++) {
        if (!is_told(ledger->scope, attribution->credits[i].creator))
            continue;
        is_theirs = true;
        row->revenue_minor += attribution_amount(attribution, i, order->revenue_minor);
    }
    row->is_without_money = !is_theirs;
}

static int keep_order(struct ledger *ledger, const struct order *order)
{
    int err = array_reserve((void **)&ledger->rows, &ledger->capacity, ledger->count + 1,
                            sizeof *ledger->rows);
    struct ledger_row *row = err ? NULL : arena_take(&ledger->arena, sizeof *row);
    if (!row)
        return JALON_NO_MEMORY;
    *row = (struct ledger_row){
        .campaign = order->campaign,
        .status = order->view->status,
        .has_amount = order->view->has_amount,
        .amount_minor = order->view->amount_minor,
        .refunded_minor = order->view->refunded_minor,
        .revenue_minor = order->revenue_minor,
        .occurred_ms = order->view->occurred_ms,
        .by = by_of(&order->attribution),
        .unattributed = order->attribution.unattributed,
    };
    ledger->rows[ledger->count++] = row;
    if (ledger->scope->query->is_for_creator)
        keep_own_part(ledger, row, order);
    count(&ledger->tally, order);
    err = keep_texts(ledger, row, order);
    if (err == JALON_OK)
        err = keep_credits(ledger, &order->attribution, &row->credits, &row->credit_count);
    if (err == JALON_OK && !ledger->scope->query->is_for_creator)
        err = keep_first(ledger, row, order);
    return err ? err : keep_assists(ledger, row, &order->attribution);
}

static int add_order(void *context, const struct order *order)
{
    struct ledger *ledger = context;
    int err = totals_add_order(&ledger->totals, order);
    if (err || !(is_wanted(ledger->scope, &order->attribution) || was_wanted(ledger->scope, order)))
        return err;
    return keep_order(ledger, order);
}

static struct sums sums_of(const struct ledger_row *row)
{
    return (struct sums){.figures = {.revenue_minor = row->revenue_minor}};
}

static void fill_first(const struct ledger_row *row, const struct campaign_view *campaign,
                       struct cell *cells)
{
    bool is_changed = row->changed[0] != '\0';
    cells[OWN_FIRST_REVENUE] =
        is_changed ? cell_money(row->first_revenue_minor, campaign->exponent) : cell_null();
    cells[OWN_FIRST_CREDITS] =
        is_changed ? cell_counts(row->first_credits, row->first_credit_count) : cell_null();
    cells[OWN_CHANGED] = cell_text(slice_of_string(row->changed));
}

static void fill(void *context, size_t index, struct cell *cells, struct metric_row *metric_row)
{
    struct ledger *ledger = context;
    const struct ledger_row *row = ledger->rows[index];
    const struct campaign_view *campaign = &ledger->scope->campaigns[row->campaign].view;
    cells[OWN_ORDER] = cell_text(row->order_id);
    cells[OWN_CAMPAIGN] = cell_text(campaign->slug);
    cells[OWN_CURRENCY] = cell_text(campaign->currency);
    cells[OWN_OCCURRED] = cell_moment(slice_of_string(row->occurred), row->occurred_ms);
    cells[OWN_STATUS] = cell_text(slice_of_string(conversion_status_name(row->status)));
    cells[OWN_TYPE] = cell_text(row->type);
    cells[OWN_AMOUNT] = row->has_amount && !row->is_without_money
                            ? cell_money(row->amount_minor, campaign->exponent)
                            : cell_null();
    cells[OWN_REFUNDED] =
        row->is_without_money ? cell_null() : cell_money(row->refunded_minor, campaign->exponent);
    cells[OWN_CODE] = cell_text(row->code);
    cells[OWN_CREDITS] = cell_counts(row->credits, row->credit_count);
    cells[OWN_BY] = cell_text(slice_of_string(row->by));
    cells[OWN_ASSISTS] = cell_counts(row->assists, row->assist_count);
    cells[OWN_UNATTRIBUTED] = cell_text(slice_of_string(row->unattributed));
    cells[OWN_LINE] = cell_text(row->line);
    cells[OWN_SOURCE] = cell_text(row->source);
    cells[OWN_REFUNDS] = cell_composed(&row->refunds);
    cells[OWN_DIFFERENCES] = cell_composed(&row->differences);
    fill_first(row, campaign, cells);
    ledger->shown = sums_of(row);
    metric_row_set(metric_row, &ledger->shown, campaign->exponent, !row->is_without_money);
}

static void note_tally(struct ledger *ledger)
{
    const struct tally *tally = &ledger->tally;
    if (ledger->count == 0 || ledger->scope->query->is_for_creator)
        return;
    totals_note(&ledger->totals,
                "Orders: %. Credited by click: %, by code: %, by both: %, on mixed "
                "evidence: %; unattributed: %; cancelled or refunded: %.",
                NOTE_VALUES(note_count(ledger->count), note_count(tally->by[EVIDENCE_CLICK]),
                            note_count(tally->by[EVIDENCE_CODE]),
                            note_count(tally->by[EVIDENCE_BOTH]), note_count(tally->mixed),
                            note_count(tally->nobody), note_count(tally->void_count)));
    if (tally->different)
        totals_note(&ledger->totals,
                    "Orders that an import describes otherwise than they are recorded: %. What "
                    "it says is under \"Differences\".",
                    NOTE_VALUES(note_count(tally->different)));
}

static void note_changed(struct ledger *ledger)
{
    if (ledger->tally.changed)
        totals_note(&ledger->totals,
                    "Orders that changed since the range ended: %; see what they were first.",
                    NOTE_VALUES(note_count(ledger->tally.changed)));
}

static int gather(struct ledger *ledger)
{
    buffer_init(&ledger->text, TEXT_BYTES_MAX);
    pieces_init(&ledger->pieces, TEXT_BYTES_MAX);
    int err = link_set_read(&ledger->links, ledger->scope);
    if (err == JALON_OK)
        err = creator_names_read(&ledger->names, ledger->scope->store);
    return err ? err : orders_each(ledger->scope, &ledger->links, add_order, ledger);
}

static int send(struct ledger *ledger, struct report_sink *sink)
{
    struct row_table table = {
        .scope = ledger->scope,
        .shape = &shape,
        .row_count = ledger->count,
        .pool = &ledger->pool,
        .fill = fill,
        .context = ledger,
    };
    int err = JALON_OK;
    for (size_t i = 0; i < ledger->count && !err; i++) {
        struct sums sums = sums_of(ledger->rows[i]);
        err = totals_add_row(&ledger->totals, ledger->totals.currency_of[ledger->rows[i]->campaign],
                             &sums);
    }
    note_tally(ledger);
    note_changed(ledger);
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(&ledger->totals, &table, sink);
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    struct ledger ledger = {.scope = scope};
    int err = totals_init(&ledger.totals, scope, &ledger.pool);
    if (err == JALON_OK)
        err = gather(&ledger);
    if (err == JALON_OK)
        err = send(&ledger, sink);
    totals_done(&ledger.totals);
    sums_pool_done(&ledger.pool);
    buffer_done(&ledger.text);
    pieces_done(&ledger.pieces);
    free(ledger.rows);
    arena_done(&ledger.arena);
    creator_names_done(&ledger.names);
    link_set_done(&ledger.links);
    return err;
}

const struct report_kind orders_report = {&shape, run};
