/* The store on a real cluster: replicas take over without what was answered last, slots move under walks and writes. */
#include "core/store/functions.h"
#include "core/store/redo.h"
#include "core/store/store.h"
#include "core/store/store_seal.h"
#include "tests/unit/core/store/redis_cluster.h"

static struct redis_cluster cluster;
static struct scratch folder;
static struct store *store;

static int start_cluster(void **state)
{
    (void)state;
    redis_cluster_start(&cluster);
    return 0;
}

static int end_cluster(void **state)
{
    (void)state;
    redis_cluster_end(&cluster);
    return 0;
}

static int try_to_open(struct store **ret_store, const char *redis, struct problem *problem)
{
    struct store_options options = {.folder = folder.path, .redis = redis, .timeout_ms = 20000};
    return store_open(ret_store, &options, problem);
}

static struct store *open_store(void)
{
    struct store *opened;
    struct problem problem = {0};
    if (try_to_open(&opened, cluster.url, &problem))
        fail_msg("%s", problem.detail);
    return opened;
}

static int set_up(void **state)
{
    (void)state;
    redis_cluster_flush(&cluster);
    folder = scratch_new();
    store = open_store();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store = store_free(store);
    scratch_remove(&folder);
    return 0;
}

static int put_at(struct key key, const char *field, const char *json, uint64_t version)
{
    struct put put = {.key = &key,
                      .field = slice_of_string(field),
                      .json = slice_of_string(json),
                      .expected_version = version};
    return store_put(store, &put);
}

/* Campaigns are in the first node's third of the slots, the links of partition 0 in the last one's. */
static int put_now(const char *field, const char *json, uint64_t version)
{
    return put_at(key_campaigns(), field, json, version);
}

static void expect_at(struct store *from, struct key key, const char *field, uint64_t version,
                      const char *json)
{
    struct record record;
    assert_int_equal(store_get(from, &record, &key, slice_of_string(field)), JALON_OK);
    assert_int_equal(record.version, version);
    assert_true(slice_is(record.json, json));
    record_done(&record);
}

static void expect_record(const char *field, uint64_t version, const char *json)
{
    expect_at(store, key_campaigns(), field, version, json);
}

static unsigned slot_of(struct key key)
{
    return cluster_slot(key_slice(&key));
}

static void test_records_of_all_partitions_are_put_and_got(void **state)
{
    (void)state;
    struct key keys[SCHEMA_PARTITIONS + 2];
    struct put puts[SCHEMA_PARTITIONS + 2];
    int errors[SCHEMA_PARTITIONS + 2];
    for (unsigned i = 0; i < SCHEMA_PARTITIONS + 2; i++) {
        keys[i] = i < SCHEMA_PARTITIONS    ? key_links(i)
                  : i == SCHEMA_PARTITIONS ? key_campaigns()
                                           : key_codes(SLICE("acme"));
        puts[i] = (struct put){.key = &keys[i], .field = SLICE("a"), .json = SLICE("{}")};
    }
    assert_int_equal(store_put_many(store, puts, SCHEMA_PARTITIONS + 2, errors), JALON_OK);
    for (unsigned i = 0; i < SCHEMA_PARTITIONS + 2; i++) {
        assert_int_equal(errors[i], JALON_OK);
        expect_at(store, keys[i], "a", 1, "{}");
    }
    uint64_t first;
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 10, 1000), JALON_OK);
    assert_int_equal(store_ping(store), JALON_OK);
    assert_non_null(strstr(store_server(store), " cluster, 3 primaries"));
    struct cluster_map map;
    assert_int_equal(store_cluster_map(store, &map), JALON_OK);
    assert_int_equal(map.node_count, CLUSTER_PRIMARIES);
    for (unsigned slot = 0; slot < CLUSTER_SLOTS; slot++)
        assert_int_not_equal(map.owners[slot], CLUSTER_NO_OWNER);
}

