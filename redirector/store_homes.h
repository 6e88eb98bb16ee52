/* store_homes.h - what a worker uses of the store, in pieces that may live apart: each partition of links and clicks, and the
 * shared keys, are a home, one hash slot of a Redis Cluster. Which primary serves which home, as the keeper
 * finds it; on a single server all are at one place. Pure. */
#ifndef REDIRECTOR_STORE_HOMES_H
#define REDIRECTOR_STORE_HOMES_H
#include "core/store/cluster_map.h"
#include "core/store/schema.h"

#define STORE_HOMES (SCHEMA_PARTITIONS + 1)
#define STORE_HOME_SHARED SCHEMA_PARTITIONS /* {s}; the others are partitions by number */
#define STORE_ALL_HOMES ((UINT32_C(1) << STORE_HOMES) - 1) /* a set of homes: bit 1 << home */
#define STORE_NO_PLACE 255
#define STORE_ADDRESS_MAX 64

struct store_place { /* a primary */
    struct cluster_node name;
    char address[STORE_ADDRESS_MAX]; /* numeric; "": not known */
};

struct store_homes {
    unsigned place_count;
    struct store_place places[STORE_HOMES];
    uint8_t places_of[STORE_HOMES]; /* index by home; STORE_NO_PLACE: nobody serves it */
};

static inline uint32_t store_home_bit(unsigned home)
{
    return UINT32_C(1) << home;
}

struct key store_home_key(unsigned home);    /* one that lies there */
unsigned store_home_slot(unsigned home);     /* of a cluster */
uint32_t store_homes_of_slot(unsigned slot); /* the set of homes in this slot; mostly none */

/* Addresses are not known then, but of places whose name is one. */
void store_homes_of_map(struct store_homes *ret_homes, const struct cluster_map *map);

/* A host that is an address needs no look-up. */
bool store_host_is_address(const char *host);
#endif
