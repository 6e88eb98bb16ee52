#include "tests/unit/core/registry/live.h"

#include "core/registry/noun_values.h"

struct heard {
    size_t bad_count, rows[8], progress_count;
    char pointers[8][64];
    enum problem_kind kinds[8];
};

static void hear_bad(void *context, size_t row, const struct problem *problem)
{
    struct heard *heard = context;
    if (heard->bad_count < COUNT(heard->rows)) {
        heard->rows[heard->bad_count] = row;
        heard->kinds[heard->bad_count] = problem->kind;
        if (problem->field_count)
            memcpy(heard->pointers[heard->bad_count], problem->fields[0].pointer, 64);
    }
    heard->bad_count++;
}

static void hear_progress(void *context, size_t done, size_t total)
{
    struct heard *heard = context;
    assert_true(done <= total);
    heard->progress_count++;
}

static int read_row(void *context, size_t index, struct noun_values *values)
{
    json_t **rows = context;
    return noun_values_put_json(values, rows[index]);
}

static int import_rows(struct live *live, const char *noun, json_t **rows, size_t count,
                       const struct import_options *options, struct import_result *ret_result,
                       struct problem *problem)
{
    const struct import_rows all = {.count = count, .read = read_row, .context = rows};
    return registry_import(&live->registry, noun, &all, options, ret_result, problem);
}

struct run {
    int err;
    struct import_result result;
    struct heard heard;
    struct problem problem;
};

/* Rows as a JSON list. */
static struct run run(struct live *live, const char *noun, const char *rows, bool is_skip_bad,
                      bool is_replace)
{
    struct run done = {0};
    json_t *list = json_of(rows), *items[64];
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++)
        items[i] = json_array_get(list, i);
    struct import_options options = {
        .is_skip_bad = is_skip_bad,
        .is_replace = is_replace,
        .report_bad = hear_bad,
        .progress = hear_progress,
        .context = &done.heard,
    };
    done.err = import_rows(live, noun, items, count, &options, &done.result, &done.problem);
    json_decref(list);
    return done;
}

static void expect_counts(const struct run *done, size_t added, size_t changed, size_t known_rows,
                          size_t bad)
{
    problem_print(&done->problem);
    assert_int_equal(done->err, JALON_OK);
    assert_int_equal(done->result.added, added);
    assert_int_equal(done->result.changed, changed);
    assert_int_equal(done->result.known, known_rows);
    assert_int_equal(done->result.bad, bad);
}

static size_t count_orders(struct live *live)
{
    struct list_filter filter = {.campaign = SLICE_NONE};
    struct problem problem = {0};
    size_t count = 0;
    assert_int_equal(conversion_list(&live->registry, &filter, count_one, &count, &problem), 0);
    return count;
}

#define ORDER(id, rest) "{'campaign':'spring-trail','order_id':'" id "','type':'sale'" rest "}"

