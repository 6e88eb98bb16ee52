/* That each single substitution and each swap of neighbours is caught is shown by trying all. */
#include "core/sign/check_character.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define SIZE_MAX_OF_CODE 26

static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTUVWXYZ"; /* all that folding leaves */
#define SYMBOLS (sizeof symbols - 1)

/* Characters for the places that a test does not care about: a small generator, always the same. */
static char filler(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return symbols[(*seed >> 16) % SYMBOLS];
}

/* A text with its check character; the places in `kept` are as the caller set them. */
static void complete(char *text, size_t size, const bool *kept, uint32_t seed)
{
    do {
        for (size_t i = 0; i + 1 < size; i++)
            if (!kept[i])
                text[i] = filler(&seed);
        text[size - 1] = check_character(slice_of(text, size - 1));
    } while (!text[size - 1]);
    assert_true(check_character_fits(slice_of(text, size)));
}

static void test_every_substitution_is_caught(void **state)
{
    (void)state;
    for (size_t at = 0; at + 1 < SIZE_MAX_OF_CODE; at++)
        for (size_t x = 0; x < SYMBOLS; x++) {
            char text[SIZE_MAX_OF_CODE];
            bool kept[SIZE_MAX_OF_CODE] = {[0] = false};
            text[at] = symbols[x];
            kept[at] = true;
            complete(text, sizeof text, kept, (uint32_t)(at * SYMBOLS + x));
            for (size_t y = 0; y < SYMBOLS; y++) {
                text[at] = symbols[y];
                assert_int_equal(check_character_fits(slice_of(text, sizeof text)), x == y);
            }
        }
}

static void test_every_other_check_character_is_caught(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 200; seed++) {
        char text[SIZE_MAX_OF_CODE];
        const bool kept[SIZE_MAX_OF_CODE] = {[0] = false};
        complete(text, sizeof text, kept, seed);
        size_t fits = 0;
        for (size_t y = 0; y < SYMBOLS; y++) {
            text[sizeof text - 1] = symbols[y];
            fits += check_character_fits(slice_of(text, sizeof text));
        }
        assert_int_equal(fits, 1);
    }
}

static void swap(size_t a, size_t b, size_t x, size_t y)
{
    char text[SIZE_MAX_OF_CODE];
    bool kept[SIZE_MAX_OF_CODE] = {[0] = false};
    text[a] = symbols[x];
    kept[a] = true;
    if (b + 1 < SIZE_MAX_OF_CODE) { /* else it is the check character, which is not chosen */
        text[b] = symbols[y];
        kept[b] = true;
    }
    complete(text, sizeof text, kept, (uint32_t)(x * SYMBOLS + y));
    char first = text[a];
    text[a] = text[b];
    text[b] = first;
    assert_int_equal(check_character_fits(slice_of(text, sizeof text)), text[a] == text[b]);
}

/* Every pair of characters between neighbours; between others one in nine. */
static void test_every_swap_is_caught(void **state)
{
    (void)state;
    for (size_t a = 0; a < SIZE_MAX_OF_CODE; a++)
        for (size_t b = a + 1; b < SIZE_MAX_OF_CODE; b++) {
            size_t step = b == a + 1 ? 1 : 3;
            for (size_t x = a % step; x < SYMBOLS; x += step)
                for (size_t y = b % step; y < SYMBOLS; y += step)
                    swap(a, b, x, y);
        }
}

static void test_known_sums(void **state)
{
    (void)state;
    /* By hand: A = 10, B = 11: 2*11 + 3*10 = 52 = 15 mod 37, 37 - 15 = 22 = P. U = 32: 2*32 = 64 = 27,
     * so 10 = A. 1: 2, so 35: none. Nothing: 0. */
    assert_int_equal(check_character(SLICE("AB")), 'P');
    assert_int_equal(check_character(SLICE("U")), 'A');
    assert_int_equal(check_character(SLICE("1")), '\0');
    assert_int_equal(check_character(SLICE_NONE), '0');
    assert_true(check_character_fits(SLICE("ABP")));
    assert_false(check_character_fits(SLICE("ABQ")));
    assert_false(check_character_fits(SLICE_NONE));
}

static void test_u_is_no_check_character(void **state)
{
    (void)state;
    /* 2 * 16 + 32 = 64: no; 2 * x + 32 = 37k needs x = 21 (N): 42 + 32 = 74. */
    assert_false(check_character_fits(SLICE("NU")));
    assert_int_equal(check_character(SLICE("N")), '\0');
}

static void test_crockford(void **state)
{
    (void)state;
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (int value = 0; value < 32; value++) {
        assert_int_equal(crockford_value(digits[value]), value);
        assert_int_equal(crockford_digit((uint32_t)value), digits[value]);
    }
    static const char none[] = "ILOUilou-a z!";
    for (size_t i = 0; i < sizeof none; i++) /* the NUL too */
        assert_int_equal(crockford_value(none[i]), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_substitution_is_caught),
        cmocka_unit_test(test_every_other_check_character_is_caught),
        cmocka_unit_test(test_every_swap_is_caught),
        cmocka_unit_test(test_known_sums),
        cmocka_unit_test(test_u_is_no_check_character),
        cmocka_unit_test(test_crockford),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
