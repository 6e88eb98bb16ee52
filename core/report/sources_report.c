/* sources_report.c - one row a source: the referrer's site, or the Android app's package that sent the click. */
#include "core/report/breakdown.h"

enum { OWN_SOURCE, OWN_CURRENCY, OWN_COUNT };

#define SOURCE_METRICS(X)                                                                          \
    HUMAN_METRICS(X) SHARE_METRICS(X) INVALID_METRICS(X) TYPE_METRICS(X) REVENUE_METRICS(X)

static const struct column columns[] = {
    [OWN_SOURCE] = {"source", "Source", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    SOURCE_METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {SOURCE_METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "sources",
    .summary = "clicks, and sales by click, of each site or app that sent them",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "clicks",
};

_Static_assert(CLICK_SOURCE_MAX <= BREAKDOWN_KEY_MAX, "a source is a key");

static size_t key(char *ret_key, const struct click_record *click)
{
    if (click->source.size)
        memcpy(ret_key, click->source.data, click->source.size);
    return click->source.size;
}

static void name(struct slice source, struct cell *cells)
{
    cells[OWN_SOURCE] = cell_text(source);
}

static const struct breakdown breakdown = {
    .shape = &shape,
    .has_orders = true,
    .key = key,
    .name = name,
    .nameless =
        "The row without a source: clicks that did not say where they came from, as many apps, "
        "typed addresses and private windows do not.",
};

static int run(const struct scope *scope, struct report_sink *sink)
{
    return breakdown_run(&breakdown, scope, sink);
}

const struct report_kind sources_report = {&shape, run};
