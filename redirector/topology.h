/* topology.h - where the homes of a Redis Cluster are, as the keeper finds it; each worker takes it over when it is new. Two
 * threads meet here: what is found is swapped under a lock that is held for a copy; its number is stored
 * with release after it, so who sees a new number takes at least what it stands for. */
#ifndef REDIRECTOR_TOPOLOGY_H
#define REDIRECTOR_TOPOLOGY_H
#include "core/base/error.h"
#include "redirector/store_homes.h"

struct topology;

CHECKED int topology_new(struct topology **ret_topology);
struct topology *topology_free(struct topology *topology); /* accepts NULL */

/* The keeper's: looks up the addresses of hosts that are names (which waits for DNS), and publishes. A look-up that fails
 * leaves the address that was known. */
void topology_put(struct topology *topology, const struct cluster_map *map);

/* Any thread. How often it was found, also when it was as before: 0, not yet. */
uint64_t topology_number(const struct topology *topology);
void topology_take(struct topology *topology, struct store_homes *ret_homes);
#endif
