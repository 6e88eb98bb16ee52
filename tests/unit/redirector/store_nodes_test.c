/* The router between connections of the test's own: what goes where, what a cluster's words do to it, and what is heard. */
#include "redirector/store_nodes.h"

#include "redirector/counters.h"
#include "redirector/log.h"
#include "redirector/topology.h"
#include "redirector/worker.h"
#include "tests/unit/redirector/own_redis.h"

#include <stdio.h>
#include <stdlib.h>

/* the worker */

static struct worker worker;
static struct counters counters;
static struct store_nodes *nodes;
static struct topology *topology;
static struct cluster_map map;
static uint32_t reached, reached_before;
static unsigned doubts, told;

static unsigned heard_count, heard_origin;
static uint64_t heard_tag;
static char heard_text[100]; /* "": NULL was heard */
static int sent_again;       /* the outcome of a command that was sent as another was heard */
static bool must_send_again;

static int find_address(void *context, struct redis_address *ret_address)
{
    (void)context;
    *ret_address = (struct redis_address){.scheme = REDIS_TCP, .port = 7000, .password = "secret"};
    return JALON_OK;
}

static void hear_reached(void *context, uint32_t homes)
{
    (void)context;
    reached_before = reached;
    reached = homes;
    told++;
}

static void hear_doubt(void *context)
{
    (void)context;
    doubts++;
}

static const char *const command[] = {"HGET", "key", "field and more"};
static const size_t sizes[] = {4, 3, 5};

static void hear(void *context, uint64_t tag, const struct redis_reply *reply)
{
    assert_ptr_equal(context, &worker);
    heard_count++;
    heard_tag = tag;
    heard_origin = store_nodes_origin(nodes);
    (void)snprintf(heard_text, sizeof heard_text, "%s", reply ? reply->text : "");
    if (must_send_again)
        sent_again = store_nodes_send(nodes, 0, 3, command, sizes, hear, &worker, 0);
}

static void expect_heard(unsigned count, const char *text)
{
    assert_int_equal(heard_count, count);
    assert_string_equal(heard_text, text);
}

static void send(unsigned home)
{
    assert_int_equal(store_nodes_send(nodes, home, 3, command, sizes, hear, &worker, 100 + home),
                     JALON_OK);
}

static void give(unsigned home, unsigned port)
{
    struct cluster_node node = {.host = "127.0.0.1", .port = port};
    assert_int_equal(cluster_map_move(&map, store_home_slot(home), &node), JALON_OK);
}

static void tick(void)
{
    worker.monotonic_ms += 100;
    store_nodes_tick(nodes);
}

static void open_nodes(void)
{
    struct store_nodes_options options = {.worker = &worker,
                                          .timeout_ms = 3000,
                                          .find_address = find_address,
                                          .topology = topology,
                                          .doubted = hear_doubt,
                                          .reached = hear_reached};
    assert_int_equal(store_nodes_new(&nodes, &options), JALON_OK);
}

static int set_up(void **state)
{
    (void)state;
    memset((void *)&counters, 0, sizeof counters);
    worker = (struct worker){.counters = &counters, .monotonic_ms = 100000};
    connection_count = 0;
    reached = reached_before = doubts = told = heard_count = 0;
    must_send_again = false;
    topology = NULL;
    log_configure(LOG_ERROR, false);
    return 0;
}

/* Homes 0-7 at 7001, 8-15 at 7002, the shared one at 7003. */
static int set_up_cluster(void **state)
{
    set_up(state);
    assert_int_equal(topology_new(&topology), JALON_OK);
    map.node_count = 0;
    memset(map.owners, CLUSTER_NO_OWNER, sizeof map.owners);
    for (unsigned home = 0; home < STORE_HOMES; home++)
        give(home, 7001 + home / 8);
    open_nodes();
    topology_put(topology, &map);
    tick();
    for (unsigned port = 7001; port <= 7003; port++)
        connect_to(port);
    doubts = told = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_nodes_free(nodes);
    topology_free(topology);
    return 0;
}

