/* lost_clicks.h - clicks that were gone before they reached the store: told in the reports of those days. */
#ifndef REPORT_LOST_CLICKS_H
#define REPORT_LOST_CLICKS_H
#include "core/report/totals.h"

/* Adds a note when there is a gap in the range of one of the report's campaigns. */
CHECKED int lost_clicks_note(struct totals *totals);
#endif
