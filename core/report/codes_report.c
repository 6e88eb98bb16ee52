/* codes_report.c - one row a promo code, with those that it replaced. Redemptions are the orders that brought it, whoever is credited;
 * conversions and revenue those that its creator is credited for on it. */
#include "core/report/code_set.h"
#include "core/report/redemption_log.h"
#include "core/report/report_kinds.h"

#include <stdlib.h>

enum {
    OWN_CODE,
    OWN_CAMPAIGN,
    OWN_CURRENCY,
    OWN_CREATOR,
    OWN_STATE,
    OWN_DISCOUNT,
    OWN_VALID_FROM,
    OWN_VALID_UNTIL,
    OWN_MAX_REDEMPTIONS,
    OWN_ROTATED_FROM,
    OWN_LEAK_SINCE,
    OWN_SHARE_BEFORE,
    OWN_SHARE_AFTER,
    OWN_COUNT
};

#define CODE_METRICS(X) REDEMPTION_METRICS(X) CONVERSION_METRICS(X) REVENUE_METRICS(X)

static const struct column columns[] = {
    [OWN_CODE] = {"code", "Code", CELL_TEXT, false, false},
    [OWN_CAMPAIGN] = {"campaign", "Campaign", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_CREATOR] = {"creator", "Creator", CELL_TEXT, false, false},
    [OWN_STATE] = {"state", "State", CELL_TEXT, false, false},
    [OWN_DISCOUNT] = {"discount", "Discount", CELL_TEXT, true, false},
    [OWN_VALID_FROM] = {"valid_from", "From", CELL_TEXT, true, false},
    [OWN_VALID_UNTIL] = {"valid_until", "Until", CELL_TEXT, true, false},
    [OWN_MAX_REDEMPTIONS] = {"max_redemptions", "Limit", CELL_COUNT, false, false},
    [OWN_ROTATED_FROM] = {"rotated_from", "Instead of", CELL_TEXT, true, false},
    [OWN_LEAK_SINCE] = {"leak_since", "Leak since", CELL_TEXT, false, false},
    [OWN_SHARE_BEFORE] = {"leak_share_before", "Before", CELL_RATIO, true, false},
    [OWN_SHARE_AFTER] = {"leak_share_after", "After", CELL_RATIO, true, false},
    CODE_METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {CODE_METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "codes",
    .summary = "redemptions, limits and sales of each promo code",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "redemptions",
};

struct validity { /* as text */
    char from[MOMENT_TEXT_MAX], until[MOMENT_TEXT_MAX];
};

#define EARLIER_TEXT_MAX ((size_t)1 << 20) /* of some ten thousand rotations */

struct suspicion { /* of a code */
    struct redemption_log log;
    struct leak leak;
    char since[MOMENT_TEXT_MAX];
};

struct codes {
    const struct scope *scope;
    struct link_set links; /* clicks may lead to registered portable links */
    struct code_set set;
    struct sums *sums; /* by code; those of one that was replaced are its successor's */
    struct sums_pool pool;
    struct totals totals;
    size_t *rows; /* the codes that are wanted: none that was replaced */
    size_t row_count;
    struct validity *validities;  /* by code */
    struct suspicion *suspicions; /* by code */
    struct slice *earlier;        /* by code: those that it replaced; of the set's arena */
};

static int name_earlier(struct codes *codes, size_t number)
{
    struct buffer text;
    buffer_init(&text, EARLIER_TEXT_MAX);
    code_set_write_earlier(&text, &codes->set, number);
    int err = buffer_error(&text);
    if (!err)
        codes->earlier[number] = arena_copy(&codes->set.arena, buffer_slice(&text));
    if (!err && !codes->earlier[number].data)
        err = JALON_NO_MEMORY;
    buffer_done(&text);
    return err;
}

static int choose_rows(struct codes *codes)
{
    int err = JALON_OK;
    codes->sums = calloc(codes->set.count + 1, sizeof *codes->sums);
    codes->rows = calloc(codes->set.count + 1, sizeof *codes->rows);
    codes->validities = calloc(codes->set.count + 1, sizeof *codes->validities);
    codes->suspicions = calloc(codes->set.count + 1, sizeof *codes->suspicions);
    codes->earlier = calloc(codes->set.count + 1, sizeof *codes->earlier);
    if (!codes->sums || !codes->earlier || !codes->rows || !codes->validities || !codes->suspicions)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < codes->set.count && !err; i++) {
        const struct code_row *row = &codes->set.codes[i];
        if (row->current != i || !scope_has_creator(codes->scope, row->code.creator))
            continue;
        codes->rows[codes->row_count++] = i;
        err = name_earlier(codes, i);
    }
    return err;
}