static void test_single_server(void **state)
{
    (void)state;
    open_nodes();
    tick();
    assert_string_equal(at(7000)->address.password, "secret");
    assert_string_equal(at(7000)->address.proof, "");
    assert_int_equal(store_nodes_send(nodes, 0, 3, command, sizes, hear, &worker, 1),
                     JALON_UNAVAILABLE);
    connect_to(7000);
    assert_int_equal(reached, STORE_ALL_HOMES);
    send(3);
    send(STORE_HOME_SHARED);
    expect_asked(7000, "HGET key field", "HGET key field");
    answer(7000, REDIS_ERROR, "MOVED 1 127.0.0.1:7001"); /* no cluster: an error like others */
    expect_heard(1, "MOVED 1 127.0.0.1:7001");
    assert_int_equal(heard_tag, 103);
    redis_break(at(7000), "");
    expect_heard(2, "");
    assert_int_equal(reached, 0);
    tick();
    assert_int_equal(doubts, 1);
    tick();
    assert_int_equal(doubts, 1);
}

static void test_routes(void **state)
{
    (void)state;
    assert_int_equal(connection_count, 3);
    assert_int_equal(reached, STORE_ALL_HOMES);
    assert_string_equal(at(7001)->address.host, "127.0.0.1");
    assert_string_equal(at(7001)->address.password, "secret");
    assert_string_equal(at(7002)->address.proof, "jalon:{p08}:positions");
    assert_string_equal(at(7003)->address.proof, "jalon:{s}:campaigns");
    send(7);
    send(8);
    send(STORE_HOME_SHARED);
    for (unsigned port = 7001; port <= 7003; port++)
        expect_asked(port, "HGET key field", NULL);
    answer(7002, REDIS_TEXT, "it");
    expect_heard(1, "it");
    assert_int_equal(heard_tag, 108);
    unsigned origin = heard_origin;
    answer(7001, REDIS_ERROR, "ERR something else");
    expect_heard(2, "ERR something else");
    assert_int_not_equal(heard_origin, origin);
    tick();
    assert_int_equal(counter_get(&counters, store_nodes), 3);
    assert_int_equal(counter_get(&counters, store_nodes_connected), 3);
}

/* One primary away: its homes are, and no other. */
static void test_one_away(void **state)
{
    (void)state;
    send(0);
    redis_break(at(7001), "");
    expect_heard(1, "");
    assert_int_equal(reached, STORE_ALL_HOMES & ~0xffU);
    assert_int_equal(store_nodes_send(nodes, 0, 3, command, sizes, hear, &worker, 1),
                     JALON_UNAVAILABLE);
    send(8);
    answer(7002, REDIS_NIL, "nil");
    expect_heard(2, "nil");
    tick();
    assert_int_equal(doubts, 1);
    assert_int_equal(counter_get(&counters, store_nodes_connected), 2);
    connect_to(7001);
    assert_int_equal(reached, STORE_ALL_HOMES);
}

static void moved_text(char *ret_text, size_t size, const char *word, unsigned home, unsigned port)
{
    (void)snprintf(ret_text, size, "%s %u 127.0.0.1:%u", word, store_home_slot(home), port);
}

static void answer_moved(unsigned port, const char *word, unsigned home, unsigned to)
{
    char text[100];
    moved_text(text, sizeof text, word, home, to);
    answer(port, REDIS_ERROR, text);
}

static void test_moved(void **state)
{
    (void)state;
    send(2);
    answer_moved(7001, "MOVED", 2, 7002);
    assert_int_equal(heard_count, 0);
    expect_asked(7002, "HGET key field", NULL);
    /* It was away for a moment: positions and caches are looked at again. */
    assert_int_equal(told, 2);
    assert_int_equal(reached_before, STORE_ALL_HOMES & ~store_home_bit(2));
    assert_int_equal(reached, STORE_ALL_HOMES);
    answer(7002, REDIS_TEXT, "it");
    expect_heard(1, "it");
    send(2);
    send(3);
    expect_asked(7001, "HGET key field", NULL);
    expect_asked(7002, "HGET key field", NULL);
    assert_int_equal(counter_get(&counters, store_moves), 1);
    assert_int_equal(counter_get(&counters, store_redirections), 1);
    tick();
    assert_int_equal(doubts, 1);
}

