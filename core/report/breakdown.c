#include "core/report/breakdown.h"
#include "core/base/array.h"
#include "core/report/lost_clicks.h"
#include "core/report/raw_clicks.h"

#include <stdlib.h>

#define OWN_CURRENCY 1
#define ROWS_MAX 200000 /* some 80 MB: whoever clicks chooses what the referrer says */

struct breakdown_row {
    size_t currency;
    struct slice key;
    struct sums sums;
};

struct parts { /* of the raw clicks, and what is told of them */
    const struct breakdown *kind;
    const struct scope *scope;
    struct link_set links;
    struct credited_clicks credited;
    struct name_index names;    /* of rows: currency, 1 byte, and key */
    struct breakdown_row *rows; /* by name's number, until they are put in order */
    size_t row_count, row_capacity;
    struct sums_pool pool;
    struct totals totals;
};

static int refuse_more(const struct parts *parts)
{
    return problem_field(parts->scope->problem, "from",
                         "the clicks of this range would make more than %d rows: choose fewer days",
                         ROWS_MAX);
}

static int row_of(struct parts *parts, size_t campaign, const struct click_record *click,
                  struct breakdown_row **ret_row)
{
    char name[1 + BREAKDOWN_KEY_MAX];
    size_t currency = parts->totals.currency_of[campaign], number;
    name[0] = (char)currency; /* fewer than SCOPE_CAMPAIGNS_MAX */
    size_t size = 1 + parts->kind->key(name + 1, click);
    int err = name_index_put(&parts->names, slice_of(name, size), &number);
    if (err == JALON_OK && number == ROWS_MAX)
        return refuse_more(parts);
    if (err == JALON_OK)
        err = array_reserve((void **)&parts->rows, &parts->row_capacity, number + 1,
                            sizeof *parts->rows);
    if (err)
        return err;
    if (number == parts->row_count)
        parts->rows[parts->row_count++] = (struct breakdown_row){
            .currency = currency, .key = slice_from(parts->names.names[number], 1)};
    *ret_row = &parts->rows[number];
    return JALON_OK;
}

static int count_click(void *context, size_t campaign, const struct click_record *click)
{
    struct parts *parts = context;
    struct breakdown_row *row;
    int err = row_of(parts, campaign, click, &row);
    if (err)
        return err;
    bool is_human = click->class == CLICK_HUMAN;
    if (is_human)
        row->sums.figures.clicks++;
    else
        row->sums.invalid[click->class]++;
    row->sums.part += is_human || parts->kind->has_all_classes;
    return JALON_OK;
}

static int credit_click(void *context, const struct click_record *click,
                        const struct credited_click *credited)
{
    struct parts *parts = context;
    struct breakdown_row *row;
    int err = row_of(parts, credited->campaign, click, &row);
    if (err)
        return err;
    row->sums.figures.revenue_minor += credited->revenue_minor;
    return sums_add_type(&parts->pool, &row->sums, credited->type, credited->share_micro);
}

static int add_order(void *context, const struct order *order)
{
    struct parts *parts = context;
    if (!order->counts)
        return JALON_OK;
    int err = totals_add_order(&parts->totals, order);
    for (size_t i = 0; parts->kind->has_orders && !err && i < order->attribution.credit_count; i++)
        if (scope_has_creator(parts->scope, order->attribution.credits[i].creator))
            err = credited_clicks_add(&parts->credited, &parts->pool, order, i);
    return err;
}

static void note_micro(struct totals *totals, const char *sentence, int64_t micro)
{
    char text[CELL_DECIMAL_MAX];
    struct buffer out;
    if (micro == 0)
        return;
    buffer_over(&out, text, sizeof text);
    money_format_short(&out, micro, 6);
    totals_note(totals, sentence, NOTE_VALUES(note_number(buffer_slice(&out))));
}

