/* breakdown.h - a report that tells raw clicks apart by what they say of themselves: a row for each value met, of
 * several campaigns for each value and currency. What a click does not say is a row without a name. */
#ifndef REPORT_BREAKDOWN_H
#define REPORT_BREAKDOWN_H
#include "core/report/report_kinds.h"
#include "core/store/click_record.h"

#define BREAKDOWN_KEY_MAX 64

struct breakdown {
    const struct report_shape *shape; /* its second column is the currency */
    bool has_orders;                  /* conversions are told apart too, by the clicks credited */
    bool has_all_classes;             /* shares are of all clicks; else of the human ones */
    /* The value as bytes, at most BREAKDOWN_KEY_MAX; returns how many. Equal for clicks of one row. */
    size_t (*key)(char *ret_key, const struct click_record *click);
    /* Fills the own cells, but for the currency, from a key; what it borrows lives as long as the key. */
    void (*name)(struct slice key, struct cell *cells);
    const char *nameless; /* a sentence on the row whose first cell is null; NULL: none is needed */
};

CHECKED int breakdown_run(const struct breakdown *breakdown, const struct scope *scope,
                          struct report_sink *sink);
#endif
