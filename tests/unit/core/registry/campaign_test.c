#include "tests/unit/core/registry/live.h"

#include "core/registry/campaign.h"

static void campaign_is_shown_as_it_was_added(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *added =
        add_ok(registry, campaign_add,
               "{'campaign':'c','brand':'acme','target':'https://shop.example/','currency':'EUR',"
               "'timezone':'America/New_York','start':'2026-03-01','end':'2026-03-31',"
               "'utm_source':'a b','allow_host':['x.example','*.y.example'],'fallback':null}");
    expect(added, "{'campaign':'c','brand':'acme','kind':'content','attribution':'code-first',"
                  "'window':'30d','goal':'sale','click_param':'jclid','duplicate_window':'10s',"
                  "'start':'2026-03-01','utm_source':'a b','utm_medium':null,'fallback':null,"
                  "'created_at':'2026-05-28T20:26:40Z'}");
    json_t *shown = NULL;
    struct problem problem = {0};
    assert_int_equal(campaign_show(registry, SLICE("c"), &shown, &problem), JALON_OK);
    assert_true(json_equal(added, shown));
    json_decref(added);
    json_decref(shown);
}

/* Moments from python: datetime(2026, 3, 1, tzinfo=ZoneInfo("America/New_York")).timestamp(), and 1 April
 * (summer time has begun by then). */
static void days_are_the_zones_days(void **state)
{
    struct live *live = *state;
    add(&live->registry, campaign_add,
        "{'campaign':'c','brand':'acme','target':'https://shop.example/','currency':'EUR',"
        "'timezone':'America/New_York','start':'2026-03-01','end':'2026-03-31'}");
    struct campaign_view view;
    struct problem problem = {0};
    assert_int_equal(campaign_get(live->store, &view, SLICE("c"), &problem), JALON_OK);
    assert_int_equal(view.start_ms, INT64_C(1772341200000));
    assert_int_equal(view.end_ms, INT64_C(1775016000000));
    campaign_view_done(&view);

    json_t *result = NULL, *changes = json_of("{'timezone':'UTC','end':null}");
    assert_int_equal(campaign_set(&live->registry, SLICE("c"), changes, &result, &problem), 0);
    expect(result, "{'timezone':'UTC','end':null}");
    json_decref(result);
    json_decref(changes);
    assert_int_equal(campaign_get(live->store, &view, SLICE("c"), &problem), JALON_OK);
    assert_int_equal(view.start_ms, INT64_C(1772323200000));
    assert_int_equal(view.end_ms, 0);
    campaign_view_done(&view);
}

#define BASE                                                                                       \
    "'campaign':'c','brand':'acme','target':'https://a.example/"                                   \
    "','currency':'EUR','timezone':'UTC'"

