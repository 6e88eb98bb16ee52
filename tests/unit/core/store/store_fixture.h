/* store_fixture.h - a store's handle on a real server: one server for a group of tests, emptied before each. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H
#include "core/store/functions.h"
#include "core/store/redo.h"
#include "core/store/store.h"
#include "tests/unit/core/store/redis_server.h"
#include "tests/unit/core/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct scratch server_folder, folder;
static struct redis_server server;
static struct store *store;

static inline int start_server(void **state)
{
    (void)state;
    server_folder = scratch_new();
    redis_server_start(&server, server_folder.path);
    redis_server_rewrite(&server);
    return 0;
}

static inline int end_server(void **state)
{
    (void)state;
    redis_server_end(&server, SIGKILL);
    scratch_remove(&server_folder);
    return 0;
}

static inline struct store *open_store(void)
{
    struct store *opened;
    struct problem problem = {0};
    struct store_options options = {
        .folder = folder.path, .redis = server.url, .timeout_ms = 20000};
    if (store_open(&opened, &options, &problem))
        fail_msg("%s", problem.detail);
    return opened;
}

static inline void say(const char *a, const char *b, const char *c, const char *d)
{
    struct client *client = redis_server_client(&server);
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, a, b, c, d, NULL), JALON_OK);
    reply_free(reply);
    client_free(client);
}

static inline int set_up(void **state)
{
    (void)state;
    say("FLUSHALL", NULL, NULL, NULL);
    folder = scratch_new();
    store = open_store();
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    store = store_free(store);
    scratch_remove(&folder);
    return 0;
}

static inline struct put put_of(const char *field, const char *json, uint64_t expected_version)
{
    static struct key campaigns;
    campaigns = key_campaigns();
    return (struct put){.key = &campaigns,
                        .field = slice_of_string(field),
                        .json = slice_of_string(json),
                        .expected_version = expected_version};
}

static inline int put_now(const char *field, const char *json, uint64_t expected_version)
{
    struct put put = put_of(field, json, expected_version);
    return store_put(store, &put);
}

static inline void expect_record(const char *field, uint64_t version, const char *json)
{
    struct key key = key_campaigns();
    struct record record;
    assert_int_equal(store_get(store, &record, &key, slice_of_string(field)), JALON_OK);
    assert_int_equal(record.version, version);
    assert_true(slice_is(record.json, json));
    record_done(&record);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#endif