/* The credit that the code's creator has on it; NULL when another won, or nobody. */
static const struct credit *credit_of(const struct order *order, struct slice creator)
{
    for (size_t i = 0; i < order->attribution.credit_count; i++) {
        const struct credit *credit = &order->attribution.credits[i];
        if ((credit->kind & EVIDENCE_CODE) && slice_equal(credit->creator, creator))
            return credit;
    }
    return NULL;
}

static int add_redemption(struct codes *codes, const struct order *order,
                          const struct code_row *code, struct sums *sums)
{
    const struct credit *credit = credit_of(order, code->code.creator);
    sums->redemptions++;
    sums->over_limit += order->view->is_code_over_limit;
    sums->while_disabled += order->view->is_code_disabled;
    sums->order_revenue_minor += order->revenue_minor;
    if (!credit)
        return JALON_OK;
    size_t index = (size_t)(credit - order->attribution.credits);
    int64_t goals_micro = order->is_goal ? credit->share_micro : 0;
    sums->by[credit->kind] += goals_micro;
    sums->figures.goals_micro += goals_micro;
    sums->figures.revenue_minor +=
        attribution_amount(&order->attribution, index, order->revenue_minor);
    return sums_add_type(&codes->pool, sums, order->view->type, credit->share_micro);
}

static int add_order(void *context, const struct order *order)
{
    struct codes *codes = context;
    const struct code_evidence *evidence = &order->view->evidence.code;
    if (!order->counts)
        return JALON_OK;
    int err = totals_add_order(&codes->totals, order);
    if (err || evidence->code.size == 0)
        return err;
    const struct code_row *code = code_set_find(&codes->set, codes->scope, order->campaign,
                                                evidence->code, order->view->occurred_ms);
    if (!code)
        return JALON_OK; /* one that nobody issued */
    struct sums *sums = &codes->sums[code->current];
    if (evidence->verdict == VERDICT_VALID) {
        err = redemption_log_add(&codes->suspicions[code->current].log, order, code->code.creator);
        return err ? err : add_redemption(codes, order, code, sums);
    }
    sums->outside_validity++;
    return JALON_OK;
}

static struct cell moment_cell(char text[MOMENT_TEXT_MAX], int64_t ms)
{
    if (ms == 0)
        return cell_null(); /* open */
    moment_format(text, ms);
    return cell_text(slice_of_string(text));
}

static void fill_leak(const struct suspicion *suspicion, struct cell *cells)
{
    const struct leak *leak = &suspicion->leak;
    cells[OWN_LEAK_SINCE] =
        leak->has_broken ? cell_text(slice_of_string(suspicion->since)) : cell_null();
    cells[OWN_SHARE_BEFORE] = cell_ratio((struct ratio){leak->has_broken, leak->share_before});
    cells[OWN_SHARE_AFTER] = cell_ratio((struct ratio){leak->has_broken, leak->share_after});
}

