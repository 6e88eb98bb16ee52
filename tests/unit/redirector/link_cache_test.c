#include "redirector/link_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct link_cache *made(uint64_t links)
{
    struct link_cache *cache;
    assert_int_equal(link_cache_new(&cache, links), JALON_OK);
    return cache;
}

static struct link_entry *put(struct link_cache *cache, enum link_kind kind, const char *key,
                              uint64_t link_id, const char *target)
{
    struct link_fields fields = {.kind = kind,
                                 .key = slice_of_string(key),
                                 .target = slice_of_string(target),
                                 .link_id = link_id,
                                 .generation = 1};
    struct link_entry *entry;
    assert_int_equal(link_cache_put(cache, &fields, &entry), JALON_OK);
    return entry;
}

static struct link_entry *find(struct link_cache *cache, enum link_kind kind, const char *key)
{
    return link_cache_find(cache, kind, slice_of_string(key));
}

static void test_find(void **state)
{
    (void)state;
    struct link_cache *cache = made(100);
    put(cache, LINK_SIGNED, "AbCdEfGhIjKl", 1, "");
    put(cache, LINK_VANITY, "marie-trail", 2, "https://shop.example/");
    assert_true(find(cache, LINK_SIGNED, "AbCdEfGhIjKl")->link_id == 1);
    struct link_entry *vanity = find(cache, LINK_VANITY, "marie-trail");
    assert_true(slice_is(link_entry_key(vanity), "marie-trail"));
    assert_true(slice_is(link_entry_target(vanity), "https://shop.example/"));
    assert_null(find(cache, LINK_SIGNED, "abcdefghijkl")); /* case matters */
    assert_null(find(cache, LINK_VANITY, "AbCdEfGhIjKl")); /* the kind, too */
    assert_null(find(cache, LINK_SIGNED, "AbCdEfGhIjK"));
    assert_null(find(cache, LINK_SIGNED, ""));
    link_cache_free(cache);
}

static void test_replace_keeps_registration(void **state)
{
    (void)state;
    struct link_cache *cache = made(100);
    put(cache, LINK_PORTABLE, "token", 5, "https://a.example/")->registered_in = 7;
    struct link_entry *entry = put(cache, LINK_PORTABLE, "token", 5, "https://b.example/");
    assert_int_equal(entry->registered_in, 7);
    assert_true(slice_is(link_entry_target(entry), "https://b.example/"));
    assert_int_equal(link_cache_count(cache), 1);
    link_cache_free(cache);
}

/* A link id has several entries where several tokens say the same. */
static void test_invalidate(void **state)
{
    (void)state;
    struct link_cache *cache = made(100);
    put(cache, LINK_PORTABLE, "token-1", 5, "");
    put(cache, LINK_PORTABLE, "token-2", 5, "");
    put(cache, LINK_SIGNED, "AbCdEfGhIjKl", 5 + 128, ""); /* same bucket, another link */
    link_cache_put_absent(cache, 5, 1000);
    link_cache_invalidate(cache, 5);
    assert_int_equal(find(cache, LINK_PORTABLE, "token-1")->generation, 0);
    assert_int_equal(find(cache, LINK_PORTABLE, "token-2")->generation, 0);
    assert_int_equal(find(cache, LINK_SIGNED, "AbCdEfGhIjKl")->generation, 1);
    assert_false(link_cache_is_absent(cache, 5, 1));
    link_cache_free(cache);
}

static void test_absent(void **state)
{
    (void)state;
    struct link_cache *cache = made(100);
    assert_false(link_cache_is_absent(cache, 0, 0));
    link_cache_put_absent(cache, 9, 1000);
    assert_true(link_cache_is_absent(cache, 9, 999));
    assert_false(link_cache_is_absent(cache, 9, 1000));
    assert_false(link_cache_is_absent(cache, 10, 999));
    link_cache_clear_absent(cache);
    assert_false(link_cache_is_absent(cache, 9, 999));
    link_cache_free(cache);
}

/* Bounded in number; what is used goes on living, and every other entry is still found. */
static void test_bound(void **state)
{
    (void)state;
    struct link_cache *cache = made(64);
    for (uint64_t i = 1; i <= 10000; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "key-%llu", (unsigned long long)i);
        put(cache, LINK_VANITY, key, i, "");
        assert_non_null(find(cache, LINK_VANITY, key));
        if (i == 65 && !find(cache, LINK_VANITY, "key-1"))
            put(cache, LINK_VANITY, "key-1", 1, ""); /* all were used alike: one had to go */
        else if (i > 1)
            assert_non_null(find(cache, LINK_VANITY, "key-1")); /* used all the time */
        assert_in_range(link_cache_count(cache), 1, 64);
    }
    assert_int_equal(link_cache_count(cache), 64);
    link_cache_free(cache);
}

/* Bounded in bytes, too: long tokens are fewer. */
static void test_bound_bytes(void **state)
{
    (void)state;
    struct link_cache *cache = made(64);
    static char key[3001], target[2001];
    memset(key, 'k', sizeof key - 1);
    memset(target, 't', sizeof target - 1);
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(key, 8, "%07u", i);
        key[7] = 'k';
        put(cache, LINK_PORTABLE, key, i, target);
    }
    assert_in_range(link_cache_count(cache), 1, 64 * 256 / 5000);
    link_cache_free(cache);
}

static void test_too_long(void **state)
{
    (void)state;
    struct link_cache *cache = made(64);
    static char key[65537];
    struct link_fields fields = {.kind = LINK_PORTABLE, .key = slice_of(key, 65536)};
    struct link_entry *entry = NULL;
    assert_int_equal(link_cache_put(cache, &fields, &entry), JALON_TOO_LONG);
    assert_null(entry);
    link_cache_free(cache);
}

/* Slugs may be chosen so that the ends of their ids are alike. */
static void test_aimed_ids_do_not_meet(void **state)
{
    (void)state;
    struct link_cache *cache = made(100);
    unsigned there = 0;
    for (uint64_t i = 1; i <= 256; i++)
        link_cache_put_absent(cache, i << 32 | 5, 1000);
    for (uint64_t i = 1; i <= 256; i++)
        there += link_cache_is_absent(cache, i << 32 | 5, 10);
    assert_true(there > 192); /* by chance some 8 of 256 in 4096 slots are overwritten */
    link_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aimed_ids_do_not_meet),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_replace_keeps_registration),
        cmocka_unit_test(test_invalidate),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_bound_bytes),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
