#include "tests/unit/core/registry/orders.h"

#include "core/registry/conversion_view.h"
#include "core/registry/link_view.h"

static bool known; /* of the adapter below */
static int adder_of_orders(struct registry *registry, const json_t *input, json_t **ret_result,
                           struct problem *problem)
{
    return conversion_add(registry, input, ret_result, &known, problem);
}

static void evidence_decides(void **state)
{
    struct live *live = *state;
    char marie[45], tom[45], old[45], late[45], foreign[45], alien[45], forged[45];
    mint(live, "spring-trail", "m", DAY_MS, marie);
    mint(live, "spring-trail", "t", 3600000, tom);
    mint(live, "spring-trail", "m", 31 * DAY_MS, old);
    mint(live, "spring-trail", "m", -6 * 60000, late);
    mint(live, "spring-trail", "w", DAY_MS, foreign); /* our key, another campaign's link */
    mint(live, "winter-trail", "w", DAY_MS, alien);   /* another campaign's key */
    mint(live, "spring-trail", "m", DAY_MS, forged);
    forged[20] = forged[20] == 'A' ? 'B' : 'A';
    const struct {
        const char *name, *evidence, *click_id, *answer;
    } rows[] = {
        {"nothing", "", NULL, "{'credits':[],'assists':[],'unattributed':'no-evidence'}"},
        {"a click", ",'click_id':'%s'", marie,
         "{'credits':[{'creator':'marie','evidence':'click','share':1}],'unattributed':null}"},
        {"a list of one", ",'click_id':['%s']", marie,
         "{'credits':[{'creator':'marie','evidence':'click','share':1}]}"},
        {"a click and the same creator's code", ",'click_id':'%s','code':'marie 10'", marie,
         "{'credits':[{'creator':'marie','evidence':'both','share':1}],'assists':[]}"},
        {"a code", ",'code':'MARIE10'", NULL,
         "{'credits':[{'creator':'marie','evidence':'code','share':1}]}"},
        {"another's click under code-first", ",'click_id':'%s','code':'marie-io'", tom,
         "{'credits':[{'creator':'marie','evidence':'code','share':1}],"
         "'assists':[{'creator':'tom','evidence':'click','channel':'story'}]}"},
        {"too old", ",'click_id':'%s'", old, "{'credits':[],'unattributed':'late-click'}"},
        {"after the order", ",'click_id':'%s'", late,
         "{'credits':[],'unattributed':'click-after-conversion'}"},
        {"another campaign's link", ",'click_id':'%s'", foreign,
         "{'credits':[],'unattributed':'unknown-click-id'}"},
        {"another campaign's key", ",'click_id':'%s'", alien,
         "{'credits':[],'unattributed':'forged-click-id'}"},
        {"a flipped character", ",'click_id':'%s'", forged,
         "{'credits':[],'unattributed':'forged-click-id'}"},
        {"garbage", ",'click_id':'fbclid.1.x'", NULL,
         "{'credits':[],'unattributed':'forged-click-id'}"},
        {"an unknown code", ",'code':'NOPE'", NULL, "{'credits':[],'unattributed':'unknown-code'}"},
        {"no code at all by its letters", ",'code':'10 % off!'", NULL,
         "{'credits':[],'unattributed':'unknown-code'}"},
        {"another campaign's code", ",'code':'SNOW'", NULL,
         "{'credits':[],'unattributed':'unknown-code'}"},
        {"a code before its time", ",'code':'MARIE10','occurred_at':'2026-04-30T23:59:59Z'", NULL,
         "{'credits':[],'unattributed':'code-not-valid'}"},
        {"a code after its time", ",'code':'MARIE10','occurred_at':'2026-05-29T00:00:00Z'", NULL,
         "{'credits':[],'unattributed':'code-not-valid'}"},
        {"a code at its last moment",
         ",'code':'MARIE10','occurred_at':'2026-05-29T01:59:59.999+02:00'", NULL,
         "{'credits':[{'creator':'marie','evidence':'code','share':1}]}"},
        {"a mistyped code, as it is printed", ",'code':'MARIE-7K2QF-9XW3B'", NULL,
         "{'credits':[],'unattributed':'mistyped-code'}"},
        {"a long code of somebody's, none of ours", ",'code':'WINTERSALE2026'", NULL,
         "{'credits':[],'unattributed':'unknown-code'}"},
        {"empty strings", ",'code':'','click_id':''", NULL,
         "{'credits':[],'unattributed':'no-evidence'}"},
        {"a forged click beside a good code", ",'click_id':'x','code':'MARIE10'", NULL,
         "{'credits':[{'creator':'marie','evidence':'code','share':1}],'unattributed':null}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char format[512], order[64];
        (void)snprintf(order, sizeof order, "order %zu", i);
        (void)snprintf(format, sizeof format,
                       "{'campaign':'spring-trail','order_id':'%s','type':'sale'%s}", order,
                       rows[i].evidence);
        bool is_known = true;
        json_t *answer = convert(live, format, rows[i].click_id, &is_known);
        assert_false(is_known);
        expect_text(answer, "order_id", order);
        expect(answer, rows[i].answer);
        expect(answer, "{'campaign':'spring-trail','status':'approved'}");
        json_decref(answer);
    }
}

/* The same text, used again: another creator's, another campaign's of the brand, with a limit of its own. */
static void a_code_is_whose_it_is_at_the_time(void **state)
{
    struct live *live = *state;
    add(&live->registry, campaign_add,
        "{'campaign':'autumn-trail','brand':'acme','target':'https://shop.example/','currency':"
        "'EUR','timezone':'UTC'}");
    static const char *const codes[] = {
        "{'campaign':'spring-trail','creator':'tom','slug':'AGAIN','valid_until':"
        "'2026-02-01T00:00:00Z','max_redemptions':1}",
        "{'campaign':'autumn-trail','creator':'tom','slug':'AGAIN','valid_from':"
        "'2026-02-01T00:00:00Z','valid_until':'2026-03-01T00:00:00Z'}",
        "{'campaign':'spring-trail','creator':'marie','slug':'AGAIN','valid_from':"
        "'2026-03-01T00:00:00Z','max_redemptions':1}",
    };
    for (size_t i = 0; i < COUNT(codes); i++)
        add(&live->registry, code_add, codes[i]);
    static const struct {
        const char *campaign, *at, *answer;
    } rows[] = {
        {"spring-trail", "2026-01-01T00:00:00Z",
         "{'credits':[{'creator':'tom','evidence':'code','share':1}],'flags':[]}"},
        {"spring-trail", "2026-02-01T00:00:00Z", "{'credits':[],'unattributed':'code-not-valid'}"},
        {"autumn-trail", "2026-02-01T00:00:00Z",
         "{'credits':[{'creator':'tom','evidence':'code','share':1}],'flags':[]}"},
        {"autumn-trail", "2026-03-01T00:00:00Z", "{'credits':[],'unattributed':'code-not-valid'}"},
        {"spring-trail", "2026-03-01T00:00:00Z",
         "{'credits':[{'creator':'marie','evidence':'code','share':1}],'flags':[]}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char format[256];
        (void)snprintf(format, sizeof format,
                       "{'campaign':'%s','order_id':'%zu','type':'sale','code':'again',"
                       "'occurred_at':'%s'}",
                       rows[i].campaign, i, rows[i].at);
        bool is_known;
        json_t *answer = convert(live, format, NULL, &is_known);
        expect(answer, rows[i].answer);
        json_decref(answer);
    }
}

static void linear_shares_add_up(void **state)
{
    struct live *live = *state;
    json_t *rule = json_of("{'attribution':'linear'}"), *result = NULL;
    struct problem problem = {0};
    assert_int_equal(campaign_set(&live->registry, SLICE("spring-trail"), rule, &result, &problem),
                     0);
    json_decref(result);
    json_decref(rule);
    char marie[45], tom[45], format[512];
    mint(live, "spring-trail", "m", DAY_MS, marie);
    mint(live, "spring-trail", "t", 3600000, tom);
    (void)snprintf(format, sizeof format,
                   "{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'0.01',"
                   "'click_id':['%s','%s']}",
                   marie, tom);
    bool is_known;
    json_t *answer = convert(live, format, NULL, &is_known);
    expect(answer, "{'credits':[{'creator':'marie','evidence':'click','share':0.5},"
                   "{'creator':'tom','evidence':'click','share':0.5}]}");
    json_decref(answer);
}

static void bad_orders_are_refused_by_field(void **state)
{
    static const struct {
        const char *input, *pointer;
    } rows[] = {
        {"{'order_id':'1','type':'sale'}", "/campaign"},
        {"{'campaign':'nope','order_id':'1','type':'sale'}", "/campaign"},
        {"{'campaign':'spring-trail','type':'sale'}", "/order_id"},
        {"{'campaign':'spring-trail','order_id':'','type':'sale'}", "/order_id"},
        {"{'campaign':'spring-trail','order_id':1,'type':'sale'}", "/order_id"},
        {"{'campaign':'spring-trail','order_id':'a\\u0007b','type':'sale'}", "/order_id"},
        {"{'campaign':'spring-trail','order_id':'a\\u009bb','type':'sale'}", "/order_id"},
        {"{'campaign':'spring-trail','order_id':'"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','type':'sale'}",
         "/order_id"},
        {"{'campaign':'spring-trail','order_id':'1'}", "/type"},
        {"{'campaign':'spring-trail','order_id':'1','type':'Big Sale'}", "/type"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'-5'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'-0.00'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'19.999'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'19,90'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'1.234,56'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'1e3'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':' 5'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'+5'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'NaN'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':19.9}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':19}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'99999999999999999999'}",
         "/amount"},
        {"{'campaign':'winter-trail','order_id':'1','type':'sale','amount':'5.0'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','currency':'USD'}", "/currency"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','currency':'eur'}", "/currency"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','click_id':7}", "/click_id"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','click_id':[7]}", "/click_id"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','click_id':['a\\nb']}",
         "/click_id"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','click_id':{'a':1}}",
         "/click_id"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':''}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','occurred_at':''}",
         "/occurred_at"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','click_id':['']}", "/click_id"},
        {"{'campaign':'spring-trail','order_id':'1\\u0000','type':'sale'}", "/order_id"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'5\\u0000'}", "/amount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','code':['A']}", "/code"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','code':'a\\rb'}", "/code"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','occurred_at':'2026-05-28'}",
         "/occurred_at"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','occurred_at':'2026-05-28 "
         "10:00'}",
         "/occurred_at"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','occurred_at':"
         "'2026-05-29T20:26:40.001Z'}", /* a day ahead, and a millisecond */
         "/occurred_at"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','occurred_at':"
         "'2126-05-28T20:26:40Z'}",
         "/occurred_at"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','status':'paid'}", "/status"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','ammount':'5'}", "/ammount"},
        {"{'campaign':'spring-trail','order_id':'1','type':'sale','amount':'5','refunded':'1'}",
         "/refunded"},
        {"[{}]", NULL},
        {"'1'", NULL},
        {"null", NULL},
    };
    struct live *live = *state;
    for (size_t i = 0; i < COUNT(rows); i++)
        refuse(&live->registry, adder_of_orders, rows[i].input, PROBLEM_INVALID, rows[i].pointer);
    size_t count = 0;
    struct list_filter filter = {.campaign = SLICE_NONE};
    struct problem problem = {0};
    assert_int_equal(conversion_list(&live->registry, &filter, count_one, &count, &problem), 0);
    assert_int_equal(count, 0);
}

