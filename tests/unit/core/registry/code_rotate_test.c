/* A code that another takes the place of: what it is then, for how long, and whose limit it uses up. */
#include "tests/unit/core/registry/live.h"

#include "jalon/jalon.h"

#define DAY_MS INT64_C(86400000)

static json_t *rotate_ok(struct registry *registry, const char *code, const char *input)
{
    json_t *json = json_of(input), *result = NULL;
    struct problem problem = {0};
    int err = code_rotate(registry, slice_of_string(code), json, &result, &problem);
    problem_print(&problem);
    if (err)
        fail_msg("%s was not rotated by %s", code, input);
    json_decref(json);
    return result;
}

static void rotate_refused(struct registry *registry, const char *code, const char *input,
                           enum problem_kind kind, const char *pointer, const char *says)
{
    json_t *json = json_of(input), *result = NULL;
    struct problem problem = {0};
    int err = code_rotate(registry, slice_of_string(code), json, &result, &problem);
    expect_problem(code, err, &problem, kind, pointer);
    if (says && !strstr(problem.detail, says))
        fail_msg("%s: \"%s\" does not say \"%s\"", code, problem.detail, says);
    assert_null(result);
    json_decref(json);
}

static void shown_as(struct registry *registry, const char *code, const char *wanted)
{
    json_t *shown = NULL;
    struct problem problem = {0};
    int err = code_show(registry, slice_of_string(code), SLICE_NONE, &shown, &problem);
    problem_print(&problem);
    assert_int_equal(err, 0);
    expect(shown, wanted);
    json_decref(shown);
}

static void set(struct registry *registry, const char *code, const char *changes)
{
    json_t *json = json_of(changes), *result = NULL;
    struct problem problem = {0};
    int err = code_set(registry, slice_of_string(code), SLICE_NONE, json, &result, &problem);
    problem_print(&problem);
    assert_int_equal(err, 0);
    json_decref(result);
    json_decref(json);
}

static json_t *sell(struct registry *registry, const char *order_id, const char *code,
                    const char *occurred_at)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "{'campaign':'spring-trail','order_id':'%s','type':'sale','amount':'10',"
                   "'code':'%s','occurred_at':'%s'}",
                   order_id, code, occurred_at);
    json_t *input = json_of(text), *result = NULL;
    struct problem problem = {0};
    bool is_known;
    int err = conversion_add(registry, input, &result, &is_known, &problem);
    problem_print(&problem);
    assert_int_equal(err, 0);
    json_decref(input);
    return result;
}

static void sold(struct registry *registry, const char *order_id, const char *code,
                 const char *occurred_at, const char *wanted)
{
    json_t *answer = sell(registry, order_id, code, occurred_at);
    expect(answer, wanted);
    json_decref(answer);
}

#define CREDITED "{'unattributed':null,'flags':[]}"
#define NOBODYS "{'unattributed':'code-not-valid'}"
#define OVER "{'unattributed':null,'flags':['code-over-limit']}"

static void both_hold_for_some_days_then_one_does(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'MARIE10','discount':'10 %'}");
    json_t *made = rotate_ok(registry, "marie-10", "{'slug':'Marie-Trail'}");
    expect(made, "{'code':'MARIE-TRAIL','campaign':'spring-trail','creator':'marie',"
                 "'discount':'10 %','valid_until':null,'max_redemptions':null,'state':'active',"
                 "'valid':true,'signed':false,'replaces':'MARIE10','replaced_by':null}");
    json_decref(made);
    /* 2026-05-28T20:26:40Z and 14 days */
    shown_as(registry, "MARIE10",
             "{'replaced_by':'MARIE-TRAIL','replaces':null,'state':'active','valid':true,"
             "'valid_until':'2026-06-11T20:26:40Z'}");
    registry->now_ms += 14 * DAY_MS;
    sold(registry, "1", "MARIE10", "2026-05-01T00:00:00Z", CREDITED);
    sold(registry, "2", "MARIE10", "2026-06-11T20:26:39.999Z", CREDITED);
    sold(registry, "3", "MARIE10", "2026-06-11T20:26:40Z", NOBODYS);
    sold(registry, "4", "marietrail", "2026-06-11T20:26:40Z", CREDITED);
    shown_as(registry, "MARIE10", "{'state':'expired','valid':false}");
    shown_as(registry, "MARIE-TRAIL", "{'state':'active','valid':true}");
}

