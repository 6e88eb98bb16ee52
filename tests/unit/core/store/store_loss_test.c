/* The server is killed, set back, emptied, hung, demoted and replaced under the handle: what was answered stays. */
#include "core/store/store_run.h"
#include "tests/unit/core/store/store_fixture.h"

/* The file that the server appends to: the last that its manifest names. */
static void increment_path(char ret_path[1024])
{
    char path[1024], text[4096], name[256] = "";
    (void)snprintf(path, sizeof path, "%s/appendonlydir/appendonly.aof.manifest",
                   server_folder.path); /* fits */
    FILE *manifest = fopen(path, "re");
    assert_non_null(manifest);
    while (fgets(text, sizeof text, manifest))
        (void)sscanf(text, "file %255s seq %*d type i", name); /* the base is overwritten */
    (void)fclose(manifest);
    (void)snprintf(ret_path, 1024, "%s/appendonlydir/%s", server_folder.path, name); /* fits */
}

static void restart(const char *how)
{
    redis_server_end(&server, SIGKILL);
    char path[1024];
    if (*how == 'e') { /* empty: as if the machine had been replaced */
        (void)snprintf(path, sizeof path, "%s/appendonlydir", server_folder.path); /* fits */
        (void)nftw(path, scratch_remove_one, 4, FTW_DEPTH | FTW_PHYS);             /* all of it */
    } else if (*how != 'w') { /* back to that size: the tail was never synced */
        increment_path(path);
        assert_int_equal(truncate(path, (off_t)strtoull(how, NULL, 10)), 0);
    }
    redis_server_start(&server, server_folder.path);
    redis_server_rewrite(&server);
}

static void aof_size(char ret_text[32])
{
    char path[1024];
    struct stat status;
    increment_path(path);
    assert_int_equal(stat(path, &status), 0);
    (void)snprintf(ret_text, 32, "%lld", (long long)status.st_size); /* fits */
}

static void test_a_restarted_server_is_found_again_without_an_error(void **state)
{
    (void)state;
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
    restart("whole");
    expect_record("a", 1, "{}");
    assert_int_equal(put_now("a", "{\"b\":1}", 1), JALON_OK);
    restart("whole");
    assert_int_equal(store_ping(store), JALON_OK);
}

static void test_what_a_server_lost_is_put_back(void **state)
{
    (void)state;
    char size[32];
    uint64_t first;
    assert_int_equal(put_now("kept", "{}", 0), JALON_OK);
    aof_size(size);
    assert_int_equal(put_now("kept", "{\"n\":2}", 1), JALON_OK);
    assert_int_equal(put_now("lost", "{\"n\":1}", 0), JALON_OK);
    assert_int_equal(put_now("lost", "{\"n\":2}", 1), JALON_OK);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 10, 1000), JALON_OK);
    restart(size);
    assert_int_equal(put_now("lost", "{\"n\":3}", 2), JALON_OK);
    expect_record("kept", 2, "{\"n\":2}");
    expect_record("lost", 3, "{\"n\":3}");
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 1, 1000), JALON_OK);
    assert_int_equal(first, 10);
    assert_string_equal(store_warning(store), "");
}

static void test_an_empty_server_gets_it_all_back(void **state)
{
    (void)state;
    uint64_t first;
    struct key orders = key_orders(SLICE("acme"), SLICE("spring"));
    struct key times = key_order_times(SLICE("acme"), SLICE("spring"));
    struct index_entry index = {.key = &times, .member = SLICE("1"), .is_sorted = true, .score = 5};
    struct put put = {.key = &orders,
                      .field = SLICE("1"),
                      .json = SLICE("{}"),
                      .indexes = &index,
                      .index_count = 1};
    assert_int_equal(store_put(store, &put), JALON_OK);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 7, 1000), JALON_OK);
    restart("empty");
    struct record record;
    assert_int_equal(store_get(store, &record, put.key, SLICE("1")), JALON_OK);
    assert_int_equal(record.version, 1);
    record_done(&record);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 1, 1000), JALON_OK);
    assert_int_equal(first, 7);
    struct client *client = redis_server_client(&server);
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "ZSCORE", times.text, "1", NULL), JALON_OK);
    assert_true(slice_is(reply_text(reply), "5"));
    reply_free(reply);
    client_free(client);
}

/* FLUSHALL, with connections that live on: nothing breaks that would tell. */
static void test_a_store_that_was_emptied_gets_it_all_back(void **state)
{
    (void)state;
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
    say("FLUSHALL", NULL, NULL, NULL);
    expect_record("a", 0, "");
    assert_int_equal(store_ping(store), JALON_OK);
    expect_record("a", 1, "{}");
    assert_string_equal(store_warning(store), "");
}

