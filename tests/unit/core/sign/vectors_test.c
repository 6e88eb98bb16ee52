/* The published vectors: each row read, and minted where minting gives just that text. Input ends at a
 * guard page, and each valid text is also fed cut off after every byte. */
#include "tests/unit/core/sign/vectors.h"

#include "core/base/encoding.h"
#include "core/sign/click_signer.h"
#include "core/sign/token.h"
#include "jalon/jalon.h"
#include "tests/unit/guard_page.h"

#define SAME(row, got, want)                                                                       \
    do {                                                                                           \
        if ((got) != (want))                                                                       \
            fail_msg("row %u: %s is %lld, not %lld", (row), #got, (long long)(got),                \
                     (long long)(want));                                                           \
    } while (0)

struct fixture {
    jalon_keys *ring;
    struct guard_page guard;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture.ring = vectors_ring("ring.keys");
    fixture.guard = guard_page_new(4096);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    jalon_keys_free(fixture->ring);
    guard_page_free(&fixture->guard);
    return 0;
}

static void test_links(void **state)
{
    struct fixture *fixture = *state;
    struct vectors vectors = vectors_open("links.tsv");
    struct slice cells[5];
    while (vectors_next(&vectors, cells, 5)) {
        struct slice code = guard_page_copy(&fixture->guard, cells[4]);
        int want = vectors_expected(cells[0]);
        uint32_t serial = 0;
        SAME(vectors.row, jalon_link_code_verify(fixture->ring, code.data, code.size, &serial),
             want);
        uint64_t link_id;
        assert_int_equal(jalon_link_id(code.data, code.size, &link_id), JALON_OK);
        SAME(vectors.row, link_id, vectors_number(cells[3], 16));
        if (want)
            continue;
        SAME(vectors.row, serial, vectors_number(cells[2], 10));
        for (size_t cut = 0; cut < code.size; cut++) {
            struct slice part = guard_page_copy(&fixture->guard, slice_first(cells[4], cut));
            SAME(vectors.row, jalon_link_code_verify(fixture->ring, part.data, cut, NULL),
                 JALON_MALFORMED);
        }
        size_t index;
        assert_int_equal(key_ring_find_link_code(&index, fixture->ring, cells[4]), JALON_OK);
        assert_true(slice_is(cells[1], key_ring_view(fixture->ring, index).id));
        char minted[JALON_LINK_CODE_SIZE + 1];
        assert_int_equal(jalon_link_code_mint(fixture->ring, serial, minted), JALON_OK);
        SAME(vectors.row, slice_is(cells[4], minted), slice_is(cells[0], "mint"));
    }
    assert_true(vectors.row >= 40);
}

static void mint_token(const struct fixture *fixture, const struct slice *cells, bool is_same)
{
    char campaign[65], creator[65], channel[65], target[2049], minted[JALON_TOKEN_SIZE_MAX + 1];
    assert_int_equal(jalon_token_mint(fixture->ring,
                                      vectors_string(campaign, sizeof campaign, cells[2]),
                                      vectors_string(creator, sizeof creator, cells[3]),
                                      vectors_string(channel, sizeof channel, cells[4]),
                                      vectors_string(target, sizeof target, cells[5]),
                                      (int64_t)vectors_number(cells[6], 10), minted, sizeof minted),
                     JALON_OK);
    assert_int_equal(slice_is(cells[8], minted), is_same);
}

static void check_token(const jalon_token *token, const struct slice *cells)
{
    assert_true(slice_is(cells[2], jalon_token_campaign(token)));
    assert_true(slice_is(cells[3], jalon_token_creator(token)));
    assert_true(slice_is(cells[4], jalon_token_channel(token)));
    assert_true(slice_is(cells[5], jalon_token_target(token)));
    assert_int_equal(jalon_token_expires_at(token), vectors_number(cells[6], 10));
    uint64_t link_id = 0;
    assert_int_equal(jalon_token_link_id(token, &link_id), JALON_OK);
    assert_int_equal(link_id, vectors_number(cells[7], 16));
}

static void test_tokens(void **state)
{
    struct fixture *fixture = *state;
    jalon_keys *exported = vectors_ring("portable.keys");
    struct vectors vectors = vectors_open("tokens.tsv");
    struct slice cells[9];
    while (vectors_next(&vectors, cells, 9)) {
        struct slice text = guard_page_copy(&fixture->guard, cells[8]);
        int want = vectors_expected(cells[0]);
        jalon_token *token = NULL;
        SAME(vectors.row, jalon_token_open(&token, fixture->ring, text.data, text.size), want);
        if (want) {
            assert_null(token);
            continue;
        }
        check_token(token, cells);
        jalon_token_free(token);
        mint_token(fixture, cells, slice_is(cells[0], "mint"));
        static struct token read;
        bool is_exported = slice_is(cells[2], "spring-trail");
        SAME(vectors.row, token_read(&read, exported, text), is_exported ? JALON_OK : JALON_NO_KEY);
        for (size_t cut = 0; cut < text.size; cut++) {
            struct slice part = guard_page_copy(&fixture->guard, slice_first(cells[8], cut));
            assert_int_not_equal(token_read(&read, fixture->ring, part), JALON_OK);
        }
    }
    assert_true(vectors.row >= 70);
    jalon_keys_free(exported);
}

