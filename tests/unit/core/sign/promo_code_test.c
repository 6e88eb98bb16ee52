#include "jalon/code.h"

#include "core/base/slice.h"
#include "tests/unit/core/sign/vectors.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static const char raw_symbols[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static int setup(void **state)
{
    *state = vectors_ring("ring.keys");
    return 0;
}

static int teardown(void **state)
{
    jalon_keys_free(*state);
    return 0;
}

static bool folds_alike(const char *a, const char *b)
{
    char folded_a[65], folded_b[65];
    assert_int_equal(jalon_code_fold(a, strlen(a), folded_a, sizeof folded_a), JALON_OK);
    assert_int_equal(jalon_code_fold(b, strlen(b), folded_b, sizeof folded_b), JALON_OK);
    return strcmp(folded_a, folded_b) == 0;
}

static void assert_told(const char *code, const char *spelled)
{
    int want = folds_alike(code, spelled) ? JALON_OK : JALON_MISTYPED;
    int err = jalon_code_check(spelled, strlen(spelled));
    if (err != want)
        fail_msg("%s for %s: %s", spelled, code, jalon_error_name(err));
}

static void substitute_all(const char *code)
{
    char spelled[JALON_CODE_SIZE_MAX + 1];
    for (size_t at = 0; code[at]; at++) {
        if (code[at] == '-')
            continue;
        memcpy(spelled, code, strlen(code) + 1);
        for (size_t i = 0; i < sizeof raw_symbols - 1; i++) {
            spelled[at] = raw_symbols[i];
            assert_told(code, spelled);
        }
    }
}

static void swap_all_neighbours(const char *code)
{
    char plain[JALON_CODE_SIZE_MAX + 1] = "", spelled[JALON_CODE_SIZE_MAX + 1];
    size_t size = 0;
    for (const char *c = code; *c; c++)
        if (*c != '-')
            plain[size++] = *c;
    for (size_t at = 0; at + 1 < size; at++) {
        memcpy(spelled, plain, sizeof plain);
        spelled[at] = plain[at + 1];
        spelled[at + 1] = plain[at];
        assert_told(code, spelled);
    }
}

/* Every prefix of two characters, so each of the 36 in each place; U among them, and I, L, O. */
static void test_every_typing_error_is_told(void **state)
{
    char prefix[3] = "", code[JALON_CODE_SIZE_MAX + 1];
    for (uint32_t i = 0; i < 36 * 36; i++) {
        prefix[0] = raw_symbols[i / 36];
        prefix[1] = raw_symbols[i % 36];
        assert_int_equal(jalon_code_mint(*state, "spring-trail", prefix, i, code), JALON_OK);
        assert_told(code, code);
        if (i % 36 == i / 36 || i % 31 == 0)
            substitute_all(code);
        swap_all_neighbours(code);
    }
    assert_int_equal(jalon_code_mint(*state, "spring-trail", "UILOU0123456789U", 77, code),
                     JALON_OK);
    substitute_all(code);
    swap_all_neighbours(code);
}

static void test_minting_refuses(void **state)
{
    const struct {
        const char *campaign, *prefix;
        uint32_t serial;
    } rows[] = {
        {"spring-trail", "M", 0},
        {"spring-trail", "ABCDEFGHIJKLMNOPQ", 0}, /* 17 */
        {"spring-trail", "", 0},
        {"spring-trail", NULL, 0},
        {"spring-trail", "marie", 0},
        {"spring-trail", "MA RIE", 0},
        {"spring-trail", "MA-RIE", 0},
        {"spring-trail", "MARI\xc3\x89", 0},
        {"spring-trail", "MARIE", JALON_CODE_SERIAL_MAX + 1},
        {"spring-trail", "MARIE", UINT32_MAX},
        {"Spring", "MARIE", 0},
        {"", "MARIE", 0},
        {NULL, "MARIE", 0},
    };
    char code[JALON_CODE_SIZE_MAX + 1] = "untouched";
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(
            jalon_code_mint(*state, rows[i].campaign, rows[i].prefix, rows[i].serial, code),
            JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_code_mint(NULL, "spring-trail", "MARIE", 0, code), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_code_mint(*state, "spring-trail", "MARIE", 0, NULL), JALON_BAD_ARGUMENT);
    assert_string_equal(code, "untouched");
}

static void test_prefixes_that_fold_alike_have_the_same_tag(void **state)
{
    char a[JALON_CODE_SIZE_MAX + 1], b[JALON_CODE_SIZE_MAX + 1];
    assert_int_equal(jalon_code_mint(*state, "spring-trail", "OLI", 5, a), JALON_OK);
    assert_int_equal(jalon_code_mint(*state, "spring-trail", "011", 5, b), JALON_OK);
    assert_string_equal(a + 3, b + 3);
    assert_true(folds_alike(a, b));
}

