#include "jalon/click.h"

#include "core/sign/click_id.h"
#include "core/sign/click_signer.h"
#include "jalon/jalon.h"
#include "tests/unit/core/sign/vectors.h"

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

static void test_minting_refuses(void **state)
{
    const struct {
        const char *campaign;
        int64_t at_ms;
    } rows[] = {
        {NULL, 1},
        {"", 1},
        {"Spring", 1},
        {"spring trail", 1},
        {"spring-trail", -1},
        {"spring-trail", INT64_C(1) << 48},
        {"spring-trail", INT64_MIN},
        {"spring-trail", INT64_MAX},
    };
    char id[JALON_CLICK_ID_SIZE + 1] = "untouched";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(jalon_click_mint(*state, rows[i].campaign, 1, rows[i].at_ms, 2, id),
                         JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_click_mint(NULL, "c", 1, 1, 2, id), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_click_mint(*state, "c", 1, 1, 2, NULL), JALON_BAD_ARGUMENT);
    assert_string_equal(id, "untouched");
}

static void test_verifying_refuses(void **state)
{
    char id[JALON_CLICK_ID_SIZE + 1];
    uint64_t link_id = 4711, nonce = 4711;
    int64_t at_ms = 4711;
    assert_int_equal(jalon_click_mint(*state, "spring-trail", 1, 2, 3, id), JALON_OK);
    const struct {
        const jalon_keys *keys;
        const char *campaign, *text;
        size_t size;
        int error;
    } rows[] = {
        {NULL, "spring-trail", id, 44, JALON_BAD_ARGUMENT},
        {*state, NULL, id, 44, JALON_BAD_ARGUMENT},
        {*state, "Spring", id, 44, JALON_BAD_ARGUMENT},
        {*state, "spring-trail", NULL, 44, JALON_BAD_ARGUMENT},
        {*state, "spring-trail", NULL, 0, JALON_MALFORMED},
        {*state, "spring-trail", id, 43, JALON_MALFORMED},
        {*state, "spring-trail", id, 45, JALON_MALFORMED}, /* its NUL is no part of it */
        {*state, "other", id, 44, JALON_BAD_SIGNATURE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(jalon_click_verify(rows[i].keys, rows[i].campaign, rows[i].text,
                                            rows[i].size, &link_id, &at_ms, &nonce),
                         rows[i].error);
    assert_true(link_id == 4711 && nonce == 4711 && at_ms == 4711);
}

static void test_an_id_says_its_link_time_and_nonce(void **state)
{
    char text[JALON_CLICK_ID_SIZE + 1];
    struct click_id id = {.link_id = 4711};
    const int64_t at_ms = (INT64_C(1) << 48) - 2;
    assert_int_equal(jalon_click_mint(*state, "spring-trail", UINT64_MAX - 3, at_ms, 5, text),
                     JALON_OK);
    assert_int_equal(click_id_split(&id, SLICE_NONE), JALON_MALFORMED);
    assert_int_equal(click_id_split(&id, slice_of(text, 43)), JALON_MALFORMED);
    assert_int_equal(click_id_split(&id, slice_of(text, 45)), JALON_MALFORMED);
    assert_true(id.link_id == 4711);
    assert_int_equal(click_id_split(&id, slice_of_string(text)), JALON_OK);
    assert_true(id.link_id == UINT64_MAX - 3 && id.at_ms == at_ms && id.nonce == 5);
    text[0] = 'B'; /* another version */
    assert_int_equal(click_id_split(&id, slice_of_string(text)), JALON_MALFORMED);
    text[0] = '%';
    assert_int_equal(click_id_split(&id, slice_of_string(text)), JALON_MALFORMED);
}

static void test_only_the_alphabet_that_shops_pass_through(void **state)
{
    char id[JALON_CLICK_ID_SIZE + 1];
    for (uint64_t i = 0; i < 2000; i++) {
        assert_int_equal(jalon_click_mint(*state, "spring-trail", i * 0x9e3779b97f4a7c15,
                                          1764417600000, ~i * 0xbf58476d1ce4e5b9, id),
                         JALON_OK);
        assert_int_equal(strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_"),
                         JALON_CLICK_ID_SIZE);
    }
}

static void test_signer(void **state)
{
    struct click_signer *signer = NULL;
    assert_int_equal(click_signer_new(&signer, *state, "Spring"), JALON_BAD_ARGUMENT);
    assert_int_equal(click_signer_new(&signer, *state, NULL), JALON_BAD_ARGUMENT);
    jalon_keys *code = vectors_ring("code.keys");
    assert_int_equal(click_signer_new(&signer, code, "spring-trail"), JALON_NO_KEY);
    assert_null(signer);
    jalon_keys_free(code);

    jalon_keys *click = vectors_ring("click.keys");
    assert_int_equal(click_signer_new(&signer, click, "spring-trail"), JALON_OK);
    jalon_keys_free(click); /* the signer has what it needs */
    char id[JALON_CLICK_ID_SIZE], first = 'x';
    id[0] = first;
    assert_int_equal(click_signer_mint(signer, 1, -1, 2, id), JALON_BAD_ARGUMENT);
    assert_int_equal(click_signer_mint(signer, 1, INT64_C(1) << 48, 2, id), JALON_BAD_ARGUMENT);
    assert_int_equal(id[0], first);
    for (uint64_t nonce = 0; nonce < 100; nonce++) {
        uint64_t link_id, back;
        int64_t at_ms;
        assert_int_equal(click_signer_mint(signer, 7, 1764417600000, nonce, id), JALON_OK);
        assert_int_equal(
            jalon_click_verify(*state, "spring-trail", id, sizeof id, &link_id, &at_ms, &back),
            JALON_OK);
        assert_true(link_id == 7 && at_ms == 1764417600000 && back == nonce);
    }
    assert_null(click_signer_free(signer));
    assert_null(click_signer_free(NULL));
}

/* The vectors of all three keys, the retired one's too, come out again. */
static void test_signer_of_a_given_key(void **state)
{
    struct vectors vectors = vectors_open("clicks.tsv");
    struct slice cells[7];
    unsigned signed_rows = 0;
    while (vectors_next(&vectors, cells, 7)) {
        if (slice_is(cells[1], "-"))
            continue;
        uint32_t key_id = (uint32_t)vectors_number(cells[1], 16);
        struct click_signer *signer;
        char id[JALON_CLICK_ID_SIZE];
        assert_int_equal(click_signer_new_by(&signer, *state, "spring-trail", key_id), JALON_OK);
        assert_int_equal(click_signer_key_id(signer), key_id);
        assert_int_equal(click_signer_mint(signer, vectors_number(cells[3], 16),
                                           (int64_t)vectors_number(cells[4], 10),
                                           vectors_number(cells[5], 16), id),
                         JALON_OK);
        assert_true(slice_equal(slice_of(id, sizeof id), cells[6]));
        assert_null(click_signer_free(signer));
        signed_rows++;
    }
    assert_int_equal(signed_rows, 9);
    struct click_signer *signer = NULL;
    assert_int_equal(click_signer_new_by(&signer, *state, "spring-trail", 0), JALON_NO_KEY);
    assert_int_equal(click_signer_new_by(&signer, *state, "Spring", 0xa3a3a3a3),
                     JALON_BAD_ARGUMENT);
    assert_null(signer);
    assert_int_equal(click_signer_new(&signer, *state, "spring-trail"), JALON_OK);
    assert_int_equal(click_signer_key_id(signer), 0xa3a3a3a3);
    assert_null(click_signer_free(signer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minting_refuses),
        cmocka_unit_test(test_verifying_refuses),
        cmocka_unit_test(test_an_id_says_its_link_time_and_nonce),
        cmocka_unit_test(test_only_the_alphabet_that_shops_pass_through),
        cmocka_unit_test(test_signer),
        cmocka_unit_test(test_signer_of_a_given_key),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
