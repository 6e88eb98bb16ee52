/* lost_clicks.h - clicks that were gone before they reached the store: told in the reports of those days. */
#ifndef REPORT_LOST_CLICKS_H
#define REPORT_LOST_CLICKS_H
#include "core/report/totals.h"

/* Adds a note when there is a gap in the range of one of the report's campaigns. */
CHECKED int lost_clicks_note(struct totals *totals);

struct losses { /* stretches of journals that the store never got and nobody has any more */
    size_t count;
    int64_t last_ms; /* when the last of them ended, about */
};
CHECKED int lost_clicks_since(struct losses *ret_losses, struct store *store, int64_t since_ms);
#endif
