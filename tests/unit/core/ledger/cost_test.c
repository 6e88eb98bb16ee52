#include "core/ledger/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void values_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        enum cost_kind kind;
        const char *text;
        unsigned exponent;
        int64_t value;
        const char *written;
    } rows[] = {
        {COST_FEE, "250", 2, 25000, "250.00"},
        {COST_PRODUCT, "39.9", 2, 3990, "39.90"},
        {COST_FEE, "1000", 0, 1000, "1000"},
        {COST_PER_CLICK, "0.15", 2, 150000, "0.15"},
        {COST_PER_CLICK, "0.012345", 2, 12345, "0.012345"},
        {COST_PER_CLICK, "0.5", 0, 500000, "0.5"},
        {COST_PER_CONVERSION, "12", 2, 12000000, "12"},
        {COST_COMMISSION, "8%", 2, 8000000, "8%"},
        {COST_COMMISSION, "8", 2, 8000000, "8%"},
        {COST_COMMISSION, "7.25%", 2, 7250000, "7.25%"},
        {COST_COMMISSION, "0.000001%", 2, 1, "0.000001%"},
        {COST_COMMISSION, "100%", 2, COST_SHARE_WHOLE, "100%"},
        {COST_COMMISSION, "0%", 2, 0, "0%"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value;
        assert_int_equal(
            cost_value_parse(&value, rows[i].kind, slice_of_string(rows[i].text), rows[i].exponent),
            JALON_OK);
        assert_int_equal(value, rows[i].value);
        char memory[32];
        struct buffer out;
        buffer_over(&out, memory, sizeof memory);
        cost_value_format(&out, rows[i].kind, value, rows[i].exponent);
        assert_true(slice_is(buffer_slice(&out), rows[i].written));
    }
}