static void bad_campaigns_are_refused_by_field(void **state)
{
    static const struct {
        const char *input, *pointer;
    } rows[] = {
        {"{'campaign':'C',"
         "'brand':'a','target':'https://a.example/','currency':'EUR','timezone':'UTC'}",
         "/campaign"},
        {"{'brand':'a','target':'https://a.example/','currency':'EUR','timezone':'UTC'}",
         "/campaign"},
        {"{'campaign':'c','brand':'A "
         "B','target':'https://a.example/','currency':'EUR','timezone':'UTC'}",
         "/brand"},
        {"{'campaign':'c','brand':'a','target':'javascript:alert(1)','currency':'EUR','timezone':'"
         "UTC'}",
         "/target"},
        {"{'campaign':'c','brand':'a','target':'https://a.example/"
         "\\u0001','currency':'EUR','timezone':'UTC'}",
         "/target"},
        {"{'campaign':'c','brand':'a','target':'//a.example/','currency':'EUR','timezone':'UTC'}",
         "/target"},
        {"{'campaign':'c','brand':'a','target':'https://a.example/"
         "','currency':'eur','timezone':'UTC'}",
         "/currency"},
        {"{'campaign':'c','brand':'a','target':'https://a.example/"
         "','currency':'XYZ','timezone':'UTC'}",
         "/currency"},
        {"{'campaign':'c','brand':'a','target':'https://a.example/"
         "','currency':'EUR','timezone':'Mars/Base'}",
         "/timezone"},
        {"{'campaign':'c','brand':'a','target':'https://a.example/"
         "','currency':'EUR','timezone':'../UTC'}",
         "/timezone"},
        {"{" BASE ",'kind':'tv'}", "/kind"},
        {"{" BASE ",'start':'2026-02-30'}", "/start"},
        {"{" BASE ",'start':'2026-02-03T00:00:00Z'}", "/start"},
        {"{" BASE ",'start':'2026-02-03','end':'2026-02-02'}", "/end"},
        {"{" BASE ",'attribution':'best'}", "/attribution"},
        {"{" BASE ",'window':'30'}", "/window"},
        {"{" BASE ",'window':'0d'}", "/window"},
        {"{" BASE ",'window':'-1d'}", "/window"},
        {"{" BASE ",'window':'99999999999999999999d'}", "/window"},
        {"{" BASE ",'window':30}", "/window"},
        {"{" BASE ",'goal':'Sale'}", "/goal"},
        {"{" BASE ",'allow_host':['https://x.example']}", "/allow_host"},
        {"{" BASE ",'allow_host':['*']}", "/allow_host"},
        {"{" BASE ",'allow_host':['x.example:80']}", "/allow_host"},
        {"{" BASE ",'allow_host':['a b']}", "/allow_host"},
        {"{" BASE ",'allow_host':{}}", "/allow_host"},
        {"{" BASE ",'utm_source':'a\\nb'}", "/utm_source"},
        {"{" BASE ",'fallback':'ftp://a.example/'}", "/fallback"},
        {"{" BASE ",'click_param':'j clid'}", "/click_param"},
        {"{" BASE ",'click_param':'utm_source'}", "/click_param"},
        {"{" BASE ",'duplicate_window':'soon'}", "/duplicate_window"},
        {"{" BASE ",'colour':'red'}", "/colour"},
        {"{" BASE ",'brand\\n':'red'}", "/"},
        {"[]", NULL},
        {"'c'", NULL},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    for (size_t i = 0; i < COUNT(rows); i++)
        refuse(registry, campaign_add, rows[i].input, PROBLEM_INVALID, rows[i].pointer);
    size_t count = 0;
    struct problem problem = {0};
    assert_int_equal(campaign_list(registry, count_one, &count, &problem), JALON_OK);
    assert_int_equal(count, 0);
}

static void set(struct registry *registry, const char *changes, int err, enum problem_kind kind,
                const char *pointer)
{
    json_t *json = json_of(changes), *result = NULL;
    struct problem problem = {0};
    int got = campaign_set(registry, SLICE("spring-trail"), json, &result, &problem);
    if (err)
        expect_problem(changes, got, &problem, kind, pointer);
    else
        problem_print(&problem);
    if (!err)
        assert_int_equal(got, 0);
    json_decref(result);
    json_decref(json);
}

static void what_is_fixed_stays(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    set(registry, "{'brand':'other'}", 1, PROBLEM_INVALID, "/brand");
    set(registry, "{'campaign':'other'}", 1, PROBLEM_INVALID, "/campaign");
    set(registry, "{'target':null}", 1, PROBLEM_INVALID, "/target");
    set(registry, "{'start':'2026-05-02','end':'2026-05-01'}", 1, PROBLEM_INVALID, "/end");
    set(registry, "{'nonsense':1}", 1, PROBLEM_INVALID, "/nonsense");
    set(registry, "{'currency':'USD'}", 0, PROBLEM_NONE, NULL);
    set(registry, "{'currency':'EUR','kind':null}", 0, PROBLEM_NONE, NULL);
}

static void currency_stays_once_there_is_money(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *order = json_of("{'campaign':'spring-trail','order_id':'1','type':'sale'}");
    json_t *result = NULL;
    bool is_known;
    struct problem problem = {0};
    assert_int_equal(conversion_add(registry, order, &result, &is_known, &problem), 0);
    json_decref(result);
    json_decref(order);
    set(registry, "{'currency':'USD'}", 1, PROBLEM_INVALID, "/currency");
    set(registry, "{'currency':'EUR'}", 0, PROBLEM_NONE, NULL);
}

static void check_rule(const struct campaign_view *view, int64_t before_ms,
                       enum attribution_rule attribution, int64_t days)
{
    struct campaign_rule rule = campaign_view_rule(view, before_ms);
    assert_int_equal(rule.attribution, attribution);
    assert_int_equal(rule.window_ms, days * 24 * 3600 * 1000);
}

/* What is set at a moment holds from that moment on: just before it the one before did. */
static void replaced_rules_are_remembered(void **state)
{
    struct live *live = *state;
    set(&live->registry, "{'attribution':'linear'}", 0, PROBLEM_NONE, NULL);
    set(&live->registry, "{'attribution':'linear','window':'720h'}", 0, PROBLEM_NONE, NULL);
    live->registry.now_ms += 1000;
    set(&live->registry, "{'window':'7d','attribution':null}", 0, PROBLEM_NONE, NULL);
    live->registry.now_ms -= 5000; /* a clock set back */
    set(&live->registry, "{'attribution':'first-click','goal':'lead'}", 0, PROBLEM_NONE, NULL);
    set(&live->registry, "{'earlier_rules':[]}", 1, PROBLEM_INVALID, "/earlier_rules");
    struct campaign_view view;
    struct problem problem = {0};
    assert_int_equal(campaign_get(live->store, &view, SLICE("spring-trail"), &problem), 0);
    assert_int_equal(view.earlier_rule_count, 3);
    check_rule(&view, INT64_MIN, RULE_CODE_FIRST, 30);
    check_rule(&view, NOW_MS, RULE_CODE_FIRST, 30);
    check_rule(&view, NOW_MS + 1, RULE_LINEAR, 30);
    check_rule(&view, NOW_MS + 1000, RULE_LINEAR, 30);
    check_rule(&view, NOW_MS + 1001, RULE_FIRST_CLICK, 7);
    check_rule(&view, INT64_MAX, RULE_FIRST_CLICK, 7);
    campaign_view_done(&view);
}

static void there_is_one_of_a_slug(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    refuse(registry, campaign_add, SPRING_TRAIL, PROBLEM_CONFLICT, NULL);
    json_t *result = NULL;
    struct problem problem = {0};
    int err = campaign_show(registry, SLICE("nope"), &result, &problem);
    expect_problem("nope", err, &problem, PROBLEM_NOT_FOUND, NULL);
    problem = (struct problem){0};
    err = campaign_show(registry, SLICE("No Such/Name"), &result, &problem);
    expect_problem("bad name", err, &problem, PROBLEM_NOT_FOUND, NULL);
}

static void a_limit_hides_the_rest(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *result = NULL;
    struct problem problem = {0};
    size_t count = 0;
    registry->scope_brand = SLICE("nordic");
    assert_int_equal(campaign_list(registry, count_one, &count, &problem), 0);
    assert_int_equal(count, 1);
    int err = campaign_show(registry, SLICE("spring-trail"), &result, &problem);
    expect_problem("show", err, &problem, PROBLEM_NOT_FOUND, NULL);
    refuse(registry, campaign_add,
           "{'campaign':'x','brand':'acme','target':'https://a.example/','currency':'EUR',"
           "'timezone':'UTC'}",
           PROBLEM_NOT_FOUND, NULL);
    set(registry, "{'kind':'ads'}", 1, PROBLEM_NOT_FOUND, NULL);
    refuse(registry, creator_add, "{'creator':'zoe'}", PROBLEM_NOT_FOUND, NULL);
}

static void view_is_what_a_redirect_needs(void **state)
{
    struct live *live = *state;
    set(&live->registry, "{'utm_source':'marie & tom','window':'12h','attribution':'linear'}", 0,
        PROBLEM_NONE, NULL);
    struct campaign_view view;
    struct problem problem = {0};
    assert_int_equal(campaign_get(live->store, &view, SLICE("spring-trail"), &problem), 0);
    assert_true(slice_is(view.slug, "spring-trail"));
    assert_int_equal(view.utm_count, 1);
    assert_true(slice_is(view.utm[0].name, "utm_source"));
    assert_true(slice_is(view.utm[0].value, "marie%20%26%20tom"));
    assert_int_equal(view.window_ms, 12 * 3600 * 1000);
    assert_int_equal(view.duplicate_window_ms, 10000);
    assert_int_equal(view.attribution, RULE_LINEAR);
    assert_int_equal(view.exponent, 2);
    assert_true(campaign_view_allows_host(&view, SLICE("shop.example")));
    assert_true(campaign_view_allows_host(&view, SLICE("www.acme.example")));
    assert_false(campaign_view_allows_host(&view, SLICE("acme.example")));
    assert_false(campaign_view_allows_host(&view, SLICE("evil-acme.example")));
    assert_false(campaign_view_allows_host(&view, SLICE("shop.example.evil.test")));
    campaign_view_done(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(campaign_is_shown_as_it_was_added, live_clear),
        cmocka_unit_test_setup(days_are_the_zones_days, live_clear),
        cmocka_unit_test_setup(bad_campaigns_are_refused_by_field, live_clear),
        cmocka_unit_test_setup(what_is_fixed_stays, live_seed),
        cmocka_unit_test_setup(currency_stays_once_there_is_money, live_seed),
        cmocka_unit_test_setup(replaced_rules_are_remembered, live_seed),
        cmocka_unit_test_setup(there_is_one_of_a_slug, live_seed),
        cmocka_unit_test_setup(a_limit_hides_the_rest, live_seed),
        cmocka_unit_test_setup(view_is_what_a_redirect_needs, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
