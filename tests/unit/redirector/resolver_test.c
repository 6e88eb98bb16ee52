#include "redirector/resolver.h"

#include "core/sign/token.h"
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
    resolver_set_homes(small.worker.resolver, 0);
    ask(&caller, LINK_VANITY, "marie-trail");
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    assert_int_equal(small.links_asked, 1);

    resolver_set_homes(small.worker.resolver, STORE_ALL_HOMES);
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
    resolver_set_homes(small.worker.resolver, 0);
    resolver_lose_link(small.worker.resolver, small.asked[0]);
    assert_int_equal(caller.calls, 1); /* it waits on */
    resolver_set_homes(small.worker.resolver, STORE_ALL_HOMES);
    assert_int_equal(small.links_asked, 2);
    answer_link(LINK_JSON(""));
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    assert_int_equal(caller.calls, 2);
}

/* A cluster that did not answer, and is there: at the next tick. */
static void test_asked_again_without_a_reconnect(void **state)
{
    (void)state;
    static struct caller caller;
    ask(&caller, LINK_VANITY, "marie-trail");
    resolver_lose_link(small.worker.resolver, small.asked[0]);
    assert_int_equal(small.links_asked, 1);
    resolver_tick(small.worker.resolver);
    assert_int_equal(small.links_asked, 2);
    resolver_tick(small.worker.resolver);
    assert_int_equal(small.links_asked, 2);
    answer_link(LINK_JSON(""));
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    assert_int_equal(caller.calls, 2);
}

/* One primary of a cluster is away: its links are served as they are, at once, and the others are read again. */
static void test_one_home_away(void **state)
{
    (void)state;
    static struct caller here, there, fresh;
    uint64_t link_id;
    ask(&here, LINK_VANITY, "marie-trail");
    link_id = small.asked[0];
    answer_link(LINK_JSON(""));
    uint32_t home = store_home_bit(schema_partition(link_id));
    resolver_renew(small.worker.resolver);
    resolver_set_homes(small.worker.resolver, STORE_ALL_HOMES & ~home);
    ask(&here, LINK_VANITY, "marie-trail");
    assert_int_equal(here.resolution, RESOLVE_FOUND);
    assert_int_equal(small.links_asked, 1);

    assert_int_equal(link_id_of_code(&link_id, SLICE("tom-trail")), JALON_OK);
    assert_int_not_equal(store_home_bit(schema_partition(link_id)), home);
    ask(&there, LINK_VANITY, "tom-trail");
    assert_int_equal(there.resolution, RESOLVE_PARKED);
    assert_int_equal(small.links_asked, 2);

    small.worker.monotonic_ms += 1000; /* not just now */
    resolver_set_homes(small.worker.resolver, home);
    ask(&fresh, LINK_VANITY, "tom-trail");
    assert_int_equal(fresh.resolution, RESOLVE_PARKED);
    small.worker.monotonic_ms += 1000;
    ask(&fresh, LINK_VANITY, "tom-trail");
    assert_int_equal(fresh.resolution, RESOLVE_UNAVAILABLE);
}