static void one_bad_row_writes_nothing(void **state)
{
    struct live *live = *state;
    static const struct {
        const char *bad, *pointer;
    } rows[] = {
        {ORDER("2", ",'amount':'1.999'"), "/amount"},
        {ORDER("2", ",'amount':'-1'"), "/amount"},
        {ORDER("2", ",'currency':'USD'"), "/currency"},
        {ORDER("1", ",'amount':'6'"), "/amount"}, /* the first row's order, with other content */
        {"{'campaign':'nope','order_id':'2','type':'sale'}", "/campaign"},
        {"{'campaign':'spring-trail','type':'sale'}", "/order_id"},
        {ORDER("2", ",'colour':'red'"), "/colour"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char list[1024];
        (void)snprintf(list, sizeof list, "[%s,%s,%s]", ORDER("1", ",'amount':'5'"), rows[i].bad,
                       ORDER("3", ""));
        struct run done = run(live, "conversion", list, false, false);
        expect_problem(list, done.err, &done.problem, PROBLEM_INVALID, NULL);
        assert_int_equal(done.heard.bad_count, 1);
        assert_int_equal(done.heard.rows[0], 1);
        assert_string_equal(done.heard.pointers[0], rows[i].pointer);
        assert_int_equal(count_orders(live), 0);
    }
}

static void skipping_leaves_bad_rows_out(void **state)
{
    struct live *live = *state;
    struct run done = run(
        live, "conversion",
        "[" ORDER("1", "") "," ORDER("2", ",'amount':'x'") "," ORDER("3", "") ",7]", true, false);
    expect_counts(&done, 2, 0, 0, 2);
    assert_int_equal(count_orders(live), 2);
    assert_int_equal(done.heard.rows[0], 1);
    assert_int_equal(done.heard.rows[1], 3);
    assert_true(done.heard.progress_count > 0);
}

static void equal_rows_are_known(void **state)
{
    struct live *live = *state;
    const char *rows = "[" ORDER("1", ",'amount':'5'") "," ORDER("1", ",'amount':'5.00'") "," ORDER(
        "1", "") "," ORDER("2", "") "]";
    struct run done = run(live, "conversion", rows, false, false);
    expect_counts(&done, 2, 0, 2, 0);
    done = run(live, "conversion", rows, false, false);
    expect_counts(&done, 0, 0, 4, 0);
    assert_int_equal(count_orders(live), 2);
    done = run(live, "conversion", "[" ORDER("1", ",'amount':'7'") "]", true, false);
    expect_counts(&done, 0, 0, 0, 1);
    assert_int_equal(done.heard.kinds[0], PROBLEM_CONFLICT);
}

#define TWICE ",'code':'TWICE'"

/* A limit of two, and five orders in one file: three are flagged. */
static void limits_hold_within_a_file(void **state)
{
    struct live *live = *state;
    add(&live->registry, code_add,
        "{'campaign':'spring-trail','creator':'tom','slug':'TWICE','max_redemptions':2}");
    struct run done =
        run(live, "conversion",
            "[" ORDER("1", ",'code':'twice'") "," ORDER("2", TWICE) "," ORDER("2", TWICE) "," ORDER(
                "3", TWICE) "," ORDER("4", TWICE) "," ORDER("5", TWICE) "]",
            false, false);
    expect_counts(&done, 5, 0, 1, 0);
    bool is_known;
    static const char *const flags[] = {
        "{'flags':[]}", "{'flags':[]}", "{'flags':['code-over-limit']}",
        "{'flags':['code-over-limit']}", "{'flags':['code-over-limit']}"};
    for (size_t i = 0; i < COUNT(flags); i++) {
        json_t *input = json_pack("{s:s, s:o, s:s}", "campaign", "spring-trail", "order_id",
                                  json_sprintf("%zu", i + 1), "type", "sale");
        json_t *answer = NULL;
        struct problem problem = {0};
        assert_int_equal(conversion_add(&live->registry, input, &answer, &is_known, &problem), 0);
        assert_true(is_known);
        expect(answer, flags[i]);
        json_decref(answer);
        json_decref(input);
    }
}

static void creators_are_brought_up_to_date(void **state)
{
    struct live *live = *state;
    struct run done = run(live, "creator",
                          "[{'creator':'marie','followers':13000},{'creator':'tom'},"
                          "{'creator':'zoe','name':'Zo\u00eb','niche':['a','b']},"
                          "{'creator':'zoe','followers':1}]",
                          false, false);
    expect_counts(&done, 1, 2, 1, 0);
    json_t *thing = NULL;
    struct problem problem = {0};
    assert_int_equal(creator_show(&live->registry, SLICE("marie"), &thing, &problem), 0);
    expect(thing, "{'followers':13000,'name':'Marie','platform':'instagram'}");
    json_decref(thing);
    assert_int_equal(creator_show(&live->registry, SLICE("zoe"), &thing, &problem), 0);
    expect(thing, "{'followers':1,'name':'Zo\u00eb'}");
    json_decref(thing);
}

static void links_get_codes_of_their_own(void **state)
{
    struct live *live = *state;
    const char *rows = "[{'campaign':'spring-trail','creator':'marie'},"
                       "{'campaign':'spring-trail','creator':'marie'},"
                       "{'campaign':'spring-trail','creator':'tom','slug':'tom-trail'},"
                       "{'campaign':'spring-trail','creator':'tom','slug':'Tom-Trail'}]";
    struct run done = run(live, "link", rows, false, false);
    expect_counts(&done, 3, 0, 1, 0);
    done = run(live, "link", rows, false, false);
    expect_counts(&done, 0, 0, 4, 0); /* each row finds the link that it made */
    done = run(live, "link",
               "[{'campaign':'spring-trail','creator':'marie'},"
               "{'campaign':'spring-trail','creator':'marie'},"
               "{'campaign':'spring-trail','creator':'marie'},"
               "{'campaign':'spring-trail','creator':'marie','channel':'bio'},"
               "{'campaign':'spring-trail','creator':'tom'}]",
               false, false);
    expect_counts(&done, 3, 0, 2, 0);
    done = run(live, "link",
               "[{'campaign':'spring-trail','creator':'marie','slug':'tom-trail'},"
               "{'campaign':'spring-trail','creator':'marie','target':'https://evil.example/'},"
               "{'campaign':'spring-trail','creator':'marie'}]",
               false, false);
    expect_problem("taken", done.err, &done.problem, PROBLEM_INVALID, NULL);
    assert_int_equal(done.heard.bad_count, 2);
    struct list_filter filter = {.campaign = SLICE_NONE};
    struct problem problem = {0};
    size_t count = 0;
    assert_int_equal(link_list(&live->registry, &filter, count_one, &count, &problem), 0);
    assert_int_equal(count, 6);
}

static void costs_are_replaced_on_request_only(void **state)
{
    struct live *live = *state;
#define COST(fee)                                                                                  \
    "{'campaign':'spring-trail','creator':'marie','date':'2026-05-01','fee':'" fee "'}"
    struct run done = run(live, "cost", "[" COST("250") "," COST("250.00") "]", false, false);
    expect_counts(&done, 1, 0, 1, 0);
    done = run(live, "cost", "[" COST("251") "]", false, false);
    expect_problem("another", done.err, &done.problem, PROBLEM_INVALID, NULL);
    done = run(live, "cost", "[" COST("251") "," COST("252") "]", false, true);
    expect_counts(&done, 0, 2, 0, 0);
    done = run(live, "cost", "[" COST("252") "]", false, false);
    expect_counts(&done, 0, 0, 1, 0);
}

static void posts_grow(void **state)
{
    struct live *live = *state;
#define POST(at, n)                                                                                \
    "{'campaign':'spring-trail','creator':'marie','url':'https://i.example/1','published_at':"     \
    "'2026-05-01T00:00:00Z','taken_at':'" at "','impressions':" n "}"
    struct run done =
        run(live, "post",
            "[" POST("2026-05-02T00:00:00Z", "10") "," POST("2026-05-03T00:00:00Z", "20") "," POST(
                "2026-05-03T00:00:00Z", "20") "]",
            false, false);
    expect_counts(&done, 1, 1, 1, 0);
}

static void what_cannot_be_imported_is_told(void **state)
{
    struct live *live = *state;
    static const char *const nouns[] = {"token", "campaign", "code", "", "orders"};
    for (size_t i = 0; i < COUNT(nouns); i++) {
        struct run done = run(live, nouns[i], "[{}]", false, false);
        expect_problem(nouns[i], done.err, &done.problem, PROBLEM_INVALID, NULL);
    }
    struct run done = run(live, "conversion", "[]", false, false);
    expect_counts(&done, 0, 0, 0, 0);
}

/* More rows than a window and a batch hold. */
static void thousands_of_orders_come_in_windows(void **state)
{
    enum { ROWS = 2500 };
    struct live *live = *state;
    json_t **rows = calloc(ROWS, sizeof *rows);
    for (int i = 0; i < ROWS; i++)
        rows[i] = json_pack("{s:s, s:o, s:s, s:s}", "campaign", "spring-trail", "order_id",
                            json_sprintf("%d", i % 2000), "type", "sale", "amount", "1.5");
    struct import_options options = {.is_skip_bad = false};
    struct import_result result;
    struct problem problem = {0};
    assert_int_equal(import_rows(live, "conversion", rows, ROWS, &options, &result, &problem),
                     JALON_OK);
    assert_int_equal(result.added, 2000);
    assert_int_equal(result.known, 500);
    assert_int_equal(count_orders(live), 2000);
    for (int i = 0; i < ROWS; i++)
        json_decref(rows[i]);
    free(rows);
}

static int keep_order(void *context, const json_t *thing)
{
    json_t **kept = context;
    json_decref(*kept);
    *kept = json_deep_copy(thing);
    return 0;
}

/* A shop's export says the sum of the refunds each time; the same sum again is no further refund. */
static void orders_of_a_feed_follow_it(void **state)
{
    static const struct {
        const char *more, *status, *refunded;
        size_t added, changed, known;
    } steps[] = {
        {",'amount':'50','status':'pending'", "pending", "0.00", 1, 0, 0},
        {",'amount':'50','status':'pending'", "pending", "0.00", 0, 0, 1},
        {",'amount':'50','status':'approved','refunded':'20'", "approved", "20.00", 0, 1, 0},
        {",'amount':'50','status':'approved','refunded':'20'", "approved", "20.00", 0, 0, 1},
        {",'amount':'50','status':'approved','refunded':'15'", "approved", "20.00", 0, 0, 1},
        {",'amount':'50','status':'refunded','refunded':'50'", "refunded", "50.00", 0, 1, 0},
        {",'amount':'50','status':'approved','refunded':'50'", "refunded", "50.00", 0, 0, 1},
    };
    struct live *live = *state;
    const struct import_options options = {.is_feed = true};
    for (size_t i = 0; i < COUNT(steps); i++) {
        char text[256];
        (void)snprintf(text, sizeof text, ORDER("1", "%s"), steps[i].more);
        json_t *row = json_of(text), *order = NULL;
        struct import_result result;
        struct problem problem = {0};
        struct list_filter filter = {.campaign = SLICE_NONE};
        assert_int_equal(import_rows(live, "conversion", &row, 1, &options, &result, &problem),
                         JALON_OK);
        assert_int_equal(result.added, steps[i].added);
        assert_int_equal(result.changed, steps[i].changed);
        assert_int_equal(result.known, steps[i].known);
        assert_int_equal(conversion_list(&live->registry, &filter, keep_order, &order, &problem),
                         0);
        assert_string_equal(json_string_value(json_object_get(order, "status")), steps[i].status);
        assert_string_equal(json_string_value(json_object_get(order, "refunded")),
                            steps[i].refunded);
        json_decref(order);
        json_decref(row);
    }
}

/* Of orders known in whatever way, a shop's export says another amount: nothing is bad, each stays as it is. A second row
 * of one file that says otherwise of an order than the first is, whether the order was known before or not, as nobody
 * knows which of the two is right; one that says the same makes no second order that differs. */
static void a_feed_may_differ_from_what_is_recorded(void **state)
{
    static const struct {
        const char *rows;
        bool is_feed;
        int err;
        size_t added, known, different, bad;
    } steps[] = {
        {"[" ORDER("1", ",'amount':'50'") "]", true, JALON_OK, 1, 0, 0, 0},
        {"[" ORDER("1", ",'amount':'60'") "," ORDER("2", ",'amount':'5'") "]", true, JALON_OK, 1, 1,
         1, 0},
        {"[" ORDER("1", ",'amount':'60','code':'X'") "," ORDER("2", ",'amount':'6'") "]", true,
         JALON_OK, 0, 2, 2, 0},
        {"[" ORDER("1", ",'amount':'50'") "," ORDER("2", ",'amount':'5'") "]", true, JALON_OK, 0, 2,
         0, 0},
        {"[" ORDER("1", ",'amount':'60'") "]", false, JALON_INVALID, 0, 0, 0, 1},
        {"[" ORDER("3", ",'amount':'7'") "," ORDER("3", ",'amount':'8'") "]", true, JALON_INVALID,
         0, 0, 0, 1},
        {"[" ORDER("1", ",'amount':'60'") "," ORDER("1", ",'amount':'70'") "]", true, JALON_INVALID,
         0, 0, 0, 1},
        {"[" ORDER("1", ",'amount':'50'") "," ORDER("1", ",'amount':'60'") "]", true, JALON_INVALID,
         0, 0, 0, 1},
        {"[" ORDER("1", ",'amount':'60'") "," ORDER("1", ",'amount':'60','code':'X'") "]", true,
         JALON_INVALID, 0, 0, 0, 1},
        {"[" ORDER("1", ",'amount':'60'") "," ORDER("1", ",'amount':'60.00'") "]", true, JALON_OK,
         0, 2, 1, 0},
        {"[" ORDER("1", ",'amount':'60','code':'x-0'") "," ORDER("1", ",'code':'XO'") "]", true,
         JALON_OK, 0, 2, 1, 0},
        {"[" ORDER("1", ",'amount':'60'") "," ORDER("1", "") "]", true, JALON_OK, 0, 2, 1, 0},
        {"[" ORDER("3", ",'amount':'7'") "," ORDER("3", "") "]", true, JALON_OK, 1, 1, 0, 0},
    };
    struct live *live = *state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        json_t *list = json_of(steps[i].rows), *rows[2] = {0}, *order = NULL;
        struct heard heard = {0};
        const struct import_options options = {
            .is_feed = steps[i].is_feed, .report_bad = hear_bad, .context = &heard};
        struct import_result result = {0};
        struct problem problem = {0};
        for (size_t j = 0; j < json_array_size(list); j++)
            rows[j] = json_array_get(list, j);
        live->registry.now_ms = NOW_MS + (int64_t)i; /* each import has its moment */
        assert_int_equal(import_rows(live, "conversion", rows, json_array_size(list), &options,
                                     &result, &problem),
                         steps[i].err);
        assert_int_equal(result.added, steps[i].added);
        assert_int_equal(result.known, steps[i].known);
        assert_int_equal(result.different, steps[i].different);
        assert_int_equal(heard.bad_count, steps[i].bad);
        const struct slice first = SLICE("1");
        assert_int_equal(conversion_each(&live->registry, SLICE("spring-trail"), &first, 1,
                                         keep_order, &order, &problem),
                         0);
        expect_text(order, "amount", "50.00");
        json_decref(order);
        json_decref(list);
    }
}

