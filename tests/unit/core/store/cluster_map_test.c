/* Slots are those of the specification (its CRC16 vector and hash tags) and of `CLUSTER KEYSLOT` of Redis 7.0. */
#include "core/store/cluster_map.h"

#include "core/store/client_reply.h"
#include "tests/unit/guard_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static void test_a_key_has_the_slot_of_its_tag(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        unsigned slot;
    } rows[] = {
        {"123456789", 0x31c3},
        {"", 0},
        {"foo", 12182},
        {"{user1000}.following", 3443},
        {"{user1000}.followers", 3443},
        {"foo{}{bar}", 8363},
        {"foo{{bar}}zap", 4015},
        {"foo{bar}{zap}", 5061},
        {"{", 4092},
        {"}", 12090},
        {"{}", 15257},
        {"a{b", 13340},
        {"a}b{c", 13587},
        {"\xff\x80\xc3", 15828},
        {"jalon:{s}:campaigns", 3828},
        {"jalon:{p00}:links", 11214},
        {"jalon:{b.acme}:codes", 16236},
    };
    struct guard_page guard = guard_page_new(64);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(cluster_slot(guard_page_copy(&guard, slice_of_string(rows[i].key))),
                         rows[i].slot);
    guard_page_free(&guard);
}

/* What hiredis makes of an answer as it comes over the wire. */
static struct reply *reply_of(const char *wire, size_t size)
{
    redisReplyObjectFunctions functions = reply_functions();
    redisReader *reader = redisReaderCreateWithFunctions(&functions);
    void *reply = NULL;
    reader->maxbuf = 0;
    assert_int_equal(redisReaderFeed(reader, wire, size), REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
    assert_non_null(reply);
    redisReaderFree(reader);
    return reply;
}

static int read_map(struct cluster_map *map, const char *wire)
{
    struct reply *reply = reply_of(wire, strlen(wire));
    int err = cluster_map_read(map, reply, "asked");
    (void)reply_free(reply);
    return err;
}

#define NODE(host, port) "*3\r\n" host ":" port "\r\n$2\r\nid\r\n"
#define RANGE(first, last, node) "*3\r\n:" first "\r\n:" last "\r\n" node
#define A "$1\r\na\r\n"

static void test_ranges_are_read_with_their_primaries(void **state)
{
    (void)state;
    struct cluster_map map;
    assert_int_equal(read_map(&map, "*4\r\n"
                                    "*4\r\n:0\r\n:5460\r\n" NODE("$9\r\n127.0.0.1\r\n", "7000")
                                        NODE("$9\r\n127.0.0.1\r\n", "7003") /* a replica */
                              RANGE("5461", "10000", NODE("$3\r\n::1\r\n", "7001")) RANGE(
                                  "10001", "10001", NODE("$9\r\n127.0.0.1\r\n", "7000"))
                                  RANGE("10003", "16383", NODE("$11\r\nredis-2.lan\r\n", "7002"))),
                     JALON_OK);
    assert_int_equal(map.node_count, 3);
    static const struct {
        unsigned slot, owner;
    } rows[] = {{0, 0},     {5460, 0}, {5461, 1}, {10000, 1}, {10001, 0}, {10002, CLUSTER_NO_OWNER},
                {10003, 2}, {16383, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(map.owners[rows[i].slot], rows[i].owner);
    assert_string_equal(map.nodes[1].host, "::1");
    assert_string_equal(map.nodes[2].host, "redis-2.lan");
    assert_int_equal(map.nodes[2].port, 7002);
    assert_int_equal(read_map(&map, "*0\r\n"), JALON_OK); /* a cluster that has no slots yet */
    assert_int_equal(map.node_count, 0);
    assert_int_equal(map.owners[0], CLUSTER_NO_OWNER);
}

#define NAMELESS(metadata) "*1\r\n*3\r\n:0\r\n:1\r\n*4\r\n$1\r\n?\r\n:7000\r\n$2\r\nid\r\n" metadata

static void test_a_node_without_a_name_is_at_the_address_known(void **state)
{
    (void)state;
    static const struct {
        const char *wire, *host;
    } rows[] = {
        {"*1\r\n" RANGE("0", "1", NODE("$0\r\n\r\n", "7000")), "asked"},
        {"*1\r\n" RANGE("0", "1", NODE("$-1\r\n", "7000")), "asked"},
        {NAMELESS("*2\r\n$2\r\nip\r\n$8\r\n10.0.0.7\r\n"), "10.0.0.7"},
        {NAMELESS("*4\r\n$1\r\nx\r\n$1\r\ny\r\n$2\r\nip\r\n$8\r\n10.0.0.7\r\n"), "10.0.0.7"},
        {NAMELESS("*1\r\n$2\r\nip\r\n"), "?"},
        {NAMELESS("$2\r\nip\r\n"), "?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cluster_map map;
        assert_int_equal(read_map(&map, rows[i].wire), JALON_OK);
        assert_string_equal(map.nodes[0].host, rows[i].host);
    }
}

static void test_answers_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "+OK\r\n",
        "-ERR no\r\n",
        ":7\r\n",
        "$-1\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n*0\r\n",
        "*1\r\n*2\r\n:0\r\n:1\r\n",
        "*1\r\n" RANGE("0", "16384", NODE(A, "7000")),
        "*1\r\n" RANGE("-1", "5", NODE(A, "7000")),
        "*1\r\n" RANGE("5", "4", NODE(A, "7000")),
        "*1\r\n" RANGE("9223372036854775807", "9223372036854775807", NODE(A, "7000")),
        "*1\r\n" RANGE("0", "1", NODE(A, "0")),
        "*1\r\n" RANGE("0", "1", NODE(A, "65536")),
        "*1\r\n" RANGE("0", "1", NODE(A, "-1")),
        "*1\r\n" RANGE("0", "1", NODE("$2\r\na\n\r\n", "7000")),
        "*1\r\n" RANGE("0", "1", NODE("$3\r\na b\r\n", "7000")),
        "*1\r\n" RANGE("0", "1", NODE("$2\r\n\xc3\xa9\r\n", "7000")),
        "*1\r\n" RANGE("0", "1", NODE("*1\r\n$1\r\na\r\n", "7000")),
        "*1\r\n" RANGE("0", "1", NODE(":1\r\n", "7000")),
        "*1\r\n" RANGE("0", "1", "$1\r\na\r\n"),
        "*1\r\n" RANGE("0", "1", "*1\r\n$1\r\na\r\n"),
        "*1\r\n" RANGE("0", "1", "*2\r\n$1\r\na\r\n$4\r\n7000\r\n"),
        "*1\r\n*3\r\n$1\r\n0\r\n:1\r\n" NODE(A, "7000"),
        "*1\r\n*3\r\n:0\r\n*0\r\n" NODE(A, "7000"),
        "*2\r\n" RANGE("0", "9", NODE(A, "7000")) RANGE("9", "12", NODE(A, "7001")),
        "*2\r\n" RANGE("0", "9", NODE(A, "7000")) RANGE("0", "9", NODE(A, "7000")),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cluster_map map = {.node_count = 77};
        if (read_map(&map, rows[i]) != JALON_BAD_REPLY)
            fail_msg("%s", rows[i]);
        assert_int_equal(map.node_count, 77);
    }
}

/* `count` ranges of one slot each, each on a node of its own. */
static int read_many(struct cluster_map *map, unsigned count)
{
    size_t capacity = 32 + (size_t)count * 80, size = 0;
    char *wire = malloc(capacity);
    assert_non_null(wire);
    size += (size_t)snprintf(wire, capacity, "*%u\r\n", count);
    for (unsigned i = 0; i < count; i++)
        size +=
            (size_t)snprintf(wire + size, capacity - size,
                             "*3\r\n:%u\r\n:%u\r\n*2\r\n$1\r\na\r\n:%u\r\n", i, i, i % 65535 + 1);
    struct reply *reply = reply_of(wire, size);
    int err = cluster_map_read(map, reply, NULL);
    (void)reply_free(reply);
    free(wire);
    return err;
}

static void test_the_numbers_of_nodes_and_ranges_are_bounded(void **state)
{
    (void)state;
    struct cluster_map map;
    char host[300];
    (void)snprintf(host, sizeof host, "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$256\r\n%0256d\r\n:1\r\n", 0);
    assert_int_equal(read_map(&map, host), JALON_BAD_REPLY);
    (void)snprintf(host, sizeof host, "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$255\r\n%0255d\r\n:1\r\n", 0);
    assert_int_equal(read_map(&map, host), JALON_OK);
    assert_int_equal(read_many(&map, CLUSTER_NODES_MAX), JALON_OK);
    assert_int_equal(map.owners[254], 254);
    assert_int_equal(read_many(&map, CLUSTER_NODES_MAX + 1), JALON_FULL);
    const unsigned count = 1000000;
    char *many = malloc(16 + 4 * (size_t)count);
    assert_non_null(many);
    size_t size = (size_t)snprintf(many, 16, "*%u\r\n", count);
    for (unsigned i = 0; i < count; i++, size += 4)
        memcpy(many + size, ":1\r\n", 4);
    struct reply *reply = reply_of(many, size);
    assert_int_equal(cluster_map_read(&map, reply, NULL), JALON_BAD_REPLY);
    (void)reply_free(reply);
    free(many);
}

static void test_a_slot_is_moved_to_a_node_known_or_new(void **state)
{
    (void)state;
    struct cluster_map map;
    assert_int_equal(read_many(&map, CLUSTER_NODES_MAX - 1), JALON_OK);
    struct cluster_node known = map.nodes[3], new = {.host = "b", .port = 1};
    assert_int_equal(cluster_map_move(&map, 16383, &known), JALON_OK);
    assert_int_equal(map.owners[16383], 3);
    assert_int_equal(cluster_map_move(&map, 0, &new), JALON_OK);
    assert_int_equal(map.owners[0], CLUSTER_NODES_MAX - 1);
    new.port = 2;
    assert_int_equal(cluster_map_move(&map, 0, &new), JALON_FULL);
    assert_int_equal(cluster_map_move(&map, CLUSTER_SLOTS, &known), JALON_BAD_ARGUMENT);
    assert_int_equal(map.owners[0], CLUSTER_NODES_MAX - 1);
    assert_int_equal(map.node_count, CLUSTER_NODES_MAX);
}

static void test_what_an_error_says_of_the_cluster(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum cluster_word word;
        unsigned slot;
        const char *host;
        unsigned port;
    } rows[] = {
        {"MOVED 3999 127.0.0.1:6381", CLUSTER_MOVED, 3999, "127.0.0.1", 6381},
        {"ASK 16383 127.0.0.1:65535", CLUSTER_ASK, 16383, "127.0.0.1", 65535},
        {"MOVED 0 2001:db8::7:6381", CLUSTER_MOVED, 0, "2001:db8::7", 6381},
        {"MOVED 1 ::1:6381", CLUSTER_MOVED, 1, "::1", 6381},
        {"MOVED 1 redis-2.example.net:6381", CLUSTER_MOVED, 1, "redis-2.example.net", 6381},
        {"MOVED 1 :6381", CLUSTER_MOVED, 1, "", 6381},
        {"ASK 1 :6381", CLUSTER_ASK, 1, "", 6381},
        {"MOVED 1 ?:6381", CLUSTER_MOVED, 1, "", 0},
        {"TRYAGAIN Multiple keys request during rehashing of slot", CLUSTER_TRY_AGAIN, 0, "", 0},
        {"CLUSTERDOWN Hash slot not served", CLUSTER_DOWN, 0, "", 0},
        {"CLUSTERDOWN The cluster is down", CLUSTER_DOWN, 0, "", 0},
        {"ERR unknown command 'MOVED 1 a:1'", CLUSTER_OTHER, 0, "", 0},
        {"MOVEDX 1 a:1", CLUSTER_OTHER, 0, "", 0},
        {"moved 1 a:1", CLUSTER_OTHER, 0, "", 0},
        {"MOVED", CLUSTER_OTHER, 0, "", 0},
        {"", CLUSTER_OTHER, 0, "", 0},
    };
    struct guard_page guard = guard_page_new(512);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cluster_redirection redirection;
        struct slice text = guard_page_copy(&guard, slice_of_string(rows[i].text));
        assert_int_equal(cluster_redirection_read(&redirection, text), JALON_OK);
        assert_int_equal(redirection.word, rows[i].word);
        assert_int_equal(redirection.slot, rows[i].slot);
        assert_string_equal(redirection.node.host, rows[i].host);
        assert_int_equal(redirection.node.port, rows[i].port);
    }
    guard_page_free(&guard);
}