/* Written through another folder, which is gone with the server's tail: whoever said that it knew it still has it. */
static void test_what_is_told_to_be_known_is_durable_here_too(void **state)
{
    (void)state;
    char size[32];
    struct key creators = key_creators();
    struct index_entry index = {.key = &creators, .member = SLICE("m")};
    struct put put = put_of("a", "{}", 1);
    put.is_known = true;
    put.indexes = &index;
    put.index_count = 1;
    aof_size(size);
    say("HSET", "jalon:{s}:campaigns", "a", "1 {}");
    assert_int_equal(store_put(store, &put), JALON_OK);
    expect_record("a", 1, "{}"); /* the same version: it was not written anew */
    restart(size);
    expect_record("a", 1, "{}");
    struct client *client = redis_server_client(&server);
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "SISMEMBER", creators.text, "m", NULL), JALON_OK);
    assert_int_equal(reply_integer(reply), 1);
    reply_free(reply);
    client_free(client);
}

static void test_what_is_known_otherwise_is_a_conflict(void **state)
{
    (void)state;
    static const struct {
        const char *stored;
        int outcome;
    } rows[] = {{"2 {}", JALON_CONFLICT}, {"3 {\"newer\":1}", JALON_OK}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct put put = put_of("a", "{\"n\":1}", 2);
        put.is_known = true;
        say("HSET", "jalon:{s}:campaigns", "a", rows[i].stored);
        assert_int_equal(store_put(store, &put), rows[i].outcome);
    }
}

static void test_another_handle_replays_too(void **state)
{
    (void)state;
    char size[32];
    aof_size(size);
    assert_int_equal(put_now("lost", "{}", 0), JALON_OK);
    restart(size);
    struct store *first = store;
    store = open_store();
    expect_record("lost", 1, "{}");
    store_free(store);
    store = first;
    expect_record("lost", 1, "{}");
}

static void test_other_content_of_the_same_version_is_kept_and_told(void **state)
{
    (void)state;
    char size[32];
    aof_size(size);
    assert_int_equal(put_now("a", "{\"ours\":1}", 0), JALON_OK);
    restart(size);
    say("HSET", "jalon:{s}:campaigns", "a",
        "1 {\"theirs\":1}"); /* another folder's redirector was quicker */
    expect_record("a", 1, "{\"theirs\":1}");
    assert_non_null(strstr(store_warning(store), "1 kept as they are"));
}

/* The connection is to a run that is gone, and another handle has replayed to the new one since: the effect must
 * get there before the caller is answered. */
static void test_a_write_into_a_run_that_is_gone_gets_into_the_new_one(void **state)
{
    (void)state;
    struct redo *redo;
    struct problem problem = {0};
    store = store_free(store);
    assert_int_equal(redo_open(&redo, folder.path), JALON_OK);
    struct store_options options = {
        .folder = folder.path, .redis = server.url, .timeout_ms = 20000, .redo = redo};
    assert_int_equal(store_open(&store, &options, &problem), JALON_OK);
    char where[REDO_WHERE_MAX];
    assert_int_equal(redo_replay(redo, SLICE("another-run"), NULL, NULL, NULL, where), JALON_OK);
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
    /* It went through the whole replay again, to the run that is really there. */
    assert_false(redo_has_seen(redo, SLICE("another-run")));
    expect_record("a", 1, "{}");
    store = store_free(store);
    redo_free(redo);
    store = open_store();
}

static void test_lost_functions_are_put_back(void **state)
{
    (void)state;
    uint64_t first;
    say("FUNCTION", "FLUSH", NULL, NULL);
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
    say("FUNCTION", "FLUSH", NULL, NULL);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 1, 1000), JALON_OK);
    expect_record("a", 1, "{}");
}

static void load_version(const char *version)
{
    char source[400];
    (void)snprintf(source, sizeof source,
                   "#!lua name=jalon\nredis.register_function{function_name='jalon_version', "
                   "flags={'no-writes'}, "
                   "callback=function() return '%s' end}",
                   version); /* fits */
    say("FUNCTION", "LOAD", "REPLACE", source);
}

static int version_in_store(void)
{
    struct client *client = redis_server_client(&server);
    struct reply *reply;
    uint64_t version;
    assert_int_equal(client_say(client, &reply, "FCALL", FUNCTION_VERSION_NAME, "0", NULL),
                     JALON_OK);
    assert_int_equal(slice_to_u64(&version, reply_text(reply), 1000), JALON_OK);
    reply_free(reply);
    client_free(client);
    return (int)version;
}

static void test_older_functions_are_replaced_and_newer_ones_left(void **state)
{
    (void)state;
    store = store_free(store);
    load_version("0");
    store = open_store();
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
    store = store_free(store);
    load_version("999");
    store = open_store();
    assert_int_equal(version_in_store(), 999);
    say("FUNCTION", "FLUSH", NULL, NULL);
}

static void test_a_server_that_is_down_is_unavailable_until_it_is_back(void **state)
{
    (void)state;
    redis_server_end(&server, SIGKILL);
    assert_int_equal(store_ping(store), JALON_UNAVAILABLE);
    assert_int_equal(put_now("a", "{}", 0), JALON_UNAVAILABLE);
    uint64_t first;
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 1, 10), JALON_UNAVAILABLE);
    struct key key = key_campaigns();
    struct record record;
    assert_int_equal(store_get(store, &record, &key, SLICE("a")), JALON_UNAVAILABLE);
    assert_int_equal(store_problem(store)->kind, PROBLEM_UNAVAILABLE);
    assert_non_null(strstr(store_problem(store)->detail, server_folder.path));
    redis_server_start(&server, server_folder.path);
    redis_server_rewrite(&server);
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
}