static void what_is_no_value_is_refused(void **state)
{
    (void)state;
    static const struct {
        enum cost_kind kind;
        const char *text;
        int error;
    } rows[] = {
        {COST_FEE, "-1", JALON_MALFORMED},
        {COST_FEE, "-0", JALON_MALFORMED},
        {COST_FEE, "8%", JALON_MALFORMED},
        {COST_FEE, "1.234", JALON_INVALID},
        {COST_FEE, "", JALON_MALFORMED},
        {COST_PER_CLICK, "-0.1", JALON_MALFORMED},
        {COST_PER_CLICK, "0.1234567", JALON_INVALID},
        {COST_PER_CLICK, "8%", JALON_MALFORMED},
        {COST_COMMISSION, "", JALON_MALFORMED},
        {COST_COMMISSION, "%", JALON_MALFORMED},
        {COST_COMMISSION, "-8%", JALON_MALFORMED},
        {COST_COMMISSION, "8%%", JALON_MALFORMED},
        {COST_COMMISSION, "8 %", JALON_MALFORMED},
        {COST_COMMISSION, "100.000001%", JALON_INVALID},
        {COST_COMMISSION, "101", JALON_INVALID},
        {COST_COMMISSION, "8.1234567%", JALON_INVALID},
        {COST_COMMISSION, "8,5%", JALON_MALFORMED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value = 77;
        assert_int_equal(cost_value_parse(&value, rows[i].kind, slice_of_string(rows[i].text), 2),
                         rows[i].error);
        assert_int_equal(value, 77);
    }
}

static void kinds_have_the_names_of_the_import(void **state)
{
    (void)state;
    static const char *const names[] = {"fee",
                                        "product",
                                        "per_click",
                                        "per_conversion",
                                        "commission",
                                        "per_conversion_code",
                                        "commission_code"};
    enum cost_kind kind = COST_COMMISSION;
    for (unsigned i = 0; i < COST_KIND_COUNT; i++) {
        assert_int_equal(cost_kind_of(&kind, slice_of_string(names[i])), JALON_OK);
        assert_int_equal(kind, i);
        assert_string_equal(cost_kind_name(kind), names[i]);
    }
    assert_int_equal(cost_kind_of(&kind, SLICE("per-click")), JALON_NOT_FOUND);
    assert_int_equal(cost_kind_of(&kind, SLICE("")), JALON_NOT_FOUND);
}

/* Given out of order on purpose. Days are 100 to 110. */
static void a_period_costs_what_holds_on_each_day(void **state)
{
    (void)state;
    struct cost_entry entries[] = {
        {105, COST_PER_CLICK, 200000},   /* 0.20 from day 105 */
        {90, COST_PER_CLICK, 100000},    /* 0.10 before */
        {100, COST_FEE, 25000},          /* on the first day */
        {110, COST_FEE, 99900},          /* the day after the last */
        {99, COST_PRODUCT, 5000},        /* the day before the first */
        {109, COST_PRODUCT, 3990},       /* on the last */
        {103, COST_COMMISSION, 7250000}, /* 7.25 % from day 103 */
        {95, COST_PER_CONVERSION, 1500000} /* 1.50 */,
        {112, COST_PER_CONVERSION, 9000000},
    };
    const size_t count = sizeof entries / sizeof *entries;
    cost_sort(entries, count);
    date_day cuts[4];
    assert_int_equal(cost_cuts(cuts, 4, entries, count, 100, 110), 2);
    assert_int_equal(cuts[0], 103);
    assert_int_equal(cuts[1], 105);

    const struct cost_base bases[] = {
        {100, 103, 10, 2000000, 100000, 0, 0},
        {103, 105, 7, 1500000, 33333, 0, 0},
        {105, 110, 13, 3000000, 50001, 0, 0},
    };
    const struct cost_lines lines = cost_of(entries, count, bases, 3, 2);
    assert_int_equal(lines.minor[COST_FEE], 25000);
    assert_int_equal(lines.minor[COST_PRODUCT], 3990);
    assert_int_equal(lines.minor[COST_PER_CLICK], 430);      /* 17 × 0.10 + 13 × 0.20 */
    assert_int_equal(lines.minor[COST_PER_CONVERSION], 975); /* 6.5 × 1.50 */
    assert_int_equal(lines.minor[COST_COMMISSION], 6042);    /* 833.34 × 0.0725 = 60.41715 */
    assert_int_equal(cost_total(&lines), 25000 + 3990 + 430 + 975 + 6042);
}

static void a_line_is_rounded_once_half_even(void **state)
{
    (void)state;
    static const struct {
        enum cost_kind kind;
        int64_t value;
        int64_t first, second; /* what the rate is taken of, in two stretches */
        unsigned exponent;
        int64_t minor;
    } rows[] = {
        {COST_PER_CLICK, 5000, 1, 0, 2, 0},       /* 0.005 → 0.00 */
        {COST_PER_CLICK, 5000, 1, 1, 2, 1},       /* 0.005 + 0.005: not rounded twice */
        {COST_PER_CLICK, 5000, 3, 0, 2, 2},       /* 0.015 → 0.02 */
        {COST_PER_CLICK, 5001, 1, 0, 2, 1},       /* 0.005001 → 0.01 */
        {COST_PER_CLICK, 500000, 1, 0, 0, 0},     /* half a yen → 0 */
        {COST_PER_CLICK, 500000, 2, 1, 0, 2},     /* 1.5 yen → 2 */
        {COST_PER_CLICK, 1, 1000000, 0, 3, 1000}, /* a millionth of a dinar, a million times */
        {COST_PER_CONVERSION, 1000000, 333334, 333333, 2, 67}, /* 0.666667 */
        {COST_PER_CONVERSION, 1000000, 500000, 0, 0, 0},
        {COST_COMMISSION, 8000000, 1990, 0, 2, 159}, /* 1.592 */
        {COST_COMMISSION, 50000000, 1, 0, 2, 0},     /* half a cent */
        {COST_COMMISSION, 50000000, 1, 2, 2, 2},     /* a cent and a half */
        {COST_COMMISSION, COST_SHARE_WHOLE, 1990, 10, 2, 2000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct cost_entry entry = {10, rows[i].kind, rows[i].value};
        const struct cost_base bases[] = {
            {10, 11, rows[i].first, rows[i].first, rows[i].first, 0, 0},
            {11, 12, rows[i].second, rows[i].second, rows[i].second, 0, 0},
        };
        const struct cost_lines lines = cost_of(&entry, 1, bases, 2, rows[i].exponent);
        if (lines.minor[rows[i].kind] != rows[i].minor)
            fail_msg("row %zu: %lld", i, (long long)lines.minor[rows[i].kind]);
    }
}

static void rates_are_cut_where_they_begin_and_only_inside(void **state)
{
    (void)state;
    const struct cost_entry entries[] = {
        {100, COST_PER_CLICK, 1},  {101, COST_FEE, 1},        {102, COST_PER_CLICK, 1},
        {102, COST_COMMISSION, 1}, {105, COST_COMMISSION, 1}, {106, COST_COMMISSION, 1},
    };
    date_day cuts[4] = {0};
    assert_int_equal(cost_cuts(cuts, 4, entries, 6, 100, 106), 2);
    assert_int_equal(cuts[0], 102);
    assert_int_equal(cuts[1], 105);
    assert_int_equal(cost_cuts(cuts, 4, entries, 6, 102, 105), 0);
    assert_int_equal(cost_cuts(cuts, 1, entries, 6, 90, 120), 1);
    assert_int_equal(cuts[0], 100);
    assert_int_equal(cost_cuts(cuts, 4, NULL, 0, 90, 120), 0);
}

/* Figures by Python's integers. */
static void lines_pass_the_end_of_64_bits(void **state)
{
    (void)state;
    const struct cost_entry entries[] = {
        {10, COST_FEE, MONEY_MAX},
        {10, COST_PER_CLICK, MONEY_MAX},
        {10, COST_COMMISSION, COST_SHARE_WHOLE / 2},
    };
    const struct cost_base base = {10, 11, INT64_C(1000000000000), 0, (wide)INT64_MAX * 1000, 0, 0};
    const struct cost_lines lines = cost_of(entries, 3, &base, 1, 2);
    const wide per_click = (wide)MONEY_MAX * 100000000; /* 10^9 each, 10^12 times, in cents */
    const wide commission = (wide)INT64_MAX * 500;
    assert_true(lines.minor[COST_PER_CLICK] == per_click);
    assert_true(lines.minor[COST_COMMISSION] == commission);
    assert_true(cost_total(&lines) == MONEY_MAX + per_click + commission);
}

static void without_entries_or_days_nothing_is_owed(void **state)
{
    (void)state;
    const struct cost_base base = {10, 11, 100, 100, 100, 0, 0};
    const struct cost_entry entry = {10, COST_FEE, 100};
    struct cost_lines lines = cost_of(NULL, 0, &base, 1, 2);
    for (int i = 0; i < COST_KIND_COUNT; i++)
        assert_int_equal(lines.minor[i], 0);
    lines = cost_of(&entry, 1, NULL, 0, 2);
    assert_int_equal(lines.minor[COST_FEE], 0);
}

/* 8 % of all, 10 % from day 105; of code sales 5 % from day 103, 2.5 % from 107. 1 a conversion, 0.25 of a code sale
 * from day 107. */
static const struct cost_entry split_entries[] = {
    {100, COST_PER_CONVERSION, 1000000},     {100, COST_COMMISSION, 8000000},
    {103, COST_COMMISSION_CODE, 5000000},    {105, COST_COMMISSION, 10000000},
    {107, COST_PER_CONVERSION_CODE, 250000}, {107, COST_COMMISSION_CODE, 2500000},
};
static const struct cost_base split_bases[] = {
    {100, 103, 4, 3000000, 10001, 1000000, 5000},
    {103, 105, 0, 2000000, 20001, 1500000, 15000},
    {105, 107, 0, 0, 0, 0, 0},
    {107, 110, 0, 4000000, 3333, 1000000, 1111},
};

static void code_sales_have_their_rate_once_there_is_one(void **state)
{
    (void)state;
    const struct cost_lines lines = cost_of(split_entries, 6, split_bases, 4, 2);
    /* 100.01 × 8 % + 50.01 × 8 % + 22.22 × 10 % = 14.2236 */
    assert_int_equal(lines.minor[COST_COMMISSION], 1422);
    /* 150.00 × 5 % + 11.11 × 2.5 % = 7.77775 */
    assert_int_equal(lines.minor[COST_COMMISSION_CODE], 778);
    assert_int_equal(lines.minor[COST_PER_CONVERSION], 800); /* 3 + 2 + 3 */
    assert_int_equal(lines.minor[COST_PER_CONVERSION_CODE], 25);
    assert_int_equal(cost_total(&lines), 1422 + 778 + 800 + 25);
}

static void check_pieces(enum cost_kind kind, const struct cost_piece *expected, size_t count)
{
    struct cost_piece pieces[4];
    assert_int_equal(cost_pieces(pieces, kind, split_entries, 6, split_bases, 4), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pieces[i].rate, expected[i].rate);
        assert_int_equal(pieces[i].base, expected[i].base);
    }
}

static void a_line_is_made_of_its_rates(void **state)
{
    (void)state;
    check_pieces(COST_COMMISSION, (struct cost_piece[]){{8000000, 15002}, {10000000, 2222}}, 2);
    check_pieces(COST_COMMISSION_CODE, (struct cost_piece[]){{5000000, 15000}, {2500000, 1111}}, 2);
    check_pieces(COST_PER_CONVERSION, (struct cost_piece[]){{1000000, 8000000}}, 1);
    check_pieces(COST_PER_CONVERSION_CODE, (struct cost_piece[]){{250000, 1000000}}, 1);
    check_pieces(COST_PER_CLICK, NULL, 0);
    struct cost_piece piece[2];
    /* Of days without a base the last rate is told, and none beside one that has a base. */
    assert_int_equal(cost_pieces(piece, COST_COMMISSION, split_entries, 6, split_bases + 2, 1), 1);
    assert_int_equal(piece[0].rate, 10000000);
    assert_int_equal(cost_pieces(piece, COST_COMMISSION, split_entries, 6, split_bases + 1, 2), 1);
    assert_int_equal(piece[0].rate, 8000000);
}

static void a_code_sale_is_part_of_the_whole(void **state)
{
    (void)state;
    struct cost_base base = {.from = 1, .to = 2};
    cost_base_add(&base, 1000000, 1990, false);
    cost_base_add(&base, 500000, -990, true);
    assert_int_equal(base.goals_micro, 1500000);
    assert_int_equal(base.revenue_minor, 1000);
    assert_int_equal(base.code_goals_micro, 500000);
    assert_int_equal(base.code_revenue_minor, -990);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_and_written),
        cmocka_unit_test(what_is_no_value_is_refused),
        cmocka_unit_test(kinds_have_the_names_of_the_import),
        cmocka_unit_test(a_period_costs_what_holds_on_each_day),
        cmocka_unit_test(a_line_is_rounded_once_half_even),
        cmocka_unit_test(rates_are_cut_where_they_begin_and_only_inside),
        cmocka_unit_test(lines_pass_the_end_of_64_bits),
        cmocka_unit_test(code_sales_have_their_rate_once_there_is_one),
        cmocka_unit_test(a_line_is_made_of_its_rates),
        cmocka_unit_test(a_code_sale_is_part_of_the_whole),
        cmocka_unit_test(without_entries_or_days_nothing_is_owed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
