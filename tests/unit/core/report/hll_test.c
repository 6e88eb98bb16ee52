#include "core/report/hll.h"
#include "tests/unit/core/report/redis_server.h"
#include "tests/unit/guard_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SPARSE_HEAD "HYLL\1\0\0\0\0\0\0\0\0\0\0\0"

static struct redis_server server;
static redisContext *redis;
static struct hll hll;

static int start(void **state)
{
    (void)state;
    if (!redis_server_start(&server))
        return -1;
    redis = redis_server_connect(&server);
    return redis ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    redisFree(redis);
    redis_server_stop(&server);
    return 0;
}

/* PFADD of elements first … first + count - 1. */
static void add(const char *key, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        assert_int_equal(redisAppendCommand(redis, "PFADD %s v%u", key, i), REDIS_OK);
    for (unsigned i = 0; i < count; i++) {
        redisReply *reply = NULL;
        assert_int_equal(redisGetReply(redis, (void **)&reply), REDIS_OK);
        assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
        freeReplyObject(reply);
    }
}

static redisReply *ask(const char *command)
{
    redisReply *reply = redisCommand(redis, command);
    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s: %s", command, reply->str);
    return reply;
}

static long long ask_number(const char *command)
{
    redisReply *reply = ask(command);
    long long number = reply->integer;
    freeReplyObject(reply);
    return number;
}

static int merge(const char *get)
{
    redisReply *reply = ask(get);
    int err = hll_merge(&hll, reply->str ? slice_of(reply->str, reply->len) : SLICE_NONE);
    freeReplyObject(reply);
    return err;
}

static void counts_are_those_of_pfcount(void **state)
{
    (void)state;
    static const unsigned sizes[] = {1, 2, 3, 7, 50, 300, 1200, 1700, 5000, 30000};
    unsigned have = 0;
    hll_init(&hll);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        add("growing", have, sizes[i] - have);
        have = sizes[i];
        hll_clear(&hll);
        assert_int_equal(merge("GET growing"), JALON_OK);
        assert_int_equal(hll_count(&hll), ask_number("PFCOUNT growing"));
    }
}

static void unions_are_those_of_pfcount(void **state)
{
    (void)state;
    add("small", 100000, 20);
    add("large", 100010, 9000);
    add("middle", 108000, 1500);
    hll_init(&hll);
    assert_int_equal(merge("GET small"), JALON_OK);
    assert_int_equal(hll_count(&hll), ask_number("PFCOUNT small"));
    assert_int_equal(merge("GET middle"), JALON_OK);
    assert_int_equal(hll_count(&hll), ask_number("PFCOUNT small middle"));
    assert_int_equal(merge("GET large"), JALON_OK);
    assert_int_equal(hll_count(&hll), ask_number("PFCOUNT small middle large"));
    assert_int_equal(merge("GET small"), JALON_OK);
    assert_int_equal(merge("GET nothing"), JALON_OK);
    assert_int_equal(hll_count(&hll), ask_number("PFCOUNT small middle large"));
    hll_clear(&hll);
    assert_int_equal(merge("GET small"), JALON_OK);
    assert_int_equal(hll_count(&hll), ask_number("PFCOUNT small"));
}

/* Of few visitors, and of so many that a value is no longer a short one; each pair alone, in both orders, and again. */
static void unions_of_any_sizes_are_those_of_pfcount(void **state)
{
    (void)state;
    static const unsigned sizes[] = {1, 3, 40, 200, 260, 400, 3000};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    hll_init(&hll);
    for (unsigned i = 0; i < SIZES; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "of%u", i);
        add(key, 200000 + i, sizes[i]); /* nearly all are among those of the larger */
    }
    for (unsigned i = 0; i < SIZES; i++)
        for (unsigned j = 0; j < SIZES; j++) {
            char first[32], second[32], both[48];
            (void)snprintf(first, sizeof first, "GET of%u", i);
            (void)snprintf(second, sizeof second, "GET of%u", j);
            (void)snprintf(both, sizeof both, "PFCOUNT of%u of%u", i, j);
            hll_clear(&hll);
            assert_int_equal(merge(first), JALON_OK);
            assert_int_equal(hll_merge(&hll, SLICE(SPARSE_HEAD "\x7f\xfe")), JALON_DAMAGED);
            assert_int_equal(merge(second), JALON_OK);
            assert_int_equal(hll_count(&hll), ask_number(both));
            assert_int_equal(merge(first), JALON_OK);
            assert_int_equal(hll_count(&hll), ask_number(both));
        }
}

