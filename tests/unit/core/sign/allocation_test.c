/* On the click's path nothing of ours allocates. What libcrypto's EVP_MAC does inside is counted apart,
 * and stated: it may not grow unseen. */
#include "core/sign/click_signer.h"
#include "core/sign/token.h"
#include "core/sign/visitor.h"
#include "tests/unit/folder.h"
#include "tests/unit/core/sign/vectors.h"

#include <openssl/crypto.h>

#if defined(__has_feature)
#define HAS_FEATURE(x) __has_feature(x)
#else
#define HAS_FEATURE(x) 0
#endif
/* Sanitizers bring their own malloc, and it must stay. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
#define COUNTS 0
#else
#define COUNTS 1
#endif

#define NOW_MS 1764417600000

static size_t all, inside; /* allocations of the whole process, and those of libcrypto */

#if COUNTS
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    all++;
    return __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    all++;
    return __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *memory, size_t size)
{
    all++;
    return __libc_realloc(memory, size);
}
#endif

static void *inside_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    inside++;
    return malloc(size);
}

static void *inside_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    inside++;
    return realloc(memory, size);
}

static void inside_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

/* Looks before anything else can allocate. */
static void assert_counts(size_t inside_max)
{
    size_t total = all, crypto = inside;
    if (COUNTS)
        assert_int_equal(total - crypto, 0);
    assert_in_range(crypto, 0, inside_max);
}

static void test_minting_a_click_id(void **state)
{
    (void)state;
    jalon_keys *keys = vectors_ring("click.keys");
    struct click_signer *signer;
    char id[JALON_CLICK_ID_SIZE];
    assert_int_equal(click_signer_new(&signer, keys, "spring-trail"), JALON_OK);
    assert_int_equal(click_signer_mint(signer, 1, NOW_MS, 0, id), JALON_OK);
    all = inside = 0;
    int failures = 0;
    for (uint64_t nonce = 1; nonce <= 100; nonce++)
        failures += click_signer_mint(signer, 1, NOW_MS, nonce, id) != JALON_OK;
    assert_counts(100 * 4); /* OpenSSL 3.0 copies digest states: 2 a sum */
    assert_int_equal(failures, 0);
    assert_null(click_signer_free(signer));
    jalon_keys_free(keys);
}

static void test_a_visitor(void **state)
{
    (void)state;
    char *folder = folder_new();
    struct visitor_keys *keys;
    assert_int_equal(visitor_keys_open(&keys, folder_file(folder, "visitor.keys"), NOW_MS),
                     JALON_OK);
    const uint8_t address[16] = {0};
    uint64_t value;
    all = inside = 0;
    int failures = 0;
    for (int i = 0; i < 100; i++)
        failures +=
            visitor_fingerprint(&value, keys, NOW_MS, address, SLICE("Mozilla/5.0")) != JALON_OK;
    assert_counts(0);
    assert_int_equal(failures, 0);
    assert_null(visitor_keys_free(keys));
    folder_remove(folder);
}

static void test_reading_a_token(void **state)
{
    (void)state;
    jalon_keys *keys = vectors_ring("ring.keys");
    static struct token token;
    char text[JALON_TOKEN_SIZE_MAX + 1];
    assert_int_equal(
        jalon_token_mint(keys, "spring-trail", "marie", "bio", NULL, 0, text, sizeof text),
        JALON_OK);
    all = inside = 0;
    int err = token_read(&token, keys, slice_of_string(text));
    assert_counts(60); /* a context of its own for each key tried: 18 on OpenSSL 3.0 */
    assert_int_equal(err, JALON_OK);
    jalon_keys_free(keys);
}

int main(void)
{
    /* Before libcrypto's first allocation, or it keeps its own. */
    if (!CRYPTO_set_mem_functions(inside_malloc, inside_realloc, inside_free))
        return 99;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minting_a_click_id),
        cmocka_unit_test(test_a_visitor),
        cmocka_unit_test(test_reading_a_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