static void test_what_a_promoted_replica_lacks_is_put_back(void **state)
{
    (void)state;
    uint64_t first;
    assert_int_equal(put_now("kept", "{}", 0), JALON_OK);
    redis_tell(redis_first_primary(&cluster), "WAIT 1 20000");
    redis_cluster_cut_off(&cluster);
    assert_int_equal(put_now("kept", "{\"n\":2}", 1), JALON_OK);
    assert_int_equal(put_now("lost", "{\"n\":1}", 0), JALON_OK);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 10, 1000), JALON_OK);
    redis_cluster_take_over(&cluster);
    struct reply *reply = redis_ask(redis_first_primary(&cluster), "HKEYS jalon:{s}:campaigns");
    assert_int_equal(reply_count(reply), 1); /* it is lacking indeed */
    (void)reply_free(reply);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 1, 1000), JALON_OK);
    assert_int_equal(first, 10);
    expect_record("kept", 2, "{\"n\":2}");
    assert_int_equal(put_now("lost", "{\"n\":2}", 1), JALON_OK);
    expect_record("lost", 2, "{\"n\":2}");
    assert_string_equal(store_warning(store), "");
}

/* A handle that has nothing to do with the lost primary learns of it from its pings only. */
static void test_a_ping_finds_a_promoted_replica(void **state)
{
    (void)state;
    redis_cluster_cut_off(&cluster);
    assert_int_equal(put_now("lost", "{}", 0), JALON_OK);
    redis_cluster_take_over(&cluster);
    assert_int_equal(store_ping(store), JALON_OK);
    struct reply *reply = redis_ask(redis_first_primary(&cluster), "HKEYS jalon:{s}:campaigns");
    assert_int_equal(reply_count(reply), 1);
    (void)reply_free(reply);
    struct cluster_map map;
    assert_int_equal(store_cluster_map(store, &map), JALON_OK);
    unsigned owner = map.owners[slot_of(key_campaigns())];
    assert_int_equal(map.nodes[owner].port, redis_first_primary(&cluster)->port);
}

/* Nothing of it shows in the map, and no connection broke; but the primary took over from one that lacked the last put. */
static void test_a_ping_finds_a_primary_that_was_none_for_a_while(void **state)
{
    (void)state;
    redis_cluster_cut_off(&cluster);
    assert_int_equal(put_now("lost", "{}", 0), JALON_OK);
    redis_cluster_take_over(&cluster);
    redis_cluster_take_over(&cluster);
    assert_int_equal(store_ping(store), JALON_OK);
    struct reply *reply = redis_ask(redis_first_primary(&cluster), "HKEYS jalon:{s}:campaigns");
    assert_int_equal(reply_count(reply), 1);
    (void)reply_free(reply);
}

static void test_another_handle_finds_a_promoted_replica(void **state)
{
    (void)state;
    struct store *first = store;
    redis_cluster_cut_off(&cluster);
    assert_int_equal(put_now("lost", "{}", 0), JALON_OK);
    redis_cluster_take_over(&cluster);
    store = open_store();
    expect_record("lost", 1, "{}");
    (void)store_free(store);
    store = first;
    assert_int_equal(put_at(key_links(0), "a", "{}", 0), JALON_OK); /* of an older run */
    expect_record("lost", 1, "{}");
    expect_at(store, key_links(0), "a", 1, "{}");
}

/* The first put of a chunk is carried out in one run, the second one is refused and goes to the promoted replica, in another.
 * When that one was replayed to, the first put was not in the log yet: its node may have lost it since, so it takes one more
 * replay. */
static void test_a_chunk_that_spans_two_runs_is_whole(void **state)
{
    (void)state;
    redis_cluster_take_over(&cluster);
    redis_tell(&cluster.nodes[2], "CONFIG RESETSTAT");
    struct key links = key_links(0), campaigns = key_campaigns();
    struct put puts[2] = {{.key = &links, .field = SLICE("a"), .json = SLICE("{}")},
                          {.key = &campaigns, .field = SLICE("a"), .json = SLICE("{}")}};
    int errors[2];
    assert_int_equal(store_put_many(store, puts, 2, errors), JALON_OK);
    assert_int_equal(errors[0], JALON_OK);
    assert_int_equal(errors[1], JALON_OK);
    expect_at(store, key_links(0), "a", 1, "{}");
    expect_record("a", 1, "{}");
    /* The put, jalon_version of each of two connects, jalon_restore of the second one's replay. */
    assert_true(redis_says(&cluster.nodes[2], "INFO commandstats", "cmdstat_fcall:calls=4,"));
}

static size_t read_seen(char ret_text[REDO_RUN_MAX])
{
    size_t size;
    char *text = scratch_read(scratch_file(&folder, "redo/seen"), &size);
    assert_true(size < REDO_RUN_MAX);
    memcpy(ret_text, text, size);
    free(text);
    return size;
}