static void test_a_redirection_that_is_none_is_refused(void **state)
{
    (void)state;
    char long_host[400];
    (void)snprintf(long_host, sizeof long_host, "MOVED 1 %0256d:7000", 0);
    const char *const rows[] = {
        "MOVED ",
        "ASK ",
        "MOVED 1",
        "MOVED 1 ",
        "MOVED 1 a",
        "MOVED 1 a:",
        "MOVED 1 a:0",
        "MOVED 1 a:65536",
        "MOVED 1 a:7000 ",
        "MOVED 1 a:-1",
        "MOVED 16384 a:7000",
        "MOVED -1 a:7000",
        "MOVED 1x a:7000",
        "MOVED  1 a:7000",
        "MOVED 99999999999999999999 a:7000",
        "MOVED 1 a b:7000",
        "MOVED 1 a\r\nb:7000",
        "ASK 1 \x80:7000",
        long_host,
    };
    struct guard_page guard = guard_page_new(512);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cluster_redirection redirection = {.slot = 77};
        struct slice text = guard_page_copy(&guard, slice_of_string(rows[i]));
        if (cluster_redirection_read(&redirection, text) != JALON_BAD_REPLY)
            fail_msg("%s", rows[i]);
        assert_int_equal(redirection.slot, 77);
    }
    guard_page_free(&guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_has_the_slot_of_its_tag),
        cmocka_unit_test(test_ranges_are_read_with_their_primaries),
        cmocka_unit_test(test_a_node_without_a_name_is_at_the_address_known),
        cmocka_unit_test(test_answers_that_make_no_sense_are_refused),
        cmocka_unit_test(test_the_numbers_of_nodes_and_ranges_are_bounded),
        cmocka_unit_test(test_a_slot_is_moved_to_a_node_known_or_new),
        cmocka_unit_test(test_what_an_error_says_of_the_cluster),
        cmocka_unit_test(test_a_redirection_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
