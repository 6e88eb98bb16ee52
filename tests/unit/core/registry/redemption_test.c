/* What uses up a code's limit, and that it is exact. */
#include "core/registry/conversion.h"
#include "core/store/functions.h"
#include "tests/unit/core/registry/live.h"

#include <pthread.h>

#define RACERS 8
#define LIMIT 3

static json_t *redeem_code(struct registry *registry, const char *code, const char *order_id,
                           const char *more)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "{'campaign':'spring-trail','order_id':'%s','type':'sale','amount':'10',"
                   "'code':'%s'%s}",
                   order_id, code, more);
    json_t *input = json_of(text), *result = NULL;
    struct problem problem = {0};
    bool is_known;
    int err = conversion_add(registry, input, &result, &is_known, &problem);
    problem_print(&problem);
    assert_int_equal(err, JALON_OK);
    json_decref(input);
    return result;
}

static json_t *redeem(struct registry *registry, const char *order_id, const char *more)
{
    return redeem_code(registry, "LIM", order_id, more);
}

static void set_limit(struct registry *registry, const char *code, const char *limit)
{
    char text[64];
    (void)snprintf(text, sizeof text, "{'max_redemptions':%s}", limit);
    json_t *changes = json_of(text), *result = NULL;
    struct problem problem = {0};
    int err = code_set(registry, slice_of_string(code), SLICE("spring-trail"), changes, &result,
                       &problem);
    problem_print(&problem);
    assert_int_equal(err, JALON_OK);
    json_decref(result);
    json_decref(changes);
}

/* Done to order `order_id` before the next row's order comes. */
static void undo(struct registry *registry, const char *order_id, const char *how)
{
    struct problem problem = {0};
    bool is_known;
    json_t *result = NULL, *input = NULL;
    int err = JALON_OK;
    if (strcmp(how, "refund") == 0 || strcmp(how, "part") == 0) {
        input = json_of(how[0] == 'r' ? "{'campaign':'spring-trail','refund_id':'r'}"
                                      : "{'campaign':'spring-trail','refund_id':'p','amount':'1'}");
        err = conversion_refund(registry, slice_of_string(order_id), input, &result, &is_known,
                                &problem);
    } else if (how[0]) {
        err = conversion_set_status(registry, SLICE("spring-trail"), slice_of_string(order_id),
                                    slice_of_string(how), &result, &problem);
    }
    problem_print(&problem);
    assert_int_equal(err, JALON_OK);
    json_decref(result);
    json_decref(input);
}

#define NO_FLAG "{'flags':[]}"
#define OVER                                                                                       \
    "{'flags':['code-over-limit'],'credits':[{'creator':'marie','evidence':'code','share':1}]}"

static void only_what_counts_uses_up_the_limit(void **state)
{
    static const struct {
        const char *order_id, *more, *answer, *undone;
    } rows[] = {
        {"early", ",'occurred_at':'2026-05-01T00:00:00Z'",
         "{'flags':[],'unattributed':'code-not-valid'}", ""},
        {"late", ",'occurred_at':'2026-05-29T00:00:00Z'",
         "{'flags':[],'unattributed':'code-not-valid'}", ""},
        {"cancelled", ",'status':'cancelled'", NO_FLAG, ""},
        {"refunded", ",'status':'refunded'", NO_FLAG, ""},
        {"1", "", NO_FLAG, ""},
        {"2", ",'status':'pending'", NO_FLAG, "approved"},
        {"3", "", OVER, ""},
        {"too late", ",'occurred_at':'2026-05-29T00:00:00Z'",
         "{'flags':[],'unattributed':'code-not-valid'}", ""},
        {"cancelled too", ",'status':'cancelled'", NO_FLAG, ""},
        {"3", "", OVER, "cancelled"}, /* known */
        {"4", "", OVER, "refund"},
        {"1", "", NO_FLAG, "part"},
        {"5", "", OVER, "cancelled"},
        {"1", "", NO_FLAG, "refund"},
        {"6", "", NO_FLAG, ""}, /* in the place of 1 */
        {"7", "", OVER, ""},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'LIM','valid_from':"
        "'2026-05-20T00:00:00Z','valid_until':'2026-05-29T00:00:00Z','max_redemptions':2}");
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *answer = redeem(registry, rows[i].order_id, rows[i].more);
        expect(answer, rows[i].answer);
        json_decref(answer);
        undo(registry, rows[i].order_id, rows[i].undone);
    }
}

