/* What uses up a code's limit, and that it is exact. */
#include "tests/unit/core/registry/live.h"

#include <pthread.h>

#define RACERS 8
#define LIMIT 3

static json_t *redeem(struct registry *registry, const char *order_id, const char *more)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "{'campaign':'spring-trail','order_id':'%s','type':'sale','amount':'10',"
                   "'code':'LIM'%s}",
                   order_id, more);
    json_t *input = json_of(text), *result = NULL;
    struct problem problem = {0};
    bool is_known;
    int err = conversion_add(registry, input, &result, &is_known, &problem);
    problem_print(&problem);
    assert_int_equal(err, JALON_OK);
    json_decref(input);
    return result;
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

/* All but as many as the limit allows are flagged, whoever was first. */
static void a_limit_is_exact_in_a_race(void **state)
{
    struct live *live = *state;
    add(&live->registry, code_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'LIM','max_redemptions':3}");
    pthread_barrier_t barrier;
    assert_int_equal(pthread_barrier_init(&barrier, NULL, RACERS), 0);
    struct racer racers[RACERS];
    pthread_t threads[RACERS];
    for (unsigned i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){.live = live, .barrier = &barrier, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    unsigned flagged = 0;
    for (unsigned i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(racers[i].opened, JALON_OK);
        assert_int_equal(racers[i].failed, 0);
        flagged += racers[i].flagged;
    }
    assert_int_equal(pthread_barrier_destroy(&barrier), 0);
    assert_int_equal(flagged, RACERS * 4 - LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_what_counts_uses_up_the_limit, live_seed),
        cmocka_unit_test_setup(a_limit_is_exact_in_a_race, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
