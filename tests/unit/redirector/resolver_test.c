#include "redirector/resolver.h"

#include "redirector/campaigns.h"
#include "redirector/lookups.h"
#include "tests/unit/redirector/small_worker.h"

/* The handler that the resolver calls again: it notes what came of it. */
struct caller {
    struct request request;
    enum resolution resolution;
    unsigned calls;
    enum link_kind kind;
};

static void look(struct exchange *exchange)
{
    struct caller *caller = (struct caller *)(void *)exchange; /* its first member's first */
    caller->calls++;
    caller->resolution =
        caller->kind == LINK_PORTABLE
            ? resolver_find_token(exchange->worker->resolver, exchange, exchange->argument)
            : resolver_find_code(exchange->worker->resolver, exchange, caller->kind,
                                 exchange->argument);
}

static const struct route route = {.shape = "/*", .handle = look};

static struct small_worker small;

static void ask(struct caller *caller, enum link_kind kind, const char *key)
{
    request_init(&caller->request, &small, &route, key);
    caller->kind = kind;
    caller->calls = 0;
    look(&caller->request.exchange);
}

static void answer_link(const char *json)
{
    resolver_hear_link(small.worker.resolver, small.asked[(small.links_asked - 1) % ASKED_MAX],
                       slice_of_string(json));
}

static int set_up(void **state)
{
    (void)state;
    small_worker_start(&small);
    small_worker_know_campaign(&small, CAMPAIGN_JSON);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    small_worker_end(&small);
    return 0;
}

static void test_a_miss_is_one_look_up(void **state)
{
    (void)state;
    static struct caller callers[20];
    for (size_t i = 0; i < 20; i++) {
        ask(&callers[i], LINK_VANITY, "marie-trail");
        assert_int_equal(callers[i].resolution, RESOLVE_PARKED);
    }
    assert_int_equal(small.links_asked, 1);
    answer_link(LINK_JSON(",\"target\":\"https://shop.example/x\""));
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(callers[i].calls, 2);
        assert_int_equal(callers[i].resolution, RESOLVE_FOUND);
        assert_true(slice_is(link_entry_target(callers[i].request.exchange.link),
                             "https://shop.example/x"));
    }
    static struct caller later;
    ask(&later, LINK_VANITY, "marie-trail");
    assert_int_equal(later.resolution, RESOLVE_FOUND);
    assert_int_equal(small.links_asked, 1);
}

static void test_unknown_is_remembered_for_a_while(void **state)
{
    (void)state;
    static struct caller caller;
    ask(&caller, LINK_VANITY, "nobody");
    answer_link("");
    assert_int_equal(caller.resolution, RESOLVE_UNKNOWN);
    ask(&caller, LINK_VANITY, "nobody");
    assert_int_equal(caller.resolution, RESOLVE_UNKNOWN);
    assert_int_equal(small.links_asked, 1);

    resolver_link_changed(small.worker.resolver, small.asked[0]); /* somebody registered it */
    ask(&caller, LINK_VANITY, "nobody");
    assert_int_equal(caller.resolution, RESOLVE_PARKED);
    assert_int_equal(small.links_asked, 2);
    answer_link("");

    small.worker.monotonic_ms += ABSENT_MS;
    ask(&caller, LINK_VANITY, "nobody");
    assert_int_equal(caller.resolution, RESOLVE_PARKED);
    answer_link("");
}

static void test_forged_codes_ask_nobody(void **state)
{
    (void)state;
    char code[JALON_LINK_CODE_SIZE + 1];
    small_worker_mint(&small, 7, code);
    static struct caller caller;
    for (size_t i = 0; i < JALON_LINK_CODE_SIZE; i++) {
        char forged[sizeof code];
        memcpy(forged, code, sizeof code);
        forged[i] = forged[i] == 'a' ? 'b' : 'a';
        ask(&caller, LINK_SIGNED, forged);
        assert_int_equal(caller.resolution, RESOLVE_UNKNOWN);
    }
    assert_int_equal(small.links_asked, 0);
    assert_int_equal(counter_get(&small.counters, forged_codes), JALON_LINK_CODE_SIZE);
    ask(&caller, LINK_SIGNED, code);
    assert_int_equal(caller.resolution, RESOLVE_PARKED);
    answer_link(LINK_JSON(""));
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
}

/* A code in the cache whose key was retired since: the ring of a new snapshot does not know it. */
static void test_retired_key(void **state)
{
    (void)state;
    char code[JALON_LINK_CODE_SIZE + 1];
    small_worker_mint(&small, 7, code);
    static struct caller caller;
    ask(&caller, LINK_SIGNED, code);
    answer_link(LINK_JSON(""));
    assert_int_equal(caller.resolution, RESOLVE_FOUND);

    jalon_keys *before = small.snapshot.keys;
    assert_int_equal(key_ring_new(&small.snapshot.keys, NOON / 1000), JALON_OK);
    small.snapshot.generation++;
    ask(&caller, LINK_SIGNED, code);
    assert_int_equal(caller.resolution, RESOLVE_UNKNOWN);
    jalon_keys_free(before);
}