static void a_dense_one_counts_as_its_sparse_form(void **state)
{
    (void)state;
    add("both", 500, 40);
    hll_init(&hll);
    assert_int_equal(merge("GET both"), JALON_OK);
    uint64_t sparse = hll_count(&hll);
    freeReplyObject(ask("PFDEBUG TODENSE both"));
    hll_clear(&hll);
    assert_int_equal(merge("GET both"), JALON_OK);
    assert_int_equal(hll_count(&hll), sparse);
}

static void an_empty_one_counts_nothing(void **state)
{
    (void)state;
    hll_init(&hll);
    assert_int_equal(hll_count(&hll), 0);
    assert_int_equal(hll_merge(&hll, SLICE_NONE), JALON_OK);
    assert_int_equal(hll_count(&hll), 0);
}

static void what_redis_never_wrote_is_damaged(void **state)
{
    (void)state;
    static const struct slice rows[] = {
        SLICE_INIT("H"),
        SLICE_INIT("HYLL"),
        SLICE_INIT("HYLL\1"),
        SLICE_INIT("HYLL\1\0\0\0\0\0\0\0\0\0\0"),
        SLICE_INIT(SPARSE_HEAD), /* no registers */
        SLICE_INIT("HYLK\1\0\0\0\0\0\0\0\0\0\0\0\x7f\xff"),
        SLICE_INIT("HYLL\2\0\0\0\0\0\0\0\0\0\0\0\x7f\xff"),
        SLICE_INIT(SPARSE_HEAD "\x7f"),                     /* half a run */
        SLICE_INIT(SPARSE_HEAD "\x7f\xfe"),                 /* one register too few */
        SLICE_INIT(SPARSE_HEAD "\x7f\xff\x80"),             /* one too many */
        SLICE_INIT(SPARSE_HEAD "\x7f\xff\x7f\xff"),         /* twice as many */
        SLICE_INIT(SPARSE_HEAD "\x7f\xfb\x83\x80"),         /* 16 380 + 4 + 1 */
        SLICE_INIT("HYLL\0\0\0\0\0\0\0\0\0\0\0\0\x7f\xff"), /* dense, short */
        SLICE_INIT("3"),
    };
    struct guard_page guard = guard_page_new(16384);
    hll_init(&hll);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (hll_merge(&hll, guard_page_copy(&guard, rows[i])) != JALON_DAMAGED)
            fail_msg("row %zu", i);
        assert_int_equal(hll_count(&hll), 0);
    }
    /* The longest run and a whole set of one value are well-formed. */
    assert_int_equal(hll_merge(&hll, guard_page_copy(&guard, SLICE(SPARSE_HEAD "\x7f\xff"))), 0);
    assert_int_equal(hll_count(&hll), 0);
    assert_int_equal(hll_merge(&hll, guard_page_copy(&guard, SLICE(SPARSE_HEAD "\x7f\xfb\x83"))),
                     0);
    assert_int_equal(hll_count(&hll), 4);

    static char dense[16 + 12288 + 1] = "HYLL";
    for (size_t size = 16; size < sizeof dense; size++) {
        int expected = size == sizeof dense - 1 ? JALON_OK : JALON_DAMAGED;
        assert_int_equal(hll_merge(&hll, guard_page_copy(&guard, slice_of(dense, size))), expected);
    }
    dense[16] = 52; /* a rank that no 64-bit hash has */
    assert_int_equal(hll_merge(&hll, slice_of(dense, sizeof dense - 1)), JALON_DAMAGED);
    guard_page_free(&guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_pfcount),
        cmocka_unit_test(unions_are_those_of_pfcount),
        cmocka_unit_test(unions_of_any_sizes_are_those_of_pfcount),
        cmocka_unit_test(a_dense_one_counts_as_its_sparse_form),
        cmocka_unit_test(an_empty_one_counts_nothing),
        cmocka_unit_test(what_redis_never_wrote_is_damaged),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