static void test_a_slot_that_moved_is_no_reason_to_replay(void **state)
{
    (void)state;
    struct key key = key_links(0);
    char before[REDO_RUN_MAX], after[REDO_RUN_MAX];
    assert_int_equal(put_at(key, "a", "{}", 0), JALON_OK);
    size_t size = read_seen(before);
    redis_slot_move(&cluster, &cluster.nodes[2], &cluster.nodes[1], slot_of(key));
    assert_int_equal(put_at(key, "a", "{\"n\":2}", 1), JALON_OK);
    assert_int_equal(store_ping(store), JALON_OK);
    struct store *other = open_store();
    expect_at(other, key, "a", 2, "{\"n\":2}");
    (void)store_free(other);
    assert_int_equal(read_seen(after), size);
    assert_memory_equal(before, after, size);
    redis_slot_move(&cluster, &cluster.nodes[1], &cluster.nodes[2], slot_of(key));
}

static void test_functions_get_to_each_node(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CLUSTER_PRIMARIES; i++)
        if (redis_says(&cluster.nodes[i], "INFO replication", "role:master"))
            redis_tell(&cluster.nodes[i], "FUNCTION FLUSH");
    assert_int_equal(put_at(key_links(0), "a", "{}", 0), JALON_OK);
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
    store = store_free(store);
    redis_tell(&cluster.nodes[2], "FUNCTION FLUSH");
    store = open_store();
    struct reply *reply = redis_ask(&cluster.nodes[2], "FCALL %s 0", FUNCTION_VERSION_NAME);
    assert_true(slice_is(reply_text(reply), FUNCTIONS_VERSION));
    (void)reply_free(reply);
}

enum { MANY = 12000 };

struct walk {
    unsigned counts[MANY], total, move_at;
    struct redis_node *from, *to;
};

static void move_links(struct walk *walk)
{
    redis_slot_move(&cluster, walk->from, walk->to, slot_of(key_links(0)));
}

static int visit_record(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct walk *walk = context;
    uint64_t number;
    assert_int_equal(slice_to_u64(&number, field, MANY - 1), JALON_OK);
    assert_int_equal(version, 1);
    assert_true(slice_is(json, "{}"));
    walk->counts[number]++;
    if (++walk->total == walk->move_at)
        move_links(walk);
    return JALON_OK;
}

static void test_a_walk_over_a_slot_that_moves_visits_each_once(void **state)
{
    (void)state;
    struct key key = key_links(0);
    for (unsigned i = 0; i < MANY;) {
        char text[600];
        int size = snprintf(text, sizeof text, "HSET %s", key.text);
        for (unsigned j = 0; j < 30; j++, i++)
            size += snprintf(text + size, sizeof text - (size_t)size, " %u 1_{}", i);
        struct argument_list command;
        argument_list_init(&command, 4096);
        struct slice rest = slice_of(text, (size_t)size);
        for (unsigned j = 0; rest.size; j++) {
            struct slice word = slice_take(&rest, ' ');
            argument_list_add(&command, j > 1 && j % 2 ? SLICE("1 {}") : word);
        }
        struct reply *reply;
        assert_int_equal(client_call(cluster.nodes[2].client, &command, &reply), JALON_OK);
        assert_int_equal(reply_integer(reply), 30);
        (void)reply_free(reply);
        argument_list_done(&command);
    }
    static const unsigned moments[] = {1, 5000, MANY};
    struct redis_node *from = &cluster.nodes[2], *to = &cluster.nodes[1];
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct walk *walk = calloc(1, sizeof *walk);
        walk->move_at = moments[i];
        walk->from = i % 2 ? to : from;
        walk->to = i % 2 ? from : to;
        assert_int_equal(store_each(store, &key, visit_record, walk), JALON_OK);
        for (unsigned j = 0; j < MANY; j++)
            assert_int_equal(walk->counts[j], 1);
        free(walk);
    }
    redis_slot_move(&cluster, to, from, slot_of(key));
}

