#include "core/report/steps.h"
#include "core/base/array.h"

#include <stdlib.h>

#define QUARTER_MS INT64_C(900000)
#define HOUR_S 3600

bool step_parse(enum step *ret_step, struct slice text)
{
    if (text.size == 0 || slice_is(text, "day"))
        *ret_step = STEP_DAY;
    else if (slice_is(text, "hour"))
        *ret_step = STEP_HOUR;
    else if (slice_is(text, "week"))
        *ret_step = STEP_WEEK;
    else
        return false;
    return true;
}

/* 1970-01-01, day 0, was a Thursday. */
static date_day monday_of(date_day day)
{
    return day - ((day + 3) % 7 + 7) % 7;
}

static int64_t local_hour(int64_t at_ms, int32_t offset_s)
{
    return (at_ms / 1000 + offset_s) / HOUR_S;
}

/* By quarter-hours, in which clicks are counted: offsets are whole quarters, and change at them. */
static int64_t next_hour(const struct zone *zone, int64_t at_ms)
{
    int32_t offset_s = zone_offset_s(zone, at_ms);
    int64_t hour = local_hour(at_ms, offset_s);
    do {
        at_ms += QUARTER_MS;
    } while (zone_offset_s(zone, at_ms) == offset_s && local_hour(at_ms, offset_s) == hour);
    return at_ms;
}

static int64_t next_step(const struct zone *zone, enum step step, int64_t at_ms)
{
    if (step == STEP_HOUR)
        return next_hour(zone, at_ms);
    date_day day = zone_day_of(zone, at_ms);
    return zone_day_start_ms(zone, step == STEP_DAY ? day + 1 : monday_of(day) + 7);
}

/* Where the step begins that `at_ms` is in. */
static int64_t start_of(const struct zone *zone, enum step step, int64_t at_ms)
{
    date_day day = zone_day_of(zone, at_ms);
    int64_t start_ms = zone_day_start_ms(zone, step == STEP_WEEK ? monday_of(day) : day);
    if (step != STEP_HOUR)
        return start_ms;
    for (int64_t next_ms = start_ms; next_ms <= at_ms; next_ms = next_hour(zone, next_ms))
        start_ms = next_ms;
    return start_ms;
}

static int add_moment(struct steps *steps, size_t index, int64_t at_ms)
{
    int err = array_reserve((void **)&steps->moments_ms, &steps->capacity, index + 1,
                            sizeof *steps->moments_ms);
    if (err == JALON_OK)
        steps->moments_ms[index] = at_ms;
    return err;
}

int steps_make(struct steps *steps, const struct zone *zone, enum step step,
               const int64_t range_ms[2], int64_t first_ms, size_t max)
{
    int64_t at_ms = start_of(zone, step, first_ms);
    if (at_ms < range_ms[0])
        at_ms = range_ms[0];
    int err = add_moment(steps, 0, at_ms);
    while (!err && at_ms < range_ms[1]) {
        if (steps->count == max)
            return JALON_FULL;
        at_ms = next_step(zone, step, at_ms);
        if (at_ms > range_ms[1])
            at_ms = range_ms[1];
        err = add_moment(steps, ++steps->count, at_ms);
    }
    return err;
}

bool steps_find(const struct steps *steps, int64_t at_ms, size_t *ret_index)
{
    if (steps->count == 0 || at_ms < steps->moments_ms[0] ||
        at_ms >= steps->moments_ms[steps->count])
        return false;
    size_t low = 0, high = steps->count; /* moments[low] <= at < moments[high] */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (steps->moments_ms[middle] <= at_ms)
            low = middle;
        else
            high = middle;
    }
    *ret_index = low;
    return true;
}

void steps_done(struct steps *steps)
{
    free(steps->moments_ms);
    *steps = (struct steps){0};
}

void step_name(char ret_text[MOMENT_TEXT_MAX], const struct zone *zone, enum step step,
               int64_t start_ms)
{
    if (step == STEP_HOUR) {
        moment_format_local(ret_text, start_ms, zone_offset_s(zone, start_ms));
        return;
    }
    date_day day = zone_day_of(zone, start_ms);
    date_format(ret_text, step == STEP_DAY ? day : monday_of(day));
}
