#include "core/store/click_pack.h"
#include "tests/unit/guard_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <xxhash.h>

static uint64_t random_state = 1;

static uint64_t random_u64(void) /* splitmix64, so that each run is the same */
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static struct click_record random_click(size_t links)
{
    static const char *const sources[] = {"", "instagram.com", "tiktok.com", "youtube.com"};
    struct click_record click = {
        .link_id = (random_u64() % links + 1) * 0x9e3779b97f4a7c15,
        .nonce = random_u64(),
        .visitor = random_u64() % 5 ? random_u64() : 0,
        .at_ms = 1732881600000 + (int64_t)(random_u64() % 2000),
        .key_id = 7,
        .class = (uint8_t)(1 + random_u64() % 6),
        .reason = (uint8_t)(random_u64() % 3),
        .device = (uint8_t)(random_u64() % 3),
        .system = (uint8_t)(random_u64() % 4),
        .app = (uint8_t)(random_u64() % 5),
        .network = (uint8_t)(random_u64() % 2),
        .country = {"FDI"[random_u64() % 3], "RET"[random_u64() % 3]},
        .source = slice_of_string(sources[random_u64() % 4]),
    };
    return click;
}

static void expect_same(const struct click_record *a, const struct click_record *b)
{
    assert_true(a->link_id == b->link_id && a->nonce == b->nonce && a->visitor == b->visitor);
    assert_true(a->at_ms == b->at_ms && a->key_id == b->key_id);
    assert_true(a->class == b->class && a->reason == b->reason && a->device == b->device);
    assert_true(a->system == b->system && a->app == b->app && a->network == b->network);
    assert_memory_equal(a->country, b->country, 2);
    assert_true(slice_equal(a->source, b->source));
}

struct expected {
    const struct click_record *clicks;
    size_t count, visited;
};

static int expect_next(void *context, const struct click_record *click)
{
    struct expected *expected = context;
    assert_true(expected->visited < expected->count);
    expect_same(click, &expected->clicks[expected->visited++]);
    return JALON_OK;
}

static int expect_none(void *context, const struct click_record *click)
{
    (void)context, (void)click; /* being called is the failure */
    fail_msg("a click of a damaged pack was visited");
    return JALON_OK;
}

static void test_clicks_come_back_in_order(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 127, 128, 129, 4096};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct click_record *clicks = calloc(counts[i] + 1, sizeof *clicks);
        for (size_t j = 0; j < counts[i]; j++)
            clicks[j] = random_click(600);
        struct buffer pack;
        buffer_init(&pack, 1U << 20);
        assert_int_equal(click_pack_write(&pack, clicks, counts[i]), JALON_OK);
        struct expected expected = {clicks, counts[i], 0};
        assert_int_equal(click_pack_each(buffer_slice(&pack), expect_next, &expected), JALON_OK);
        assert_int_equal(expected.visited, counts[i]);
        buffer_done(&pack);
        free(clicks);
    }
}

static void test_extreme_values_come_back(void **state)
{
    (void)state;
    char source[CLICK_SOURCE_MAX];
    memset(source, 0xff, sizeof source);
    const struct click_record clicks[] = {
        {.class = 1},
        {.link_id = UINT64_MAX,
         .nonce = UINT64_MAX,
         .visitor = UINT64_MAX,
         .at_ms = INT64_MAX,
         .key_id = UINT32_MAX,
         .class = 6,
         .reason = 255,
         .device = 255,
         .system = 255,
         .app = 255,
         .network = 255,
         .country = {'Z', 'Z'},
         .source = {source, sizeof source}},
        {.at_ms = INT64_MIN, .class = 2},
        {.at_ms = INT64_MAX, .class = 3},
        {.at_ms = -1, .class = 4},
    };
    struct buffer pack;
    buffer_init(&pack, 4096);
    assert_int_equal(click_pack_write(&pack, clicks, 5), JALON_OK);
    struct expected expected = {clicks, 5, 0};
    assert_int_equal(click_pack_each(buffer_slice(&pack), expect_next, &expected), JALON_OK);
    assert_int_equal(expected.visited, 5);
    buffer_done(&pack);
}

