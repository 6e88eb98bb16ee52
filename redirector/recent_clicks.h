/* recent_clicks.h - who clicked what a moment ago: a table of fixed size that all workers of the process share, for the class
 * `duplicate`. Lock-free. Memory order: relaxed; a slot is one 64-bit word that stands for itself and nothing is
 * reached through it. */
#ifndef REDIRECTOR_RECENT_CLICKS_H
#define REDIRECTOR_RECENT_CLICKS_H
#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recent_clicks;

/* Room for `slots` clicks at least; 8 bytes each. */
CHECKED int recent_clicks_new(struct recent_clicks **ret_clicks, size_t slots);
struct recent_clicks *recent_clicks_free(struct recent_clicks *clicks); /* accepts NULL */

/* A claim of this click follows shortly: its part of the table is fetched meanwhile. */
void recent_clicks_expect(struct recent_clicks *clicks, uint64_t link_id, uint64_t visitor);

/* False when a click of this visitor on this link counted as human less than its window ago. Otherwise true, and
 * this one is the one that counts, for window_ms from now on: of several at once, one gets true.
 * now_ms is monotonic; window_ms under 24 days, 0 for no memory. */
bool recent_clicks_claim(struct recent_clicks *clicks, uint64_t link_id, uint64_t visitor,
                         int64_t now_ms, int64_t window_ms);

/* The click that claimed could not be recorded: the next one counts. */
void recent_clicks_disclaim(struct recent_clicks *clicks, uint64_t link_id, uint64_t visitor);
#endif
