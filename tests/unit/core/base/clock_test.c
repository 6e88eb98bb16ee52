#include "core/base/clock.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <time.h>

static void test_wall_is_milliseconds_since_1970(void **state)
{
    (void)state;
    time_t before = time(NULL);
    int64_t now_ms = clock_wall_ms();
    time_t after = time(NULL);
    /* time() may lag by a tick: a second of room on both sides. */
    assert_true(now_ms >= (int64_t)before * 1000 - 1000);
    assert_true(now_ms <= (int64_t)after * 1000 + 2000);
}

static void test_monotonic_goes_on(void **state)
{
    (void)state;
    int64_t first = clock_monotonic_ms(), last = first;
    while (last < first + 3) { /* no sleep: it has to move by itself */
        int64_t now = clock_monotonic_ms();
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wall_is_milliseconds_since_1970),
        cmocka_unit_test(test_monotonic_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
