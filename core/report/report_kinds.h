/* report_kinds.h - the reports there are. */
#ifndef REPORT_REPORT_KINDS_H
#define REPORT_REPORT_KINDS_H
#include "core/report/totals.h"

struct report_kind {
    const struct report_shape *shape;
    int (*run)(const struct scope *scope, struct report_sink *sink);
};

extern const struct report_kind creators_report, campaigns_report, links_report, codes_report,
    orders_report, payouts_report, timeline_report, residual_report, sources_report, geo_report,
    devices_report, quality_report, compare_report;
#endif
