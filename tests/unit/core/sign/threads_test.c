/* One ring and one signer, many threads: each mints and verifies everything, at once. Meant for TSan above
 * all. */
#include "core/sign/click_signer.h"
#include "jalon/jalon.h"
#include "tests/unit/core/sign/vectors.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS 300

struct job {
    pthread_t thread;
    const jalon_keys *keys;
    const struct click_signer *signer;
    uint32_t number;
    int failures;
};

static int round_of_all(const struct job *job, uint32_t serial)
{
    char link[JALON_LINK_CODE_SIZE + 1], code[JALON_CODE_SIZE_MAX + 1];
    char click[JALON_CLICK_ID_SIZE + 1], text[JALON_TOKEN_SIZE_MAX + 1];
    uint32_t serial_back = 0, code_back = 0;
    uint64_t nonce = 0;
    jalon_token *token = NULL;
    int failures =
        jalon_link_code_mint(job->keys, serial, link) ||
        jalon_link_code_verify(job->keys, link, sizeof link - 1, &serial_back) ||
        jalon_code_mint(job->keys, "spring-trail", "MARIE", serial, code) ||
        jalon_code_verify(job->keys, "spring-trail", code, strlen(code), &code_back) ||
        jalon_click_mint(job->keys, "spring-trail", 1, 2, serial, click) ||
        jalon_click_verify(job->keys, "spring-trail", click, sizeof click - 1, NULL, NULL,
                           &nonce) ||
        jalon_token_mint(job->keys, "spring-trail", "marie", "bio", NULL, 0, text, sizeof text) ||
        jalon_token_open(&token, job->keys, text, strlen(text));
    jalon_token_free(token);
    return failures + (serial_back != serial) + (code_back != serial) + (nonce != serial);
}

static int round_of_signer(const struct job *job, uint32_t nonce)
{
    char expected[JALON_CLICK_ID_SIZE + 1], click[JALON_CLICK_ID_SIZE];
    return jalon_click_mint(job->keys, "spring-trail", 1, 2, nonce, expected) ||
           click_signer_mint(job->signer, 1, 2, nonce, click) ||
           memcmp(click, expected, sizeof click) != 0;
}

static void *work(void *argument)
{
    struct job *job = argument;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        job->failures += round_of_all(job, job->number * ROUNDS + i);
        job->failures += round_of_signer(job, job->number * ROUNDS + i);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    jalon_keys *keys = vectors_ring("ring.keys");
    struct click_signer *signer;
    assert_int_equal(click_signer_new(&signer, keys, "spring-trail"), JALON_OK);
    struct job jobs[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){.keys = keys, .signer = signer, .number = i};
        assert_int_equal(pthread_create(&jobs[i].thread, NULL, work, &jobs[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(jobs[i].thread, NULL), 0);
        assert_int_equal(jobs[i].failures, 0);
    }
    assert_null(click_signer_free(signer));
    jalon_keys_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_many_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
