#include "core/ledger/zone_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define MOMENTS 14

static const int64_t moments[MOMENTS] = {
    1709164799, 1709164800, 1711846799, 1711846800, 1719800000, 1729987199, 1729987200,
    1735689599, 1735689600, 1740787199, 1740787200, 1743209999, 1743210000, 4102444799,
};

/* On what glibc's date(1) and Python's zoneinfo agree. */
static const struct {
    const char *text;
    int32_t offsets_s[MOMENTS];
} rules[] = {
    {"UTC0", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
    {"EST5",
     {-18000, -18000, -18000, -18000, -18000, -18000, -18000, -18000, -18000, -18000, -18000,
      -18000, -18000, -18000}},
    {"<+0530>-5:30",
     {19800, 19800, 19800, 19800, 19800, 19800, 19800, 19800, 19800, 19800, 19800, 19800, 19800,
      19800}},
    {"CET-1CEST,M3.5.0,M10.5.0/3",
     {3600, 3600, 3600, 7200, 7200, 7200, 7200, 3600, 3600, 3600, 3600, 3600, 3600, 3600}},
    {"EST5EDT,M3.2.0,M11.1.0",
     {-18000, -18000, -14400, -14400, -14400, -14400, -14400, -18000, -18000, -18000, -18000,
      -14400, -14400, -18000}},
    {"AEST-10AEDT,M10.1.0,M4.1.0/3",
     {39600, 39600, 39600, 39600, 36000, 39600, 39600, 39600, 39600, 39600, 39600, 39600, 39600,
      39600}},
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
     {-7200, -7200, -7200, -3600, -3600, -3600, -3600, -7200, -7200, -7200, -7200, -7200, -7200,
      -7200}},
    {"IST-1GMT0,M10.5.0,M3.5.0/1", {0, 0, 0, 3600, 3600, 3600, 3600, 0, 0, 0, 0, 0, 0, 0}},
    {"LHST-10:30LHDT-11,M10.1.0,M4.1.0",
     {39600, 39600, 39600, 39600, 37800, 39600, 39600, 39600, 39600, 39600, 39600, 39600, 39600,
      39600}},
    {"AAA-1BBB,J60/0,J300/0",
     {3600, 3600, 7200, 7200, 7200, 3600, 3600, 3600, 3600, 7200, 7200, 7200, 7200, 3600}},
    {"AAA-1BBB,59/0,300/0",
     {7200, 7200, 7200, 7200, 7200, 3600, 3600, 3600, 3600, 7200, 7200, 7200, 7200, 3600}},
    {"IST-2IDT,M3.4.4/26,M10.5.0",
     {7200, 7200, 10800, 10800, 10800, 7200, 7200, 7200, 7200, 7200, 7200, 10800, 10800, 7200}},
    {"<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
     {49500, 49500, 49500, 49500, 45900, 49500, 49500, 49500, 49500, 49500, 49500, 49500, 49500,
      49500}},
    {"EET-2EEST,M3.4.4/50,M10.4.4/50",
     {7200, 7200, 10800, 10800, 10800, 7200, 7200, 7200, 7200, 7200, 7200, 10800, 10800, 7200}},
    /* RFC 9636 3.3.1: daylight saving all year. */
    {"XXX3EDT4,0/0,J365/23",
     {-14400, -14400, -14400, -14400, -14400, -14400, -14400, -14400, -14400, -14400, -14400,
      -14400, -14400, -14400}},
    {"EST5EDT,0/0,J365/25",
     {-14400, -14400, -14400, -14400, -14400, -14400, -14400, -14400, -14400, -14400, -14400,
      -14400, -14400, -14400}},
};
#define RULE_COUNT (sizeof rules / sizeof *rules)

static struct zone_rule parse(const char *text)
{
    struct zone_rule rule = {0};
    if (zone_rule_parse(&rule, slice_of_string(text)) != JALON_OK)
        fail_msg("%s", text);
    return rule;
}

static void offsets_are_those_of_other_readers(void **state)
{
    (void)state;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        struct zone_rule rule = parse(rules[i].text);
        for (size_t j = 0; j < MOMENTS; j++)
            if (zone_rule_offset_s(&rule, moments[j]) != rules[i].offsets_s[j])
                fail_msg("%s at %lld", rules[i].text, (long long)moments[j]);
    }
}

static void the_offset_holds_until_the_next_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        struct zone_rule rule = parse(rules[i].text);
        int64_t at = 1700000000;
        for (int step = 0; step < 20; step++) {
            int64_t next = zone_rule_next_s(&rule, at);
            if (next == INT64_MAX)
                break;
            assert_true(next > at);
            int32_t offset = zone_rule_offset_s(&rule, at);
            assert_int_equal(zone_rule_offset_s(&rule, at + (next - at) / 2), offset);
            assert_int_equal(zone_rule_offset_s(&rule, next - 1), offset);
            at = next;
        }
        assert_true(rule.has_daylight == (at > 1700000000));
    }
}

static void a_change_may_fall_due_in_the_next_year(void **state)
{
    (void)state;
    /* Daylight saving ends 26 hours after midnight of 31 December, two hours after it began again. */
    struct zone_rule rule = parse("EST5EDT,0/0,J365/27");
    static const struct {
        int64_t at_s;
        int32_t offset_s;
    } rows[] = {
        {1700000000, -18000}, {1704067199, -18000}, {1704067200, -18000}, {1704085199, -18000},
        {1704085200, -14400}, {1704092399, -14400}, {1704092400, -18000}, {1735689600, -18000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(zone_rule_offset_s(&rule, rows[i].at_s), rows[i].offset_s);
    assert_int_equal(zone_rule_next_s(&rule, 1704067200), 1704085200);
    assert_int_equal(zone_rule_next_s(&rule, 1704085200), 1704092400);
    assert_int_equal(zone_rule_next_s(&rule, 1704092400), 1735707600);
}

static void what_is_no_rule_is_damaged(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "C",
        "CET",
        "CE-1",
        "-1",
        "CET-",
        "CET-25",
        "CET-1:60",
        "CET-1:00:60",
        "CET-1 ",
        "CET-1CEST",
        "CET-1CEST,",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M3.5.0,",
        "CET-1CEST,M3.5.0,M10.5.0/",
        "CET-1CEST,M3.5.0,M10.5.0/3,",
        "CET-1CEST,M0.5.0,M10.5.0",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.0.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,M3.5,M10.5.0",
        "CET-1CEST,M3.5.0/168,M10.5.0",
        "CET-1CEST,J0,J365",
        "CET-1CEST,J1,J366",
        "CET-1CEST,0,366",
        "CET-1CEST,1,9999999999",
        "CET-1CE,M3.5.0,M10.5.0",
        "<+1-1",
        "<+1>-1",
        "<+0530-5:30",
        "CET-1CEST,M-3.5.0,M10.5.0",
        "CET-1CEST,M3.5.0/--1,M10.5.0",
        "CET-1\nCEST,M3.5.0,M10.5.0",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct zone_rule rule = {.standard_s = 77};
        if (zone_rule_parse(&rule, slice_of_string(rows[i])) != JALON_DAMAGED)
            fail_msg("%s", rows[i]);
        assert_int_equal(rule.standard_s, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_those_of_other_readers),
        cmocka_unit_test(the_offset_holds_until_the_next_change),
        cmocka_unit_test(a_change_may_fall_due_in_the_next_year),
        cmocka_unit_test(what_is_no_rule_is_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
