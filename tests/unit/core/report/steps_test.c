#include "core/report/steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define MINUTE_MS INT64_C(60000)
#define STEPS_MAX 400

static struct zone *open_zone(const char *name)
{
    struct zone *zone;
    if (zone_open(&zone, slice_of_string(name)) != JALON_OK)
        fail_msg("%s", name);
    return zone;
}

static date_day day_of(const char *text)
{
    date_day day;
    assert_int_equal(date_parse(&day, slice_of_string(text)), JALON_OK);
    return day;
}

/* The steps of the days from..to, both included, from the first moment on. */
static struct steps make(const struct zone *zone, enum step step, const char *from, const char *to,
                         int64_t ret_range_ms[2])
{
    struct steps steps = {0};
    ret_range_ms[0] = zone_day_start_ms(zone, day_of(from));
    ret_range_ms[1] = zone_day_start_ms(zone, day_of(to) + 1);
    assert_int_equal(steps_make(&steps, zone, step, ret_range_ms, ret_range_ms[0], STEPS_MAX),
                     JALON_OK);
    return steps;
}

/* Clocks as tzdata has them: Python's zoneinfo counts the same hours and days. */
static const struct row {
    const char *zone;
    enum step step;
    const char *from, *to;
    size_t count, at; /* names[0] is that of step `at` */
    const char *names[3];
    int minutes[3]; /* how long they are */
} rows[] = {
    {"Europe/Paris",
     STEP_HOUR,
     "2026-03-29",
     "2026-03-29",
     23,
     1,
     {"2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00"},
     {60, 60, 60}},
    {"Europe/Paris",
     STEP_HOUR,
     "2026-10-25",
     "2026-10-25",
     25,
     2,
     {"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"},
     {60, 60, 60}},
    {"Australia/Lord_Howe",
     STEP_HOUR,
     "2026-04-05",
     "2026-04-05",
     25,
     1,
     {"2026-04-05T01:00:00+11:00", "2026-04-05T01:30:00+10:30", "2026-04-05T02:00:00+10:30"},
     {60, 30, 60}},
    {"Australia/Lord_Howe",
     STEP_HOUR,
     "2026-10-04",
     "2026-10-04",
     24,
     1,
     {"2026-10-04T01:00:00+10:30", "2026-10-04T02:30:00+11:00", "2026-10-04T03:00:00+11:00"},
     {60, 30, 60}},
    {"Asia/Kathmandu",
     STEP_HOUR,
     "2026-11-29",
     "2026-11-29",
     24,
     0,
     {"2026-11-29T00:00:00+05:45", "2026-11-29T01:00:00+05:45", "2026-11-29T02:00:00+05:45"},
     {60, 60, 60}},
    {"America/St_Johns",
     STEP_HOUR,
     "2025-11-02",
     "2025-11-02",
     25,
     1,
     {"2025-11-02T01:00:00-02:30", "2025-11-02T01:00:00-03:30", "2025-11-02T02:00:00-03:30"},
     {60, 60, 60}},
    /* Midnight comes twice, or is skipped, or a whole day is. */
    {"America/Havana",
     STEP_HOUR,
     "2025-11-02",
     "2025-11-02",
     25,
     0,
     {"2025-11-02T00:00:00-04:00", "2025-11-02T00:00:00-05:00", "2025-11-02T01:00:00-05:00"},
     {60, 60, 60}},
    {"America/Sao_Paulo",
     STEP_HOUR,
     "2018-02-17",
     "2018-02-18",
     49,
     23,
     {"2018-02-17T23:00:00-02:00", "2018-02-17T23:00:00-03:00", "2018-02-18T00:00:00-03:00"},
     {60, 60, 60}},
    {"America/Sao_Paulo",
     STEP_DAY,
     "2018-11-03",
     "2018-11-05",
     3,
     0,
     {"2018-11-03", "2018-11-04", "2018-11-05"},
     {1440, 1380, 1440}},
    {"Pacific/Apia",
     STEP_DAY,
     "2011-12-29",
     "2012-01-01",
     3,
     0,
     {"2011-12-29", "2011-12-31", "2012-01-01"},
     {1440, 1440, 1440}},
    {"Europe/Paris",
     STEP_DAY,
     "2026-03-28",
     "2026-03-30",
     3,
     0,
     {"2026-03-28", "2026-03-29", "2026-03-30"},
     {1440, 1380, 1440}},
    {"Europe/Paris",
     STEP_DAY,
     "2026-10-24",
     "2026-10-26",
     3,
     0,
     {"2026-10-24", "2026-10-25", "2026-10-26"},
     {1440, 1500, 1440}},
    /* 2026-10-21 is a Wednesday, 11-03 a Tuesday. */
    {"Europe/Paris",
     STEP_WEEK,
     "2026-10-21",
     "2026-11-03",
     3,
     0,
     {"2026-10-19", "2026-10-26", "2026-11-02"},
     {5 * 1440 + 60, 7 * 1440, 2 * 1440}},
    {"UTC",
     STEP_WEEK,
     "1970-01-01",
     "1970-01-12",
     3,
     0,
     {"1969-12-29", "1970-01-05", "1970-01-12"},
     {4 * 1440, 7 * 1440, 1440}},
};

