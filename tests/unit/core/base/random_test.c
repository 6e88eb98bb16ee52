#include "core/base/random.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

static void test_fills_and_differs(void **state)
{
    (void)state;
    unsigned char a[600] = {0}, b[600] = {0};
    assert_int_equal(random_bytes(a, sizeof a), JALON_OK);
    assert_int_equal(random_bytes(b, sizeof b), JALON_OK);
    assert_memory_not_equal(a, b, sizeof a);
    /* Each eighth of it was written: 75 zeros in a row have a chance of 2^-600. */
    static const unsigned char zeros[75];
    for (size_t at = 0; at < sizeof a; at += sizeof zeros)
        assert_memory_not_equal(a + at, zeros, sizeof zeros);
}

static void test_writes_no_byte_more(void **state)
{
    (void)state;
    unsigned char bytes[3] = {1, 2, 3};
    assert_int_equal(random_bytes(bytes, 0), JALON_OK);
    assert_int_equal(bytes[0], 1);
    assert_int_equal(random_bytes(bytes, 2), JALON_OK);
    assert_int_equal(bytes[2], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills_and_differs),
        cmocka_unit_test(test_writes_no_byte_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