static void a_signed_code_goes_on_with_its_prefix(void **state)
{
    struct live *live = *state;
    struct registry *registry = &live->registry;
    json_t *old = add_ok(registry, code_add,
                         "{'campaign':'spring-trail','creator':'marie','prefix':'TRAIL',"
                         "'valid_until':'2026-06-01T00:00:00Z','max_redemptions':5}");
    char text[64];
    assert_int_equal(slice_to_string(text, sizeof text, thing_text(old, "code")), 0);
    json_t *made = rotate_ok(registry, text, "{'keep_days':10}");
    struct slice code = thing_text(made, "code");
    assert_true(slice_starts(code, SLICE("TRAIL-")));
    assert_false(slice_is(code, text));
    assert_int_equal(jalon_code_verify(live->keys, "spring-trail", code.data, code.size, NULL), 0);
    expect(made, "{'signed':true,'valid_until':'2026-06-01T00:00:00Z','max_redemptions':5}");
    /* It ends when it would have: ten days more are past its own end. */
    shown_as(registry, text, "{'valid_until':'2026-06-01T00:00:00Z','valid':true}");
    json_decref(old);
    json_decref(made);
    add(registry, code_add, "{'campaign':'spring-trail','creator':'tom','slug':'TOM10'}");
    made = rotate_ok(registry, "TOM10", "{}"); /* unguessable unless it is said otherwise */
    expect(made, "{'signed':true,'replaces':'TOM10'}");
    assert_true(slice_starts(thing_text(made, "code"), SLICE("TOM-")));
    json_decref(made);
}

static void one_limit_holds_for_all_of_them(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'ONE','max_redemptions':3}");
    sold(registry, "1", "ONE", "2026-05-28T20:00:00Z", CREDITED);
    json_decref(rotate_ok(registry, "ONE", "{'slug':'TWO'}"));
    registry->now_ms += DAY_MS;
    sold(registry, "2", "TWO", "2026-05-29T20:00:00Z", CREDITED);
    json_decref(rotate_ok(registry, "TWO", "{'slug':'THREE'}"));
    sold(registry, "3", "ONE", "2026-05-29T20:00:00Z", CREDITED);
    sold(registry, "4", "THREE", "2026-05-29T21:00:00Z", OVER);
    sold(registry, "5", "ONE", "2026-05-29T21:00:00Z", OVER);
    set(registry, "THREE", "{'max_redemptions':7}");
    sold(registry, "6", "THREE", "2026-05-29T21:00:00Z", CREDITED);
}

