/* Nothing that is signed, verified or fingerprinted while a click is answered allocates: neither our code nor
 * libcrypto's. */
#include "core/sign/click_signer.h"
#include "core/sign/token.h"
#include "core/sign/visitor.h"
#include "jalon/jalon.h"
#include "tests/unit/allocations.h"
#include "tests/unit/folder.h"
#include "tests/unit/core/sign/vectors.h"

#define TIMES 100
#define NOW_MS 1764417600000
#define CAMPAIGN "spring-trail"

/* A statement a hundred times, and not one allocation: the first one may not warm anything up either. */
#define assert_allocates_nothing(is_done)                                                          \
    do {                                                                                           \
        unsigned failures = 0;                                                                     \
        unsigned long before = allocations_so_far;                                                 \
        for (unsigned time = 0; time < TIMES; time++)                                              \
            failures += !(is_done);                                                                \
        unsigned long after = allocations_so_far;                                                  \
        assert_int_equal(after - before, 0);                                                       \
        assert_int_equal(failures, 0);                                                             \
    } while (0)

static jalon_keys *full_ring(void) /* all the keys that a ring holds: a forgery is tried by each */
{
    jalon_keys *keys;
    assert_int_equal(key_ring_new(&keys, NOW_MS / 1000), JALON_OK);
    for (int i = 1; i < JALON_KEYS_MAX; i++)
        assert_int_equal(key_ring_rotate(keys, NOW_MS / 1000), JALON_OK);
    return keys;
}

static void test_a_click_id_is_minted(void **state)
{
    (void)state;
    jalon_keys *keys = vectors_ring("click.keys");
    struct click_signer *signer;
    char id[JALON_CLICK_ID_SIZE];
    assert_int_equal(click_signer_new(&signer, keys, CAMPAIGN), JALON_OK);
    assert_allocates_nothing(click_signer_mint(signer, 1, NOW_MS, time, id) == JALON_OK);
    assert_null(click_signer_free(signer));
    jalon_keys_free(keys);
}

static void test_a_visitor_is_fingerprinted(void **state)
{
    (void)state;
    char *folder = folder_new();
    struct visitor_keys *keys;
    assert_int_equal(visitor_keys_open(&keys, folder_file(folder, "visitor.keys"), NOW_MS),
                     JALON_OK);
    const uint8_t address[16] = {0};
    uint64_t value;
    assert_allocates_nothing(
        visitor_fingerprint(&value, keys, NOW_MS, address, SLICE("Mozilla/5.0")) == JALON_OK);
    assert_null(visitor_keys_free(keys));
    folder_remove(folder);
}

static void test_all_is_minted(void **state)
{
    (void)state;
    jalon_keys *keys = full_ring();
    char link[JALON_LINK_CODE_SIZE + 1], code[JALON_CODE_SIZE_MAX + 1];
    char click[JALON_CLICK_ID_SIZE + 1], token[JALON_TOKEN_SIZE_MAX + 1];
    assert_allocates_nothing(jalon_link_code_mint(keys, time, link) == JALON_OK);
    assert_allocates_nothing(jalon_code_mint(keys, CAMPAIGN, "MARIE", time, code) == JALON_OK);
    assert_allocates_nothing(jalon_click_mint(keys, CAMPAIGN, 1, NOW_MS, time, click) == JALON_OK);
    assert_allocates_nothing(
        jalon_token_mint(keys, CAMPAIGN, "marie", "bio", NULL, 0, token, sizeof token) == JALON_OK);
    jalon_keys_free(keys);
}

/* What `signer` signed, read with `keys`: each answers `expected`. */
static void expect_reading(const jalon_keys *keys, const jalon_keys *signer, int expected)
{
    static struct token token;
    char link[JALON_LINK_CODE_SIZE + 1], code[JALON_CODE_SIZE_MAX + 1];
    char click[JALON_CLICK_ID_SIZE + 1], text[JALON_TOKEN_SIZE_MAX + 1];
    assert_int_equal(jalon_link_code_mint(signer, 7, link), JALON_OK);
    assert_int_equal(jalon_code_mint(signer, CAMPAIGN, "MARIE", 7, code), JALON_OK);
    assert_int_equal(jalon_click_mint(signer, CAMPAIGN, 1, NOW_MS, 7, click), JALON_OK);
    assert_int_equal(jalon_token_mint(signer, CAMPAIGN, "marie", "bio", NULL, 0, text, sizeof text),
                     JALON_OK);
    struct slice token_text = slice_of_string(text);
    size_t code_size = strlen(code);
    assert_allocates_nothing(jalon_link_code_verify(keys, link, sizeof link - 1, NULL) == expected);
    assert_allocates_nothing(jalon_code_verify(keys, CAMPAIGN, code, code_size, NULL) == expected);
    assert_allocates_nothing(
        jalon_click_verify(keys, CAMPAIGN, click, sizeof click - 1, NULL, NULL, NULL) == expected);
    assert_allocates_nothing(token_read(&token, keys, token_text) == expected);
}

static void test_all_is_verified(void **state)
{
    (void)state;
    jalon_keys *keys = full_ring();
    expect_reading(keys, keys, JALON_OK);
    jalon_keys_free(keys);
}

static void test_forgeries_are_refused(void **state)
{
    (void)state;
    jalon_keys *keys = full_ring(), *forger = full_ring();
    expect_reading(keys, forger, JALON_BAD_SIGNATURE);
    jalon_keys_free(forger);
    jalon_keys_free(keys);
}

int main(void)
{
    allocations_watch();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_click_id_is_minted),
        cmocka_unit_test(test_a_visitor_is_fingerprinted),
        cmocka_unit_test(test_all_is_minted),
        cmocka_unit_test(test_all_is_verified),
        cmocka_unit_test(test_forgeries_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
