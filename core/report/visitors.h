/* visitors.h - daily visitors of rows: the union of their links' HyperLogLogs, one a UTC day. */
#ifndef REPORT_VISITORS_H
#define REPORT_VISITORS_H
#include "core/base/slice.h"

struct store;

struct link_day { /* human clicks of a link on a UTC day; several of one link and day add up */
    size_t row;
    int32_t day;
    uint32_t slot; /* visitors_count()'s own */
    uint64_t link_id;
    int64_t humans;
};

/* Adds to unique[row] the visitors of each row and day, at least 1 and at most its human clicks. Puts `days`
 * in order. A day with one click is not looked up. */
CHECKED int visitors_count(struct store *store, struct link_day *days, size_t count,
                           int64_t *unique);
#endif
