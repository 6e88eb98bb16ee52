#include "core/ledger/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void currencies_have_the_exponent_of_iso_4217(void **state)
{
    (void)state;
    /* From ISO 4217's list of 2024-06-25; those of 0, 3 and 4 digits are all there are. */
    static const struct {
        unsigned exponent;
        const char *codes;
    } rows[] = {
        {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
        {2, "EUR USD GBP CHF SEK PLN CZK HUF MGA MRU INR BRL ZAR CNY IDR TRY MXN"},
        {3, "BHD IQD JOD KWD LYD OMR TND"},
        {4, "CLF UYW"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice rest = slice_of_string(rows[i].codes);
        while (rest.size) {
            unsigned exponent = 99;
            assert_int_equal(currency_exponent(&exponent, slice_take(&rest, ' ')), JALON_OK);
            assert_int_equal(exponent, rows[i].exponent);
        }
    }
}

static void what_is_no_active_currency_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"",    "eur", "EU",   "EURO", "XAU", "XTS",  "DEM", "FRF",
                                       "HRK", "UR ", "R US", "   ",  "ABC", "E\nR", " EU", "XDR"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned exponent = 99;
        assert_int_equal(currency_exponent(&exponent, slice_of_string(rows[i])), JALON_NOT_FOUND);
        assert_int_equal(exponent, 99);
    }
}

static void amounts_are_read_and_written_in_minor_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned exponent;
        int64_t minor;
        const char *written;
    } rows[] = {
        {"19.90", 2, 1990, "19.90"}, {"19.9", 2, 1990, "19.90"},
        {"250", 2, 25000, "250.00"}, {"-5", 2, -500, "-5.00"},
        {"0", 2, 0, "0.00"},         {"0.05", 2, 5, "0.05"},
        {"-0.05", 2, -5, "-0.05"},   {"0.00", 2, 0, "0.00"},
        {"1200", 0, 1200, "1200"},   {"1.234", 3, 1234, "1.234"},
        {"0.0001", 4, 1, "0.0001"},  {"10000000000000.00", 2, MONEY_MAX, "10000000000000.00"},
        {"-0", 2, 0, "0.00"},        {"1000000000000000", 0, MONEY_MAX, "1000000000000000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t minor;
        assert_int_equal(money_parse(&minor, slice_of_string(rows[i].text), rows[i].exponent), 0);
        assert_int_equal(minor, rows[i].minor);
        char memory[MONEY_TEXT_MAX];
        struct buffer out;
        buffer_over(&out, memory, sizeof memory);
        money_format(&out, minor, rows[i].exponent);
        assert_true(slice_is(buffer_slice(&out), rows[i].written));
    }
}

static void what_is_no_amount_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned exponent;
        int error;
    } rows[] = {
        {"", 2, JALON_MALFORMED},
        {"-", 2, JALON_MALFORMED},
        {".", 2, JALON_MALFORMED},
        {".5", 2, JALON_MALFORMED},
        {"5.", 2, JALON_MALFORMED},
        {"+5", 2, JALON_MALFORMED},
        {"--5", 2, JALON_MALFORMED},
        {" 5", 2, JALON_MALFORMED},
        {"5 ", 2, JALON_MALFORMED},
        {"1,50", 2, JALON_MALFORMED},
        {"1.5.0", 2, JALON_MALFORMED},
        {"1e3", 2, JALON_MALFORMED},
        {"0x10", 2, JALON_MALFORMED},
        {"1 000", 2, JALON_MALFORMED},
        {"1.-5", 2, JALON_MALFORMED},
        {"NaN", 2, JALON_MALFORMED},
        {"007", 2, JALON_MALFORMED},
        {"00.50", 2, JALON_MALFORMED},
        {"\xd9\xa1", 2, JALON_MALFORMED},
        {"1.234", 2, JALON_INVALID},
        {"1.0", 0, JALON_INVALID},
        {"1.000", 2, JALON_INVALID},
        {"10000000000000.01", 2, JALON_TOO_LONG},
        {"1000000000000001", 0, JALON_TOO_LONG},
        {"99999999999999999999999999999999", 2, JALON_TOO_LONG},
        {"-10000000000000.01", 2, JALON_TOO_LONG},
        {"1000000000000000", 2, JALON_TOO_LONG},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t minor = 77;
        assert_int_equal(money_parse(&minor, slice_of_string(rows[i].text), rows[i].exponent),
                         rows[i].error);
        assert_int_equal(minor, 77);
    }
}

