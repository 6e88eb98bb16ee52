#include "redirector/store_homes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* By Redis 7.0's CLUSTER KEYSLOT. */
static void test_slots(void **state)
{
    (void)state;
    assert_int_equal(store_home_slot(0), 11214);
    assert_int_equal(store_home_slot(7), 6953);
    assert_int_equal(store_home_slot(15), 2138);
    assert_int_equal(store_home_slot(STORE_HOME_SHARED), 3828);
    uint32_t all = 0;
    for (unsigned home = 0; home < STORE_HOMES; home++) {
        uint32_t homes = store_homes_of_slot(store_home_slot(home));
        assert_true(homes & store_home_bit(home));
        all |= homes;
    }
    assert_int_equal(all, STORE_ALL_HOMES);
    assert_int_equal(store_homes_of_slot(0), 0);
}

static void give(struct cluster_map *map, unsigned home, const char *host, unsigned port)
{
    struct cluster_node node = {.port = port};
    assert_int_equal(slice_to_string(node.host, sizeof node.host, slice_of_string(host)), JALON_OK);
    assert_int_equal(cluster_map_move(map, store_home_slot(home), &node), JALON_OK);
}

static void test_of_map(void **state)
{
    (void)state;
    static struct cluster_map map;
    memset(map.owners, CLUSTER_NO_OWNER, sizeof map.owners);
    give(&map, 3, "10.0.0.1", 6379);
    give(&map, 4, "::1", 6379);
    give(&map, 5, "redis-2.example", 6379);
    give(&map, STORE_HOME_SHARED, "10.0.0.1", 6379);
    struct cluster_node other = {.host = "10.9.9.9", .port = 1};
    assert_int_equal(cluster_map_move(&map, 0, &other), JALON_OK); /* serves nothing of ours */
    struct store_homes homes;
    store_homes_of_map(&homes, &map);
    assert_int_equal(homes.place_count, 3);
    assert_int_equal(homes.places_of[0], STORE_NO_PLACE);
    assert_int_equal(homes.places_of[3], homes.places_of[STORE_HOME_SHARED]);
    assert_string_equal(homes.places[homes.places_of[3]].address, "10.0.0.1");
    assert_string_equal(homes.places[homes.places_of[4]].address, "::1");
    assert_string_equal(homes.places[homes.places_of[5]].address, "");
    assert_string_equal(homes.places[homes.places_of[5]].name.host, "redis-2.example");
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool is_address;
    } rows[] = {
        {"127.0.0.1", true},  {"::1", true},    {"fe80::1:2", true},  {"", false},
        {"localhost", false}, {"1.2.3", false}, {"1.2.3.4.5", false}, {"127.0.0.1 ", false},
        {"256.0.0.1", false}, {"?", false},     {"1::2::3", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(store_host_is_address(rows[i].host), rows[i].is_address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_of_map),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
