#include "core/sign/token.h"

#include "core/base/encoding.h"
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

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void test_minting_refuses(void **state)
{
    const struct {
        const char *campaign, *creator, *channel, *target;
        int64_t expires_at;
    } rows[] = {
        {NULL, "marie", NULL, NULL, 0},
        {"", "marie", NULL, NULL, 0},
        {"Spring", "marie", NULL, NULL, 0},
        {"c" X64, "marie", NULL, NULL, 0},
        {"c", NULL, NULL, NULL, 0},
        {"c", "", NULL, NULL, 0},
        {"c", "ma rie", NULL, NULL, 0},
        {"c", "k" X64, NULL, NULL, 0},
        {"c", "k", "b" X64, NULL, 0},
        {"c", "k", "a\nb", NULL, 0},
        {"c", "k", "a\x7f", NULL, 0},
        {"c", "k", "\xff", NULL, 0},
        {"c", "k", "\xed\xa0\x80", NULL, 0},
        {"c", "k", NULL, "x", 0},
        {"c", "k", NULL, "shop.example", 0},
        {"c", "k", NULL, "//shop.example", 0},
        {"c", "k", NULL, "/path", 0},
        {"c", "k", NULL, "http:", 0},
        {"c", "k", NULL, "http://", 0},
        {"c", "k", NULL, "https:///path", 0},
        {"c", "k", NULL, "https://shop.example/%", 0},
        {"c", "k", NULL, "https://shop.example/%4", 0},
        {"c", "k", NULL, "https://shop.example/?a=%zz", 0},
        {"c", "k", NULL, "https://?q", 0},
        {"c", "k", NULL, "https://#f", 0},
        {"c", "k", NULL, "https://:80", 0},
        {"c", "k", NULL, "https://@host", 0},
        {"c", "k", NULL, "https:/shop.example", 0},
        {"c", "k", NULL, " https://shop.example", 0},
        {"c", "k", NULL, "https://shop.example/a b", 0},
        {"c", "k", NULL, "https://shop.example/\r\nSet-Cookie: x=y", 0},
        {"c", "k", NULL, "https://shop.example/\t", 0},
        {"c", "k", NULL, "https://shop.example/\x7f", 0},
        {"c", "k", NULL, "https://shop.example/\xc3\xa9", 0},
        {"c", "k", NULL, "https://shop.example\\@evil.example", 0},
        {"c", "k", NULL, "https://shop.example/\"><script>", 0},
        {"c", "k", NULL, "javascript:alert(1)", 0},
        {"c", "k", NULL, "data:text/html,x", 0},
        {"c", "k", NULL, "ftp://shop.example/", 0},
        {"c", "k", NULL, NULL, -1},
        {"c", "k", NULL, NULL, INT64_MIN},
        {"c", "k", NULL, NULL, INT64_C(1) << 40},
        {"c", "k", NULL, NULL, INT64_MAX},
    };
    char token[JALON_TOKEN_SIZE_MAX + 1] = "untouched";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (jalon_token_mint(*state, rows[i].campaign, rows[i].creator, rows[i].channel,
                             rows[i].target, rows[i].expires_at, token,
                             sizeof token) != JALON_BAD_ARGUMENT)
            fail_msg("row %zu", i);
    assert_int_equal(jalon_token_mint(NULL, "c", "k", NULL, NULL, 0, token, sizeof token),
                     JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_token_mint(*state, "c", "k", NULL, NULL, 0, NULL, 99),
                     JALON_BAD_ARGUMENT);
    assert_string_equal(token, "untouched");
}

static void test_targets_that_hold(void **state)
{
    static const char *const good[] = {
        "http://a",
        "HTTPS://Shop.Example:8443",
        "https://[2001:db8::1]:80/x",
        "https://user@shop.example/",
        "https://shop.example/?q={a|b}^[c]~`'!$&()*+,;=%C3%A9#f",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char text[JALON_TOKEN_SIZE_MAX + 1];
        assert_int_equal(jalon_token_mint(*state, "c", "k", "", good[i], 0, text, sizeof text),
                         JALON_OK);
        jalon_token *token;
        assert_int_equal(jalon_token_open(&token, *state, text, strlen(text)), JALON_OK);
        assert_string_equal(jalon_token_target(token), good[i]);
        assert_string_equal(jalon_token_channel(token), "");
        jalon_token_free(token);
    }
}

