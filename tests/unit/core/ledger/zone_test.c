#include "core/ledger/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

/* Python 3.11's zoneinfo, by trying each minute: the first whose local date is not before the day. */
static const struct {
    const char *zone, *day;
    int64_t start_s;
    int32_t offset_s; /* then */
} days[] = {
    {"UTC", "2026-11-29", INT64_C(1795910400), 0},
    {"Europe/Paris", "2026-03-29", INT64_C(1774738800), 3600},
    {"Europe/Paris", "2026-03-30", INT64_C(1774821600), 7200},
    {"Europe/Paris", "2026-10-25", INT64_C(1792879200), 7200},
    {"Europe/Paris", "2026-10-26", INT64_C(1792969200), 3600},
    {"Europe/Paris", "1999-12-31", INT64_C(946594800), 3600},
    {"America/New_York", "2026-03-08", INT64_C(1772946000), -18000},
    {"America/New_York", "2026-03-09", INT64_C(1773028800), -14400},
    {"America/New_York", "2026-11-01", INT64_C(1793505600), -14400},
    {"America/New_York", "2026-11-02", INT64_C(1793595600), -18000},
    /* The clock went from 00:00 to 01:00, so the day begins at 01:00; … */
    {"America/Sao_Paulo", "2018-11-04", INT64_C(1541300400), -7200},
    {"America/Sao_Paulo", "2018-11-05", INT64_C(1541383200), -7200},
    /* … from 24:00 back to 23:00 of the day before. */
    {"America/Sao_Paulo", "2018-02-18", INT64_C(1518922800), -10800},
    {"America/Sao_Paulo", "2026-06-01", INT64_C(1780282800), -10800},
    {"Africa/Cairo", "2024-04-26", INT64_C(1714082400), 10800},
    {"Africa/Cairo", "2024-04-27", INT64_C(1714165200), 10800},
    {"Africa/Cairo", "2024-10-31", INT64_C(1730322000), 10800},
    {"Africa/Cairo", "2024-11-01", INT64_C(1730412000), 7200},
    /* Midnight comes twice; the day begins with the first. */
    {"America/Havana", "2024-03-10", INT64_C(1710046800), -14400},
    {"America/Havana", "2024-11-03", INT64_C(1730606400), -14400},
    {"America/Havana", "2024-11-04", INT64_C(1730696400), -18000},
    {"Asia/Kolkata", "2026-01-01", INT64_C(1767205800), 19800},
    {"Asia/Kathmandu", "2026-01-01", INT64_C(1767204900), 20700},
    {"Australia/Lord_Howe", "2026-04-05", INT64_C(1775307600), 39600},
    {"Australia/Lord_Howe", "2026-04-06", INT64_C(1775395800), 37800},
    {"Australia/Lord_Howe", "2026-10-04", INT64_C(1791034200), 37800},
    {"Australia/Lord_Howe", "2026-10-05", INT64_C(1791118800), 39600},
    /* 30 December 2011 was left out there. */
    {"Pacific/Apia", "2011-12-29", INT64_C(1325152800), -36000},
    {"Pacific/Apia", "2011-12-30", INT64_C(1325239200), 50400},
    {"Pacific/Apia", "2011-12-31", INT64_C(1325239200), 50400},
    {"Pacific/Apia", "2012-01-01", INT64_C(1325325600), 50400},
    {"Pacific/Kiritimati", "2026-01-01", INT64_C(1767175200), 50400},
    {"Pacific/Marquesas", "2026-01-01", INT64_C(1767259800), -34200},
    {"America/Nuuk", "2026-03-29", INT64_C(1774746000), -3600},
    {"America/Nuuk", "2026-03-30", INT64_C(1774832400), -3600},
    {"America/Nuuk", "2026-10-25", INT64_C(1792893600), -7200},
    {"Europe/Dublin", "2026-03-29", INT64_C(1774742400), 0},
    {"Europe/Dublin", "2026-10-26", INT64_C(1792972800), 0},
    {"Europe/London", "1970-01-01", INT64_C(-3600), 3600},
    {"Europe/London", "1972-01-01", INT64_C(63072000), 0},
    {"Etc/GMT+12", "2026-01-01", INT64_C(1767268800), -43200},
};
#define DAY_COUNT (sizeof days / sizeof *days)

static struct zone *open_zone(const char *name)
{
    struct zone *zone = NULL;
    assert_int_equal(zone_open(&zone, slice_of_string(name)), JALON_OK);
    assert_non_null(zone);
    return zone;
}