/* An order that comes in wholly refunded has not used up its code. */
static void a_refunded_order_leaves_its_code_room(void **state)
{
    struct live *live = *state;
    add(&live->registry, code_add,
        "{'campaign':'spring-trail','creator':'tom','slug':'TWICE','max_redemptions':1}");
    const struct import_options options = {.is_feed = true};
    json_t *row = json_of(ORDER("1", TWICE ",'amount':'50','status':'approved','refunded':'50'"));
    struct import_result result;
    struct problem problem = {0};
    assert_int_equal(import_rows(live, "conversion", &row, 1, &options, &result, &problem),
                     JALON_OK);
    json_decref(row);
    struct run done = run(live, "conversion", "[" ORDER("2", TWICE) "]", false, false);
    expect_counts(&done, 1, 0, 0, 0);
    json_t *input = json_of(ORDER("2", "")), *answer = NULL;
    bool is_known;
    assert_int_equal(conversion_add(&live->registry, input, &answer, &is_known, &problem), 0);
    expect(answer, "{'flags':[]}");
    json_decref(answer);
    json_decref(input);
}

struct overtaking {
    struct heard heard;
    struct live *live;
    bool is_done;
};

static void overtake_bad(void *context, size_t row, const struct problem *problem)
{
    struct overtaking *overtaking = context;
    hear_bad(&overtaking->heard, row, problem);
}

