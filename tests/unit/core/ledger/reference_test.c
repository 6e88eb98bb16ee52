#include "core/ledger/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static char file[64];
static struct reference reference;
static char why[REFERENCE_WHY_MAX];

static int open_text(const char *text)
{
    (void)snprintf(file, sizeof file, "/tmp/jalon-reference-XXXXXX");
    int descriptor = mkstemp(file);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    assert_int_equal(close(descriptor), 0);
    why[0] = '\0';
    int err = reference_open(&reference, file, why);
    assert_int_equal(unlink(file), 0);
    return err;
}

static void the_list_built_in_names_its_sources(void **state)
{
    (void)state;
    assert_int_equal(reference_open(&reference, "", why), JALON_OK);
    const struct reference_range *ctr = reference_find(&reference, REFERENCE_CTR, SLICE("micro")),
                                 *engagement = reference_find(&reference, REFERENCE_ENGAGEMENT_RATE,
                                                              SLICE_NONE);
    /* the issue's: CTR 1.5-3 %, engagement 3-8 % */
    assert_true(ctr && ctr->low == 0.015 && ctr->high == 0.03 && ctr->source.size);
    assert_true(engagement && engagement->low == 0.03 && engagement->high == 0.08);
    assert_null(reference_find(&reference, REFERENCE_CONVERSION_RATE, SLICE("micro")));
    reference_done(&reference);
}

static void a_tiers_own_range_comes_before_that_of_any(void **state)
{
    (void)state;
    assert_int_equal(open_text("# ours\n\n  ctr  any\t1% 2.5%   all of ours, 2025\r\n"
                               "ctr nano 0.02 0.045 our nanos, \"2025\"\n"
                               "conversion_rate any 0 1 all there is"),
                     JALON_OK);
    const struct reference_range *nano = reference_find(&reference, REFERENCE_CTR, SLICE("nano")),
                                 *macro = reference_find(&reference, REFERENCE_CTR, SLICE("macro"));
    assert_true(fabs(nano->low - 0.02) < 1e-12 && fabs(nano->high - 0.045) < 1e-12);
    assert_true(slice_is(nano->source, "our nanos, \"2025\""));
    assert_true(fabs(macro->low - 0.01) < 1e-12 && fabs(macro->high - 0.025) < 1e-12);
    assert_true(slice_is(macro->source, "all of ours, 2025"));
    assert_ptr_equal(macro, reference_find(&reference, REFERENCE_CTR, SLICE_NONE));
    assert_null(reference_find(&reference, REFERENCE_ENGAGEMENT_RATE, SLICE("nano")));
    reference_done(&reference);
}

static void a_bad_line_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } rows[] = {
        {"cpm any 1 2 x", "it begins with ctr"},
        {"CTR any 1% 2% x", "it begins with ctr"},
        {"ctr mega 1% 2% x", "the tier: nano, micro"},
        {"ctr 1% 2% x", "the tier: nano, micro"},
        {"ctr any 1,5% 3% x", "two rates"},
        {"ctr any 1.5 3 x", "two rates"}, /* 150 % */
        {"ctr any -1% 3% x", "two rates"},
        {"ctr any 1% 100.0001% x", "two rates"},
        {"ctr any 1% 3", "two rates"},
        {"ctr any %  3% x", "two rates"},
        {"ctr any 1%", "two rates"},
        {"ctr any 1.23456% 3% x", "two rates"}, /* more places than a rate has */
        {"ctr any 3% 1.5% x", "above the highest"},
        {"ctr any 1.5% 3%", "where the figures are from"},
        {"ctr any 1.5% 3% \xff", "no UTF-8"},
        {"ctr any 1.5% 3% a\x01z", "no UTF-8"},
        {"ctr nano 1% 2% x\nctr nano 1% 2% y", "a range already"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "# a comment\n%s\n", rows[i].line);
        assert_int_equal(open_text(text), JALON_MALFORMED);
        char place[80];
        (void)snprintf(place, sizeof place, "%s:%d: ", file, strchr(rows[i].line, '\n') ? 3 : 2);
        if (strncmp(why, place, strlen(place)) != 0 || !strstr(why, rows[i].words))
            fail_msg("%s: %s", rows[i].line, why);
    }
    char text[256];
    (void)snprintf(text, sizeof text, "ctr any 1%% 2%% %0161d\n", 0);
    assert_int_equal(open_text(text), JALON_MALFORMED);
    assert_non_null(strstr(why, "160 bytes"));
    assert_int_equal(reference_open(&reference, "/nowhere/at/all", why), JALON_IO);
    assert_non_null(strstr(why, "/nowhere/at/all: can't be read: No such file"));
}

static void a_rate_is_placed_with_its_interval(void **state)
{
    (void)state;
    const struct reference_range range = {.low = 0.015, .high = 0.03};
    static const struct {
        double low, value, high; /* value < 0: unknown; low < 0: without an interval */
        const char *place;
    } rows[] = {
        {0.010, 0.012, 0.0149, "below"},   {0.010, 0.012, 0.0151, "unclear"},
        {0.015, 0.020, 0.0300, "within"},  {0.014, 0.020, 0.0310, "unclear"},
        {0.029, 0.035, 0.0400, "unclear"}, {0.0301, 0.035, 0.0400, "above"},
        {-1, 0.02, -1, "within"},          {-1, 0.031, -1, "above"},
        {-1, 0.001, -1, "below"},          {-1, -1, -1, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rate rate = {
            .value = {rows[i].value >= 0, rows[i].value},
            .low = {rows[i].low >= 0, rows[i].low},
            .high = {rows[i].high >= 0, rows[i].high},
        };
        const char *place = reference_place(&range, &rate);
        if (rows[i].place)
            assert_string_equal(place, rows[i].place);
        else
            assert_null(place);
    }
}

static void ranges_that_known_figures_are_held_against_are_used(void **state)
{
    (void)state;
    struct reference three;
    char wrong[REFERENCE_WHY_MAX];
    bool used[REFERENCE_RANGES_MAX] = {false};
    assert_int_equal(reference_parse(&three,
                                     SLICE("ctr any 1% 2% a\nctr nano 2% 3% b\n"
                                           "engagement_rate any 3% 8% c\n"),
                                     "x", wrong),
                     JALON_OK);
    const struct metrics seen = {.ctr.value.is_known = true};
    reference_use(used, &three, &seen, SLICE("nano"));
    assert_true(!used[0] && used[1] && !used[2]);
    reference_use(used, &three, &seen, SLICE_NONE);
    assert_true(used[0] && !used[2]);
    assert_string_equal(reference_field(three.ranges[2].metric), "engagement_rate");
    reference_done(&three);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_built_in_names_its_sources),
        cmocka_unit_test(a_tiers_own_range_comes_before_that_of_any),
        cmocka_unit_test(a_bad_line_is_told),
        cmocka_unit_test(a_rate_is_placed_with_its_interval),
        cmocka_unit_test(ranges_that_known_figures_are_held_against_are_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