static void what_cannot_be_rotated_says_why(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    const char *const codes[] = {
        "'slug':'OFF'",
        "'slug':'PAST','valid_until':'2026-05-01T00:00:00Z'",
        "'slug':'SOON','valid_from':'2026-07-01T00:00:00Z'",
        "'slug':'GOOD'",
        "'slug':'TAKEN'",
    };
    for (size_t i = 0; i < COUNT(codes); i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "{'campaign':'spring-trail','creator':'marie',%s}",
                       codes[i]);
        add(registry, code_add, text);
    }
    set(registry, "OFF", "{'state':'disabled'}");
    rotate_refused(registry, "NOBODYS", "{}", PROBLEM_NOT_FOUND, NULL, "no such code");
    rotate_refused(registry, "NOSUCH-7K2QF-9XW3B", "{}", PROBLEM_INVALID, NULL, "mistyped");
    rotate_refused(registry, "OFF", "{}", PROBLEM_CONFLICT, NULL, "OFF is disabled");
    rotate_refused(registry, "PAST", "{}", PROBLEM_CONFLICT, NULL, "PAST has expired");
    rotate_refused(registry, "SOON", "{}", PROBLEM_CONFLICT, NULL, "SOON is not valid yet");
    rotate_refused(registry, "GOOD", "{'slug':'TAKEN'}", PROBLEM_CONFLICT, "/slug", "TAKEN");
    rotate_refused(registry, "GOOD", "{'slug':'GOOD'}", PROBLEM_CONFLICT, "/slug", "GOOD");
    rotate_refused(registry, "GOOD", "{'slug':'X Y!'}", PROBLEM_INVALID, "/slug", NULL);
    rotate_refused(registry, "GOOD", "{'prefix':'A'}", PROBLEM_INVALID, "/prefix", NULL);
    rotate_refused(registry, "GOOD", "{'prefix':'AB','slug':'C'}", PROBLEM_INVALID, "/prefix",
                   NULL);
    rotate_refused(registry, "GOOD", "{'keep_days':-1}", PROBLEM_INVALID, "/keep_days", NULL);
    rotate_refused(registry, "GOOD", "{'keep_days':4000}", PROBLEM_INVALID, "/keep_days", NULL);
    rotate_refused(registry, "GOOD", "{'creator':'tom'}", PROBLEM_INVALID, "/creator", NULL);
    shown_as(registry, "GOOD", "{'replaced_by':null,'valid_until':null}");
    json_decref(rotate_ok(registry, "GOOD", "{'slug':'BETTER','keep_days':0}"));
    rotate_refused(registry, "GOOD", "{}", PROBLEM_CONFLICT, NULL,
                   "GOOD was replaced by BETTER already");
    shown_as(registry, "GOOD", "{'state':'expired','valid':false}");
}

static void its_end_can_be_set_again(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'LEAKED'}");
    json_decref(rotate_ok(registry, "LEAKED", "{'slug':'FRESH','keep_days':30}"));
    set(registry, "LEAKED", "{'valid_until':'2026-05-29T00:00:00Z'}");
    shown_as(registry, "LEAKED", "{'valid_until':'2026-05-29T00:00:00Z','replaced_by':'FRESH'}");
    sold(registry, "1", "LEAKED", "2026-05-28T23:59:59Z", CREDITED);
    sold(registry, "2", "LEAKED", "2026-05-29T00:00:00Z", NOBODYS);
}

static void a_limited_token_rotates_its_own(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'MARIE10'}");
    registry->scope_brand = SLICE("nordic");
    rotate_refused(registry, "MARIE10", "{}", PROBLEM_NOT_FOUND, NULL, NULL);
    registry->scope_brand = SLICE_NONE;
    add(registry, campaign_add,
        "{'campaign':'secret-launch','brand':'acme','target':'https://shop.example/','currency':"
        "'EUR','timezone':'UTC'}");
    add(registry, code_add, "{'campaign':'secret-launch','creator':'tom','slug':'LAUNCH'}");
    registry->scope_campaign = SLICE("spring-trail");
    rotate_refused(registry, "MARIE10", "{'slug':'launch'}", PROBLEM_CONFLICT, "/slug",
                   "launch is taken at that time: try launch2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(both_hold_for_some_days_then_one_does, live_seed),
        cmocka_unit_test_setup(a_signed_code_goes_on_with_its_prefix, live_seed),
        cmocka_unit_test_setup(one_limit_holds_for_all_of_them, live_seed),
        cmocka_unit_test_setup(what_cannot_be_rotated_says_why, live_seed),
        cmocka_unit_test_setup(its_end_can_be_set_again, live_seed),
        cmocka_unit_test_setup(a_limited_token_rotates_its_own, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