static void test_a_change_is_read_again(void **state)
{
    (void)state;
    static struct caller caller;
    ask(&caller, LINK_VANITY, "marie-trail");
    answer_link(LINK_JSON(""));
    resolver_link_changed(small.worker.resolver, small.asked[0]);
    ask(&caller, LINK_VANITY, "marie-trail");
    assert_int_equal(caller.resolution, RESOLVE_PARKED);
    answer_link(LINK_JSON(",\"disabled\":true"));
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    assert_true(caller.request.exchange.link->is_disabled);
}

/* An answer that was on its way when the change was told may be older than it: used, but asked again. */
static void test_a_change_during_the_look_up(void **state)
{
    (void)state;
    static struct caller caller;
    ask(&caller, LINK_VANITY, "marie-trail");
    resolver_link_changed(small.worker.resolver, small.asked[0]);
    answer_link(LINK_JSON(""));
    assert_int_equal(small.links_asked, 2);
    answer_link(LINK_JSON(",\"disabled\":true"));
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    assert_true(caller.request.exchange.link->is_disabled);
}

/* pub/sub loses what was said while it was down: all is read again, but served meanwhile if the store is away. */
static void test_renewed(void **state)
{
    (void)state;
    static struct caller caller;
    ask(&caller, LINK_VANITY, "marie-trail");
    answer_link(LINK_JSON(""));
    resolver_renew(small.worker.resolver);
    resolver_set_store(small.worker.resolver, false);
    ask(&caller, LINK_VANITY, "marie-trail");
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    assert_int_equal(small.links_asked, 1);

    resolver_set_store(small.worker.resolver, true);
    ask(&caller, LINK_VANITY, "marie-trail");
    assert_int_equal(caller.resolution, RESOLVE_PARKED);
    answer_link(LINK_JSON(""));
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    ask(&caller, LINK_VANITY, "marie-trail");
    assert_int_equal(small.links_asked, 2);
}

/* The store came back without the record: it was there once, and is served. */
static void test_lost_by_the_store(void **state)
{
    (void)state;
    static struct caller caller;
    ask(&caller, LINK_VANITY, "marie-trail");
    answer_link(LINK_JSON(""));
    resolver_renew(small.worker.resolver);
    ask(&caller, LINK_VANITY, "marie-trail");
    answer_link("");
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
}

static void test_deadline(void **state)
{
    (void)state;
    static struct caller fresh, stale;
    ask(&stale, LINK_VANITY, "marie-trail");
    answer_link(LINK_JSON(""));
    resolver_renew(small.worker.resolver);
    ask(&stale, LINK_VANITY, "marie-trail");
    ask(&fresh, LINK_VANITY, "tom-trail");
    small.worker.monotonic_ms += LOOKUP_DEADLINE_MS - 1;
    resolver_tick(small.worker.resolver);
    assert_int_equal(stale.calls, 1);
    assert_int_equal(fresh.calls, 1);

    small.worker.monotonic_ms += 1;
    resolver_tick(small.worker.resolver);
    assert_int_equal(stale.resolution, RESOLVE_FOUND); /* what there is is better than nothing */
    assert_int_equal(fresh.resolution, RESOLVE_UNAVAILABLE);
    assert_int_equal(fresh.calls, 2);

    answer_link(LINK_JSON("")); /* late: nobody is resumed a second time, but it is kept */
    assert_int_equal(fresh.calls, 2);
    ask(&fresh, LINK_VANITY, "tom-trail");
    assert_int_equal(fresh.resolution, RESOLVE_FOUND);
}

static void test_asked_again_after_a_reconnect(void **state)
{
    (void)state;
    static struct caller caller;
    ask(&caller, LINK_VANITY, "marie-trail");
    resolver_set_store(small.worker.resolver, false);
    resolver_lose_link(small.worker.resolver, small.asked[0]);
    assert_int_equal(caller.calls, 1); /* it waits on */
    resolver_set_store(small.worker.resolver, true);
    assert_int_equal(small.links_asked, 2);
    answer_link(LINK_JSON(""));
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    assert_int_equal(caller.calls, 2);
}

static void test_store_away(void **state)
{
    (void)state;
    static struct caller caller;
    resolver_set_store(small.worker.resolver, false);
    small.worker.monotonic_ms += 1000; /* not just now */
    ask(&caller, LINK_VANITY, "marie-trail");
    assert_int_equal(caller.resolution, RESOLVE_UNAVAILABLE);
    assert_int_equal(small.links_asked, 0);
}