static void check_row(const struct row *row)
{
    int64_t range_ms[2];
    struct zone *zone = open_zone(row->zone);
    struct steps steps = make(zone, row->step, row->from, row->to, range_ms);
    if (steps.count != row->count)
        fail_msg("%s %s: %zu steps", row->zone, row->from, steps.count);
    for (size_t i = 0; i < 3; i++) {
        char name[MOMENT_TEXT_MAX];
        const int64_t *moments_ms = steps.moments_ms + row->at + i;
        step_name(name, zone, row->step, moments_ms[0]);
        assert_string_equal(name, row->names[i]);
        if (moments_ms[1] - moments_ms[0] != row->minutes[i] * MINUTE_MS)
            fail_msg("%s: %s is %lld minutes", row->zone, name,
                     (long long)((moments_ms[1] - moments_ms[0]) / MINUTE_MS));
    }
    assert_int_equal(steps.moments_ms[0], range_ms[0]);
    assert_int_equal(steps.moments_ms[steps.count], range_ms[1]);
    for (size_t i = 0; i < steps.count; i++)
        assert_true(steps.moments_ms[i] < steps.moments_ms[i + 1]);
    steps_done(&steps);
    (void)zone_free(zone);
}

static void steps_follow_the_clocks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
}

static void the_first_step_is_whole_but_for_what_the_range_cuts(void **state)
{
    (void)state;
    struct zone *zone = open_zone("Asia/Kathmandu");
    static const struct {
        enum step step;
        const char *name;
        int minutes; /* before the moment in it */
    } firsts[] = {
        {STEP_HOUR, "2026-11-25T10:00:00+05:45", 17},
        {STEP_DAY, "2026-11-25", 617},
        {STEP_WEEK, "2026-11-23", 1440 + 617}, /* the range begins on Tuesday */
    };
    const int64_t day_ms = zone_day_start_ms(zone, day_of("2026-11-25"));
    const int64_t range_ms[2] = {day_ms - 1440 * MINUTE_MS, day_ms + 1440 * MINUTE_MS};
    for (size_t i = 0; i < 3; i++) {
        char name[MOMENT_TEXT_MAX];
        struct steps steps = {0};
        int64_t at_ms = day_ms + 617 * MINUTE_MS;
        assert_int_equal(steps_make(&steps, zone, firsts[i].step, range_ms, at_ms, STEPS_MAX),
                         JALON_OK);
        assert_int_equal(at_ms - steps.moments_ms[0], firsts[i].minutes * MINUTE_MS);
        step_name(name, zone, firsts[i].step, steps.moments_ms[0]);
        assert_string_equal(name, firsts[i].name);
        steps_done(&steps);
    }
    (void)zone_free(zone);
}

static void each_moment_is_in_one_step(void **state)
{
    (void)state;
    int64_t range_ms[2];
    size_t found;
    struct zone *zone = open_zone("Europe/Paris");
    struct steps steps = make(zone, STEP_HOUR, "2026-10-25", "2026-10-25", range_ms);
    for (size_t i = 0; i < steps.count; i++) {
        assert_true(steps_find(&steps, steps.moments_ms[i], &found));
        assert_int_equal(found, i);
        assert_true(steps_find(&steps, steps.moments_ms[i + 1] - 1, &found));
        assert_int_equal(found, i);
    }
    assert_false(steps_find(&steps, range_ms[0] - 1, &found));
    assert_false(steps_find(&steps, range_ms[1], &found));
    steps_done(&steps);
    assert_false(steps_find(&steps, range_ms[0], &found));
    (void)zone_free(zone);
}

static void there_are_no_more_than_asked_for(void **state)
{
    (void)state;
    struct zone *zone = open_zone("UTC");
    const int64_t range_ms[2] = {0, 1440 * MINUTE_MS};
    struct steps steps = {0};
    assert_int_equal(steps_make(&steps, zone, STEP_HOUR, range_ms, 0, 24), JALON_OK);
    steps_done(&steps);
    assert_int_equal(steps_make(&steps, zone, STEP_HOUR, range_ms, 0, 23), JALON_FULL);
    steps_done(&steps);
    (void)zone_free(zone);
}

static void three_words_are_steps(void **state)
{
    (void)state;
    static const char *const bad[] = {"hours", "Day", " day", "month", "d", "day\n"};
    enum step step = STEP_WEEK;
    assert_true(step_parse(&step, SLICE("")) && step == STEP_DAY);
    assert_true(step_parse(&step, SLICE("hour")) && step == STEP_HOUR);
    assert_true(step_parse(&step, SLICE("day")) && step == STEP_DAY);
    assert_true(step_parse(&step, SLICE("week")) && step == STEP_WEEK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(step_parse(&step, slice_of_string(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_follow_the_clocks),
        cmocka_unit_test(the_first_step_is_whole_but_for_what_the_range_cuts),
        cmocka_unit_test(each_moment_is_in_one_step),
        cmocka_unit_test(there_are_no_more_than_asked_for),
        cmocka_unit_test(three_words_are_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
