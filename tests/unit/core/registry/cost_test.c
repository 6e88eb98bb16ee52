#include "tests/unit/core/registry/live.h"

static bool known;
static int cost_plain(struct registry *registry, const json_t *input, json_t **ret_result,
                      struct problem *problem)
{
    return cost_add(registry, input, false, ret_result, &known, problem);
}

static int cost_replacing(struct registry *registry, const json_t *input, json_t **ret_result,
                          struct problem *problem)
{
    return cost_add(registry, input, true, ret_result, &known, problem);
}

static void costs_are_one_per_day_and_kind(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
#define DAY "'campaign':'spring-trail','creator':'marie','date':'2026-05-01'"
    json_t *cost = add_ok(registry, cost_plain, "{" DAY ",'fee':'250','commission':'8'}");
    assert_false(known);
    expect(cost, "{'campaign':'spring-trail','creator':'marie','date':'2026-05-01',"
                 "'fee':'250.00','commission':'8%'}");
    json_decref(cost);
    static const char *const same[] = {
        "{" DAY ",'fee':'250.00'}",
        "{" DAY ",'commission':'8.00%','fee':'250.0'}",
    };
    for (size_t i = 0; i < COUNT(same); i++) {
        add(registry, cost_plain, same[i]);
        assert_true(known);
    }
    refuse(registry, cost_plain, "{" DAY ",'fee':'251'}", PROBLEM_CONFLICT, "/fee");
    refuse(registry, cost_plain, "{" DAY ",'fee':'250','commission':'9%'}", PROBLEM_CONFLICT,
           "/commission");
    /* What is refused in one part is refused whole. */
    refuse(registry, cost_plain, "{" DAY ",'product':'10','commission':'9%'}", PROBLEM_CONFLICT,
           "/commission");
    add(registry, cost_plain, "{" DAY ",'product':'10'}");
    assert_false(known);
    add(registry, cost_replacing, "{" DAY ",'fee':'300'}");
    assert_false(known);
    add(registry, cost_plain, "{" DAY ",'fee':'300'}");
    assert_true(known);
}

static void bad_costs_are_refused_by_field(void **state)
{
    static const struct {
        const char *input, *pointer;
    } rows[] = {
        {"{" DAY "}", NULL},
        {"{'campaign':'nope','creator':'marie','fee':'1'}", "/campaign"},
        {"{'campaign':'spring-trail','creator':'nope','fee':'1'}", "/creator"},
        {"{'campaign':'spring-trail','fee':'1'}", "/creator"},
        {"{" DAY ",'fee':'-1'}", "/fee"},
        {"{" DAY ",'fee':'1.001'}", "/fee"},
        {"{" DAY ",'fee':'1,5'}", "/fee"},
        {"{" DAY ",'fee':1}", "/fee"},
        {"{" DAY ",'fee':'1e2'}", "/fee"},
        {"{" DAY ",'fee':'99999999999999999'}", "/fee"},
        {"{" DAY ",'per_click':'0.0000001'}", "/per_click"},
        {"{" DAY ",'per_conversion':'x'}", "/per_conversion"},
        {"{" DAY ",'commission':'101%'}", "/commission"},
        {"{" DAY ",'commission':'-1%'}", "/commission"},
        {"{" DAY ",'commission':'8 %'}", "/commission"},
        {"{" DAY ",'commission':'%'}", "/commission"},
        {"{'campaign':'spring-trail','creator':'marie','date':'01/05/2026','fee':'1'}", "/date"},
        {"{'campaign':'spring-trail','creator':'marie','date':'2026-02-29','fee':'1'}", "/date"},
        {"{" DAY ",'bonus':'1'}", "/bonus"},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    for (size_t i = 0; i < COUNT(rows); i++)
        refuse(registry, cost_plain, rows[i].input, PROBLEM_INVALID, rows[i].pointer);
    size_t count = 0;
    struct list_filter filter = {.campaign = SLICE_NONE};
    struct problem problem = {0};
    assert_int_equal(cost_list(registry, &filter, count_one, &count, &problem), JALON_OK);
    assert_int_equal(count, 0);
}

/* 2026-05-28T20:26:40Z is the 29th in Tokyo already. */
static void today_is_the_campaigns_day(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *cost =
        add_ok(registry, cost_plain, "{'campaign':'winter-trail','creator':'tom','fee':'5000'}");
    expect(cost, "{'date':'2026-05-29','fee':'5000'}");
    json_decref(cost);
    refuse(registry, cost_plain, "{'campaign':'winter-trail','creator':'tom','product':'1.5'}",
           PROBLEM_INVALID, "/product");
}

static int take_row(void *context, const json_t *thing)
{
    return json_array_append(context, (json_t *)thing);
}

static void a_days_costs_are_one_row(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, cost_plain,
        "{'campaign':'spring-trail','creator':'tom','date':'2026-04-01','per_click':'0.125'}");
    add(registry, cost_plain, "{" DAY ",'fee':'250','commission':'8'}");
    add(registry, cost_plain, "{" DAY ",'product':'49.9'}");
    add(registry, cost_plain,
        "{'campaign':'spring-trail','creator':'marie','date':'2026-04-30','per_conversion':'2'}");
    json_t *rows = json_array();
    struct list_filter filter = {.campaign = SLICE("spring-trail")};
    struct problem problem = {0};
    assert_int_equal(cost_list(registry, &filter, take_row, rows, &problem), JALON_OK);
    static const char *const wanted[] = {
        "{'creator':'marie','date':'2026-04-30','per_conversion':'2','fee':null}",
        "{'date':'2026-05-01','fee':'250.00','commission':'8%','product':'49.90','per_click':null}",
        "{'creator':'tom','date':'2026-04-01','per_click':'0.125'}",
    };
    assert_int_equal(json_array_size(rows), COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++)
        expect(json_array_get(rows, i), wanted[i]);
    json_decref(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(costs_are_one_per_day_and_kind, live_seed),
        cmocka_unit_test_setup(bad_costs_are_refused_by_field, live_seed),
        cmocka_unit_test_setup(today_is_the_campaigns_day, live_seed),
        cmocka_unit_test_setup(a_days_costs_are_one_row, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