/* What must not be sent again moves its home all the same. */
static void test_moved_once(void **state)
{
    (void)state;
    assert_int_equal(store_nodes_send_once(nodes, 2, 3, command, sizes, hear, &worker, 9),
                     JALON_OK);
    answer_moved(7001, "MOVED", 2, 7003);
    expect_heard(1, "");
    assert_int_equal(heard_tag, 9);
    expect_asked(7003, NULL, NULL);
    send(2);
    expect_asked(7003, "HGET key field", NULL);
}

static void test_moved_to_new_node(void **state)
{
    (void)state;
    send(2);
    answer_moved(7001, "MOVED", 2, 7009);
    expect_heard(1, ""); /* there is no connection to send it on yet */
    assert_int_equal(reached, STORE_ALL_HOMES & ~store_home_bit(2));
    connect_to(7009);
    assert_int_equal(reached, STORE_ALL_HOMES);
    send(2);
    expect_asked(7009, "HGET key field", NULL);
}

static void test_moved_without_end(void **state)
{
    (void)state;
    send(2);
    for (unsigned i = 0; i < 5; i++)
        answer_moved(7001 + i % 2, "MOVED", 2, 7002 - i % 2);
    assert_int_equal(heard_count, 0);
    answer_moved(7002, "MOVED", 2, 7001);
    expect_heard(1, "");
    expect_asked(7001, NULL, NULL);
    expect_asked(7002, NULL, NULL);
}

static void test_ask(void **state)
{
    (void)state;
    send(2);
    answer_moved(7001, "ASK", 2, 7002);
    assert_int_equal(heard_count, 0);
    expect_asked(7002, "ASKING", "HGET key field");
    answer(7002, REDIS_TEXT, "OK");
    assert_int_equal(heard_count, 0);
    answer(7002, REDIS_TEXT, "it");
    expect_heard(1, "it");
    assert_int_equal(told, 0); /* the slot is still where it was */
    send(2);
    expect_asked(7001, "HGET key field", NULL);
}

/* A node without slots of ours is met when it is first named, and left when it was not for long. */
static void test_ask_new_node(void **state)
{
    (void)state;
    send(2);
    answer_moved(7001, "ASK", 2, 7009);
    expect_heard(1, "");
    assert_string_equal(at(7009)->address.proof, "");
    connect_to(7009);
    assert_int_equal(told, 0);
    send(2);
    answer_moved(7001, "ASK", 2, 7009);
    expect_asked(7009, "ASKING", "HGET key field");
    struct redis *guest = at(7009);
    tick();
    assert_false(guest->is_freed);
    worker.monotonic_ms += 60000;
    tick();
    assert_true(guest->is_freed);
    expect_heard(2, "");
}

static void test_words_without_answer(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "MOVED ",
        "MOVED x 127.0.0.1:7002",
        "MOVED 16384 127.0.0.1:7002",
        "MOVED 11214 127.0.0.1:0",
        "MOVED 11214 ?:7002",
        "MOVED 11214 redis-9.example:7002", /* a name whose address nobody has looked up */
        "ASK 11214 redis-9.example:7002",
        "ASK 11214",
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        send(0);
        answer(7001, REDIS_ERROR, rows[i]);
        expect_heard(i + 1, "");
    }
    assert_int_equal(told, 0);
    assert_int_equal(connection_count, 3);
}

static void test_moved_without_host(void **state)
{
    (void)state;
    send(0);
    answer(7001, REDIS_ERROR, "MOVED 11214 :7002");
    expect_asked(7002, "HGET key field", NULL);
}

static void test_cluster_down(void **state)
{
    (void)state;
    send(0);
    send(1);
    answer(7001, REDIS_ERROR, "CLUSTERDOWN The cluster is down");
    expect_heard(2, "");
    assert_int_equal(reached, STORE_ALL_HOMES & ~0xffU);
    tick();
    assert_int_equal(doubts, 1);
}

/* A failover that the keeper found, with no connection broken. */
static void test_topology_moves(void **state)
{
    (void)state;
    send(1);
    struct redis *old = at(7001);
    for (unsigned home = 0; home < 8; home++)
        give(home, 7004);
    topology_put(topology, &map);
    tick();
    assert_true(old->is_freed);
    expect_heard(1, ""); /* a hanging server is not waited for */
    assert_int_equal(reached, STORE_ALL_HOMES & ~0xffU);
    connect_to(7004);
    assert_int_equal(reached, STORE_ALL_HOMES);
    assert_int_equal(counter_get(&counters, store_moves), 8);
    topology_put(topology, &map); /* as before */
    told = 0;
    tick();
    assert_int_equal(told, 0);
}

