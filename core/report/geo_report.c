/* geo_report.c - one row a country. */
#include "core/report/breakdown.h"

enum { OWN_COUNTRY, OWN_CURRENCY, OWN_COUNT };

#define COUNTRY_METRICS(X)                                                                         \
    HUMAN_METRICS(X) SHARE_METRICS(X) INVALID_METRICS(X) TYPE_METRICS(X) REVENUE_METRICS(X)

static const struct column columns[] = {
    [OWN_COUNTRY] = {"country", "Country", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    COUNTRY_METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {COUNTRY_METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "geo",
    .summary = "clicks, and sales by click, of each country",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "clicks",
};

static size_t key(char *ret_key, const struct click_record *click)
{
    if (click->country[0] == '\0')
        return 0;
    memcpy(ret_key, click->country, sizeof click->country);
    return sizeof click->country;
}

static void name(struct slice country, struct cell *cells)
{
    cells[OWN_COUNTRY] = cell_text(country);
}

static const struct breakdown breakdown = {
    .shape = &shape,
    .has_orders = true,
    .key = key,
    .name = name,
    .nameless =
        "The row without a country: clicks from addresses whose country is unknown, which is each "
        "one while no geo.country is set.",
};

static int run(const struct scope *scope, struct report_sink *sink)
{
    return breakdown_run(&breakdown, scope, sink);
}

const struct report_kind geo_report = {&shape, run};
