/* campaigns_report.c - one row a campaign: what its creators have together. */
#include "core/report/creators_report.h"
#include "core/report/figures_past.h"
#include "core/report/report_kinds.h"

enum {
    OWN_CAMPAIGN,
    OWN_CURRENCY,
    OWN_BRAND,
    OWN_KIND,
    OWN_TIMEZONE,
    OWN_PAST,
    OWN_COUNT = OWN_PAST + PAST_COLUMN_COUNT
};

static const struct column columns[] = {
    [OWN_CAMPAIGN] = {"campaign", "Campaign", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_BRAND] = {"brand", "Brand", CELL_TEXT, true, false},
    [OWN_KIND] = {"kind", "Kind", CELL_TEXT, true, false},
    [OWN_TIMEZONE] = {"timezone", "Time zone", CELL_TEXT, true, false},
    PAST_COLUMNS,
    METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "campaigns",
    .summary = "the same of whole campaigns, side by side; all of them where none is named",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "clicks",
    .takes_all = true,
};

static void fill_own(const struct creator_book *book, const struct creator_row *row,
                     struct cell *cells)
{
    const struct campaign_view *campaign = &book->scope->campaigns[row->campaign].view;
    cells[OWN_CAMPAIGN] = cell_text(campaign->slug);
    cells[OWN_CURRENCY] = cell_text(campaign->currency);
    cells[OWN_BRAND] = cell_text(campaign->brand);
    cells[OWN_KIND] = cell_text(campaign->kind);
    cells[OWN_TIMEZONE] = cell_text(campaign->timezone);
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    static const struct creators_form form = {&shape, BOOK_OF_CAMPAIGNS, "campaigns", OWN_PAST,
                                              fill_own};
    return creators_run(&form, scope, sink);
}

const struct report_kind campaigns_report = {&shape, run};