static void a_price_has_two_digits_more_and_rounds_half_even(void **state)
{
    (void)state;
    /* Python: (Decimal(minor).scaleb(-e) / n).quantize(Decimal(1).scaleb(-e-2), ROUND_HALF_EVEN) */
    static const struct {
        int64_t minor;
        unsigned exponent;
        int64_t count_micro;
        const char *text;
    } rows[] = {
        {1000, 2, 3000000, "3.3333"},
        {2000, 2, 3000000, "6.6667"},
        {1, 2, 8000000, "0.0012"},
        {3, 2, 8000000, "0.0038"},
        {1, 2, 200000000, "0.0000"},
        {3, 2, 200000000, "0.0002"},
        {25000, 2, 312000000, "0.8013"},
        {100, 0, 7000000, "14.29"},
        {12345, 3, 10000000, "1.23450"},
        {0, 2, 1000000, "0.0000"},
        {1000, 2, 333334, "29.9999"},
        {-1000, 2, 3000000, "-3.3333"},
        {MONEY_MAX * 1000, 2, 1, "10000000000000000000000.0000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char memory[MONEY_TEXT_MAX];
        struct buffer out;
        buffer_over(&out, memory, sizeof memory);
        money_format_per(&out, rows[i].minor, rows[i].exponent, rows[i].count_micro);
        assert_memory_equal(memory, rows[i].text, strlen(rows[i].text));
        assert_int_equal(out.size, strlen(rows[i].text));
    }
}

/* The expected ones by Python's decimal. */
static void a_price_over_an_estimate_has_two_digits_more_too(void **state)
{
    (void)state;
    static const struct {
        wide minor;
        unsigned exponent;
        double divisor;
        const char *text;
    } rows[] = {
        {25000, 2, 17.0848034514, "14.6329"},
        {1000, 0, 3.68887945411, "271.09"},
        {1, 2, 400, "0.0000"},
        {0, 3, 1.5, "0.00000"},
        {25000, 2, 0.025317807984, "9874.4726"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char memory[MONEY_TEXT_MAX];
        struct buffer out;
        buffer_over(&out, memory, sizeof memory);
        money_format_per_estimate(&out, rows[i].minor, rows[i].exponent, rows[i].divisor);
        assert_true(slice_is(buffer_slice(&out), rows[i].text));
    }
}

static void division_is_exact_and_rounds_half_even(void **state)
{
    (void)state;
    static const struct {
        int64_t a, numerator, denominator, result;
    } rows[] = {
        {5, 1, 2, 2},
        {7, 1, 2, 4},
        {-5, 1, 2, -2},
        {-7, 1, 2, -4},
        {10, 1, 3, 3},
        {20, 1, 3, 7},
        {-20, 1, 3, -7},
        {0, 5, 9, 0},
        {1, 1, 2, 0},
        {3, 1, 2, 2},
        {25, 1, 10, 2},
        {35, 1, 10, 4},
        {26, 1, 10, 3},
        {INT64_MAX, 1, 1, INT64_MAX},
        {INT64_MIN, 1, 1, INT64_MIN},
        {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        wide product = (wide)rows[i].a * rows[i].numerator;
        wide result = wide_divide_half_even(product, rows[i].denominator);
        assert_true(result == rows[i].result);
    }
}

/* A trillion of the largest amounts; expected texts from Python's decimal. */
static void sums_pass_the_end_of_64_bits(void **state)
{
    (void)state;
    const wide sum = (wide)MONEY_MAX * 1000000000001;
    char memory[MONEY_TEXT_MAX];
    struct buffer out;
    buffer_over(&out, memory, sizeof memory);
    money_format(&out, sum, 2);
    assert_true(slice_is(buffer_slice(&out), "10000000000010000000000000.00"));
    buffer_clear(&out);
    money_format(&out, -sum, 0);
    assert_true(slice_is(buffer_slice(&out), "-1000000000001000000000000000"));
    buffer_clear(&out);
    money_format_per(&out, sum, 2, 3000000);
    assert_true(slice_is(buffer_slice(&out), "3333333333336666666666666.6667"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(currencies_have_the_exponent_of_iso_4217),
        cmocka_unit_test(what_is_no_active_currency_is_refused),
        cmocka_unit_test(amounts_are_read_and_written_in_minor_units),
        cmocka_unit_test(what_is_no_amount_is_refused),
        cmocka_unit_test(a_price_has_two_digits_more_and_rounds_half_even),
        cmocka_unit_test(a_price_over_an_estimate_has_two_digits_more_too),
        cmocka_unit_test(division_is_exact_and_rounds_half_even),
        cmocka_unit_test(sums_pass_the_end_of_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