static void test_fold(void **state)
{
    (void)state;
    static const struct {
        const char *text, *folded;
    } rows[] = {
        {"MARIE10", "MAR1E10"},
        {" ma-ri e1o ", "MAR1E10"},
        {"oOiIlL", "001111"},
        {"u", "U"},
        {"---a---", "A"},
        {"0123456789", "0123456789"},
        {"AbCdEfGhJkMnPqRsTuVwXyZ", "ABCDEFGHJKMNPQRSTUVWXYZ"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char folded[65];
        size_t size = strlen(rows[i].text);
        assert_int_equal(jalon_code_fold(rows[i].text, size, folded, sizeof folded), JALON_OK);
        assert_string_equal(folded, rows[i].folded);
    }
}

static void test_fold_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    " ",    "-- --", "A!",  "A_B",
                                      "A.B", "A\tB", "A\nB",  "A/B", "\xc3\x89TE",
                                      "A@",  "A[",   "A`",    "A{",  "A:"};
    char folded[65] = "untouched";
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(jalon_code_fold(bad[i], strlen(bad[i]), folded, sizeof folded),
                         JALON_MALFORMED);
    assert_int_equal(jalon_code_fold("A\0B", 3, folded, sizeof folded), JALON_MALFORMED);
    assert_int_equal(jalon_code_fold("ABC", 3, folded, 3), JALON_TOO_SMALL);
    assert_int_equal(jalon_code_fold("ABC", 3, folded, 0), JALON_TOO_SMALL);
    assert_int_equal(jalon_code_fold(NULL, 0, folded, sizeof folded), JALON_MALFORMED);
    assert_int_equal(jalon_code_fold(NULL, 1, folded, sizeof folded), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_code_fold("ABC", 3, NULL, 9), JALON_BAD_ARGUMENT);
    char text[65];
    memset(text, 'x', sizeof text);
    assert_int_equal(jalon_code_fold(text, 65, folded, sizeof folded), JALON_MALFORMED);
    assert_string_equal(folded, "untouched");
    assert_int_equal(jalon_code_fold(text, 64, folded, sizeof folded), JALON_OK);
    assert_int_equal(strlen(folded), 64);
}

static void test_which_ring_serves(void **state)
{
    (void)state;
    jalon_keys *code = vectors_ring("code.keys"), *click = vectors_ring("click.keys");
    char text[JALON_CODE_SIZE_MAX + 1] = "untouched";
    uint32_t serial = 4711;
    assert_int_equal(jalon_code_mint(click, "spring-trail", "MARIE", 1, text), JALON_NO_KEY);
    assert_int_equal(jalon_code_mint(code, "other", "MARIE", 1, text), JALON_NO_KEY);
    assert_string_equal(text, "untouched");
    assert_int_equal(jalon_code_mint(code, "spring-trail", "MARIE", 1, text), JALON_OK);
    size_t size = strlen(text);
    assert_int_equal(jalon_code_verify(click, "spring-trail", text, size, &serial), JALON_NO_KEY);
    assert_int_equal(jalon_code_verify(code, "other", text, size, &serial), JALON_NO_KEY);
    assert_int_equal(serial, 4711);
    assert_int_equal(jalon_code_verify(code, "spring-trail", text, size, NULL), JALON_OK);
    assert_int_equal(jalon_code_verify(NULL, "spring-trail", text, size, NULL), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_code_verify(code, NULL, text, size, NULL), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_code_verify(code, "spring-trail", NULL, 9, NULL), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_code_verify(code, "spring-trail", NULL, 0, NULL), JALON_MALFORMED);
    assert_int_equal(jalon_code_check(NULL, 5), JALON_BAD_ARGUMENT);
    jalon_keys_free(code);
    jalon_keys_free(click);
}

/* Whoever knows the construction but no key: of 4 000 well-formed codes, none. */
static void test_guessing(void **state)
{
    char code[JALON_CODE_SIZE_MAX + 1];
    size_t well_formed = 0;
    for (uint32_t i = 0; i < 4600; i++) {
        static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        (void)snprintf(code, sizeof code, "MARIE-0000%c-%c%c%c00", digits[i % 32],
                       digits[i / 32 % 32], digits[i / 1024 % 32], digits[(i * 7) % 32]);
        for (size_t c = 0; c < 32; c++) {
            code[strlen(code) - 1] = digits[c];
            if (jalon_code_check(code, strlen(code)))
                continue;
            well_formed++;
            assert_int_equal(jalon_code_verify(*state, "spring-trail", code, strlen(code), NULL),
                             JALON_BAD_SIGNATURE);
        }
    }
    assert_in_range(well_formed, 4600 * 30 / 37, 4600 * 34 / 37);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_typing_error_is_told),
        cmocka_unit_test(test_minting_refuses),
        cmocka_unit_test(test_prefixes_that_fold_alike_have_the_same_tag),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_fold_refuses),
        cmocka_unit_test(test_which_ring_serves),
        cmocka_unit_test(test_guessing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
