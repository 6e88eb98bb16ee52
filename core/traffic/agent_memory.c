#include "core/traffic/agent_memory.h"

#include "core/base/random.h"

#include <stdlib.h>
#include <xxhash.h>

#define SET_SLOTS 8 /* of which a set is rarely short, with half as many agents as slots */
#define SETS_MAX ((size_t)1 << 18)

/* Only spreads strings over slots: verdicts are kept apart by comparing the strings, and the seed
 * keeps strangers from choosing which strings share a slot. */
static uint64_t hash(const struct agent_memory *memory, struct slice text)
{
    return XXH3_64bits_withSeed(text.data, text.size, memory->seed);
}

int agent_memory_init(struct agent_memory *ret_memory, size_t slots)
{
    struct agent_memory memory = {0};
    *ret_memory = memory;
    if (slots == 0)
        return JALON_OK;
    size_t sets = 1;
    while (sets * SET_SLOTS < slots && sets < SETS_MAX)
        sets *= 2;
    int err = random_bytes(&memory.seed, sizeof memory.seed);
    if (err)
        return err;
    memory.set_mask = sets - 1;
    memory.tags = calloc(sets * SET_SLOTS, sizeof *memory.tags);
    memory.nexts = calloc(sets, sizeof *memory.nexts);
    memory.slots = calloc(sets * SET_SLOTS, sizeof *memory.slots);
    if (!memory.tags || !memory.nexts || !memory.slots) {
        agent_memory_done(&memory);
        return JALON_NO_MEMORY;
    }
    *ret_memory = memory;
    return JALON_OK;
}

void agent_memory_done(struct agent_memory *memory)
{
    free(memory->tags);
    free(memory->nexts);
    free(memory->slots);
    *memory = (struct agent_memory){0};
}

/* The set that `text` belongs to, and its tag. False when it is not remembered at all. */
static bool locate(const struct agent_memory *memory, struct slice text, size_t *ret_set,
                   uint32_t *ret_tag)
{
    if (!memory->slots || text.size == 0 || text.size > AGENT_MEMORY_BYTES)
        return false;
    uint64_t sum = hash(memory, text);
    *ret_set = (size_t)sum & memory->set_mask;
    *ret_tag = (uint32_t)(sum >> 32) | 1; /* never that of an empty slot */
    return true;
}

bool agent_memory_find(const struct agent_memory *memory, struct slice text,
                       struct agent *ret_agent)
{
    size_t set;
    uint32_t tag;
    if (!locate(memory, text, &set, &tag))
        return false;
    for (size_t at = set * SET_SLOTS; at < (set + 1) * SET_SLOTS; at++) {
        const struct agent_slot *slot = &memory->slots[at];
        if (memory->tags[at] != tag || !slice_equal(slice_of(slot->text, slot->size), text))
            continue;
        *ret_agent = slot->agent;
        return true;
    }
    return false;
}

void agent_memory_put(struct agent_memory *memory, struct slice text, struct agent agent)
{
    size_t set;
    uint32_t tag;
    if (!locate(memory, text, &set, &tag))
        return;
    size_t at = set * SET_SLOTS + memory->nexts[set]++ % SET_SLOTS;
    struct agent_slot *slot = &memory->slots[at];
    memory->tags[at] = tag;
    slot->size = (uint16_t)text.size;
    slot->agent = agent;
    memcpy(slot->text, text.data, text.size);
}
