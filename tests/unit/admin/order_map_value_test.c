#include "admin/order_map_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    const char *text;
    char decimal;
    const char *amount; /* NULL: refused */
} amounts[] = {
    {"0", 0, "0"},
    {"1234", 0, "1234"},
    {"19.90", 0, "19.90"},
    {"19,90", 0, "19.90"},
    {"0.125", 0, "0.125"},
    {"1234.567", 0, "1234.567"},
    {"1.234", 0, NULL},
    {"1,234", 0, NULL},
    {"-1.234", 0, NULL},
    {"1.234,56", 0, "1234.56"},
    {"1,234.56", 0, "1234.56"},
    {"1'234.50", 0, "1234.50"},
    {"1 234", 0, "1234"},
    {"1\xc2\xa0"
     "234,5",
     0, "1234.5"},
    {"1.234.567", 0, "1234567"},
    {"1.234.56", 0, NULL},
    {"12.34.567", 0, NULL},
    {"1234,567.8", 0, NULL},
    {"1.234", '.', "1.234"},
    {"1,234", '.', "1234"},
    {"12,34", '.', NULL},
    {"1.234,56", '.', NULL},
    {"1.234", ',', "1234"},
    {"1.234.567,8", ',', "1234567.8"},
    {"1.234 567,8", ',', NULL},
    {"19.90", ',', NULL},
    {"1,2,3", ',', NULL},
    {"-20.00", '.', "-20.00"},
    {"", 0, NULL},
    {"-", 0, NULL},
    {".5", 0, NULL},
    {"5.", 0, NULL},
    {" 5 ", 0, "5"},
    {"5 ,0", 0, NULL},
    {"5€", 0, NULL},
    {"1e3", 0, NULL},
    {"0x10", 0, NULL},
    {"--5", 0, NULL},
    {"1..5", 0, NULL},
    {"99999999999999999999999999999999999999999", 0, NULL},
};

static void amounts_are_read_in_one_way_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        char memory[64];
        struct buffer out;
        buffer_over(&out, memory, sizeof memory);
        const char *why =
            map_amount_write(&out, slice_of_string(amounts[i].text), amounts[i].decimal);
        if ((why == NULL) != (amounts[i].amount != NULL) ||
            (!why && !slice_is(buffer_slice(&out), amounts[i].amount)))
            fail_msg("%s with %c: %s %.*s", amounts[i].text,
                     amounts[i].decimal ? amounts[i].decimal : '0', why ? why : "",
                     SLICE_ARG(buffer_slice(&out)));
    }
}

/* Expected: Python's datetime and zoneinfo. */
static const struct {
    const char *pattern, *text, *moment;
} moments[] = {
    {"", "2026-11-20T10:00:00+01:00", "2026-11-20T10:00:00+01:00"},
    {"", "20/11/2026", NULL},
    {"YYYY-MM-DD hh:mm:ss Z", "2012-01-01 11:13:25 -0500", "2012-01-01T16:13:25Z"},
    {"YYYY-MM-DD hh:mm:ss Z", "2026-11-20 10:00:00 UTC", "2026-11-20T10:00:00Z"},
    {"YYYY-MM-DD hh:mm:ss Z", "2026-11-20 10:00:00", NULL},
    {"DD/MM/YYYY hh:mm", "20/11/2026 10:00", "2026-11-20T09:00:00Z"},
    {"DD/MM/YYYY hh:mm", "20/07/2026 10:00", "2026-07-20T08:00:00Z"},
    {"DD/MM/YYYY hh:mm", "25/10/2026 02:30", "2026-10-25T00:30:00Z"},
    {"DD/MM/YYYY hh:mm", "11/20/2026 10:00", NULL},
    {"DD/MM/YYYY hh:mm", "30/02/2026 10:00", NULL},
    {"DD/MM/YYYY hh:mm", "20/11/2026 24:00", NULL},
    {"DD/MM/YYYY hh:mm", "20/11/2026 10:00:00", NULL},
    {"DD/MM/YYYY hh:mm", "2/11/2026 10:00", NULL},
    {"DD.MM.YYYY, hh:mm", "20.11.2026, 10:00", "2026-11-20T09:00:00Z"},
};

static void moments_are_read_by_the_pattern(void **state)
{
    (void)state;
    struct order_map map = {0};
    assert_int_equal(zone_open(&map.zone, SLICE("Europe/Paris")), JALON_OK);
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        char memory[64];
        struct buffer out;
        buffer_over(&out, memory, sizeof memory);
        map.date = slice_of_string(moments[i].pattern);
        const char *why = map_moment_write(&out, slice_of_string(moments[i].text), &map);
        if ((why == NULL) != (moments[i].moment != NULL) ||
            (!why && !slice_is(buffer_slice(&out), moments[i].moment)))
            fail_msg("%s by %s: %s %.*s", moments[i].text, moments[i].pattern, why ? why : "",
                     SLICE_ARG(buffer_slice(&out)));
    }
    order_map_done(&map);
}

static void values_are_found_in_cells(void **state)
{
    static const struct {
        const char *cell, *after, *value;
    } cells[] = {
        {" MARIE10 ", "", "MARIE10"},
        {"gift: no\njclid: abc\nx: y", "jclid:", "abc"},
        {"code:a|amount:1;code:b|amount:2", "code:", "a, b"},
        {"code:|amount:1", "code:", ""},
        {"nothing", "code:", ""},
        {"", "code:", ""},
        {"jclid:", "jclid:", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        char memory[64];
        struct buffer out;
        buffer_over(&out, memory, sizeof memory);
        const struct map_rule rule = {.after = slice_of_string(cells[i].after)};
        map_cell_write(&out, slice_of_string(cells[i].cell), &rule);
        if (!slice_is(buffer_slice(&out), cells[i].value))
            fail_msg("%s: %.*s", cells[i].cell, SLICE_ARG(buffer_slice(&out)));
    }
}

static void the_ready_maps_are_whole(void **state)
{
    static const char *const names[] = {"shopify", "woocommerce"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct order_map map;
        struct problem problem = {0};
        if (order_map_open(&map, slice_of_string(names[i]), &problem))
            fail_msg("%s", problem.detail);
        assert_int_equal(map.decimal, '.');
        assert_true(map.rules[MAP_AMOUNT].is_there && map.rules[MAP_CODE].is_there);
        assert_true(map.status_count >= 8);
        order_map_done(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_in_one_way_or_not_at_all),
        cmocka_unit_test(moments_are_read_by_the_pattern),
        cmocka_unit_test(values_are_found_in_cells),
        cmocka_unit_test(the_ready_maps_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
