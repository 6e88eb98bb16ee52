/* Feeds everything that core/sign reads of strangers. The first byte chooses the parser: l short link
 * code, t token, p promo code, c click id, k key ring. Texts that hold are put to the test: what they
 * say, written anew, has to be the same text. */
#include "core/sign/click_signer.h"
#include "core/sign/ring.h"
#include "core/sign/token.h"
#include "jalon/jalon.h"

#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(truth)                                                                             \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            fprintf(stderr, "not so: %s\n", #truth);                                               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The ring of tests/vectors/ring.keys without its older keys: what verifies was signed by this one. */
static const char ring_text[] =
    "jalon key ring 1\n"
    "key a3a3a3a3 active 1764417600 "
    "bfe7e1c5c965958d343bea73ba7fb90c85ab1dc8040d4a95cd3b42a62fb49313 e093bea8\n";

static const jalon_keys *ring(void)
{
    static jalon_keys *keys;
    if (!keys)
        REQUIRE(jalon_keys_parse(&keys, ring_text, sizeof ring_text - 1) == JALON_OK);
    return keys;
}

static void feed_link(struct slice text)
{
    uint32_t serial;
    char code[JALON_LINK_CODE_SIZE + 1];
    int err = jalon_link_code_verify(ring(), text.data, text.size, &serial);
    REQUIRE(!err || err == JALON_MALFORMED || err == JALON_BAD_SIGNATURE);
    if (err)
        return;
    REQUIRE(jalon_link_code_mint(ring(), serial, code) == JALON_OK);
    REQUIRE(slice_is(text, code));
}

static void feed_token(struct slice text)
{
    jalon_token *token;
    char again[JALON_TOKEN_SIZE_MAX + 1];
    int err = jalon_token_open(&token, ring(), text.data, text.size);
    REQUIRE(!err || err == JALON_MALFORMED || err == JALON_BAD_SIGNATURE ||
            err == JALON_NOT_CANONICAL || err == JALON_TOO_LONG);
    if (err)
        return;
    REQUIRE(jalon_token_mint(ring(), jalon_token_campaign(token), jalon_token_creator(token),
                             jalon_token_channel(token), jalon_token_target(token),
                             jalon_token_expires_at(token), again, sizeof again) == JALON_OK);
    REQUIRE(slice_is(text, again));
    jalon_token_free(token);
}

static void feed_code(struct slice text)
{
    char folded[65], again[65];
    uint32_t serial;
    int folding = jalon_code_fold(text.data, text.size, folded, sizeof folded);
    REQUIRE(!folding || folding == JALON_MALFORMED);
    int err = jalon_code_verify(ring(), "spring-trail", text.data, text.size, &serial);
    int checking = jalon_code_check(text.data, text.size);
    REQUIRE(checking == (err == JALON_BAD_SIGNATURE ? JALON_OK : err));
    if (folding) {
        REQUIRE(err == JALON_MALFORMED);
        return;
    }
    size_t size = strlen(folded);
    REQUIRE(jalon_code_fold(folded, size, again, sizeof again) == JALON_OK);
    REQUIRE(strcmp(folded, again) == 0);
    REQUIRE(jalon_code_verify(ring(), "spring-trail", folded, size, &serial) == err);
}

static void feed_click(struct slice text)
{
    uint64_t link_id, nonce;
    int64_t at_ms;
    char again[JALON_CLICK_ID_SIZE + 1];
    int err =
        jalon_click_verify(ring(), "spring-trail", text.data, text.size, &link_id, &at_ms, &nonce);
    REQUIRE(!err || err == JALON_MALFORMED || err == JALON_BAD_SIGNATURE);
    if (err)
        return;
    REQUIRE(jalon_click_mint(ring(), "spring-trail", link_id, at_ms, nonce, again) == JALON_OK);
    REQUIRE(slice_is(text, again));
}

static void feed_ring(struct slice text)
{
    jalon_keys *keys, *again;
    int err = jalon_keys_parse(&keys, text.data, text.size);
    REQUIRE(!err || err == JALON_BAD_KEY_FILE);
    if (err)
        return;
    REQUIRE(jalon_keys_count(keys) <= JALON_KEYS_MAX);
    struct buffer printed, twice;
    buffer_init(&printed, RING_TEXT_MAX);
    buffer_init(&twice, RING_TEXT_MAX);
    key_ring_write(&printed, keys);
    REQUIRE(buffer_error(&printed) == JALON_OK);
    REQUIRE(jalon_keys_parse(&again, printed.data, printed.size) == JALON_OK);
    key_ring_write(&twice, again);
    REQUIRE(slice_equal(buffer_slice(&printed), buffer_slice(&twice)));
    buffer_done(&printed);
    buffer_done(&twice);
    jalon_keys_free(again);
    jalon_keys_free(keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    if (size == 0)
        return 0;
    struct slice text = slice_of(input + 1, size - 1);
    switch (input[0]) {
    case 'l':
        feed_link(text);
        break;
    case 't':
        feed_token(text);
        break;
    case 'p':
        feed_code(text);
        break;
    case 'c':
        feed_click(text);
        break;
    case 'k':
        feed_ring(text);
        break;
    }
    return 0;
}
