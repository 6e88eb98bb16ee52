/* The warm path of a click allocates nothing: neither our code nor a library's. */
#include "redirector/redirect.h"

#include "redirector/campaigns.h"
#include "tests/unit/allocations.h"
#include "tests/unit/redirector/small_worker.h"

#define CLICKS 200 /* fit into the journal's first segment */

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

static unsigned long of_clicks(const struct route *route, const char *argument)
{
    click(route, argument); /* warms the cache, the signer, the memory of agents */
    unsigned long before = allocations_so_far;
    for (unsigned i = 0; i < CLICKS; i++)
        click(route, argument);
    return allocations_so_far - before;
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

    assert_int_equal(of_clicks(&code_route, code), 0);
    small.is_store_refusing = true; /* a question about a token would allocate: it is asked once */
    resolver_set_homes(small.worker.resolver, 0);
    assert_int_equal(of_clicks(&token_route, token), 0);
    small_worker_end(&small);
}

int main(void)
{
    allocations_watch();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
