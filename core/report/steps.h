/* steps.h - a stretch of time in steps of an hour, a day or a week by the clocks of a zone: a day of 23 or 25
 * hours is one step, an hour that the clocks show twice is two, weeks start on Monday (ISO 8601). */
#ifndef REPORT_STEPS_H
#define REPORT_STEPS_H
#include "core/ledger/zone.h"

enum step { STEP_DAY, STEP_HOUR, STEP_WEEK };

/* "hour", "day", "week"; empty: day. */
bool step_parse(enum step *ret_step, struct slice text);

struct steps {           /* zeroed: none */
    int64_t *moments_ms; /* step i is moments_ms[i] <= t < moments_ms[i + 1] */
    size_t count, capacity;
};

/* The steps from the one that `first_ms`, within the range, is in to the range's end; what lies of them outside
 * range_ms[0] <= t < range_ms[1] is cut off. JALON_FULL when they are more than `max`. Ended with
 * steps_done(), on failure too. */
CHECKED int steps_make(struct steps *steps, const struct zone *zone, enum step step,
                       const int64_t range_ms[2], int64_t first_ms, size_t max);
/* Which step that moment is in; false outside all. */
bool steps_find(const struct steps *steps, int64_t at_ms, size_t *ret_index);
void steps_done(struct steps *steps);

/* What the step that begins at start_ms is called: its date, that of its Monday, or for an hour the moment in
 * RFC 3339 with the zone's offset. */
void step_name(char ret_text[MOMENT_TEXT_MAX], const struct zone *zone, enum step step,
               int64_t start_ms);
#endif