static void note_check(struct parts *parts, const struct raw_click_check *check)
{
    if (!check->is_complete)
        totals_note(
            &parts->totals,
            "Clicks by the counters: %; kept one by one: %. The rows are of the latter "
            "only, and shares are unknown.",
            NOTE_VALUES(note_count((size_t)check->counted), note_count((size_t)check->kept)));
    note_micro(&parts->totals, "Conversions credited by promo code alone, so in no row: %.",
               parts->credited.without_click_micro);
    note_micro(&parts->totals,
               "Conversions credited on clicks that are not kept one by one, so in no row: %.",
               credited_clicks_missing(&parts->credited));
}

static int read_clicks(struct parts *parts)
{
    const struct raw_click_visitor visitor = {count_click, credit_click, parts};
    struct raw_click_check check;
    int err = raw_clicks_each(parts->scope, &parts->links, &parts->credited, &visitor, &check);
    if (err)
        return err;
    note_check(parts, &check);
    int64_t whole = 0;
    for (size_t i = 0; i < parts->row_count && check.is_complete; i++)
        whole += parts->rows[i].sums.part;
    for (size_t i = 0; i < parts->row_count; i++)
        parts->rows[i].sums.whole = whole;
    return JALON_OK;
}

static int gather(struct parts *parts)
{
    int err = link_set_read(&parts->links, parts->scope);
    if (err == JALON_OK)
        err = orders_each(parts->scope, &parts->links, add_order, parts);
    if (err == JALON_OK)
        err = credited_clicks_sort(&parts->credited);
    if (err == JALON_OK)
        err = read_clicks(parts);
    return err ? err : lost_clicks_note(&parts->totals);
}

/* Not the order in which values were met, which is the store's. */
static int by_name(const void *a, const void *b)
{
    const struct breakdown_row *x = a, *y = b;
    int order = slice_compare(x->key, y->key);
    return order ? order : (x->currency > y->currency) - (x->currency < y->currency);
}

static void fill(void *context, size_t index, struct cell *cells, struct metric_row *metric_row)
{
    struct parts *parts = context;
    const struct breakdown_row *row = &parts->rows[index];
    const struct currency_sums *currency = &parts->totals.currencies[row->currency];
    parts->kind->name(row->key, cells);
    cells[OWN_CURRENCY] = cell_text(currency->currency);
    metric_row_set(metric_row, &row->sums, currency->exponent, true);
}

static int sum_rows(struct parts *parts)
{
    bool has_nameless = false;
    int err = JALON_OK;
    for (size_t i = 0; i < parts->row_count && !err; i++) {
        struct cell cells[ROW_COLUMNS_MAX];
        parts->kind->name(parts->rows[i].key, cells);
        has_nameless = has_nameless || cells[0].kind == CELL_NULL;
        err = totals_add_row(&parts->totals, parts->rows[i].currency, &parts->rows[i].sums);
    }
    if (has_nameless && parts->kind->nameless)
        totals_note(&parts->totals, parts->kind->nameless, NOTE_NO_VALUES);
    return err;
}

static int send(struct parts *parts, struct report_sink *sink)
{
    struct row_table table = {
        .scope = parts->scope,
        .shape = parts->kind->shape,
        .row_count = parts->row_count,
        .pool = &parts->pool,
        .fill = fill,
        .context = parts,
    };
    if (parts->row_count)
        qsort(parts->rows, parts->row_count, sizeof *parts->rows, by_name);
    int err = sum_rows(parts);
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(&parts->totals, &table, sink);
}

int breakdown_run(const struct breakdown *breakdown, const struct scope *scope,
                  struct report_sink *sink)
{
    struct parts parts = {.kind = breakdown, .scope = scope};
    int err = totals_init(&parts.totals, scope, &parts.pool);
    if (err == JALON_OK)
        err = gather(&parts);
    if (err == JALON_OK)
        err = send(&parts, sink);
    totals_done(&parts.totals);
    sums_pool_done(&parts.pool);
    credited_clicks_done(&parts.credited);
    name_index_done(&parts.names);
    free(parts.rows);
    link_set_done(&parts.links);
    return err;
}
