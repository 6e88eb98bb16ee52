#include "core/ledger/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void dates_are_days_since_1970(void **state)
{
    (void)state;
    /* Python: (datetime.date(…) - datetime.date(1970, 1, 1)).days */
    static const struct {
        const char *text;
        date_day day;
    } rows[] = {
        {"1970-01-01", 0},     {"1970-12-31", 364},   {"1972-02-29", 789},   {"1999-12-31", 10956},
        {"2000-02-29", 11016}, {"2000-03-01", 11017}, {"2026-11-29", 20786}, {"2024-02-29", 19782},
        {"2100-02-28", 47540}, {"2100-03-01", 47541}, {"2200-12-31", 84370},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        date_day day;
        char text[DATE_TEXT_MAX];
        assert_int_equal(date_parse(&day, slice_of_string(rows[i].text)), JALON_OK);
        assert_int_equal(day, rows[i].day);
        date_format(text, day);
        assert_string_equal(text, rows[i].text);
    }
}

static void each_date_follows_the_one_before(void **state)
{
    (void)state;
    for (date_day day = 0; day < 84371; day++) {
        char text[DATE_TEXT_MAX];
        date_day again;
        date_format(text, day);
        assert_int_equal(date_parse(&again, slice_of_string(text)), JALON_OK);
        assert_int_equal(again, day);
    }
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",           "2026",       "2026-1-01",  "2026-01-1",   "2026-13-01",  "2026-00-10",
        "2026-01-00", "2026-01-32", "2026-02-29", "2100-02-29",  "2026-04-31",  "1969-12-31",
        "2201-01-01", "0000-01-01", "20260101",   "2026/01/01",  " 2026-01-01", "2026-01-01 ",
        "-026-01-01", "+026-01-01", "2026-0a-01", "2026-01-01T", "26-01-01",    "2026-01-01\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        date_day day = 7;
        assert_int_equal(date_parse(&day, slice_of_string(rows[i])), JALON_MALFORMED);
        assert_int_equal(day, 7);
    }
}

static void moments_are_milliseconds_since_1970(void **state)
{
    (void)state;
    /* Python: datetime.fromisoformat(text).timestamp() * 1000 */
    static const struct {
        const char *text;
        int64_t ms;
        const char *written;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"},
        {"2026-11-29T11:45:12Z", 1795952712000, "2026-11-29T11:45:12Z"},
        {"2026-11-29t11:45:12z", 1795952712000, "2026-11-29T11:45:12Z"},
        {"2026-11-29T12:45:12+01:00", 1795952712000, "2026-11-29T11:45:12Z"},
        {"2026-11-29T02:00:12-09:45", 1795952712000, "2026-11-29T11:45:12Z"},
        {"2026-11-29T11:45:12-00:00", 1795952712000, "2026-11-29T11:45:12Z"},
        {"2026-11-29T11:45:12.5Z", 1795952712500, "2026-11-29T11:45:12.500Z"},
        {"2026-11-29T11:45:12.007Z", 1795952712007, "2026-11-29T11:45:12.007Z"},
        {"2026-11-29T11:45:12.123999999Z", 1795952712123, "2026-11-29T11:45:12.123Z"},
        {"2016-12-31T23:59:60Z", 1483228799000, "2016-12-31T23:59:59Z"}, /* a leap second */
        {"1970-01-01T00:30:00+01:00", -1800000, "1969-12-31T23:30:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms;
        char text[MOMENT_TEXT_MAX];
        assert_int_equal(moment_parse(&ms, slice_of_string(rows[i].text)), JALON_OK);
        assert_int_equal(ms, rows[i].ms);
        moment_format(text, ms);
        assert_string_equal(text, rows[i].written);
    }
}

static void moments_are_written_as_the_clocks_say(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        int32_t offset_s;
        const char *text;
    } rows[] = {
        {INT64_C(1795952712000), 3600, "2026-11-29T12:45:12+01:00"},
        {INT64_C(1795952712999), 0, "2026-11-29T11:45:12+00:00"},
        {INT64_C(1795952712000), 20700, "2026-11-29T17:30:12+05:45"},
        {INT64_C(1795952712000), -12600, "2026-11-29T08:15:12-03:30"},
        {INT64_C(1795952712000), 50400, "2026-11-30T01:45:12+14:00"},
        {0, -39600, "1969-12-31T13:00:00-11:00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[MOMENT_TEXT_MAX];
        int64_t ms;
        moment_format_local(text, rows[i].ms, rows[i].offset_s);
        assert_string_equal(text, rows[i].text);
        if (rows[i].ms) { /* years before 1970 are not read */
            assert_int_equal(moment_parse(&ms, slice_of_string(text)), JALON_OK);
            assert_int_equal(ms, rows[i].ms / 1000 * 1000);
        }
    }
}

static void what_is_no_moment_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "2026-11-29",
        "2026-11-29T11:45:12",
        "2026-11-29 11:45:12Z",
        "2026-11-29T11:45Z",
        "2026-11-29T24:00:00Z",
        "2026-11-29T11:60:00Z",
        "2026-11-29T11:45:61Z",
        "2026-11-29T11:45:12.Z",
        "2026-11-29T11:45:12.1234567890Z",
        "2026-11-29T11:45:12,5Z",
        "2026-11-29T11:45:12+0100",
        "2026-11-29T11:45:12+01",
        "2026-11-29T11:45:12+24:00",
        "2026-11-29T11:45:12+01:60",
        "2026-11-29T11:45:12ZZ",
        "2026-11-29T11:45:12Z ",
        "2026-11-29T1:45:12Z",
        "2026-11-29T11:45:12 Z",
        "2026-02-30T11:45:12Z",
        "1795952712",
        "2026-11-29T+1:45:12Z",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms = 7;
        assert_int_equal(moment_parse(&ms, slice_of_string(rows[i])), JALON_MALFORMED);
        assert_int_equal(ms, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_days_since_1970),
        cmocka_unit_test(each_date_follows_the_one_before),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(moments_are_milliseconds_since_1970),
        cmocka_unit_test(moments_are_written_as_the_clocks_say),
        cmocka_unit_test(what_is_no_moment_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
