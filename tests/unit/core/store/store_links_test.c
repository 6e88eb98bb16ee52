/* The links of a campaign, from all partitions. */
#include "tests/unit/core/store/store_fixture.h"

#define LARGE 5 /* the partition whose set is read in pieces */
#define LARGE_LINKS 10500
#define LINKS_MAX 16384

static char has_come[SCHEMA_PARTITIONS][LINKS_MAX];

static unsigned links_in(unsigned partition)
{
    return partition == LARGE ? LARGE_LINKS
                              : partition * 40; /* none in the first, 600 in the last */
}

/* Ids are the number and, in the last hex digit, the partition. */
static void put_links(void)
{
    for (unsigned partition = 0; partition < SCHEMA_PARTITIONS; partition++) {
        char script[512];
        struct key ids = key_links_of(partition, SLICE("spring")), links = key_links(partition);
        assert_in_range(
            snprintf(
                script, sizeof script,
                "for i = 1, %u do local id = string.format('%%015x%x', i) "
                "redis.call('SADD', '%s', id) redis.call('HSET', '%s', id, '7 {' .. id .. '}') end",
                links_in(partition), partition, ids.text, links.text),
            1, sizeof script - 1);
        say("EVAL", script, "0", NULL);
    }
}

static int note_link(void *context, struct slice field, uint64_t version, struct slice json)
{
    size_t *count = context;
    uint64_t id;
    assert_int_equal(link_id_parse(&id, field), JALON_OK);
    assert_int_equal(version, 7);
    assert_int_equal(json.size, field.size + 2);
    assert_memory_equal(json.data + 1, field.data, field.size);
    assert_true(id >> 4 < LINKS_MAX);
    has_come[id & 15][id >> 4]++;
    ++*count;
    return JALON_OK;
}

static void test_each_link_comes_once(void **state)
{
    (void)state;
    size_t count = 0, wanted = 0;
    put_links();
    say("SADD", "jalon:{p07}:links_of:summer", "0000000000fffff7", NULL);
    say("HSET", "jalon:{p07}:links", "0000000000fffff7", "7 {0000000000fffff7}");
    assert_int_equal(store_links_each(store, SLICE("spring"), note_link, &count), JALON_OK);
    for (unsigned partition = 0; partition < SCHEMA_PARTITIONS; partition++) {
        wanted += links_in(partition);
        for (unsigned i = 1; i <= links_in(partition); i++)
            assert_int_equal(has_come[partition][i], 1);
    }
    assert_int_equal(count, wanted);
}

static int count_absent(void *context, struct slice field, uint64_t version, struct slice json)
{
    assert_true(slice_is(field, "0000000000000013"));
    assert_int_equal(version, 0);
    assert_int_equal(json.size, 0);
    ++*(size_t *)context;
    return JALON_OK;
}

static void test_an_id_without_a_record_is_told(void **state)
{
    (void)state;
    size_t count = 0;
    assert_int_equal(store_links_each(store, SLICE("spring"), count_absent, &count), JALON_OK);
    assert_int_equal(count, 0);
    say("SADD", "jalon:{p03}:links_of:spring", "0000000000000013", NULL);
    assert_int_equal(store_links_each(store, SLICE("spring"), count_absent, &count), JALON_OK);
    assert_int_equal(count, 1);
}

static int refuse(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)field, (void)version, (void)json;
    ++*(size_t *)context;
    return JALON_TOO_LONG;
}

static void test_the_first_error_ends_it_and_the_handle_goes_on(void **state)
{
    (void)state;
    size_t count = 0;
    say("SADD", "jalon:{p03}:links_of:spring", "0000000000000013", "0000000000000023");
    say("HSET", "jalon:{p03}:links", "0000000000000013", "7 {0000000000000013}");
    say("HSET", "jalon:{p03}:links", "0000000000000023", "7 {0000000000000023}");
    assert_int_equal(store_links_each(store, SLICE("spring"), refuse, &count), JALON_TOO_LONG);
    assert_int_equal(count, 1);

    say("HSET", "jalon:{p03}:links", "0000000000000013", "{}");
    say("HSET", "jalon:{p03}:links", "0000000000000023", "{}");
    count = 0;
    assert_int_equal(store_links_each(store, SLICE("spring"), note_link, &count), JALON_DAMAGED);
    static const char *const ids[] = {"", "3", "000000000000001x", "00000000000000013"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        say("DEL", "jalon:{p03}:links_of:spring", NULL, NULL);
        say("SADD", "jalon:{p03}:links_of:spring", ids[i], NULL);
        assert_int_equal(store_links_each(store, SLICE("spring"), note_link, &count),
                         JALON_DAMAGED);
    }
    say("SET", "jalon:{p03}:links_of:spring", "rubbish", NULL);
    assert_int_equal(store_links_each(store, SLICE("spring"), note_link, &count), JALON_BAD_REPLY);
    assert_int_equal(count, 0);
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_each_link_comes_once),
        STORE_TEST(test_an_id_without_a_record_is_told),
        STORE_TEST(test_the_first_error_ends_it_and_the_handle_goes_on),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