static void test_a_log_that_was_not_rewritten_since_the_start_is(void **state)
{
    (void)state;
    redis_server_end(&server, SIGKILL);
    redis_server_start(&server, server_folder.path);
    assert_int_equal(store_ping(store), JALON_OK);
    struct client *client = redis_server_client(&server);
    for (bool is_done = false; !is_done; (void)usleep(1000)) {
        struct reply *reply;
        assert_int_equal(client_say(client, &reply, "INFO", "persistence", NULL), JALON_OK);
        struct slice value = info_field(reply_text(reply), "aof_last_rewrite_time_sec");
        is_done = !slice_is(value, "-1");
        reply_free(reply);
    }
    client_free(client);
}

static void test_a_server_that_hangs_is_unavailable_in_time(void **state)
{
    (void)state;
    store = store_free(store);
    struct problem problem = {0};
    struct store_options options = {.folder = folder.path, .redis = server.url, .timeout_ms = 300};
    assert_int_equal(store_open(&store, &options, &problem), JALON_OK);
    assert_int_equal(kill(server.pid, SIGSTOP), 0);
    assert_int_equal(store_ping(store), JALON_UNAVAILABLE);
    assert_int_equal(kill(server.pid, SIGCONT), 0);
    store = store_free(store);
    store = open_store();
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
}

static void test_what_cannot_be_a_store_is_refused_with_words(void **state)
{
    (void)state;
    static const struct {
        const char *redis;
        int err;
        const char *words;
    } rows[] = {
        {"cluster://127.0.0.1:1", JALON_UNAVAILABLE, "127.0.0.1:1"},
        {"mysql://x", JALON_INVALID, "store.redis"},
        {"redis://127.0.0.1:1", JALON_UNAVAILABLE, "127.0.0.1:1"},
        {"unix:/nonexistent/socket", JALON_UNAVAILABLE, "/nonexistent/socket"},
        {"embedded", JALON_UNAVAILABLE, "redis.sock"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct store *none = NULL;
        struct problem problem = {0};
        struct store_options options = {
            .folder = folder.path, .redis = rows[i].redis, .timeout_ms = 2000};
        assert_int_equal(store_open(&none, &options, &problem), rows[i].err);
        assert_null(none);
        if (!strstr(problem.detail, rows[i].words))
            fail_msg("%s: %s", rows[i].redis, problem.detail);
    }
}

static void test_a_missing_password_is_told(void **state)
{
    (void)state;
    say("CONFIG", "SET", "requirepass", "sesame");
    struct store *other = NULL;
    struct problem problem = {0};
    struct store_options options = {.folder = folder.path, .redis = server.url, .timeout_ms = 2000};
    assert_int_equal(store_open(&other, &options, &problem), JALON_INVALID);
    assert_non_null(strstr(problem.detail, "login"));
    struct client *client = redis_server_client(&server);
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "AUTH", "wrong", NULL), JALON_INVALID);
    assert_int_equal(client_say(client, &reply, "AUTH", "sesame", NULL), JALON_OK);
    reply_free(reply);
    assert_int_equal(client_say(client, &reply, "CONFIG", "SET", "requirepass", "", NULL),
                     JALON_OK);
    reply_free(reply);
    client_free(client);
}

static void test_a_replica_is_no_store(void **state)
{
    (void)state;
    say("REPLICAOF", "127.0.0.1", "1", NULL);
    assert_int_equal(put_now("a", "{}", 0), JALON_UNAVAILABLE); /* READONLY */
    assert_int_equal(store_ping(store), JALON_UNAVAILABLE);
    assert_non_null(strstr(store_problem(store)->detail, "replica"));
    say("REPLICAOF", "NO", "ONE", NULL);
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_restarted_server_is_found_again_without_an_error),
        STORE_TEST(test_what_a_server_lost_is_put_back),
        STORE_TEST(test_an_empty_server_gets_it_all_back),
        STORE_TEST(test_a_store_that_was_emptied_gets_it_all_back),
        STORE_TEST(test_what_is_told_to_be_known_is_durable_here_too),
        STORE_TEST(test_what_is_known_otherwise_is_a_conflict),
        STORE_TEST(test_another_handle_replays_too),
        STORE_TEST(test_other_content_of_the_same_version_is_kept_and_told),
        STORE_TEST(test_a_write_into_a_run_that_is_gone_gets_into_the_new_one),
        STORE_TEST(test_lost_functions_are_put_back),
        STORE_TEST(test_older_functions_are_replaced_and_newer_ones_left),
        STORE_TEST(test_a_server_that_is_down_is_unavailable_until_it_is_back),
        STORE_TEST(test_a_log_that_was_not_rewritten_since_the_start_is),
        STORE_TEST(test_a_server_that_hangs_is_unavailable_in_time),
        STORE_TEST(test_what_cannot_be_a_store_is_refused_with_words),
        STORE_TEST(test_a_missing_password_is_told),
        STORE_TEST(test_a_replica_is_no_store),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
