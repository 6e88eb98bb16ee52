#include "redirector/topology.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROUNDS 20000

static struct topology *topology;

static void fill(struct cluster_map *map, const char *host, unsigned port)
{
    struct cluster_node node = {.port = port};
    assert_int_equal(slice_to_string(node.host, sizeof node.host, slice_of_string(host)), JALON_OK);
    map->node_count = 0;
    memset(map->owners, CLUSTER_NO_OWNER, sizeof map->owners);
    for (unsigned home = 0; home < STORE_HOMES; home++)
        assert_int_equal(cluster_map_move(map, store_home_slot(home), &node), JALON_OK);
}

static int set_up(void **state)
{
    (void)state;
    return topology_new(&topology);
}

static int tear_down(void **state)
{
    (void)state;
    topology_free(topology);
    return 0;
}

static void test_names(void **state)
{
    (void)state;
    static struct cluster_map map;
    struct store_homes homes;
    assert_int_equal(topology_number(topology), 0);
    fill(&map, "localhost", 7001);
    topology_put(topology, &map);
    assert_int_equal(topology_number(topology), 1);
    topology_take(topology, &homes);
    assert_string_equal(homes.places[0].name.host, "localhost");
    assert_true(store_host_is_address(homes.places[0].address));

    fill(&map, "no-such-host.invalid", 7001); /* RFC 6761 section 6.4 */
    topology_put(topology, &map);
    topology_take(topology, &homes);
    assert_string_equal(homes.places[0].name.host, "no-such-host.invalid");
    assert_string_equal(homes.places[0].address, "");
    topology_put(topology, &map); /* nothing new is news, too: who was misled meanwhile takes it */
    assert_int_equal(topology_number(topology), 3);
}

static void *put_many(void *context)
{
    struct cluster_map *map = context;
    for (unsigned i = 0; i < ROUNDS; i++) {
        map->nodes[0].port = 1 + i;
        topology_put(topology, map);
    }
    return NULL;
}

/* A worker sees each topology whole, and none that is older than its number. */
static void test_two_threads(void **state)
{
    (void)state;
    static struct cluster_map map;
    fill(&map, "127.0.0.1", 1);
    pthread_t keeper;
    assert_int_equal(pthread_create(&keeper, NULL, put_many, &map), 0);
    uint64_t number = 0;
    while (number < ROUNDS) {
        struct store_homes homes;
        number = topology_number(topology);
        topology_take(topology, &homes);
        if (number == 0)
            continue;
        assert_int_equal(homes.place_count, 1);
        assert_true(homes.places[0].name.port >= number);
        assert_string_equal(homes.places[0].address, "127.0.0.1");
    }
    assert_int_equal(pthread_join(keeper, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_names), TEST(test_two_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
