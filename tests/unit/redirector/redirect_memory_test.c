/* The warm path of a click allocates nothing of its own: what a click allocates is what signing its id and its visitor's
 * fingerprint allocate inside libcrypto, measured apart in the same run. */
#include "redirector/redirect.h"

#include "core/sign/click_signer.h"
#include "redirector/campaigns.h"
#include "tests/unit/redirector/small_worker.h"

#define CLICKS 200 /* fit into the journal's first segment */

static _Thread_local unsigned long allocations;

#if defined(__has_feature)
#define HAS_SANITIZER(name) __has_feature(name)
#else
#define HAS_SANITIZER(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    HAS_SANITIZER(address_sanitizer) || HAS_SANITIZER(thread_sanitizer)
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                              void (*freed)(const volatile void *));

static void on_malloc(const volatile void *memory, size_t size)
{
    (void)memory, (void)size;
    allocations++;
}

static void on_free(const volatile void *memory)
{
    (void)memory;
}

static void count_allocations(void)
{
    assert_true(__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) > 0);
}
#else
/* glibc takes these in the place of its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    allocations++;
    return __libc_realloc(memory, size);
}

static void count_allocations(void)
{
}
#endif

static const struct route code_route = {.shape = "/*", .handle = redirect_code};
static const struct route token_route = {.shape = "/o/:", .handle = redirect_token};

static struct small_worker small;
static struct request request;

static void click(const struct route *route, const char *argument)
{
    request_init(&request, &small, route, argument);
    request.exchange.request.query = SLICE("ref=newsletter&utm_source=mine");
    request.exchange.request.referer = SLICE("https://l.instagram.com/?u=x");
    request.exchange.request.x_forwarded_for = SLICE("81.2.69.160");
    route->handle(&request.exchange);
    assert_int_equal(request.exchange.status, 302);
}

static unsigned long of_crypto(void)
{
    struct click_signer *signer;
    char click_id[JALON_CLICK_ID_SIZE];
    uint64_t visitor;
    assert_int_equal(click_signer_new(&signer, small.snapshot.keys, "trail"), JALON_OK);
    unsigned long before = 0;
    for (unsigned i = 0; i <= CLICKS; i++) {
        if (i == 1) /* the first one is not warm */
            before = allocations;
        assert_int_equal(click_signer_mint(signer, 1, NOON, i, click_id), JALON_OK);
        assert_int_equal(visitor_fingerprint(&visitor, small.worker.visitor_keys, NOON,
                                             request.exchange.peer.bytes,
                                             request.exchange.request.user_agent),
                         JALON_OK);
    }
    unsigned long count = allocations - before;
    click_signer_free(signer);
    return count;
}

static unsigned long of_clicks(const struct route *route, const char *argument)
{
    click(route, argument); /* warms the cache, the signer, the memory of agents */
    unsigned long before = allocations;
    for (unsigned i = 0; i < CLICKS; i++)
        click(route, argument);
    return allocations - before;
}

static void test_counting_counts(void **state)
{
    (void)state;
    count_allocations();
    unsigned long before = allocations;
    void *volatile memory = malloc(10);
    assert_true(memory);
    free(memory);
    assert_true(allocations > before);
}

static void test_no_allocation(void **state)
{
    (void)state;
    small_worker_start(&small);
    small_worker_know_campaign(&small, CAMPAIGN_JSON);
    char code[JALON_LINK_CODE_SIZE + 1], token[JALON_TOKEN_SIZE_MAX + 1];
    small_worker_mint(&small, 1, code);
    assert_int_equal(jalon_token_mint(small.snapshot.keys, "trail", "marie", "bio",
                                      "https://shop.example/x", 0, token, sizeof token),
                     JALON_OK);
    request_init(&request, &small, &code_route, code);
    redirect_code(&request.exchange);
    resolver_hear_link(small.worker.resolver, small.asked[0], SLICE(LINK_JSON("")));
    assert_int_equal(request.exchange.status, 302);

    unsigned long crypto = of_crypto();
    assert_int_equal(of_clicks(&code_route, code), crypto);
    small.is_store_refusing = true; /* a question about a token would allocate: it is asked once */
    resolver_set_store(small.worker.resolver, false);
    assert_int_equal(of_clicks(&token_route, token), crypto);
    print_message("libcrypto: %.2f allocations a click\n", (double)crypto / CLICKS);
    small_worker_end(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counting_counts),
        cmocka_unit_test(test_no_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