static void a_later_limit_counts_the_orders_before_it(void **state)
{
    static const struct {
        const char *limit; /* set before the order; "": as it is */
        const char *order_id, *more, *answer, *undone;
    } rows[] = {
        {"", "1", "", NO_FLAG, ""},       {"", "2", ",'status':'pending'", NO_FLAG, ""},
        {"", "3", "", NO_FLAG, "refund"}, {"", "4", ",'status':'cancelled'", NO_FLAG, ""},
        {"3", "5", "", NO_FLAG, ""}, /* behind 1 and 2 */
        {"", "6", "", OVER, ""},          {"null", "7", "", NO_FLAG, ""},
        {"", "1", "", NO_FLAG, "refund"}, {"5", "8", "", NO_FLAG, ""}, /* behind 2, 5, 6 and 7 */
        {"", "9", "", OVER, ""},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'LIM'}");
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].limit[0])
            set_limit(registry, "LIM", rows[i].limit);
        json_t *answer = redeem(registry, rows[i].order_id, rows[i].more);
        expect(answer, rows[i].answer);
        json_decref(answer);
        undo(registry, rows[i].order_id, rows[i].undone);
    }
}

static void a_limit_counts_what_came_with_the_code_before_it(void **state)
{
    static const struct {
        const char *code, *order_id, *answer;
    } rows[] = {
        {"LIM", "3", NO_FLAG}, /* it has no limit itself, and counts */
        {"NEXT", "4", OVER},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'LIM'}");
    json_t *input = json_of("{'campaign':'spring-trail','slug':'NEXT'}"), *result = NULL;
    struct problem problem = {0};
    json_decref(redeem_code(registry, "LIM", "1", ""));
    assert_int_equal(code_rotate(registry, SLICE("LIM"), input, &result, &problem), JALON_OK);
    json_decref(input);
    json_decref(result);
    json_decref(redeem_code(registry, "NEXT", "2", ""));
    set_limit(registry, "NEXT", "3");
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *answer = redeem_code(registry, rows[i].code, rows[i].order_id, "");
        expect(answer, rows[i].answer);
        json_decref(answer);
    }
}

/* As an import judges it, into the draft that is written later. */
static void judge_into(struct draft *draft, struct live *live, const char *campaign,
                       const char *order_id)
{
    char text[160];
    (void)snprintf(text, sizeof text,
                   "{'campaign':'%s','order_id':'%s','type':'sale','code':'LIM'}", campaign,
                   order_id);
    json_t *input = json_of(text);
    struct row row = {.input = input, .is_import = true};
    struct noun_values values;
    struct order order;
    struct problem problem = {0};
    noun_values_init(&values, noun_find(SLICE("conversion")));
    assert_int_equal(noun_values_put_json(&values, input), JALON_OK);
    assert_int_equal(order_read(&order, &live->registry, draft, &values, &problem), JALON_OK);
    assert_int_equal(order_fetch(draft, &order, 1), JALON_OK);
    assert_int_equal(conversion_plan_order(&live->registry, draft, &order, &row, &problem),
                     JALON_OK);
    order_done(&order);
    noun_values_done(&values);
    json_decref(input);
}

/* Orders that are judged, and written when `limit` has been set ("": none is). */
static int write_late(struct live *live, size_t count, const char *limit)
{
    struct draft *draft;
    assert_int_equal(draft_new(&draft, live->store), JALON_OK);
    for (size_t i = 0; i < count; i++) {
        char order_id[32];
        (void)snprintf(order_id, sizeof order_id, "late-%s-%zu", limit, i); /* fits */
        judge_into(draft, live, "spring-trail", order_id);
    }
    if (limit[0])
        set_limit(&live->registry, "LIM", limit);
    int err = draft_commit(draft, NULL, NULL);
    (void)draft_free(draft);
    return err;
}

