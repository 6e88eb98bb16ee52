/* agent_memory.h - one thread's memory of agents already classed, of fixed size.
 *
 * Slots form sets of four. A string may stand in any slot of the set that its hash chooses; a new one
 * takes the place of the set's oldest. */
#ifndef TRAFFIC_AGENT_MEMORY_H
#define TRAFFIC_AGENT_MEMORY_H
#include "core/traffic/agents.h"

#define AGENT_MEMORY_BYTES 504 /* longer strings are not remembered */

struct agent_slot {
    struct agent agent;
    uint16_t size;
    char text[AGENT_MEMORY_BYTES];
};

struct agent_memory {
    uint32_t *tags; /* heap; one a slot: 32 bits of its string's hash, 0 for an empty slot */
    uint8_t *nexts; /* heap; one a set: the slot to fill next */
    struct agent_slot *slots; /* heap */
    size_t set_mask;
    uint64_t seed;
};

/* `slots` is rounded up to a power of two, of at least one set; 0 is a memory that remembers nothing.
 * JALON_NO_MEMORY, JALON_IO (no randomness). */
CHECKED int agent_memory_init(struct agent_memory *ret_memory, size_t slots);
void agent_memory_done(struct agent_memory *memory);

/* Is `text` remembered? This very string: nobody can plant a verdict for another's. */
bool agent_memory_find(const struct agent_memory *memory, struct slice text,
                       struct agent *ret_agent);
void agent_memory_put(struct agent_memory *memory, struct slice text, struct agent agent);
#endif