static void test_unknown_campaign(void **state)
{
    (void)state;
    static struct caller caller;
    ask(&caller, LINK_VANITY, "marie-trail");
    answer_link("{\"v\":1,\"code\":\"c\",\"campaign\":\"snow\",\"creator\":\"marie\"}");
    assert_int_equal(caller.resolution, RESOLVE_PARKED);
    assert_int_equal(small.campaigns_asked, 1);
    resolver_hear_campaign(small.worker.resolver, SLICE("snow"), SLICE_NONE);
    assert_int_equal(caller.resolution, RESOLVE_UNKNOWN);
    ask(&caller, LINK_VANITY, "marie-trail");
    assert_int_equal(caller.resolution, RESOLVE_UNKNOWN);
    assert_int_equal(small.campaigns_asked, 1);

    resolver_hear_campaign(small.worker.resolver, SLICE("snow"), SLICE(CAMPAIGN_JSON));
    ask(&caller, LINK_VANITY, "marie-trail");
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
}

static void test_damaged_record(void **state)
{
    (void)state;
    static const char *const rows[] = {"{", "[]", "{\"v\":1}", "{\"v\":1,\"campaign\":7}", "x"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct caller caller;
        ask(&caller, LINK_VANITY, "marie-trail");
        assert_int_equal(caller.resolution, RESOLVE_PARKED);
        answer_link(rows[i]);
        assert_int_equal(caller.resolution, RESOLVE_UNAVAILABLE);
        assert_int_equal(caller.calls, 2);
    }
}

/* Too many different misses at a time: the next are told to come again, and all that wait are resumed once. */
static void test_bound(void **state)
{
    (void)state;
    static struct caller callers[LOOKUPS_MAX + 8];
    static char keys[LOOKUPS_MAX + 8][16];
    for (size_t i = 0; i < LOOKUPS_MAX + 8; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "slug-%zu", i);
        ask(&callers[i], LINK_VANITY, keys[i]);
        assert_int_equal(callers[i].resolution,
                         i < LOOKUPS_MAX ? RESOLVE_PARKED : RESOLVE_UNAVAILABLE);
    }
    small.worker.monotonic_ms += LOOKUP_DEADLINE_MS;
    resolver_tick(small.worker.resolver);
    for (size_t i = 0; i < LOOKUPS_MAX; i++) {
        assert_int_equal(callers[i].resolution, RESOLVE_UNAVAILABLE);
        assert_int_equal(callers[i].calls, 2);
    }
}

static void test_portable(void **state)
{
    (void)state;
    char token[JALON_TOKEN_SIZE_MAX + 1];
    assert_int_equal(jalon_token_mint(small.snapshot.keys, "trail", "marie", "bio", NULL, 0, token,
                                      sizeof token),
                     JALON_OK);
    static struct caller caller;
    small.is_store_refusing = true; /* works without the store */
    ask(&caller, LINK_PORTABLE, token);
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    small.is_store_refusing = false;
    ask(&caller, LINK_PORTABLE, token); /* asks whether it was disabled */
    assert_int_equal(caller.resolution, RESOLVE_PARKED);
    assert_int_equal(small.links_asked, 1);
    small.worker.monotonic_ms += 250; /* and waits for no more than this */
    resolver_tick(small.worker.resolver);
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    assert_false(caller.request.exchange.link->is_disabled);
    ask(&caller, LINK_PORTABLE, token);
    assert_int_equal(caller.resolution, RESOLVE_PARKED);
    answer_link("{\"v\":1,\"campaign\":\"trail\",\"creator\":\"marie\",\"disabled\":true}");
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    assert_true(caller.request.exchange.link->is_disabled);
    ask(&caller, LINK_PORTABLE, token);
    assert_true(caller.request.exchange.link->is_disabled);
    assert_int_equal(small.links_asked, 1);

    token[10] = token[10] == 'A' ? 'B' : 'A';
    ask(&caller, LINK_PORTABLE, token);
    assert_int_equal(caller.resolution, RESOLVE_UNKNOWN);
    ask(&caller, LINK_PORTABLE, "");
    assert_int_equal(caller.resolution, RESOLVE_UNKNOWN);
    assert_int_equal(small.links_asked, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_miss_is_one_look_up),
        TEST(test_unknown_is_remembered_for_a_while),
        TEST(test_forged_codes_ask_nobody),
        TEST(test_retired_key),
        TEST(test_a_change_is_read_again),
        TEST(test_a_change_during_the_look_up),
        TEST(test_renewed),
        TEST(test_lost_by_the_store),
        TEST(test_deadline),
        TEST(test_asked_again_after_a_reconnect),
        TEST(test_store_away),
        TEST(test_unknown_campaign),
        TEST(test_damaged_record),
        TEST(test_bound),
        TEST(test_portable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
