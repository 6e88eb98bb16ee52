/* report_kinds.h - the reports there are. */
#ifndef REPORT_REPORT_KINDS_H
#define REPORT_REPORT_KINDS_H
#include "core/report/totals.h"

struct report_kind {
    const struct report_shape *shape;
    int (*run)(const struct scope *scope, struct report_sink *sink);
};

extern const struct report_kind creators_report, links_report, codes_report, payouts_report;
#endif
