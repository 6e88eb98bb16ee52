#include "redirector/unknown_slugs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define A_MINUTE 60
#define ROOM 4096 /* sources */

static struct unknown_slugs *table;

static int set_up(void **state)
{
    (void)state;
    return unknown_slugs_new(&table);
}

static int tear_down(void **state)
{
    (void)state;
    unknown_slugs_free(table);
    return 0;
}

static bool take(uint64_t source, int64_t now_ms)
{
    return unknown_slugs_take(table, source, now_ms, A_MINUTE);
}

/* How many in a row it gets. */
static unsigned take_all(uint64_t source, int64_t now_ms)
{
    unsigned taken = 0;
    while (taken <= A_MINUTE && take(source, now_ms))
        taken++;
    return taken;
}

static uint64_t source_of(const char *text)
{
    struct address address;
    assert_int_equal(address_parse(&address, slice_of_string(text)), JALON_OK);
    return unknown_slugs_source(&address);
}

static void test_a_minutes_worth_at_once(void **state)
{
    (void)state;
    assert_int_equal(take_all(1, 5000), A_MINUTE);
    assert_false(take(1, 5000));
    assert_int_equal(take_all(2, 5000), A_MINUTE); /* another's are another's */
}

static void test_they_come_back(void **state)
{
    (void)state;
    static const struct {
        int64_t now_ms;
        unsigned taken;
    } rows[] = {
        {1000, 60},   /* all that there are */
        {1999, 0},    /* a second's worth is not there yet */
        {2000, 1},    /* now it is */
        {2001, 0},    /* and was one */
        {12000, 10},  /* ten seconds */
        {41999, 29},  /* not quite thirty */
        {42000, 1},   /* refusals cost nothing */
        {101999, 59}, /* not quite a minute */
        {500000, 60}, /* never more than a minute's */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(take_all(7, rows[i].now_ms), rows[i].taken);
}

static void test_a_clock_that_stands_still(void **state)
{
    (void)state;
    assert_int_equal(take_all(1, 0), A_MINUTE);
    for (unsigned i = 0; i < 1000; i++)
        assert_false(take(1, 0));
    assert_int_equal(take_all(1, INT64_C(1) << 52), A_MINUTE); /* and then leaps */
}

static void test_given_back(void **state)
{
    (void)state;
    unknown_slugs_give_back(table, 1, A_MINUTE); /* of one that is not there */
    assert_int_equal(take_all(1, 1000), A_MINUTE);
    unknown_slugs_give_back(table, 1, A_MINUTE);
    assert_int_equal(take_all(1, 1000), 1);
    for (unsigned i = 0; i < A_MINUTE; i++)
        unknown_slugs_give_back(table, 1, A_MINUTE);
    assert_int_equal(take_all(1, 1000), A_MINUTE); /* no more than were taken */
}

static void test_no_limit(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100000; i++)
        assert_true(unknown_slugs_take(table, 1, 1000, 0));
    unknown_slugs_give_back(table, 1, 0);
    assert_int_equal(take_all(1, 1000), A_MINUTE); /* nothing was noted */
}

static void test_the_smallest_and_the_largest_rate(void **state)
{
    (void)state;
    assert_true(unknown_slugs_take(table, 1, 1000, 1));
    assert_false(unknown_slugs_take(table, 1, 60999, 1));
    assert_true(unknown_slugs_take(table, 1, 61000, 1));
    unsigned taken = 0;
    while (taken < 100000 && unknown_slugs_take(table, 2, 1000, 60000))
        taken++;
    assert_int_equal(taken, 60000);
}

/* The setting may change while a source is noted. */
static void test_another_rate(void **state)
{
    (void)state;
    assert_int_equal(take_all(1, 1000), A_MINUTE);
    assert_false(unknown_slugs_take(table, 1, 1000, 600));
    assert_true(unknown_slugs_take(table, 1, 1100, 600));
    assert_false(unknown_slugs_take(table, 1, 2000, 10));
    assert_true(unknown_slugs_take(table, 1, 7100, 10));
}

static void test_sources(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        bool is_same;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "::ffff:192.0.2.1", true}, /* one address, two spellings */
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1", "193.0.2.1", false},
        {"2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true}, /* one /64 */
        {"2001:db8:0:1::1", "2001:db8:0:2::1", false},
        {"::1", "::192.0.2.1", true}, /* one /64, too: nobody else's */
        {"192.0.2.1", "::192.0.2.1", false},
        {"0.0.0.0", "::", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(source_of(rows[i].one) == source_of(rows[i].other), rows[i].is_same);
}

/* The loopback of IPv6, whose number is 0. */
static void test_source_0_is_one_as_any(void **state)
{
    (void)state;
    assert_int_equal(source_of("::1"), 0);
    assert_int_equal(take_all(0, 1000), A_MINUTE);
    assert_false(take(0, 1000));
}

/* Who has used up what they had can't get forgotten by asking from many others' addresses. */
static void test_a_flood_of_sources_forgives_nobody(void **state)
{
    (void)state;
    assert_int_equal(take_all(1, 1000), A_MINUTE);
    for (uint64_t source = 100; source < 100 + 100 * ROOM; source++)
        assert_true(take(source, 1000));
    assert_false(take(1, 1000));
}

/* Sources that would share a set under one seed don't under the next: an aimed flood is a flood like any other. */
static void test_sets_differ_from_table_to_table(void **state)
{
    (void)state;
    struct unknown_slugs *other;
    assert_int_equal(unknown_slugs_new(&other), JALON_OK);
    unsigned forgotten_here = 0, forgotten_there = 0, both = 0;
    for (uint64_t source = 1; source <= 2 * ROOM; source++) {
        assert_true(unknown_slugs_take(table, source, 1000, 1));
        assert_true(unknown_slugs_take(other, source, 1000, 1));
    }
    for (uint64_t source = 1; source <= 2 * ROOM; source++) {
        /* Looks only: what it takes is given back. */
        bool here = unknown_slugs_take(table, source, 1000, A_MINUTE);
        bool there = unknown_slugs_take(other, source, 1000, A_MINUTE);
        if (here)
            unknown_slugs_give_back(table, source, A_MINUTE);
        if (there)
            unknown_slugs_give_back(other, source, A_MINUTE);
        forgotten_here += here;
        forgotten_there += there;
        both += here && there;
    }
    assert_true(forgotten_here >= ROOM && forgotten_there >= ROOM); /* it holds no more than that */
    assert_true(both < forgotten_here && both < forgotten_there);
    unknown_slugs_free(other);
}

/* Those that are past their time make room before those that are not. */
static void test_who_is_whole_again_goes_first(void **state)
{
    (void)state;
    for (uint64_t source = 1000; source < 1000 + 4 * ROOM; source++)
        assert_true(take(source, 1000)); /* whole again at 2000 */
    for (uint64_t source = 1; source <= 64; source++)
        assert_int_equal(take_all(source, 3000), A_MINUTE);
    for (uint64_t source = 1; source <= 64; source++)
        assert_false(take(source, 3000));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_minutes_worth_at_once),
        TEST(test_they_come_back),
        TEST(test_a_clock_that_stands_still),
        TEST(test_given_back),
        TEST(test_no_limit),
        TEST(test_the_smallest_and_the_largest_rate),
        TEST(test_another_rate),
        TEST(test_sources),
        TEST(test_source_0_is_one_as_any),
        TEST(test_a_flood_of_sources_forgives_nobody),
        TEST(test_sets_differ_from_table_to_table),
        TEST(test_who_is_whole_again_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