static void a_clock_may_be_a_day_ahead(void **state)
{
    struct live *live = *state;
    bool is_known;
    json_decref(convert(live,
                        "{'campaign':'spring-trail','order_id':'1','type':'sale',"
                        "'occurred_at':'2026-05-30T00:26:40+04:00'}",
                        NULL, &is_known));
    json_t *input = json_of("{'campaign':'spring-trail','order_id':'2','type':'sale',"
                            "'occurred_at':'2027-05-28T20:00:00Z'}");
    json_t *result = NULL;
    struct problem problem = {0};
    assert_int_equal(conversion_add(&live->registry, input, &result, &is_known, &problem),
                     JALON_INVALID);
    json_decref(input);
    assert_int_equal(problem_status(&problem), 422);
    assert_string_equal(problem.fields[0].detail,
                        "it is in the future (now: 2026-05-28T20:26:40Z): check its day, month "
                        "and year");
}

static void decimals_are_named_for_what_they_are(void **state)
{
    struct live *live = *state;
    add(&live->registry, campaign_add,
        "{'campaign':'tokyo','brand':'acme','target':'https://shop.example/','currency':'JPY',"
        "'timezone':'Asia/Tokyo'}");
    static const struct {
        const char *campaign, *detail;
    } rows[] = {
        {"tokyo", "JPY has no decimals: write a whole number"},
        {"spring-trail", "EUR has 2 decimals: write 2 or fewer"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[128];
        (void)snprintf(text, sizeof text,
                       "{'campaign':'%s','order_id':'1','type':'sale','amount':'50.005'}",
                       rows[i].campaign);
        json_t *input = json_of(text), *result = NULL;
        struct problem problem = {0};
        bool is_known;
        assert_int_equal(conversion_add(&live->registry, input, &result, &is_known, &problem),
                         JALON_INVALID);
        assert_string_equal(problem.fields[0].detail, rows[i].detail);
        json_decref(input);
    }
}

static void the_same_order_is_known(void **state)
{
    struct live *live = *state;
    char a[45], b[45], format[512];
    mint(live, "spring-trail", "m", DAY_MS, a);
    mint(live, "spring-trail", "t", 3600000, b);
    (void)snprintf(format, sizeof format,
                   "{'campaign':'spring-trail','order_id':'1042','type':'sale','amount':'19.90',"
                   "'currency':'EUR','click_id':['%s','%s'],'code':'MARIE10'}",
                   a, b);
    bool is_known;
    json_t *first = convert(live, format, NULL, &is_known);
    assert_false(is_known);
#define ORDER "'campaign':'spring-trail','order_id':'1042','type':'sale'"
    char others[512];
    (void)snprintf(others, sizeof others, "{" ORDER ",'click_id':['%s','%s']}", b, a);
    const char *const same[] = {
        format,
        others,
        "{" ORDER "}",
        "{" ORDER ",'amount':'19.9'}",
        "{" ORDER ",'code':'marie-io'}",
        "{" ORDER ",'code':' M A R I E 1 0 '}",
        "{" ORDER ",'status':'pending','occurred_at':'2020-01-01T00:00:00Z'}",
    };
    for (size_t i = 0; i < COUNT(same); i++) {
        json_t *again = convert(live, same[i], NULL, &is_known);
        assert_true(is_known);
        assert_true(json_equal(first, again));
        json_decref(again);
    }
    char fewer[256], more[512];
    (void)snprintf(fewer, sizeof fewer, "{" ORDER ",'click_id':'%s'}", a);
    (void)snprintf(more, sizeof more, "{" ORDER ",'click_id':['%s','%s','x']}", a, b);
    const struct {
        const char *input, *pointer;
    } others_rows[] = {
        {"{'campaign':'spring-trail','order_id':'1042','type':'lead'}", "/type"},
        {"{" ORDER ",'amount':'19.91'}", "/amount"},
        {"{" ORDER ",'amount':'0'}", "/amount"},
        {"{" ORDER ",'code':'MARIE11'}", "/code"},
        {fewer, "/click_id"},
        {more, "/click_id"},
        {"{" ORDER ",'click_id':'x'}", "/click_id"},
    };
    for (size_t i = 0; i < COUNT(others_rows); i++)
        refuse(&live->registry, adder_of_orders, others_rows[i].input, PROBLEM_CONFLICT,
               others_rows[i].pointer);
    /* An id is one order of its campaign only, and ids are bytes: case and spaces count. */
    static const char *const new[] = {
        "{'campaign':'winter-trail','order_id':'1042','type':'sale','amount':'5'}",
        "{'campaign':'spring-trail','order_id':'1042 ','type':'lead'}",
        "{'campaign':'spring-trail','order_id':'#1042/\u00e9\u4e2d','type':'lead'}",
    };
    for (size_t i = 0; i < COUNT(new); i++) {
        json_decref(convert(live, new[i], NULL, &is_known));
        assert_false(is_known);
    }
    json_decref(first);
}

static void a_late_amount_is_other_content(void **state)
{
    struct live *live = *state;
    bool is_known;
    json_decref(convert(live, "{'campaign':'spring-trail','order_id':'1','type':'signup'}", NULL,
                        &is_known));
    refuse(&live->registry, adder_of_orders,
           "{'campaign':'spring-trail','order_id':'1','type':'signup','amount':'5'}",
           PROBLEM_CONFLICT, "/amount");
    refuse(&live->registry, adder_of_orders,
           "{'campaign':'spring-trail','order_id':'1','type':'signup','code':'MARIE10'}",
           PROBLEM_CONFLICT, "/code");
}

static json_t *set_status(struct live *live, const char *order, const char *status,
                          enum problem_kind kind)
{
    json_t *result = NULL;
    struct problem problem = {0};
    int err = conversion_set_status(&live->registry, SLICE("spring-trail"), slice_of_string(order),
                                    slice_of_string(status), &result, &problem);
    if (kind != PROBLEM_NONE)
        expect_problem(status, err, &problem, kind, NULL);
    else
        assert_int_equal(err, JALON_OK);
    return result;
}

static void status_goes_one_way(void **state)
{
    struct live *live = *state;
    bool is_known;
    json_decref(
        convert(live, "{'campaign':'spring-trail','order_id':'1','type':'sale','status':'pending'}",
                NULL, &is_known));
    static const struct {
        const char *status;
        enum problem_kind kind;
    } rows[] = {
        {"pending", PROBLEM_NONE},      {"refunded", PROBLEM_INVALID}, {"paid", PROBLEM_INVALID},
        {"", PROBLEM_INVALID},          {"approved", PROBLEM_NONE},    {"approved", PROBLEM_NONE},
        {"pending", PROBLEM_CONFLICT},  {"cancelled", PROBLEM_NONE},   {"cancelled", PROBLEM_NONE},
        {"approved", PROBLEM_CONFLICT}, {"pending", PROBLEM_CONFLICT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *result = set_status(live, "1", rows[i].status, rows[i].kind);
        if (rows[i].kind == PROBLEM_NONE)
            expect_text(result, "status", rows[i].status);
        json_decref(result);
    }
    assert_null(set_status(live, "2", "approved", PROBLEM_NOT_FOUND));
    assert_null(set_status(live, "", "approved", PROBLEM_NOT_FOUND));
    assert_null(set_status(live, "\x01", "approved", PROBLEM_NOT_FOUND));
}

static void disabled_and_used_up_codes_are_flagged_and_credited(void **state)
{
    struct live *live = *state;
    add(&live->registry, code_add,
        "{'campaign':'spring-trail','creator':'tom','slug':'TWICE','max_redemptions':2}");
    static const char *const answers[] = {"{'flags':[]}", "{'flags':[]}",
                                          "{'flags':['code-over-limit']}"};
    bool is_known;
    for (size_t i = 0; i < COUNT(answers); i++) {
        char format[128];
        (void)snprintf(format, sizeof format,
                       "{'campaign':'spring-trail','order_id':'%zu','type':'sale','code':'twice'}",
                       i);
        json_decref(convert(live, format, NULL, &is_known));
        json_t *answer = convert(live, format, NULL, &is_known); /* a retry is no redemption */
        assert_true(is_known);
        expect(answer, answers[i]);
        expect(answer, "{'credits':[{'creator':'tom','evidence':'code','share':1}]}");
        json_decref(answer);
    }
    json_t *changes = json_of("{'state':'disabled'}"), *result = NULL;
    struct problem problem = {0};
    assert_int_equal(
        code_set(&live->registry, SLICE("TWICE"), SLICE_NONE, changes, &result, &problem), 0);
    json_decref(result);
    json_decref(changes);
    json_t *answer =
        convert(live, "{'campaign':'spring-trail','order_id':'9','type':'sale','code':'TWICE'}",
                NULL, &is_known);
    expect(answer, "{'flags':['code-disabled','code-over-limit'],'unattributed':null}");
    json_decref(answer);
}

static size_t count_listed(struct live *live, const char *from, const char *to)
{
    struct list_filter filter = {
        .campaign = SLICE("spring-trail"),
        .from = slice_of_string(from),
        .to = slice_of_string(to),
    };
    struct problem problem = {0};
    size_t count = 0;
    assert_int_equal(conversion_list(&live->registry, &filter, count_one, &count, &problem), 0);
    return count;
}

static void orders_are_listed_by_time(void **state)
{
    struct live *live = *state;
    bool is_known;
    static const char *const times[] = {"2026-05-02T21:59:59Z", "2026-05-01T22:00:00Z",
                                        "2026-05-02T22:00:00Z"};
    for (size_t i = 0; i < COUNT(times); i++) {
        char format[160];
        (void)snprintf(format, sizeof format,
                       "{'campaign':'spring-trail','order_id':'%zu','type':'sale','amount':'1.5',"
                       "'occurred_at':'%s','code':'marie10'}",
                       i, times[i]);
        json_decref(convert(live, format, NULL, &is_known));
    }
    json_t *last = NULL;
    struct list_filter filter = {.creator = SLICE("tom")};
    struct problem problem = {0};
    assert_int_equal(conversion_list(&live->registry, &filter, keep_last, &last, &problem), 0);
    assert_null(last);
    filter.creator = SLICE("marie");
    assert_int_equal(conversion_list(&live->registry, &filter, keep_last, &last, &problem), 0);
    expect(last, "{'order_id':'2','amount':'1.50','currency':'EUR','type':'sale','click_id':[],"
                 "'code':'marie10','occurred_at':'2026-05-02T22:00:00Z','refunded':'0.00',"
                 "'refunds':[],'status':'approved','created_at':'2026-05-28T20:26:40Z'}");
    json_decref(last);
    /* Paris is two hours ahead in May: 2 May is 22:00Z to 22:00Z. */
    assert_int_equal(count_listed(live, "2026-05-02", "2026-05-02"), 2);
    assert_int_equal(count_listed(live, "2026-05-03", NULL), 1);
    assert_int_equal(count_listed(live, NULL, "2026-05-01"), 0);
    assert_int_equal(count_listed(live, "2026-05-01T22:00:00Z", "2026-05-02T21:59:59Z"), 1);
    assert_int_equal(count_listed(live, NULL, NULL), 3);
    filter = (struct list_filter){.campaign = SLICE("spring-trail"), .from = SLICE("yesterday")};
    size_t count = 0;
    int err = conversion_list(&live->registry, &filter, count_one, &count, &problem);
    expect_problem("yesterday", err, &problem, PROBLEM_INVALID, "/from");
}

static void a_limit_hides_other_brands_orders(void **state)
{
    struct live *live = *state;
    bool is_known;
    json_decref(
        convert(live, "{'campaign':'spring-trail','order_id':'1','type':'sale'}", NULL, &is_known));
    live->registry.scope_brand = SLICE("nordic");
    refuse(&live->registry, adder_of_orders,
           "{'campaign':'spring-trail','order_id':'2','type':'sale'}", PROBLEM_NOT_FOUND,
           "/campaign");
    assert_null(set_status(live, "1", "cancelled", PROBLEM_NOT_FOUND));
}

static struct store *open_second(struct live *live, const char *folder)
{
    char redis[96];
    (void)snprintf(redis, sizeof redis, "unix:%s", live->server.socket);
    struct store_options options = {.folder = folder, .redis = redis, .timeout_ms = 5000};
    struct problem problem = {0};
    struct store *store;
    assert_int_equal(store_open(&store, &options, &problem), JALON_OK);
    return store;
}

/* Whoever recorded it may have died before its log was synced; who answers for it now has it in a log. */
static void an_order_that_comes_again_is_in_the_log(void **state)
{
    static const char order[] =
        "{'campaign':'spring-trail','order_id':'1','type':'sale','code':'marie10',"
        "'occurred_at':'2026-05-02T22:00:00Z'}";
    struct live *live = *state, second = *live;
    char folder[96], seen[128];
    bool is_known;
    json_decref(convert(live, order, NULL, &is_known));
    (void)snprintf(folder, sizeof folder, "%s/second", live->server.folder);
    (void)snprintf(seen, sizeof seen, "%s/redo/seen", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    second.registry.store = open_second(live, folder);
    json_decref(convert(&second, order, NULL, &is_known));
    assert_true(is_known);
    store_free(second.registry.store);

    redisContext *redis = redis_server_connect(&live->server);
    freeReplyObject(redisCommand(redis, "FLUSHALL"));
    assert_int_equal(unlink(seen), 0);
    store_free(open_second(live, folder)); /* replays */
    redisReply *keys = redisCommand(redis, "KEYS jalon:{b.*");
    assert_int_equal(keys->elements,
                     3); /* the order, its time, and what it takes of the code's limit */
    freeReplyObject(keys);
    redisFree(redis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(evidence_decides, seed_links),
        cmocka_unit_test_setup(a_code_is_whose_it_is_at_the_time, seed_links),
        cmocka_unit_test_setup(linear_shares_add_up, seed_links),
        cmocka_unit_test_setup(bad_orders_are_refused_by_field, seed_links),
        cmocka_unit_test_setup(a_clock_may_be_a_day_ahead, seed_links),
        cmocka_unit_test_setup(decimals_are_named_for_what_they_are, seed_links),
        cmocka_unit_test_setup(the_same_order_is_known, seed_links),
        cmocka_unit_test_setup(a_late_amount_is_other_content, seed_links),
        cmocka_unit_test_setup(status_goes_one_way, seed_links),
        cmocka_unit_test_setup(disabled_and_used_up_codes_are_flagged_and_credited, seed_links),
        cmocka_unit_test_setup(orders_are_listed_by_time, seed_links),
        cmocka_unit_test_setup(a_limit_hides_other_brands_orders, seed_links),
        cmocka_unit_test_setup(an_order_that_comes_again_is_in_the_log, seed_links),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