static void test_store_away(void **state)
{
    (void)state;
    static struct caller caller;
    resolver_set_homes(small.worker.resolver, 0);
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

/* From here on each visitor has three look-ups of slugs that nobody has. */
static void limit(void)
{
    small.snapshot.settings.unknown_slugs = 3;
}

static enum resolution ask_unknown(struct caller *caller, const char *slug)
{
    ask(caller, LINK_VANITY, slug);
    if (caller->resolution == RESOLVE_PARKED)
        answer_link("");
    return caller->resolution;
}

static void test_unknown_slugs_are_limited(void **state)
{
    (void)state;
    static struct caller caller;
    limit();
    ask(&caller, LINK_VANITY, "marie-trail");
    answer_link(LINK_JSON(""));
    assert_int_equal(ask_unknown(&caller, "nobody-1"), RESOLVE_UNKNOWN);
    assert_int_equal(ask_unknown(&caller, "nobody-2"), RESOLVE_UNKNOWN);
    assert_int_equal(ask_unknown(&caller, "nobody-3"), RESOLVE_UNKNOWN);
    assert_int_equal(ask_unknown(&caller, "nobody-4"), RESOLVE_LIMITED);
    assert_int_equal(small.links_asked, 4);
    assert_int_equal(counter_get(&small.counters, slugs_limited), 1);

    /* What is known here goes on, known to be nobody's included; and so does what is signed. */
    assert_int_equal(ask_unknown(&caller, "nobody-3"), RESOLVE_UNKNOWN);
    ask(&caller, LINK_VANITY, "marie-trail");
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    resolver_renew(small.worker.resolver); /* to be read again, but there */
    ask(&caller, LINK_VANITY, "marie-trail");
    assert_int_equal(caller.resolution, RESOLVE_PARKED);
    answer_link(LINK_JSON(""));
    assert_int_equal(caller.resolution, RESOLVE_FOUND);
    char code[JALON_LINK_CODE_SIZE + 1];
    small_worker_mint(&small, 7, code);
    ask(&caller, LINK_SIGNED, code);
    assert_int_equal(caller.resolution, RESOLVE_PARKED);
    answer_link("");
    assert_int_equal(caller.resolution, RESOLVE_UNKNOWN);

    small.worker.monotonic_ms += 20000; /* a third of a minute: one more */
    assert_int_equal(ask_unknown(&caller, "nobody-4"), RESOLVE_UNKNOWN);
    assert_int_equal(ask_unknown(&caller, "nobody-5"), RESOLVE_LIMITED);
}

/* A shared address behind which people open good links. */
static void test_links_that_are_there_cost_nothing(void **state)
{
    (void)state;
    static struct caller caller;
    limit();
    for (unsigned i = 0; i < 100; i++) {
        char slug[16];
        (void)snprintf(slug, sizeof slug, "good-%u", i);
        ask(&caller, LINK_VANITY, slug);
        assert_int_equal(caller.resolution, RESOLVE_PARKED);
        answer_link(LINK_JSON(""));
        assert_int_equal(caller.resolution, RESOLVE_FOUND);
    }
}

/* One who asks much at once has no more under way than in all; who waits for the same look-up pays nothing. */
static void test_limited_while_they_are_on_their_way(void **state)
{
    (void)state;
    static struct caller callers[3], same[10], more, other;
    static const char *const slugs[] = {"nobody-1", "nobody-2", "nobody-3"};
    limit();
    for (size_t i = 0; i < 3; i++) {
        ask(&callers[i], LINK_VANITY, slugs[i]);
        assert_int_equal(callers[i].resolution, RESOLVE_PARKED);
    }
    for (size_t i = 0; i < 10; i++) {
        ask(&same[i], LINK_VANITY, "nobody-2");
        assert_int_equal(same[i].resolution, RESOLVE_PARKED);
    }
    ask(&more, LINK_VANITY, "nobody-4");
    assert_int_equal(more.resolution, RESOLVE_LIMITED);
    request_init(&other.request, &small, &route, "nobody-4"); /* someone else */
    other.request.exchange.peer.bytes[15]++;
    other.kind = LINK_VANITY;
    look(&other.request.exchange);
    assert_int_equal(other.resolution, RESOLVE_PARKED);
    assert_int_equal(small.links_asked, 4);
    for (size_t i = 0; i < 4; i++)
        resolver_hear_link(small.worker.resolver, small.asked[i], SLICE_NONE);
    assert_int_equal(same[9].resolution, RESOLVE_UNKNOWN);
    assert_int_equal(other.resolution, RESOLVE_UNKNOWN);
}

/* A store that does not answer tells nothing about who asks. */
static void test_what_was_not_answered_costs_nothing(void **state)
{
    (void)state;
    static struct caller caller;
    limit();
    for (unsigned round = 0; round < 5; round++) {
        ask(&caller, LINK_VANITY, "nobody-1");
        assert_int_equal(caller.resolution, RESOLVE_PARKED);
        resolver_set_homes(small.worker.resolver, 0);
        resolver_lose_link(small.worker.resolver, small.asked[(small.links_asked - 1) % ASKED_MAX]);
        small.worker.monotonic_ms += LOOKUP_DEADLINE_MS;
        resolver_tick(small.worker.resolver);
        assert_int_equal(caller.resolution, RESOLVE_UNAVAILABLE);
        ask(&caller, LINK_VANITY, "nobody-2"); /* away, and not limited */
        assert_int_equal(caller.resolution, RESOLVE_UNAVAILABLE);
        resolver_set_homes(small.worker.resolver, STORE_ALL_HOMES);
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
        TEST(test_asked_again_without_a_reconnect),
        TEST(test_one_home_away),
        TEST(test_store_away),
        TEST(test_unknown_campaign),
        TEST(test_damaged_record),
        TEST(test_bound),
        TEST(test_unknown_slugs_are_limited),
        TEST(test_links_that_are_there_cost_nothing),
        TEST(test_limited_while_they_are_on_their_way),
        TEST(test_what_was_not_answered_costs_nothing),
        TEST(test_portable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