static void test_topology_moves_to_connected(void **state)
{
    (void)state;
    give(5, 7002);
    topology_put(topology, &map);
    tick();
    assert_int_equal(told, 2);
    assert_int_equal(reached_before, STORE_ALL_HOMES & ~store_home_bit(5));
    assert_int_equal(reached, STORE_ALL_HOMES);
}

/* A node that is behind tells the keeper what was; it does not undo MOVED, but nor is a wrong MOVED for ever. */
static void test_moved_and_old_topology(void **state)
{
    (void)state;
    send(2);
    answer_moved(7001, "MOVED", 2, 7002);
    topology_put(topology, &map);
    tick();
    send(2);
    expect_asked(7001, NULL, NULL);
    redis_break(at(7002), "");
    topology_put(topology, &map);
    tick();
    send(2);
    expect_asked(7001, "HGET key field", NULL);
}

static void test_nobody_serves(void **state)
{
    (void)state;
    map.owners[store_home_slot(6)] = CLUSTER_NO_OWNER;
    topology_put(topology, &map);
    tick();
    assert_int_equal(reached, STORE_ALL_HOMES & ~store_home_bit(6));
    assert_int_equal(store_nodes_send(nodes, 6, 3, command, sizes, hear, &worker, 1),
                     JALON_UNAVAILABLE);
    give(6, 7003);
    topology_put(topology, &map);
    tick();
    assert_int_equal(reached, STORE_ALL_HOMES);
}

static void test_any(void **state)
{
    (void)state;
    static const char *const publish[] = {"PUBLISH", "beat", "1"};
    for (unsigned turn = 0; turn < 6; turn++)
        assert_int_equal(store_nodes_send_any(nodes, turn, 3, publish, hear, &worker, turn),
                         JALON_OK);
    for (unsigned port = 7001; port <= 7003; port++)
        expect_asked(port, "PUBLISH beat 1", "PUBLISH beat 1");
    redis_break(at(7001), "");
    redis_break(at(7003), "");
    assert_int_equal(store_nodes_send_any(nodes, 1, 3, publish, hear, &worker, 1), JALON_OK);
    assert_int_equal(at(7002)->count, 3);
    struct redis_address address;
    assert_int_equal(store_nodes_find_any(nodes, 5, &address), JALON_OK);
    assert_int_equal(address.port, 7002);
    assert_string_equal(address.proof, "");
    redis_break(at(7002), "");
    assert_int_equal(store_nodes_send_any(nodes, 1, 3, publish, hear, &worker, 1),
                     JALON_UNAVAILABLE);
    assert_int_equal(store_nodes_find_any(nodes, 5, &address), JALON_OK);
}

/* Who hears that there is no answer may ask again, and must not. */
static void test_closing(void **state)
{
    (void)state;
    send(0);
    send(9);
    must_send_again = true;
    sent_again = JALON_OK;
    nodes = store_nodes_free(nodes);
    expect_heard(2, "");
    assert_int_equal(sent_again, JALON_UNAVAILABLE);
    for (size_t i = 0; i < connection_count; i++)
        assert_true(connections[i].is_freed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define CLUSTER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_cluster, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_single_server),
        CLUSTER_TEST(test_routes),
        CLUSTER_TEST(test_one_away),
        CLUSTER_TEST(test_moved),
        CLUSTER_TEST(test_moved_once),
        CLUSTER_TEST(test_moved_to_new_node),
        CLUSTER_TEST(test_moved_without_end),
        CLUSTER_TEST(test_ask),
        CLUSTER_TEST(test_ask_new_node),
        CLUSTER_TEST(test_words_without_answer),
        CLUSTER_TEST(test_moved_without_host),
        CLUSTER_TEST(test_cluster_down),
        CLUSTER_TEST(test_topology_moves),
        CLUSTER_TEST(test_topology_moves_to_connected),
        CLUSTER_TEST(test_moved_and_old_topology),
        CLUSTER_TEST(test_nobody_serves),
        CLUSTER_TEST(test_any),
        CLUSTER_TEST(test_closing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
