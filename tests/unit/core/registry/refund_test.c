#include "tests/unit/core/registry/live.h"

#include "core/registry/conversion_view.h"

#include <pthread.h>

static int refund(struct registry *registry, const char *order, const char *input,
                  json_t **ret_result, bool *ret_is_known, struct problem *problem)
{
    json_t *json = json_of(input);
    *problem = (struct problem){0};
    *ret_result = NULL;
    int err = conversion_refund(registry, slice_of_string(order), json, ret_result, ret_is_known,
                                problem);
    json_decref(json);
    return err;
}

static int seed_orders(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    (void)live_seed(state);
    static const char *const orders[] = {
        "{'campaign':'spring-trail','order_id':'100','type':'sale','amount':'100'}",
        "{'campaign':'spring-trail','order_id':'gift','type':'signup'}",
        "{'campaign':'spring-trail','order_id':'gone','type':'sale','amount':'5','status':"
        "'cancelled'}",
        "{'campaign':'spring-trail','order_id':'back','type':'sale','amount':'5','status':"
        "'refunded'}",
    };
    for (size_t i = 0; i < COUNT(orders); i++) {
        json_t *json = json_of(orders[i]), *result = NULL;
        bool is_known;
        struct problem problem = {0};
        assert_int_equal(conversion_add(registry, json, &result, &is_known, &problem), 0);
        json_decref(result);
        json_decref(json);
    }
    return 0;
}

static void refunds_add_up_to_the_whole(void **state)
{
    static const struct {
        const char *input, *answer; /* answer: NULL when refused */
        bool is_known;
        enum problem_kind kind;
    } rows[] = {
        {"{'campaign':'spring-trail','refund_id':'a','amount':'30'}",
         "{'status':'approved','refund_id':'a','amount':'30.00','refunded':'30.00'}", false,
         PROBLEM_NONE},
        {"{'campaign':'spring-trail','refund_id':'a','amount':'30.00'}",
         "{'refunded':'30.00','amount':'30.00'}", true, PROBLEM_NONE},
        {"{'campaign':'spring-trail','refund_id':'a'}", "{'refunded':'30.00','amount':'30.00'}",
         true, PROBLEM_NONE},
        {"{'campaign':'spring-trail','refund_id':'a','amount':'31'}", NULL, false,
         PROBLEM_CONFLICT},
        {"{'campaign':'spring-trail','refund_id':'b','amount':'70.01'}", NULL, false,
         PROBLEM_INVALID},
        {"{'campaign':'spring-trail','refund_id':'b','amount':'0'}", NULL, false, PROBLEM_INVALID},
        {"{'campaign':'spring-trail','refund_id':'b','amount':'-1'}", NULL, false, PROBLEM_INVALID},
        {"{'campaign':'spring-trail','refund_id':'b','amount':'0.001'}", NULL, false,
         PROBLEM_INVALID},
        {"{'campaign':'spring-trail','refund_id':'b','amount':5}", NULL, false, PROBLEM_INVALID},
        {"{'campaign':'spring-trail','amount':'5'}", NULL, false, PROBLEM_INVALID},
        {"{'campaign':'spring-trail','refund_id':'a\\u0007'}", NULL, false, PROBLEM_INVALID},
        {"{'refund_id':'b','amount':'5'}", NULL, false, PROBLEM_INVALID},
        {"{'campaign':'nope','refund_id':'b','amount':'5'}", NULL, false, PROBLEM_INVALID},
        {"{'campaign':'winter-trail','refund_id':'b','amount':'5'}", NULL, false,
         PROBLEM_NOT_FOUND},
        {"{'campaign':'spring-trail','refund_id':'b'}",
         "{'status':'refunded','amount':'70.00','refunded':'100.00'}", false, PROBLEM_NONE},
        {"{'campaign':'spring-trail','refund_id':'b'}", "{'status':'refunded','amount':'70.00'}",
         true, PROBLEM_NONE},
        {"{'campaign':'spring-trail','refund_id':'c'}", NULL, false, PROBLEM_INVALID},
        {"{'campaign':'spring-trail','refund_id':'c','amount':'0.01'}", NULL, false,
         PROBLEM_INVALID},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *result;
        bool is_known = false;
        struct problem problem;
        int err = refund(registry, "100", rows[i].input, &result, &is_known, &problem);
        if (rows[i].answer) {
            problem_print(&problem);
            assert_int_equal(err, JALON_OK);
            assert_int_equal(is_known, rows[i].is_known);
            expect(result, rows[i].answer);
        } else {
            expect_problem(rows[i].input, err, &problem, rows[i].kind, NULL);
        }
        json_decref(result);
    }
}

