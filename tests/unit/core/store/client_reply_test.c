/* Answers as they come over the wire, whole and in pieces, and what is made of them. */
#include "core/store/client_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

/* The answer on the wire, fed `step` bytes at a time; NULL where hiredis refuses it or waits for more. */
static struct reply *read_wire(struct slice wire, size_t step)
{
    redisReplyObjectFunctions functions = reply_functions();
    redisReader *reader = redisReaderCreateWithFunctions(&functions);
    void *reply = NULL;
    int status = REDIS_OK;
    for (size_t at = 0; at < wire.size && status == REDIS_OK && !reply; at += step) {
        size_t size = wire.size - at < step ? wire.size - at : step;
        status = redisReaderFeed(reader, wire.data + at, size);
        if (status == REDIS_OK)
            status = redisReaderGetReply(reader, &reply);
    }
    redisReaderFree(reader);
    return status == REDIS_OK ? reply : NULL;
}

static void test_each_kind_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        enum reply_kind kind;
        const char *text;
        int64_t integer;
        size_t count;
    } rows[] = {
        {"+OK\r\n", REPLY_TEXT, "OK", 0, 0},
        {"-ERR no\r\n", REPLY_ERROR, "ERR no", 0, 0},
        {":-9223372036854775807\r\n", REPLY_INTEGER, "", -INT64_MAX, 0},
        {"$0\r\n\r\n", REPLY_TEXT, "", 0, 0},
        {"$5\r\na\r\nbc\r\n", REPLY_TEXT, "a\r\nbc", 0, 0},
        {"$-1\r\n", REPLY_NIL, "", 0, 0},
        {"*-1\r\n", REPLY_NIL, "", 0, 0},
        {"*0\r\n", REPLY_LIST, "", 0, 0},
        {"*2\r\n:1\r\n$-1\r\n", REPLY_LIST, "", 0, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t step = 1; step < 64; step += 62) {
            struct reply *reply = read_wire(slice_of_string(rows[i].wire), step);
            assert_non_null(reply);
            assert_int_equal(reply_kind(reply), rows[i].kind);
            assert_true(slice_is(reply_text(reply), rows[i].text));
            assert_true(reply_integer(reply) == rows[i].integer);
            assert_int_equal(reply_count(reply), rows[i].count);
            (void)reply_free(reply);
        }
}

static void test_lists_in_lists_keep_their_places(void **state)
{
    (void)state;
    struct slice wire = SLICE("*3\r\n*2\r\n$1\r\na\r\n*1\r\n:7\r\n$-1\r\n*1\r\n$2\r\nbc\r\n");
    for (size_t step = 1; step <= wire.size; step++) {
        struct reply *reply = read_wire(wire, step);
        const struct reply *first = reply_at(reply, 0);
        assert_true(slice_is(reply_text(reply_at(first, 0)), "a"));
        assert_int_equal(reply_integer(reply_at(reply_at(first, 1), 0)), 7);
        assert_int_equal(reply_kind(reply_at(reply, 1)), REPLY_NIL);
        assert_true(slice_is(reply_text(reply_at(reply_at(reply, 2), 0)), "bc"));
        (void)reply_free(reply);
    }
}

/* Texts of all sizes, from those that lie beside the root to those with a piece of their own. */
static void test_a_long_list_is_whole(void **state)
{
    (void)state;
    enum { COUNT = 400 };
    struct buffer wire;
    buffer_init(&wire, 1U << 26);
    buffer_printf(&wire, "*%d\r\n", COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        buffer_printf(&wire, "$%zu\r\n", i * i);
        for (size_t at = 0; at < i * i; at++)
            buffer_append_byte(&wire, (char)('a' + i % 26));
        buffer_append_string(&wire, "\r\n");
    }
    assert_int_equal(buffer_error(&wire), JALON_OK);
    struct reply *reply = read_wire(buffer_slice(&wire), 16384);
    assert_int_equal(reply_count(reply), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct slice text = reply_text(reply_at(reply, i));
        assert_int_equal(text.size, i * i);
        for (size_t at = 0; at < text.size; at++)
            assert_int_equal(text.data[at], 'a' + i % 26);
    }
    (void)reply_free(reply);
    buffer_done(&wire);
}

static void test_what_is_no_answer_leaves_nothing_behind(void **state)
{
    (void)state;
    static const char *const rows[] = {"*2\r\n:1\r\n",  "*3\r\n$3\r\nabc\r\n*2\r\n:1\r\n",
                                       "*2\r\n:1\r\n!", "$5\r\nab",
                                       "?\r\n",         "*2\r\n$3\r\nabc\r\n$x\r\n"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_null(read_wire(slice_of_string(rows[i]), 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_is_told),
        cmocka_unit_test(test_lists_in_lists_keep_their_places),
        cmocka_unit_test(test_a_long_list_is_whole),
        cmocka_unit_test(test_what_is_no_answer_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