static void fill(void *context, size_t index, struct cell *cells, struct metric_row *metric_row)
{
    struct codes *codes = context;
    size_t number = codes->rows[index];
    const struct code_row *row = &codes->set.codes[number];
    const struct campaign_view *campaign = &codes->scope->campaigns[row->campaign].view;
    cells[OWN_CODE] = cell_text(row->code.code);
    cells[OWN_CAMPAIGN] = cell_text(campaign->slug);
    cells[OWN_CURRENCY] = cell_text(campaign->currency);
    cells[OWN_CREATOR] = cell_text(row->code.creator);
    cells[OWN_STATE] = cell_text(slice_of_string(row->state));
    cells[OWN_DISCOUNT] = cell_text(row->code.discount);
    cells[OWN_VALID_FROM] = moment_cell(codes->validities[number].from, row->code.valid_from_ms);
    cells[OWN_VALID_UNTIL] = moment_cell(codes->validities[number].until, row->code.valid_until_ms);
    cells[OWN_MAX_REDEMPTIONS] =
        cell_known(row->code.max_redemptions > 0, row->code.max_redemptions);
    cells[OWN_ROTATED_FROM] = cell_text(codes->earlier[number]);
    fill_leak(&codes->suspicions[number], cells);
    metric_row_set(metric_row, &codes->sums[number], campaign->exponent, true);
}

/* Looks at the rows for leaks, and says of how many there is too little to look at. */
static void suspect(struct codes *codes)
{
    size_t thin = 0, broken = 0;
    for (size_t i = 0; i < codes->row_count; i++) {
        size_t number = codes->rows[i];
        struct suspicion *suspicion = &codes->suspicions[number];
        const struct redemption_log *log = &suspicion->log;
        const struct zone *zone = codes->scope->campaigns[codes->set.codes[number].campaign].zone;
        suspicion->leak = leak_of(log->redemptions, log->count);
        codes->sums[number].without_click = (int64_t)redemption_log_without_click(log);
        thin += suspicion->leak.is_thin && log->count > 0;
        broken += suspicion->leak.has_broken;
        if (suspicion->leak.has_broken)
            hour_format(suspicion->since, zone, log->redemptions[suspicion->leak.first].at_ms);
    }
    if (codes->scope->query->is_for_creator)
        return;
    if (broken)
        totals_note(
            &codes->totals,
            "Codes that may have leaked to coupon sites: %. From the hour under \"Leak since\" "
            "on, more of their orders come without a click.",
            NOTE_VALUES(note_count(broken)));
    if (thin)
        totals_note(&codes->totals, "Codes with 1 to % redemptions, too few to tell a leak: %.",
                    NOTE_VALUES(note_count(2 * LEAK_SIDE_MIN - 1), note_count(thin)));
}

static void suspicions_done(struct codes *codes)
{
    for (size_t i = 0; codes->suspicions && i < codes->set.count; i++)
        redemption_log_done(&codes->suspicions[i].log);
    free(codes->suspicions);
}

static int gather(struct codes *codes)
{
    int err = code_set_read(&codes->set, codes->scope);
    if (err == JALON_OK)
        err = link_set_read(&codes->links, codes->scope);
    if (err == JALON_OK)
        err = choose_rows(codes);
    if (err == JALON_OK)
        err = orders_each(codes->scope, &codes->links, add_order, codes);
    if (err == JALON_OK)
        suspect(codes);
    return err;
}

static int send(struct codes *codes, struct report_sink *sink)
{
    struct row_table table = {
        .scope = codes->scope,
        .shape = &shape,
        .row_count = codes->row_count,
        .pool = &codes->pool,
        .fill = fill,
        .context = codes,
    };
    int err = JALON_OK;
    for (size_t i = 0; i < codes->row_count && !err; i++) {
        size_t campaign = codes->set.codes[codes->rows[i]].campaign;
        err = totals_add_row(&codes->totals, codes->totals.currency_of[campaign],
                             &codes->sums[codes->rows[i]]);
    }
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(&codes->totals, &table, sink);
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    struct codes codes = {.scope = scope};
    int err = totals_init(&codes.totals, scope, &codes.pool);
    if (err == JALON_OK)
        err = gather(&codes);
    if (err == JALON_OK)
        err = send(&codes, sink);
    totals_done(&codes.totals);
    sums_pool_done(&codes.pool);
    free(codes.sums);
    free(codes.rows);
    free(codes.earlier);
    free(codes.validities);
    suspicions_done(&codes);
    code_set_done(&codes.set);
    link_set_done(&codes.links);
    return err;
}

const struct report_kind codes_report = {&shape, run};
