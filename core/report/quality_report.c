/* quality_report.c - one row for each class of clicks and reason for it: what was counted, and what was not and why. */
#include "core/report/breakdown.h"

enum { OWN_CLASS, OWN_CURRENCY, OWN_REASON, OWN_COUNT };

#define QUALITY_METRICS(X) PART_METRICS(X) SHARE_METRICS(X)

static const struct column columns[] = {
    [OWN_CLASS] = {"class", "Class", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_REASON] = {"reason", "Reason", CELL_TEXT, false, false},
    QUALITY_METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {QUALITY_METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "quality",
    .summary = "clicks of each class and reason: people, bots, previews, repeats",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "count",
};

/* A reason that a later version may have written is unknown to this one, and no other row. */
static size_t key(char *ret_key, const struct click_record *click)
{
    bool is_known = *click_reason_name((enum click_reason)click->reason);
    ret_key[0] = (char)click->class;
    ret_key[1] = (char)(is_known ? click->reason : CLICK_REASON_NONE);
    return 2;
}

static void name(struct slice of_click, struct cell *cells)
{
    const uint8_t *values = (const uint8_t *)of_click.data;
    cells[OWN_CLASS] = cell_text(slice_of_string(click_class_name((enum click_class)values[0])));
    cells[OWN_REASON] = cell_text(slice_of_string(click_reason_name((enum click_reason)values[1])));
}

static const struct breakdown breakdown = {
    .shape = &shape,
    .has_all_classes = true,
    .key = key,
    .name = name,
};

static int run(const struct scope *scope, struct report_sink *sink)
{
    return breakdown_run(&breakdown, scope, sink);
}

const struct report_kind quality_report = {&shape, run};