static void test_a_full_batch_takes_at_most_48_bytes_a_click(void **state)
{
    (void)state;
    struct click_record *clicks = calloc(4096, sizeof *clicks);
    for (size_t j = 0; j < 4096; j++)
        clicks[j] = random_click(10000 / 16); /* 10 000 links over 16 partitions */
    struct buffer pack;
    buffer_init(&pack, 1U << 20);
    assert_int_equal(click_pack_write(&pack, clicks, 4096), JALON_OK);
    assert_true(pack.size <= (size_t)48 * 4096);
    buffer_done(&pack);
    free(clicks);
}

static void test_too_many_clicks_are_refused(void **state)
{
    (void)state;
    struct buffer pack;
    struct click_record *clicks = calloc(CLICK_PACK_CLICKS_MAX + 1, sizeof *clicks);
    buffer_init(&pack, 1U << 24);
    assert_int_equal(click_pack_write(&pack, clicks, CLICK_PACK_CLICKS_MAX + 1), JALON_FULL);
    assert_int_equal(pack.size, 0);
    buffer_done(&pack);
    free(clicks);
}

static void small_pack(struct buffer *pack)
{
    struct click_record clicks[4];
    for (size_t i = 0; i < 4; i++)
        clicks[i] = random_click(3);
    buffer_init(pack, 4096);
    assert_int_equal(click_pack_write(pack, clicks, 4), JALON_OK);
}

static void test_every_cut_is_damage_and_nothing_is_visited(void **state)
{
    (void)state;
    struct guard_page guard = guard_page_new(4096);
    struct buffer pack;
    small_pack(&pack);
    for (size_t size = 0; size < pack.size; size++) {
        struct slice cut = guard_page_copy(&guard, slice_of(pack.data, size));
        assert_int_equal(click_pack_each(cut, expect_none, NULL), JALON_DAMAGED);
    }
    buffer_done(&pack);
    guard_page_free(&guard);
}

static void test_every_flipped_bit_is_damage(void **state)
{
    (void)state;
    struct buffer pack;
    small_pack(&pack);
    for (size_t bit = 0; bit < 8 * pack.size; bit++) {
        pack.data[bit / 8] = (char)(pack.data[bit / 8] ^ 1 << bit % 8);
        assert_int_equal(click_pack_each(buffer_slice(&pack), expect_none, NULL), JALON_DAMAGED);
        pack.data[bit / 8] = (char)(pack.data[bit / 8] ^ 1 << bit % 8);
    }
    buffer_done(&pack);
}

#define LINK "\1\0\0\0\0\0\0\0"
#define PROFILE "\6\0\0\0\0\0FR\0\1\0\0\0"
#define NONCE "\1\2\3\4\5\6\7\x8"

