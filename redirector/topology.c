#include "redirector/topology.h"

#include "core/base/clock.h"
#include "redirector/host_address.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define NAME_MS 5000 /* how long the address of a name is believed */

struct topology {
    int64_t named_ms;     /* monotonic; the keeper's, as is writing what follows */
    pthread_mutex_t lock; /* of homes */
    struct store_homes homes;
    _Atomic uint64_t number;
};

int topology_new(struct topology **ret_topology)
{
    struct topology *topology = calloc(1, sizeof *topology);
    if (!topology)
        return JALON_NO_MEMORY;
    pthread_mutex_init(&topology->lock, NULL);
    *ret_topology = topology;
    return JALON_OK;
}

struct topology *topology_free(struct topology *topology)
{
    if (!topology)
        return NULL;
    pthread_mutex_destroy(&topology->lock);
    free(topology);
    return NULL;
}

/* The address that the host had so far; "": none. */
static void keep_address(const struct store_homes *known, struct store_place *place)
{
    for (unsigned i = 0; i < known->place_count; i++)
        if (strcmp(known->places[i].name.host, place->name.host) == 0)
            memcpy(place->address, known->places[i].address, sizeof place->address);
}

static void find_addresses(const struct topology *topology, struct store_homes *homes,
                           bool must_ask)
{
    for (unsigned i = 0; i < homes->place_count; i++) {
        struct store_place *place = &homes->places[i];
        if (store_host_is_address(place->name.host))
            continue;
        keep_address(&topology->homes, place);
        char address[STORE_ADDRESS_MAX];
        if ((must_ask || !*place->address) &&
            host_address_find(place->name.host, address, sizeof address) == JALON_OK)
            memcpy(place->address, address, sizeof address);
    }
}

void topology_put(struct topology *topology, const struct cluster_map *map)
{
    int64_t now = clock_monotonic_ms();
    bool must_ask = now - topology->named_ms >= NAME_MS;
    if (must_ask)
        topology->named_ms = now;
    struct store_homes homes;
    store_homes_of_map(&homes, map);
    find_addresses(topology, &homes, must_ask);
    pthread_mutex_lock(&topology->lock);
    topology->homes = homes;
    pthread_mutex_unlock(&topology->lock);
    atomic_fetch_add_explicit(&topology->number, 1, memory_order_release);
}

uint64_t topology_number(const struct topology *topology)
{
    return atomic_load_explicit(&topology->number, memory_order_acquire);
}

void topology_take(struct topology *topology, struct store_homes *ret_homes)
{
    pthread_mutex_lock(&topology->lock);
    *ret_homes = topology->homes;
    pthread_mutex_unlock(&topology->lock);
}
