#include "redirector/recent_clicks.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define THREADS 4
#define CLICKS 2000

static struct recent_clicks *made(size_t slots)
{
    struct recent_clicks *clicks;
    assert_int_equal(recent_clicks_new(&clicks, slots), JALON_OK);
    return clicks;
}

static void test_window(void **state)
{
    (void)state;
    /* One visitor on one link: when, with which window, and whether it counts. */
    static const struct {
        int64_t now_ms, window_ms;
        bool counts;
    } rows[] = {
        {1000, 10000, true},   {1000, 10000, false}, /* at once again */
        {10999, 10000, false},                   /* within the window of the one that counted, */
        {11000, 10000, true},                    /* which those that did not count don't prolong */
        {20999, 10000, false}, {21000, 0, true}, /* a campaign that knows no duplicates */
        {21000, 0, true},      {21000, 10000, true}, /* such clicks leave no trace */
        {21001, 10000, false},
    };
    struct recent_clicks *clicks = made(64);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(recent_clicks_claim(clicks, 7, 9, rows[i].now_ms, rows[i].window_ms),
                         rows[i].counts);
    recent_clicks_free(clicks);
}

static void test_others_are_others(void **state)
{
    (void)state;
    struct recent_clicks *clicks = made(1024);
    assert_true(recent_clicks_claim(clicks, 1, 1, 5, 10000));
    assert_true(recent_clicks_claim(clicks, 1, 2, 5, 10000)); /* same link, other visitor */
    assert_true(recent_clicks_claim(clicks, 2, 1, 5, 10000)); /* same visitor, other link */
    assert_false(recent_clicks_claim(clicks, 2, 1, 6, 10000));
    recent_clicks_free(clicks);
}

static void test_disclaim(void **state)
{
    (void)state;
    struct recent_clicks *clicks = made(64);
    assert_true(recent_clicks_claim(clicks, 3, 4, 100, 10000));
    recent_clicks_disclaim(clicks, 3, 4);
    assert_true(recent_clicks_claim(clicks, 3, 4, 101, 10000));
    recent_clicks_disclaim(clicks, 3, 5); /* one that isn't there */
    assert_false(recent_clicks_claim(clicks, 3, 4, 102, 10000));
    recent_clicks_free(clicks);
}

static void test_time_wraps(void **state)
{
    (void)state;
    struct recent_clicks *clicks = made(64);
    int64_t before = (INT64_C(1) << 32) - 2000; /* 2 s before the slot's 32 bits start over */
    assert_true(recent_clicks_claim(clicks, 1, 1, before, 10000));
    assert_false(recent_clicks_claim(clicks, 1, 1, before + 9999, 10000));
    assert_true(recent_clicks_claim(clicks, 1, 1, before + 10000, 10000));
    recent_clicks_free(clicks);
}

/* A table that is too small lets duplicates through, and never takes a click for another's duplicate. */
static void test_overload(void **state)
{
    (void)state;
    struct recent_clicks *clicks = made(8);
    for (uint64_t visitor = 1; visitor <= 1000; visitor++)
        assert_true(recent_clicks_claim(clicks, 1, visitor, 100, 10000));
    assert_false(recent_clicks_claim(clicks, 1, 1000, 101, 10000)); /* the newest is still there */
    recent_clicks_free(clicks);
}

struct racer {
    struct recent_clicks *clicks;
    pthread_barrier_t *start;
    unsigned won;
};

static void *race(void *context)
{
    struct racer *racer = context;
    for (uint64_t visitor = 1; visitor <= CLICKS; visitor++) {
        pthread_barrier_wait(racer->start);
        racer->won += recent_clicks_claim(racer->clicks, 1, visitor, 50, 10000);
    }
    return NULL;
}

static void test_one_of_several_at_once_counts(void **state)
{
    (void)state;
    struct recent_clicks *clicks = made(65536);
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, THREADS);
    pthread_t threads[THREADS];
    struct racer racers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        racers[i] = (struct racer){.clicks = clicks, .start = &start};
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    unsigned won = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        won += racers[i].won;
    }
    assert_int_equal(won, CLICKS);
    pthread_barrier_destroy(&start);
    recent_clicks_free(clicks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window),   cmocka_unit_test(test_others_are_others),
        cmocka_unit_test(test_disclaim), cmocka_unit_test(test_time_wraps),
        cmocka_unit_test(test_overload), cmocka_unit_test(test_one_of_several_at_once_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
