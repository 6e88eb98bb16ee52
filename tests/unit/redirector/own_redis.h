/* own_redis.h - redis.h without sockets: a test connects, answers and loses connections itself. For one test file a
 * program, as it defines redis.h's functions. */
#ifndef TESTS_OWN_REDIS_H
#define TESTS_OWN_REDIS_H
#include "core/base/buffer.h"
#include "redirector/redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ASKED_MAX 16
#define CONNECTIONS_MAX 16

struct redis_reply {
    enum redis_kind kind;
    const char *text;
};

struct asked {
    char text[200]; /* the arguments, with a space between */
    redis_heard *heard;
    void *context;
    uint64_t tag;
};

struct redis {
    struct redis_options options;
    struct redis_address address; /* as at the last attempt to connect */
    bool is_connected, is_freed;
    struct asked queue[ASKED_MAX];
    size_t count;
};

static struct redis connections[CONNECTIONS_MAX];
static size_t connection_count;

int redis_new(struct redis **ret_redis, const struct redis_options *options)
{
    assert_true(connection_count < CONNECTIONS_MAX);
    struct redis *redis = &connections[connection_count++];
    *redis = (struct redis){.options = *options};
    *ret_redis = redis;
    return JALON_OK;
}

bool redis_is_connected(const struct redis *redis)
{
    assert_false(redis->is_freed);
    return redis->is_connected;
}

void redis_tick(struct redis *redis)
{
    assert_false(redis->is_freed);
    if (!redis->is_connected &&
        redis->options.find_address(redis->options.context, &redis->address) != JALON_OK)
        redis->address = (struct redis_address){0};
}

void redis_flush(struct redis *redis)
{
    assert_false(redis->is_freed);
}

static inline struct asked take_asked(struct redis *redis)
{
    assert_true(redis->count > 0);
    struct asked asked = redis->queue[0];
    redis->count--;
    memmove(&redis->queue[0], &redis->queue[1], redis->count * sizeof redis->queue[0]);
    return asked;
}

void redis_break(struct redis *redis, const char *why)
{
    (void)why;
    bool was_connected = redis->is_connected;
    redis->is_connected = false;
    if (was_connected)
        redis->options.lost(redis->options.context);
    while (redis->count > 0) {
        struct asked asked = take_asked(redis);
        asked.heard(asked.context, asked.tag, NULL);
    }
}

struct redis *redis_free(struct redis *redis)
{
    redis_break(redis, "closed");
    redis->is_freed = true;
    return NULL;
}

int redis_send(struct redis *redis, int argc, const char *const *argv, const size_t *sizes,
               redis_heard *heard, void *context, uint64_t tag)
{
    assert_false(redis->is_freed);
    if (!redis->is_connected)
        return JALON_UNAVAILABLE;
    assert_true(redis->count < ASKED_MAX);
    struct asked *asked = &redis->queue[redis->count++];
    *asked = (struct asked){.heard = heard, .context = context, .tag = tag};
    struct buffer text;
    buffer_over(&text, asked->text, sizeof asked->text - 1);
    for (int i = 0; i < argc; i++) {
        buffer_append_string(&text, i ? " " : "");
        buffer_append(&text, sizes ? slice_of(argv[i], sizes[i]) : slice_of_string(argv[i]));
    }
    assert_int_equal(buffer_error(&text), 0);
    return JALON_OK;
}

enum redis_kind redis_reply_kind(const struct redis_reply *reply)
{
    return reply->kind;
}

struct slice redis_reply_text(const struct redis_reply *reply)
{
    return slice_of_string(reply->text);
}

static inline struct redis *at(unsigned port) /* the connection to that port, which must be one */
{
    struct redis *found = NULL;
    for (size_t i = 0; i < connection_count; i++)
        if (!connections[i].is_freed && connections[i].address.port == (int)port) {
            assert_null(found);
            found = &connections[i];
        }
    assert_non_null(found);
    return found;
}

static inline void connect_to(unsigned port)
{
    struct redis *redis = at(port);
    redis->is_connected = true;
    redis->options.connected(redis->options.context);
}

static inline void answer(unsigned port, enum redis_kind kind, const char *text)
{
    struct asked asked = take_asked(at(port));
    struct redis_reply reply = {kind, text};
    asked.heard(asked.context, asked.tag, &reply);
}

static inline void expect_asked(unsigned port, const char *first, const char *second)
{
    const struct redis *redis = at(port);
    assert_int_equal(redis->count, (first != NULL) + (second != NULL));
    if (first)
        assert_string_equal(redis->queue[0].text, first);
    if (second)
        assert_string_equal(redis->queue[1].text, second);
}
#endif
