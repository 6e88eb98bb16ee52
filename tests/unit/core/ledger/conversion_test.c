#include "core/ledger/conversion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define P CONVERSION_PENDING
#define A CONVERSION_APPROVED
#define R CONVERSION_REFUNDED
#define C CONVERSION_CANCELLED

static void only_what_counts_may_move_on(void **state)
{
    (void)state;
    static const bool may[4][4] = {
        /* to P, A, R, C */
        [P] = {true, true, false, true},
        [A] = {false, true, false, true},
        [R] = {false, false, true, false},
        [C] = {false, false, false, true},
    };
    for (unsigned from = P; from <= C; from++)
        for (unsigned to = P; to <= C; to++)
            assert_int_equal(
                conversion_may_become((enum conversion_status)from, (enum conversion_status)to),
                may[from][to]);
}

static void revenue_is_net_of_refunds(void **state)
{
    (void)state;
    static const struct {
        enum conversion_status status;
        int64_t amount, refunded, revenue;
        bool counts;
    } rows[] = {
        {A, 1990, 0, 1990, true},  {A, 1990, 990, 1000, true}, {A, 1990, 1990, 0, true},
        {A, 1990, 2000, 0, true},  {P, 1990, 0, 1990, true},   {P, 1990, 1, 1989, true},
        {R, 1990, 1990, 0, false}, {R, 1990, 0, 0, false},     {C, 1990, 0, 0, false},
        {C, 1990, 990, 0, false},  {A, 0, 0, 0, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(conversion_revenue(rows[i].status, rows[i].amount, rows[i].refunded),
                         rows[i].revenue);
        assert_int_equal(conversion_counts(rows[i].status), rows[i].counts);
    }
}

static void names_are_read_back(void **state)
{
    (void)state;
    static const char *const names[] = {"pending", "approved", "refunded", "cancelled"};
    enum conversion_status status = R;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(conversion_status_of(&status, slice_of_string(names[i])), JALON_OK);
        assert_int_equal(status, i);
        assert_string_equal(conversion_status_name(status), names[i]);
    }
    assert_int_equal(conversion_status_of(&status, SLICE("canceled")), JALON_NOT_FOUND);
    assert_int_equal(conversion_status_of(&status, SLICE("")), JALON_NOT_FOUND);
    assert_int_equal(conversion_status_of(&status, SLICE("Pending")), JALON_NOT_FOUND);
    assert_int_equal(status, C);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_counts_may_move_on),
        cmocka_unit_test(revenue_is_net_of_refunds),
        cmocka_unit_test(names_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
