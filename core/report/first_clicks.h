/* first_clicks.h - when links were first clicked, to the quarter-hour, from the counters. */
#ifndef REPORT_FIRST_CLICKS_H
#define REPORT_FIRST_CLICKS_H
#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

#define NEVER_MS INT64_MAX

struct first_click {
    uint64_t link_id;
    int64_t at_ms; /* where its quarter-hour begins; NEVER_MS */
};

/* Fills at_ms of each: its first click of class human, or of any. Two reads a link. */
CHECKED int first_clicks_find(struct store *store, struct first_click *links, size_t count,
                              bool is_human_only);
#endif