static struct redis_node *node_of(struct key key)
{
    struct cluster_map map;
    assert_int_equal(store_cluster_map(store, &map), JALON_OK);
    unsigned port = map.nodes[map.owners[slot_of(key)]].port;
    for (unsigned i = 0; i < CLUSTER_NODES; i++)
        if (cluster.nodes[i].port == port)
            return &cluster.nodes[i];
    fail_msg("nobody has %s", key.text);
    return NULL;
}

struct figures {
    int64_t sums[3000];
    bool must_take_over;
};

static int add_figure(void *context, size_t index, struct slice field, int64_t count)
{
    struct figures *figures = context;
    assert_true(slice_is(field, "20057:h"));
    figures->sums[index] += count;
    if (figures->must_take_over)
        redis_cluster_take_over(&cluster);
    figures->must_take_over = false;
    return JALON_OK;
}

static void test_figures_are_read_across_a_failover(void **state)
{
    (void)state;
    enum { KEYS = 3000 };
    struct key *keys = calloc(KEYS, sizeof *keys);
    struct figures *figures = calloc(1, sizeof *figures);
    for (unsigned i = 0; i < KEYS; i++) {
        keys[i] = key_days(i);
        if (i % 10 == 0)
            redis_tell(node_of(keys[i]), "HINCRBY %s 20057:h %u", keys[i].text, i + 1);
    }
    redis_tell(redis_first_primary(&cluster), "WAIT 1 20000");
    figures->must_take_over = true; /* in the first piece: the second one goes to a replica */
    assert_int_equal(store_counters_each(store, keys, KEYS, add_figure, figures), JALON_OK);
    for (unsigned i = 0; i < KEYS; i++)
        assert_int_equal(figures->sums[i], i % 10 ? 0 : i + 1);
    free(figures);
    free(keys);
}

#define LINKS 48
#define FIRST_DAY 20048
#define DAYS 20 /* in two blocks */

static void add_visited_link(uint64_t link_id)
{
    struct key links = key_links(schema_partition(link_id)), days = key_days(link_id);
    struct redis_node *node = node_of(links);
    char text[LINK_ID_TEXT + 1];
    link_id_format(text, link_id);
    assert_int_equal(put_at(links, text, "{}", 0), JALON_OK);
    for (int32_t day = FIRST_DAY; day < FIRST_DAY + DAYS; day++) {
        redis_tell(node, "HSET %s %d:h 1", days.text, day);
        redis_tell(node, "PFADD %s somebody", key_visitors(link_id, day).text);
    }
}

static int count_visit(void *context, size_t at, struct slice value)
{
    ((unsigned *)context)[at] += slice_starts(value, SLICE("HYLL"));
    return JALON_OK;
}

static void expect_all_visits(void)
{
    struct visitors_read reads[LINKS];
    int32_t days[LINKS * DAYS];
    unsigned counts[LINKS * DAYS] = {0};
    for (size_t i = 0; i < LINKS * DAYS; i++)
        days[i] = FIRST_DAY + (int32_t)(i % DAYS);
    for (size_t i = 0; i < LINKS; i++)
        reads[i] = (struct visitors_read){i, i * DAYS, DAYS};
    assert_int_equal(store_visitors_each(store, reads, LINKS, days, count_visit, counts), JALON_OK);
    for (size_t i = 0; i < LINKS * DAYS; i++)
        assert_int_equal(counts[i], 1);
}

static int go_on(void *context)
{
    (void)context; /* at once */
    return JALON_OK;
}

static void test_visitors_are_sealed_and_read_on_each_node(void **state)
{
    (void)state;
    int32_t until[SCHEMA_PARTITIONS];
    struct seal_result result;
    for (uint64_t i = 0; i < LINKS; i++)
        add_visited_link(i);
    expect_all_visits();
    redis_tell(node_of(key_links(3)), "FUNCTION FLUSH");
    assert_int_equal(store_seal(store, FIRST_DAY + DAYS / 2, go_on, NULL, &result), JALON_OK);
    assert_int_equal(result.days, LINKS * (DAYS / 2 + 1));
    assert_int_equal(result.refused, 0);
    assert_int_equal(store_sealed_until(store, until), JALON_OK);
    for (size_t i = 0; i < SCHEMA_PARTITIONS; i++)
        assert_int_equal(until[i], FIRST_DAY + DAYS / 2);
    expect_all_visits();
}