static void test_capacity(void **state)
{
    char text[JALON_TOKEN_SIZE_MAX + 1], same[JALON_TOKEN_SIZE_MAX + 1];
    assert_int_equal(jalon_token_mint(*state, "c", "k", "bio", NULL, 0, text, sizeof text),
                     JALON_OK);
    size_t size = strlen(text);
    memset(same, 'x', sizeof same);
    assert_int_equal(jalon_token_mint(*state, "c", "k", "bio", NULL, 0, same, size),
                     JALON_TOO_SMALL);
    assert_int_equal(jalon_token_mint(*state, "c", "k", "bio", NULL, 0, same, 0), JALON_TOO_SMALL);
    assert_int_equal(same[0], 'x');
    assert_int_equal(jalon_token_mint(*state, "c", "k", "bio", NULL, 0, same, size + 1), JALON_OK);
    assert_string_equal(same, text);
    assert_int_equal(same[size + 1], 'x');
}

static void test_which_ring_serves(void **state)
{
    char text[JALON_TOKEN_SIZE_MAX + 1], other[JALON_TOKEN_SIZE_MAX + 1];
    jalon_keys *portable = vectors_ring("portable.keys"), *code = vectors_ring("code.keys");
    static struct token token;
    assert_int_equal(
        jalon_token_mint(portable, "spring-trail", "k", NULL, NULL, 0, text, sizeof text),
        JALON_OK);
    assert_int_equal(token_read(&token, *state, slice_of_string(text)), JALON_OK);
    assert_int_equal(token_read(&token, code, slice_of_string(text)), JALON_NO_KEY);
    assert_int_equal(jalon_token_mint(portable, "other", "k", NULL, NULL, 0, other, sizeof other),
                     JALON_NO_KEY);
    assert_int_equal(
        jalon_token_mint(code, "spring-trail", "k", NULL, NULL, 0, other, sizeof other),
        JALON_NO_KEY);
    jalon_keys_free(portable);
    jalon_keys_free(code);
}

/* Every bit of a token counts. */
static void test_every_bit_is_signed(void **state)
{
    char text[JALON_TOKEN_SIZE_MAX + 1];
    assert_int_equal(jalon_token_mint(*state, "spring-trail", "marie", "bio", "https://a.example/b",
                                      1767225600, text, sizeof text),
                     JALON_OK);
    uint8_t bytes[JALON_TOKEN_SIZE_MAX];
    size_t size;
    assert_int_equal(base64url_decode(bytes, sizeof bytes, &size, slice_of_string(text)), JALON_OK);
    static struct token token;
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        base64url_encode(text, slice_of(bytes, size));
        int err = token_read(&token, *state, slice_of_string(text));
        assert_true(err == JALON_BAD_SIGNATURE || err == JALON_MALFORMED ||
                    err == JALON_NOT_CANONICAL);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void test_parts_borrow_from_the_token(void **state)
{
    char text[JALON_TOKEN_SIZE_MAX + 1];
    assert_int_equal(jalon_token_mint(*state, "spring-trail", "marie", "bio", "https://a.example/b",
                                      0, text, sizeof text),
                     JALON_OK);
    static struct token token;
    assert_int_equal(token_read(&token, *state, slice_of_string(text)), JALON_OK);
    const char *first = (const char *)token.bytes, *end = first + token.size;
    const struct slice parts[] = {token.campaign, token.creator, token.channel, token.target};
    for (size_t i = 0; i < 4; i++)
        assert_true(parts[i].data >= first && parts[i].data + parts[i].size <= end);
    uint64_t id = 0, same = 1;
    assert_int_equal(token_link_id(&id, &token), JALON_OK);
    assert_int_equal(link_id_of_portable(&same, SLICE("spring-trail"), SLICE("marie"), SLICE("bio"),
                                         SLICE("https://a.example/b")),
                     JALON_OK);
    assert_int_equal(id, same);
}

static void test_handles(void **state)
{
    jalon_token *token = NULL;
    assert_int_equal(jalon_token_open(NULL, *state, "x", 1), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_token_open(&token, NULL, "x", 1), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_token_open(&token, *state, NULL, 1), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_token_open(&token, *state, NULL, 0), JALON_MALFORMED);
    assert_null(token);
    jalon_token_free(NULL);
    assert_string_equal(jalon_token_campaign(NULL), "");
    assert_string_equal(jalon_token_creator(NULL), "");
    assert_string_equal(jalon_token_channel(NULL), "");
    assert_string_equal(jalon_token_target(NULL), "");
    assert_int_equal(jalon_token_expires_at(NULL), 0);
    uint64_t id;
    assert_int_equal(jalon_token_link_id(NULL, &id), JALON_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minting_refuses),
        cmocka_unit_test(test_targets_that_hold),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_which_ring_serves),
        cmocka_unit_test(test_every_bit_is_signed),
        cmocka_unit_test(test_parts_borrow_from_the_token),
        cmocka_unit_test(test_handles),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