static void an_order_judged_without_the_limit_is_judged_again(void **state)
{
    struct live *live = *state;
    add(&live->registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'LIM'}");
    assert_int_equal(write_late(live, 1, ""), JALON_OK);
    assert_int_equal(write_late(live, 1, "8"), JALON_CONFLICT);
    set_limit(&live->registry, "LIM", "null");
    assert_int_equal(write_late(live, 3, "9"), JALON_CONFLICT); /* one call */
    set_limit(&live->registry, "LIM", "null");
    assert_int_equal(write_late(live, 3, "null"), JALON_OK); /* it has none to lose */
    assert_int_equal(write_late(live, 3, ""), JALON_OK);
}

static void expect_redeemed(struct live *live, uint64_t expected)
{
    struct key key = key_redemptions(SLICE("acme"), SLICE("11M")); /* LIM, folded */
    uint64_t count;
    assert_int_equal(store_counted(live->store, &count, &key, 1), JALON_OK);
    assert_int_equal(count, expected);
}

/* A code is read for one campaign before the limit, and judged for another one behind it. */
static void a_limit_is_seen_by_imports_of_several_campaigns(void **state)
{
    struct live *live = *state;
    struct draft *draft;
    add(&live->registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'LIM'}");
    add(&live->registry, campaign_add,
        "{'campaign':'autumn','brand':'acme','target':'https://acme.example/','currency':'EUR',"
        "'timezone':'Europe/Paris'}");
    assert_int_equal(draft_new(&draft, live->store), JALON_OK);
    judge_into(draft, live, "autumn", "1");
    set_limit(&live->registry, "LIM", "5");
    judge_into(draft, live, "spring-trail", "2");
    assert_int_equal(draft_commit(draft, NULL, NULL), JALON_CONFLICT);
    (void)draft_free(draft);
    expect_redeemed(live, 0);
}

static void what_is_no_limit_changes_nothing(void **state)
{
    struct live *live = *state;
    struct draft *draft;
    struct problem problem = {0};
    json_t *changes = json_of("{'max_redemptions':'many'}"), *result = NULL;
    add(&live->registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'LIM'}");
    assert_int_equal(draft_new(&draft, live->store), JALON_OK);
    judge_into(draft, live, "spring-trail", "1");
    assert_int_not_equal(
        code_set(&live->registry, SLICE("LIM"), SLICE("spring-trail"), changes, &result, &problem),
        JALON_OK);
    json_decref(changes);
    assert_int_equal(draft_commit(draft, NULL, NULL), JALON_OK);
    (void)draft_free(draft);
}

/* One of the orders can't be put into the index just then: there is no limit yet, and the same again does it all. */
static void a_limit_that_fails_half_way_is_set_by_another_try(void **state)
{
    struct live *live = *state;
    static const char head[] = "local function restore(keys, args)\n";
    const char *at = strstr(functions_source, head) + sizeof head - 1;
    size_t before = (size_t)(at - functions_source);
    char *failing = NULL;
    add(&live->registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'LIM'}");
    json_decref(redeem(&live->registry, "1", ""));
    json_decref(redeem(&live->registry, "2", ""));
    assert_true(asprintf(&failing,
                         "%.*s if args[1] == '1' and redis.call('INCR', 'tries') == 1 then return "
                         "redis.error_reply('CLUSTERDOWN once') end\n%s",
                         (int)before, functions_source, at) > 0);
    redisContext *redis = redis_server_connect(&live->server);
    freeReplyObject(redisCommand(redis, "FUNCTION LOAD REPLACE %s", failing));
    json_t *changes = json_of("{'max_redemptions':3}"), *result = NULL;
    struct problem problem = {0};
    assert_int_not_equal(
        code_set(&live->registry, SLICE("LIM"), SLICE("spring-trail"), changes, &result, &problem),
        JALON_OK);
    set_limit(&live->registry, "LIM", "3");
    expect_redeemed(live, 2);
    freeReplyObject(redisCommand(redis, "FUNCTION LOAD REPLACE %s", functions_source));
    redisFree(redis);
    json_decref(changes);
    free(failing);
}

