/* devices_report.c - one row for each device class, system and browser or app, as the agent names them. */
#include "core/report/breakdown.h"
#include "core/traffic/agents.h"

enum { OWN_DEVICE, OWN_CURRENCY, OWN_SYSTEM, OWN_APP, OWN_COUNT };

#define DEVICE_METRICS(X)                                                                          \
    HUMAN_METRICS(X) SHARE_METRICS(X) INVALID_METRICS(X) TYPE_METRICS(X) REVENUE_METRICS(X)

static const struct column columns[] = {
    [OWN_DEVICE] = {"device", "Device", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_SYSTEM] = {"os", "System", CELL_TEXT, false, false},
    [OWN_APP] = {"app", "App", CELL_TEXT, false, false},
    DEVICE_METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {DEVICE_METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "devices",
    .summary = "clicks, and sales by click, of each device class, system and app",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "clicks",
};

/* Values that a later version may have written are unknown to this one, and one row. */
static size_t key(char *ret_key, const struct click_record *click)
{
    ret_key[0] = (char)(*device_name(click->device) ? click->device : 0);
    ret_key[1] = (char)(*system_name(click->system) ? click->system : 0);
    ret_key[2] = (char)(*app_name(click->app) ? click->app : 0);
    return 3;
}

static void name(struct slice of_click, struct cell *cells)
{
    const uint8_t *values = (const uint8_t *)of_click.data;
    cells[OWN_DEVICE] = cell_text(slice_of_string(device_name(values[0])));
    cells[OWN_SYSTEM] = cell_text(slice_of_string(system_name(values[1])));
    cells[OWN_APP] = cell_text(slice_of_string(app_name(values[2])));
}

static const struct breakdown breakdown = {
    .shape = &shape,
    .has_orders = true,
    .key = key,
    .name = name,
    .nameless = "Rows without a device: clicks whose User-Agent does not tell it, those of bots "
                "and previews "
                "among them.",
};

static int run(const struct scope *scope, struct report_sink *sink)
{
    return breakdown_run(&breakdown, scope, sink);
}

const struct report_kind devices_report = {&shape, run};