static void days_begin_where_python_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < DAY_COUNT; i++) {
        struct zone *zone = open_zone(days[i].zone);
        date_day day;
        assert_int_equal(date_parse(&day, slice_of_string(days[i].day)), JALON_OK);
        int64_t start_ms = zone_day_start_ms(zone, day);
        if (start_ms != days[i].start_s * 1000)
            fail_msg("%s %s: %lld", days[i].zone, days[i].day, (long long)start_ms);
        assert_int_equal(zone_offset_s(zone, start_ms), days[i].offset_s);
        assert_true(zone_day_of(zone, start_ms) >= day);
        assert_true(zone_day_of(zone, start_ms - 1) < day);
        zone_free(zone);
    }
}

static void a_day_holds_each_moment_from_its_start_to_the_next(void **state)
{
    (void)state;
    static const char *const zones[] = {"Europe/Paris", "America/New_York", "Asia/Kathmandu",
                                        "Australia/Lord_Howe", "Europe/Dublin"};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct zone *zone = open_zone(zones[i]);
        for (date_day day = 20000; day < 29000; day += 7) {
            int64_t start = zone_day_start_ms(zone, day), end = zone_day_start_ms(zone, day + 1);
            assert_in_range(end - start, 23 * 3600000, 25 * 3600000);
            assert_int_equal(zone_day_of(zone, start), day);
            assert_int_equal(zone_day_of(zone, end - 1), day);
            assert_int_equal(zone_day_of(zone, (start + end) / 2), day);
        }
        zone_free(zone);
    }
}

static void what_is_no_zone_is_not_found(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "Mars/Olympus",
        "europe",
        "Europe",
        "Europe/",
        "/usr/share/zoneinfo/UTC",
        "../zoneinfo/Europe/Paris",
        "Europe/../Europe/Paris",
        "Europe//Paris",
        ".",
        "..",
        "zone.tab",
        "Europe/Paris ",
        "Europe/Par\nis",
        "Europe\\Paris",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct zone *zone = NULL;
        assert_int_equal(zone_open(&zone, slice_of_string(rows[i])), JALON_NOT_FOUND);
        assert_null(zone);
    }
    struct zone *zone = NULL;
    assert_int_equal(zone_open(&zone, slice_of("UTC\0x", 5)), JALON_NOT_FOUND);
    zone_free(NULL);
}

static void a_file_that_is_no_zone_is_damaged(void **state)
{
    (void)state;
    struct zone *zone = NULL;
    char folder[] = "/tmp/jalon-zone-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/Nowhere", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("not a zone", file) >= 0 && fclose(file) == 0);
    assert_int_equal(setenv("TZDIR", folder, 1), 0);
    assert_int_equal(zone_open(&zone, SLICE("Nowhere")), JALON_DAMAGED);
    assert_int_equal(zone_open(&zone, SLICE("Europe/Paris")), JALON_NOT_FOUND);
    assert_null(zone);
    assert_int_equal(zone_open(&zone, SLICE("UTC")), JALON_OK);
    assert_int_equal(unsetenv("TZDIR"), 0);
    assert_int_equal(remove(path) | remove(folder), 0);
    zone_free(zone);
}

/* Local times of Paris; moments by Python's zoneinfo (fold=0). */
static void moments_have_their_offset(void **state)
{
    static const struct {
        int64_t ms, local_ms;
        const char *text;
    } moments[] = {
        {INT64_C(1794308400000), INT64_C(1794312000000), "2026-11-10T12:00:00+01:00"},
        {INT64_C(1783677600123), INT64_C(1783684800123), "2026-07-10T12:00:00.123+02:00"},
        {INT64_C(1792888200000), INT64_C(1792895400000), "2026-10-25T02:30:00+02:00"},
        {INT64_C(1774755000000), INT64_C(1774762200000), "2026-03-29T05:30:00+02:00"},
    };
    (void)state;
    struct zone *paris, *utc;
    char text[MOMENT_TEXT_MAX];
    assert_int_equal(zone_open(&paris, SLICE("Europe/Paris")), JALON_OK);
    assert_int_equal(zone_open(&utc, SLICE("UTC")), JALON_OK);
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        zone_moment_format(text, paris, moments[i].ms);
        assert_string_equal(text, moments[i].text);
        assert_int_equal(zone_moment_of_local(paris, moments[i].local_ms), moments[i].ms);
        assert_int_equal(zone_moment_of_local(utc, moments[i].ms), moments[i].ms);
    }
    /* 02:30 on the day when clocks went from 02:00 to 03:00: read with the offset before, 03:30 after. */
    assert_int_equal(zone_moment_of_local(paris, INT64_C(1774751400000)), INT64_C(1774747800000));
    zone_moment_format(text, utc, 0);
    assert_string_equal(text, "1970-01-01T00:00:00+00:00");
    zone_free(paris);
    zone_free(utc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_begin_where_python_says),
        cmocka_unit_test(a_day_holds_each_moment_from_its_start_to_the_next),
        cmocka_unit_test(moments_have_their_offset),
        cmocka_unit_test(what_is_no_zone_is_not_found),
        cmocka_unit_test(a_file_that_is_no_zone_is_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
