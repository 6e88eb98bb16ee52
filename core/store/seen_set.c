#include "core/store/seen_set.h"

#include <stdlib.h>
#include <xxhash.h>

static bool is_empty(struct seen_hash hash)
{
    return hash.low == 0 && hash.high == 0;
}

/* Where `hash` stands, or would. */
static struct seen_hash *find(struct seen_hash *slots, size_t capacity, struct seen_hash hash)
{
    size_t at = hash.low & (capacity - 1);
    while (!is_empty(slots[at]) && (slots[at].low != hash.low || slots[at].high != hash.high))
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static int grow(struct seen_set *set)
{
    size_t capacity = set->capacity ? 2 * set->capacity : 1024;
    struct seen_hash *slots = calloc(capacity, sizeof *slots);
    if (!slots)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < set->capacity; i++)
        if (!is_empty(set->slots[i]))
            *find(slots, capacity, set->slots[i]) = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return JALON_OK;
}

int seen_set_add(struct seen_set *set, struct slice bytes, bool *ret_is_new)
{
    if (2 * set->count >= set->capacity) {
        int err = grow(set);
        if (err)
            return err;
    }
    XXH128_hash_t full = XXH3_128bits(bytes.data, bytes.size);
    struct seen_hash hash = {full.low64, full.high64 | 1}; /* never empty */
    struct seen_hash *slot = find(set->slots, set->capacity, hash);
    *ret_is_new = is_empty(*slot);
    set->count += *ret_is_new;
    *slot = hash;
    return JALON_OK;
}

void seen_set_done(struct seen_set *set)
{
    free(set->slots);
    *set = (struct seen_set){0};
}