static void mint_code(const struct fixture *fixture, const struct slice *cells)
{
    char campaign[65], prefix[17], minted[JALON_CODE_SIZE_MAX + 1];
    assert_int_equal(jalon_code_mint(fixture->ring,
                                     vectors_string(campaign, sizeof campaign, cells[2]),
                                     vectors_string(prefix, sizeof prefix, cells[3]),
                                     (uint32_t)vectors_number(cells[4], 10), minted),
                     JALON_OK);
    assert_true(slice_is(cells[5], minted));
}

static void test_codes(void **state)
{
    struct fixture *fixture = *state;
    jalon_keys *exported = vectors_ring("code.keys");
    struct vectors vectors = vectors_open("codes.tsv");
    struct slice cells[6];
    while (vectors_next(&vectors, cells, 6)) {
        struct slice text = guard_page_copy(&fixture->guard, cells[5]);
        int want = vectors_expected(cells[0]);
        uint32_t serial = 0;
        SAME(vectors.row,
             jalon_code_verify(fixture->ring, "spring-trail", text.data, text.size, &serial), want);
        SAME(vectors.row, jalon_code_verify(exported, "spring-trail", text.data, text.size, NULL),
             want);
        SAME(vectors.row, jalon_code_check(text.data, text.size),
             want == JALON_BAD_SIGNATURE ? JALON_OK : want);
        if (want)
            continue;
        SAME(vectors.row, serial, vectors_number(cells[4], 10));
        size_t index;
        assert_int_equal(key_ring_find_promo_code(&index, fixture->ring, "spring-trail", cells[5]),
                         JALON_OK);
        assert_true(slice_is(cells[1], key_ring_view(fixture->ring, index).id));
        if (slice_is(cells[0], "mint"))
            mint_code(fixture, cells);
    }
    assert_true(vectors.row >= 80);
    jalon_keys_free(exported);
}

static void mint_click(const struct fixture *fixture, const struct slice *cells, bool is_same)
{
    uint64_t link_id = vectors_number(cells[3], 16), nonce = vectors_number(cells[5], 16);
    int64_t at_ms = (int64_t)vectors_number(cells[4], 10);
    char minted[JALON_CLICK_ID_SIZE + 1];
    assert_int_equal(jalon_click_mint(fixture->ring, "spring-trail", link_id, at_ms, nonce, minted),
                     JALON_OK);
    assert_int_equal(slice_is(cells[6], minted), is_same);

    struct click_signer *signer;
    assert_int_equal(click_signer_new(&signer, fixture->ring, "spring-trail"), JALON_OK);
    for (int again = 0; again < 2; again++) {
        char signed_text[JALON_CLICK_ID_SIZE];
        assert_int_equal(click_signer_mint(signer, link_id, at_ms, nonce, signed_text), JALON_OK);
        assert_memory_equal(signed_text, minted, sizeof signed_text);
    }
    assert_null(click_signer_free(signer));
}

static void test_clicks(void **state)
{
    struct fixture *fixture = *state;
    jalon_keys *exported = vectors_ring("click.keys");
    struct vectors vectors = vectors_open("clicks.tsv");
    struct slice cells[7];
    while (vectors_next(&vectors, cells, 7)) {
        struct slice text = guard_page_copy(&fixture->guard, cells[6]);
        int want = vectors_expected(cells[0]);
        uint64_t link_id = 0, nonce = 0;
        int64_t at_ms = 0;
        SAME(vectors.row,
             jalon_click_verify(fixture->ring, "spring-trail", text.data, text.size, &link_id,
                                &at_ms, &nonce),
             want);
        SAME(vectors.row,
             jalon_click_verify(exported, "spring-trail", text.data, text.size, NULL, NULL, NULL),
             want);
        if (want)
            continue;
        SAME(vectors.row, link_id, vectors_number(cells[3], 16));
        SAME(vectors.row, at_ms, (int64_t)vectors_number(cells[4], 10));
        SAME(vectors.row, nonce, vectors_number(cells[5], 16));
        mint_click(fixture, cells, slice_is(cells[0], "mint"));
        for (size_t cut = 0; cut < text.size; cut++) {
            struct slice part = guard_page_copy(&fixture->guard, slice_first(cells[6], cut));
            assert_int_equal(
                jalon_click_verify(exported, "spring-trail", part.data, cut, NULL, NULL, NULL),
                JALON_MALFORMED);
        }
    }
    assert_true(vectors.row >= 50);
    jalon_keys_free(exported);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_clicks),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
