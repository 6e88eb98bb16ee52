/* query_names.h - the names in a query, as their reader will see them: percent-encoding and '+' decoded. */
#ifndef TRAFFIC_QUERY_NAMES_H
#define TRAFFIC_QUERY_NAMES_H
#include "core/traffic/url.h"

/* Is there an escape (RFC 3986 section 2.1) at `at`? */
bool query_is_escape(struct slice s, size_t at);
/* Takes one byte of a name; a broken escape stands for itself. */
int query_name_take(struct slice *rest);
bool query_names_equal(struct slice a, struct slice b);
struct slice query_name_of(struct slice pair); /* what stands before its '=' */

/* Is there a pair of that name? Looks through all of the query. */
bool query_has_name(struct slice query, struct slice name);

/* The names of one query, to be asked for many others without looking through it each time. */
#define QUERY_INDEX_NAMES (URL_SIZE_MAX / 2 + 1) /* as many as a target can hold */
#define QUERY_INDEX_BUCKETS 256

struct query_index { /* borrows the query */
    struct slice query;
    uint16_t heads[QUERY_INDEX_BUCKETS]; /* 1 + index of a name; 0: none */
    struct {
        uint16_t start, size, next;
    } names[QUERY_INDEX_NAMES];
};

/* False when there are too many. */
bool query_index_make(struct query_index *index, struct slice query);
bool query_index_has(const struct query_index *index, struct slice name);
#endif
