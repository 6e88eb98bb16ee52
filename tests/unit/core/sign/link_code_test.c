#include "jalon/link.h"

#include "core/sign/link_code.h"
#include "core/sign/token.h"
#include "tests/unit/core/sign/vectors.h"

#define MINTED 20000

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

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

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_serials_come_back_and_codes_are_distinct(void **state)
{
    static char codes[MINTED][JALON_LINK_CODE_SIZE + 1];
    for (uint32_t i = 0; i < MINTED; i++) {
        uint32_t serial = 4711;
        assert_int_equal(jalon_link_code_mint(*state, i, codes[i]), JALON_OK);
        assert_int_equal(strlen(codes[i]), JALON_LINK_CODE_SIZE);
        assert_int_equal(jalon_link_code_verify(*state, codes[i], JALON_LINK_CODE_SIZE, &serial),
                         JALON_OK);
        assert_int_equal(serial, i);
    }
    qsort(codes, MINTED, sizeof *codes, by_text);
    for (size_t i = 1; i < MINTED; i++)
        assert_string_not_equal(codes[i - 1], codes[i]);
}

/* Neighbouring serials: no place in which the codes agree more often than chance has it (1 in 62; the
 * first digit has 46 values at most). A readable serial would leave places that hardly change. */
static void test_serials_are_not_readable(void **state)
{
    size_t alike[JALON_LINK_CODE_SIZE] = {0};
    char codes[2][JALON_LINK_CODE_SIZE + 1];
    assert_int_equal(jalon_link_code_mint(*state, 0, codes[0]), JALON_OK);
    for (uint32_t i = 1; i < MINTED; i++) {
        assert_int_equal(jalon_link_code_mint(*state, i, codes[i % 2]), JALON_OK);
        for (size_t at = 0; at < JALON_LINK_CODE_SIZE; at++)
            alike[at] += codes[0][at] == codes[1][at];
    }
    for (size_t at = 0; at < JALON_LINK_CODE_SIZE; at++)
        assert_in_range(alike[at], MINTED / 90, MINTED / 35);
}

static void test_every_substitution_is_refused(void **state)
{
    char code[JALON_LINK_CODE_SIZE + 1], forged[JALON_LINK_CODE_SIZE + 1];
    assert_int_equal(jalon_link_code_mint(*state, 123456, code), JALON_OK);
    for (size_t at = 0; at < JALON_LINK_CODE_SIZE; at++)
        for (size_t i = 0; i < sizeof base62 - 1; i++) {
            memcpy(forged, code, sizeof code);
            forged[at] = base62[i];
            assert_int_equal(jalon_link_code_verify(*state, forged, sizeof forged - 1, NULL),
                             forged[at] == code[at] ? JALON_OK : JALON_BAD_SIGNATURE);
        }
}

static void test_arguments(void **state)
{
    char code[JALON_LINK_CODE_SIZE + 1] = "untouched";
    uint32_t serial = 4711;
    assert_int_equal(jalon_link_code_mint(*state, JALON_LINK_SERIAL_MAX + 1, code),
                     JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_link_code_mint(*state, UINT32_MAX, code), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_link_code_mint(NULL, 1, code), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_link_code_mint(*state, 1, NULL), JALON_BAD_ARGUMENT);
    assert_string_equal(code, "untouched");
    assert_int_equal(jalon_link_code_verify(NULL, "abc", 3, &serial), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_link_code_verify(*state, NULL, 12, &serial), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_link_code_verify(*state, NULL, 0, &serial), JALON_MALFORMED);
    assert_int_equal(jalon_link_code_verify(*state, "zzzzzzzzzzzz", 12, &serial),
                     JALON_BAD_SIGNATURE);
    assert_int_equal(serial, 4711);
}

static void test_exported_rings_know_no_links(void **state)
{
    static const char *const names[] = {"portable.keys", "code.keys", "click.keys"};
    char code[JALON_LINK_CODE_SIZE + 1], other[JALON_LINK_CODE_SIZE + 1];
    assert_int_equal(jalon_link_code_mint(*state, 1, code), JALON_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        jalon_keys *keys = vectors_ring(names[i]);
        assert_int_equal(jalon_link_code_mint(keys, 1, other), JALON_NO_KEY);
        assert_int_equal(jalon_link_code_verify(keys, code, 12, NULL), JALON_NO_KEY);
        assert_int_equal(jalon_link_code_verify(keys, "short", 5, NULL), JALON_MALFORMED);
        jalon_keys_free(keys);
    }
}

static void test_shape(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool has_shape;
    } rows[] = {
        {"0123456789AB", true},       {"zzzzzzzzzzzz", true},
        {"marietrailab", true},       {"", false},
        {"0123456789A", false},       {"0123456789ABC", false},
        {"marie-trail1", false},      {"marie_trail1", false},
        {"marie.trail1", false},      {"marietrail 1", false},
        {"marietrai\xc3\xa9", false}, {"0123456789A/", false},
        {"0123456789A:", false},      {"0123456789A@", false},
        {"0123456789A[", false},      {"0123456789A`", false},
        {"0123456789A{", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(link_code_has_shape(slice_of_string(rows[i].text)), rows[i].has_shape);
    assert_false(link_code_has_shape(slice_of("0123456789A\0", 12)));
}

static void test_link_ids(void **state)
{
    (void)state;
    /* printf 'code\0marie-trail' | sha256sum; printf 'portable\0a\0b\0\0' | sha256sum */
    uint64_t id = 0;
    assert_int_equal(jalon_link_id("marie-trail", 11, &id), JALON_OK);
    assert_int_equal(id, UINT64_C(0x09b1b409af5faa25));
    assert_int_equal(link_id_of_portable(&id, SLICE("a"), SLICE("b"), SLICE_NONE, SLICE_NONE),
                     JALON_OK);
    assert_int_equal(id, UINT64_C(0xcd2b976469e55fb2));
    assert_int_equal(jalon_link_id(NULL, 3, &id), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_link_id("x", 0, &id), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_link_id("x", 1, NULL), JALON_BAD_ARGUMENT);
    static char huge[9000];
    assert_int_equal(jalon_link_id(huge, sizeof huge, &id), JALON_BAD_ARGUMENT);
    assert_int_equal(id, UINT64_C(0xcd2b976469e55fb2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serials_come_back_and_codes_are_distinct),
        cmocka_unit_test(test_serials_are_not_readable),
        cmocka_unit_test(test_every_substitution_is_refused),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_exported_rings_know_no_links),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_link_ids),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
