/* store_scan.h - all elements of a hash or a set, once each: in one answer where it is small, by HSCAN or SSCAN in
 * pieces where it is not. */
#ifndef STORE_STORE_SCAN_H
#define STORE_STORE_SCAN_H
#include "core/store/store_handle.h"

#define STORE_SCAN_FROM 10000 /* elements: from here on in pieces */

struct store_scan {
    const char *size_command, *all_command, *scan_command; /* e.g. HLEN, HGETALL, HSCAN */
    size_t stride;                                         /* 2: fields and values, 1: members */
    /* `items` are the reply's elements from `at` on: the field or member, then the value. */
    int (*visit)(void *context, const struct reply *items, size_t at);
    void *context;
};

CHECKED int store_scan_each(struct store *store, const struct key *key,
                            const struct store_scan *scan);
#endif