/* When all rows are checked, and none is written yet, another writer brings the second one's order. */
static void overtake(void *context, size_t done, size_t total)
{
    struct overtaking *overtaking = context;
    if (overtaking->is_done || done < total / 2)
        return;
    overtaking->is_done = true;
    json_t *input = json_of(ORDER("2", ",'amount':'9'")), *answer;
    bool is_known;
    struct problem problem = {0};
    assert_int_equal(
        conversion_add(&overtaking->live->registry, input, &answer, &is_known, &problem), 0);
    json_decref(answer);
    json_decref(input);
}

static void a_row_that_is_overtaken_is_told_and_the_rest_is_written(void **state)
{
    struct live *live = *state;
    for (int is_skip_bad = 0; is_skip_bad < 2; is_skip_bad++) {
        live_seed(state);
        json_t *list = json_of("[" ORDER("1", ",'amount':'5'") "," ORDER(
            "2", ",'amount':'6'") "," ORDER("3", ",'amount':'7'") "]");
        json_t *rows[3];
        for (size_t i = 0; i < 3; i++)
            rows[i] = json_array_get(list, i);
        struct overtaking overtaking = {.live = live};
        const struct import_options options = {.is_skip_bad = is_skip_bad,
                                               .report_bad = overtake_bad,
                                               .progress = overtake,
                                               .context = &overtaking};
        struct import_result result = {0};
        struct problem problem = {0};
        assert_int_equal(import_rows(live, "conversion", rows, 3, &options, &result, &problem),
                         is_skip_bad ? JALON_OK : JALON_CONFLICT);
        assert_true(overtaking.is_done);
        assert_int_equal(overtaking.heard.bad_count, 1);
        assert_int_equal(overtaking.heard.rows[0], 1);
        assert_true(result.is_written);
        assert_int_equal(result.added, 2);
        assert_int_equal(result.bad, 1);
        assert_int_equal(count_orders(live), 3);
        json_decref(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_bad_row_writes_nothing, live_seed),
        cmocka_unit_test_setup(skipping_leaves_bad_rows_out, live_seed),
        cmocka_unit_test_setup(equal_rows_are_known, live_seed),
        cmocka_unit_test_setup(limits_hold_within_a_file, live_seed),
        cmocka_unit_test_setup(creators_are_brought_up_to_date, live_seed),
        cmocka_unit_test_setup(links_get_codes_of_their_own, live_seed),
        cmocka_unit_test_setup(costs_are_replaced_on_request_only, live_seed),
        cmocka_unit_test_setup(posts_grow, live_seed),
        cmocka_unit_test_setup(what_cannot_be_imported_is_told, live_seed),
        cmocka_unit_test_setup(thousands_of_orders_come_in_windows, live_seed),
        cmocka_unit_test_setup(orders_of_a_feed_follow_it, live_seed),
        cmocka_unit_test_setup(a_feed_may_differ_from_what_is_recorded, live_seed),
        cmocka_unit_test_setup(a_refunded_order_leaves_its_code_room, live_seed),
        cmocka_unit_test_setup(a_row_that_is_overtaken_is_told_and_the_rest_is_written, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