static void what_has_no_money_has_no_refund(void **state)
{
    static const struct {
        const char *order;
        enum problem_kind kind;
    } rows[] = {
        {"gift", PROBLEM_INVALID},  {"gone", PROBLEM_CONFLICT}, {"back", PROBLEM_INVALID},
        {"101", PROBLEM_NOT_FOUND}, {"", PROBLEM_NOT_FOUND},    {"100 ", PROBLEM_NOT_FOUND},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *result;
        bool is_known;
        struct problem problem;
        int err = refund(registry, rows[i].order, "{'campaign':'spring-trail','refund_id':'r'}",
                         &result, &is_known, &problem);
        expect_problem(rows[i].order, err, &problem, rows[i].kind, NULL);
        assert_null(result);
    }
}

/* A writer loses at most once to each refund of the other: within its tries. */
#define WRITERS 2
#define REFUNDS_EACH 10

struct writer {
    const struct live *live;
    int index, failed;
};

static void *refund_cents(void *argument)
{
    struct writer *writer = argument;
    char redis[96], folder[96];
    (void)snprintf(redis, sizeof redis, "unix:%s", writer->live->server.socket);
    (void)snprintf(folder, sizeof folder, "%s", writer->live->folder);
    struct store_options options = {.folder = folder, .redis = redis, .timeout_ms = 10000};
    struct registry registry = writer->live->registry;
    struct problem problem = {0};
    if (store_open(&registry.store, &options, &problem)) {
        writer->failed = REFUNDS_EACH;
        return NULL;
    }
    for (int i = 0; i < REFUNDS_EACH; i++) {
        json_t *input = json_pack("{s:s, s:o, s:s}", "campaign", "spring-trail", "refund_id",
                                  json_sprintf("%d/%d", writer->index, i), "amount", "0.01");
        json_t *result = NULL;
        bool is_known = false;
        problem = (struct problem){0};
        int err = conversion_refund(&registry, SLICE("100"), input, &result, &is_known, &problem);
        writer->failed += err != JALON_OK;
        json_decref(result);
        json_decref(input);
    }
    (void)store_free(registry.store);
    return NULL;
}

static int take_refunded(void *context, const json_t *thing)
{
    if (slice_is(thing_text(thing, "order_id"), "100"))
        *(json_t **)context = json_incref(json_object_get(thing, "refunded"));
    return 0;
}

static void writers_at_once_lose_nothing(void **state)
{
    struct live *live = *state;
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.live = live, .index = i};
        assert_int_equal(pthread_create(&threads[i], NULL, refund_cents, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(writers[i].failed, 0);
    }
    json_t *refunded = NULL;
    struct list_filter filter = {.campaign = SLICE("spring-trail")};
    struct problem problem = {0};
    assert_int_equal(conversion_list(&live->registry, &filter, take_refunded, &refunded, &problem),
                     0);
    assert_string_equal(json_string_value(refunded), "0.20");
    json_decref(refunded);
}

static void a_hundred_refunds_are_enough(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *result;
    bool is_known;
    struct problem problem;
    char input[96];
    for (int i = 0; i < CONVERSION_REFUNDS_MAX; i++) {
        (void)snprintf(input, sizeof input,
                       "{'campaign':'spring-trail','refund_id':'%d','amount':'0.01'}", i);
        assert_int_equal(refund(registry, "100", input, &result, &is_known, &problem), 0);
        json_decref(result);
    }
    int err = refund(registry, "100", "{'campaign':'spring-trail','refund_id':'x'}", &result,
                     &is_known, &problem);
    expect_problem("one more", err, &problem, PROBLEM_INVALID, "/refund_id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(refunds_add_up_to_the_whole, seed_orders),
        cmocka_unit_test_setup(what_has_no_money_has_no_refund, seed_orders),
        cmocka_unit_test_setup(writers_at_once_lose_nothing, seed_orders),
        cmocka_unit_test_setup(a_hundred_refunds_are_enough, seed_orders),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