/* Bytes with a right checksum that are no pack all the same. */
static void test_well_summed_nonsense_is_damage(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct slice bytes;
        int outcome;
    } rows[] = {
        {"one click", SLICE_INIT("\1\1\1" LINK "\1" PROFILE "\1\0\0\0\0\0" NONCE), JALON_OK},
        {"nothing", SLICE_INIT(""), JALON_DAMAGED},
        {"version 0", SLICE_INIT("\0\0\0\0\0"), JALON_DAMAGED},
        {"version 2", SLICE_INIT("\2\0\0\0\0"), JALON_DAMAGED},
        {"a click without tables", SLICE_INIT("\1\1\0\0\0\0\0\0\0" NONCE), JALON_DAMAGED},
        {"link past its table", SLICE_INIT("\1\1\1" LINK "\1" PROFILE "\1\0\1\0\0\0" NONCE),
         JALON_DAMAGED},
        {"profile past its table", SLICE_INIT("\1\1\1" LINK "\1" PROFILE "\1\0\0\1\0\0" NONCE),
         JALON_DAMAGED},
        {"source past its table", SLICE_INIT("\1\1\1" LINK "\1" PROFILE "\1\0\0\0\1\0" NONCE),
         JALON_DAMAGED},
        {"class 0", SLICE_INIT("\1\1\1" LINK "\1\0\0\0\0\0\0FR\0\1\0\0\0\1\0\0\0\0\0" NONCE),
         JALON_DAMAGED},
        {"class 7", SLICE_INIT("\1\1\1" LINK "\1\7\0\0\0\0\0FR\0\1\0\0\0\1\0\0\0\0\0" NONCE),
         JALON_DAMAGED},
        {"cut nonce", SLICE_INIT("\1\1\1" LINK "\1" PROFILE "\1\0\0\0\0\0\1\2\3"), JALON_DAMAGED},
        {"bytes left over", SLICE_INIT("\1\1\1" LINK "\1" PROFILE "\1\0\0\0\0\0" NONCE "x"),
         JALON_DAMAGED},
        {"more clicks than bytes", SLICE_INIT("\1\377\377\3\0\0\0"), JALON_DAMAGED},
        {"2^64 links", SLICE_INIT("\1\1\377\377\377\377\377\377\377\377\377\1\0\0"), JALON_DAMAGED},
        {"an endless varint", SLICE_INIT("\1\377\377\377\377\377\377\377\377\377\377\377\377"),
         JALON_DAMAGED},
        {"a source of 65",
         SLICE_INIT("\1\0\0\0\1\101"
                    "sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss"),
         JALON_DAMAGED},
    };
    struct guard_page guard = guard_page_new(4096);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char bytes[256];
        uint32_t checksum = htole32((uint32_t)XXH3_64bits(rows[i].bytes.data, rows[i].bytes.size));
        memcpy(bytes, rows[i].bytes.data, rows[i].bytes.size);
        memcpy(bytes + rows[i].bytes.size, &checksum, 4);
        struct slice pack = guard_page_copy(&guard, slice_of(bytes, rows[i].bytes.size + 4));
        struct click_record one = {.link_id = 1,
                                   .nonce = 0x0807060504030201,
                                   .class = 6,
                                   .key_id = 1,
                                   .country = {'F', 'R'}};
        struct expected expected = {&one, 1, 0};
        bool is_good = rows[i].outcome == JALON_OK;
        int outcome = click_pack_each(pack, is_good ? expect_next : expect_none, &expected);
        if (outcome != rows[i].outcome)
            fail_msg("%s: %s", rows[i].what, jalon_error_name(outcome));
    }
    guard_page_free(&guard);
}

static int stop_at_second(void *context, const struct click_record *click)
{
    (void)click; /* only counted */
    int *visited = context;
    return ++*visited == 2 ? JALON_FULL : JALON_OK;
}

static void test_a_visits_error_ends_the_walk(void **state)
{
    (void)state;
    struct buffer pack;
    small_pack(&pack);
    int visited = 0;
    assert_int_equal(click_pack_each(buffer_slice(&pack), stop_at_second, &visited), JALON_FULL);
    assert_int_equal(visited, 2);
    buffer_done(&pack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clicks_come_back_in_order),
        cmocka_unit_test(test_extreme_values_come_back),
        cmocka_unit_test(test_a_full_batch_takes_at_most_48_bytes_a_click),
        cmocka_unit_test(test_too_many_clicks_are_refused),
        cmocka_unit_test(test_every_cut_is_damage_and_nothing_is_visited),
        cmocka_unit_test(test_every_flipped_bit_is_damage),
        cmocka_unit_test(test_well_summed_nonsense_is_damage),
        cmocka_unit_test(test_a_visits_error_ends_the_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