struct racer {
    struct live *live;
    pthread_barrier_t *barrier;
    unsigned number, flagged, failed;
    int opened;
};

static bool is_flagged(const json_t *answer)
{
    return json_array_size(json_object_get(answer, "flags")) != 0;
}

static void *race(void *argument)
{
    struct racer *racer = argument;
    char redis[96];
    (void)snprintf(redis, sizeof redis, "unix:%s", racer->live->server.socket);
    struct store_options options = {
        .folder = racer->live->folder,
        .redis = redis,
        .timeout_ms = 5000,
    };
    struct problem problem = {0};
    struct registry registry = racer->live->registry;
    racer->opened = store_open(&registry.store, &options, &problem);
    (void)pthread_barrier_wait(racer->barrier);
    if (racer->opened)
        return NULL;
    for (unsigned i = 0; i < 4; i++) {
        json_t *input =
            json_pack("{s:s, s:o, s:s, s:s}", "campaign", "spring-trail", "order_id",
                      json_sprintf("%u-%u", racer->number, i), "type", "sale", "code", "LIM");
        json_t *answer = NULL;
        bool is_known;
        if (conversion_add(&registry, input, &answer, &is_known, &problem))
            racer->failed++;
        racer->flagged += is_flagged(answer);
        json_decref(answer);
        json_decref(input);
    }
    (void)store_free(registry.store);
    return NULL;
}

/* Returns how many were flagged. `limit` is set meanwhile; "": none is. */
static unsigned race_all(struct live *live, const char *limit)
{
    pthread_barrier_t barrier;
    assert_int_equal(pthread_barrier_init(&barrier, NULL, RACERS + 1), 0);
    struct racer racers[RACERS];
    pthread_t threads[RACERS];
    for (unsigned i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){.live = live, .barrier = &barrier, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    unsigned flagged = 0;
    (void)pthread_barrier_wait(&barrier);
    if (limit[0])
        set_limit(&live->registry, "LIM", limit);
    for (unsigned i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(racers[i].opened, JALON_OK);
        assert_int_equal(racers[i].failed, 0);
        flagged += racers[i].flagged;
    }
    assert_int_equal(pthread_barrier_destroy(&barrier), 0);
    return flagged;
}

/* All but as many as the limit allows are flagged, whoever was first. */
static void a_limit_is_exact_in_a_race(void **state)
{
    struct live *live = *state;
    add(&live->registry, code_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'LIM','max_redemptions':3}");
    assert_int_equal(race_all(live, ""), RACERS * 4 - LIMIT);
}

/* None is passed over: not of those before it, not of those after it, not of those in between. */
static void a_limit_set_in_a_race_counts_all(void **state)
{
    struct live *live = *state;
    add(&live->registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'LIM'}");
    (void)race_all(live, "3");
    expect_redeemed(live, (uint64_t)RACERS * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_what_counts_uses_up_the_limit, live_seed),
        cmocka_unit_test_setup(a_later_limit_counts_the_orders_before_it, live_seed),
        cmocka_unit_test_setup(a_limit_counts_what_came_with_the_code_before_it, live_seed),
        cmocka_unit_test_setup(an_order_judged_without_the_limit_is_judged_again, live_seed),
        cmocka_unit_test_setup(a_limit_is_seen_by_imports_of_several_campaigns, live_seed),
        cmocka_unit_test_setup(what_is_no_limit_changes_nothing, live_seed),
        cmocka_unit_test_setup(a_limit_that_fails_half_way_is_set_by_another_try, live_seed),
        cmocka_unit_test_setup(a_limit_is_exact_in_a_race, live_seed),
        cmocka_unit_test_setup(a_limit_set_in_a_race_counts_all, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
