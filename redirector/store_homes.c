#include "redirector/store_homes.h"

#include <arpa/inet.h>

struct key store_home_key(unsigned home)
{
    return home == STORE_HOME_SHARED ? key_campaigns() : key_positions(home);
}

unsigned store_home_slot(unsigned home)
{
    struct key key = store_home_key(home);
    return cluster_slot(key_slice(&key));
}

uint32_t store_homes_of_slot(unsigned slot)
{
    uint32_t homes = 0;
    for (unsigned home = 0; home < STORE_HOMES; home++)
        if (store_home_slot(home) == slot)
            homes |= store_home_bit(home);
    return homes;
}

bool store_host_is_address(const char *host)
{
    struct in6_addr address;
    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static uint8_t place_of(struct store_homes *homes, const struct cluster_node *name)
{
    unsigned i = 0;
    while (i < homes->place_count && !cluster_node_equal(&homes->places[i].name, name))
        i++;
    if (i == homes->place_count) {
        struct store_place *place = &homes->places[homes->place_count++];
        place->name = *name;
        if (store_host_is_address(name->host) &&
            slice_to_string(place->address, sizeof place->address, slice_of_string(name->host)))
            place->address[0] = '\0'; /* longer than any address */
    }
    return (uint8_t)i;
}

void store_homes_of_map(struct store_homes *ret_homes, const struct cluster_map *map)
{
    *ret_homes = (struct store_homes){0};
    for (unsigned home = 0; home < STORE_HOMES; home++) {
        uint8_t owner = map->owners[store_home_slot(home)];
        ret_homes->places_of[home] =
            owner == CLUSTER_NO_OWNER ? STORE_NO_PLACE : place_of(ret_homes, &map->nodes[owner]);
    }
}
