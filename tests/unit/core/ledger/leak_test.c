#include "core/ledger/leak.h"

#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

/* A redemption a letter: 1 without a click, 0 with one. Expected: a brute-force model in Python. */
static const struct {
    const char *name, *redemptions;
    bool is_thin, has_broken;
    size_t first;
    double before, after;
} rows[] = {
    {"a clean break", "00000000001111111111", false, true, 10, 0, 1},
    {"never a click", "11111111111111111111", false, false, 0, 0, 0},
    {"always a click", "00000000000000000000", false, false, 0, 0, 0},
    {"it became better", "11111111110000000000", false, false, 0, 0, 0},
    {"nothing", "", true, false, 0, 0, 0},
    {"one too few", "0000000000000000000", true, false, 0, 0, 0},
    {"every other one", "010101010101010101010101010101", false, false, 0, 0, 0},
    {"the last side is at least ten", "000000000000000000000000000000111111111", false, true, 29, 0,
     0.9},
    {"from a share to all", "0001000100010001000100010001000100010001111111111111", false, true, 39,
     9.0 / 39, 1},
    {"from a share to a greater one",
     "000100001000010000100001000010000100001011011110111101111011", false, true, 38, 7.0 / 38,
     17.0 / 22},
    {"a wave that went by", "00000000001111111111000000000000000000000000000000", false, false, 0,
     0, 0},
};

static void breaks_are_found_where_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct redemption redemptions[128] = {0};
        size_t count = strlen(rows[i].redemptions);
        for (size_t j = 0; j < count; j++)
            redemptions[j].has_click = rows[i].redemptions[j] == '0';
        struct leak leak = leak_of(redemptions, count);
        if (leak.is_thin != rows[i].is_thin || leak.has_broken != rows[i].has_broken)
            fail_msg("%s", rows[i].name);
        if (!leak.has_broken)
            continue;
        if (leak.first != rows[i].first)
            fail_msg("%s: %zu", rows[i].name, leak.first);
        assert_true(fabs(leak.share_before - rows[i].before) < 1e-12);
        assert_true(fabs(leak.share_after - rows[i].after) < 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breaks_are_found_where_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
