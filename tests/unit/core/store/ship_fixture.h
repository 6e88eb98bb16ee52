/* ship_fixture.h - batches on their way to a real server. */
#ifndef TESTS_SHIP_FIXTURE_H
#define TESTS_SHIP_FIXTURE_H
#include "core/store/ship_batch.h"
#include "core/store/click_pack.h"
#include "core/store/functions.h"
#include "core/traffic/click_class.h"
#include "tests/unit/core/store/redis_server.h"
#include "tests/unit/core/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define P 7
#define INCARNATION 0x00000000000000ab
#define LINK_A ((uint64_t)0x10 * 1 + P)
#define LINK_B ((uint64_t)0x10 * 2 + P)
#define NOON ((int64_t)20057 * 86400000 + 43200000) /* 2024-11-30 12:00 UTC: quarter 48 */

static struct scratch folder;
static struct redis_server server;
static struct client *client;
static struct ship_batch *batch;
static int64_t now_ms; /* by the shipper's clock */

static inline int start_server(void **state)
{
    (void)state;
    folder = scratch_new();
    redis_server_start(&server, folder.path);
    redis_server_rewrite(&server);
    client = redis_server_client(&server);
    return 0;
}

static inline int end_server(void **state)
{
    (void)state;
    client_free(client);
    redis_server_end(&server, SIGKILL);
    scratch_remove(&folder);
    return 0;
}

static inline void say(const char *command, const char *key)
{
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, command, key, NULL), JALON_OK);
    reply_free(reply);
}

static inline int set_up(void **state)
{
    (void)state;
    struct reply *reply;
    say("FLUSHALL", "SYNC");
    assert_int_equal(
        client_say(client, &reply, "FUNCTION", "LOAD", "REPLACE", functions_source, NULL),
        JALON_OK);
    reply_free(reply);
    now_ms = NOON;
    return ship_batch_new(&batch, P, INCARNATION);
}

static inline int tear_down(void **state)
{
    (void)state;
    batch = ship_batch_free(batch);
    return 0;
}

#define GAP_MS INT64_C(1732970000000)

static inline struct reply *send(uint64_t from, uint64_t to, int64_t gap_ms)
{
    int argc;
    const char **argv;
    const size_t *sizes;
    struct argument_list command;
    struct reply *reply;
    assert_int_equal(ship_batch_command(batch, from, to, gap_ms, now_ms, &argc, &argv, &sizes),
                     JALON_OK);
    argument_list_init(&command, 1U << 26);
    for (int i = 0; i < argc; i++)
        argument_list_add(&command, slice_of(argv[i], sizes[i]));
    assert_int_equal(client_call(client, &command, &reply), JALON_OK);
    argument_list_done(&command);
    return reply;
}

static inline struct ship_reply ship(uint64_t from, uint64_t to, int64_t gap_ms)
{
    struct reply *reply = send(from, to, gap_ms);
    if (reply_kind(reply) == REPLY_ERROR)
        fail_msg("%.*s", SLICE_ARG(reply_text(reply)));
    long long values[8];
    size_t count = reply_count(reply);
    for (size_t i = 0; i < count && i < 8; i++)
        values[i] = reply_integer(reply_at(reply, i));
    struct ship_reply result;
    assert_int_equal(ship_reply_read(&result, values, count), JALON_OK);
    reply_free(reply);
    return result;
}

static inline void expect_applied(struct ship_reply reply, uint64_t position)
{
    assert_true(reply.is_applied);
    assert_true(reply.position == position);
    assert_int_equal(reply.failures, 0);
}

static inline void add(uint64_t link_id, int64_t at_ms, enum click_class class, uint64_t visitor)
{
    struct click_record click = {.link_id = link_id,
                                 .at_ms = at_ms,
                                 .class = (uint8_t) class,
                                 .visitor = visitor,
                                 .nonce = visitor ^ 99};
    assert_int_equal(ship_batch_add_click(batch, &click), JALON_OK);
}

static inline void expect_text(const char *expected, const char *command, const char *key,
                               const char *field)
{
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, command, key, field, NULL), JALON_OK);
    char text[64] = "nil";
    if (reply_kind(reply) == REPLY_INTEGER)
        (void)snprintf(text, sizeof text, "%lld", (long long)reply_integer(reply)); /* fits */
    else if (reply_kind(reply) == REPLY_TEXT)
        (void)snprintf(text, sizeof text, "%.*s", SLICE_ARG(reply_text(reply))); /* cut to fit */
    reply_free(reply);
    assert_string_equal(text, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#endif