static void test_the_worst_primary_is_told(void **state)
{
    (void)state;
    struct store_health health;
    assert_int_equal(store_health(store, &health), JALON_OK);
    assert_string_equal(health.appendfsync, "no");
    assert_string_not_equal(health.node, "");
    char where[CLUSTER_NODE_TEXT];
    (void)snprintf(where, sizeof where, "127.0.0.1:%u", cluster.nodes[2].port); /* fits */
    redis_tell(&cluster.nodes[2], "CONFIG SET maxmemory-policy allkeys-lru");
    redis_tell(&cluster.nodes[1], "CONFIG SET appendonly no");
    assert_int_equal(store_health(store, &health), JALON_OK);
    assert_string_equal(health.node, where);
    assert_string_equal(health.maxmemory_policy, "allkeys-lru");
    redis_tell(&cluster.nodes[2], "CONFIG SET maxmemory-policy noeviction");
    assert_int_equal(store_health(store, &health), JALON_OK);
    assert_false(health.is_aof_enabled);
    redis_tell(&cluster.nodes[1], "CONFIG SET appendonly yes");
    for (unsigned i = 0; i < CLUSTER_NODES; i++)
        redis_tell(&cluster.nodes[i], "CONFIG SET appendfsync everysec");
    assert_int_equal(store_health(store, &health), JALON_OK);
    assert_string_equal(health.node, "");
    assert_string_equal(health.role, "master");
    assert_true(health.used_bytes > 3 * 100000);
    for (unsigned i = 0; i < CLUSTER_NODES; i++)
        redis_tell(&cluster.nodes[i], "CONFIG SET appendfsync no");
}

static void test_a_node_that_is_killed_is_unavailable_until_it_is_back(void **state)
{
    (void)state;
    struct redis_node *node = &cluster.nodes[2];
    assert_int_equal(put_at(key_links(0), "a", "{}", 0), JALON_OK);
    redis_node_kill(node);
    assert_int_equal(put_at(key_links(0), "a", "{\"n\":2}", 1), JALON_UNAVAILABLE);
    char where[CLUSTER_NODE_TEXT];
    (void)snprintf(where, sizeof where, "127.0.0.1:%u", node->port); /* fits */
    assert_non_null(strstr(store_problem(store)->detail, where));
    redis_node_launch(node);
    redis_node_connect(node);
    redis_wait_for(node, "CLUSTER INFO", "cluster_state:ok");
    expect_at(store, key_links(0), "a", 1, "{}");
    assert_int_equal(put_at(key_links(0), "a", "{\"n\":2}", 1), JALON_OK);
}

static void test_one_node_is_no_store_and_one_server_no_cluster(void **state)
{
    (void)state;
    struct store *none = NULL;
    struct problem problem = {0};
    assert_int_equal(try_to_open(&none, cluster.nodes[1].url, &problem), JALON_UNSUPPORTED);
    assert_non_null(strstr(problem.detail, "cluster://"));
    struct redis_node single = {0};
    redis_node_start(&single, redis_single_launch);
    char url[80];
    (void)snprintf(url, sizeof url, "cluster://127.0.0.1:%u", single.port); /* fits */
    problem_init(&problem);
    assert_int_equal(try_to_open(&none, url, &problem), JALON_UNSUPPORTED);
    assert_non_null(strstr(problem.detail, single.url));
    assert_null(none);
    redis_node_end(&single);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_records_of_all_partitions_are_put_and_got),
        TEST(test_what_a_promoted_replica_lacks_is_put_back),
        TEST(test_a_ping_finds_a_promoted_replica),
        TEST(test_a_ping_finds_a_primary_that_was_none_for_a_while),
        TEST(test_another_handle_finds_a_promoted_replica),
        TEST(test_a_chunk_that_spans_two_runs_is_whole),
        TEST(test_a_slot_that_moved_is_no_reason_to_replay),
        TEST(test_functions_get_to_each_node),
        TEST(test_a_walk_over_a_slot_that_moves_visits_each_once),
        TEST(test_figures_are_read_across_a_failover),
        TEST(test_visitors_are_sealed_and_read_on_each_node),
        TEST(test_the_worst_primary_is_told),
        TEST(test_a_node_that_is_killed_is_unavailable_until_it_is_back),
        TEST(test_one_node_is_no_store_and_one_server_no_cluster),
    };
    return cmocka_run_group_tests(tests, start_cluster, end_cluster);
}
