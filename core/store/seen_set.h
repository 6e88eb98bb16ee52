/* seen_set.h - byte strings met before: SCAN and its kin may tell an element twice. Keeps 128-bit hashes. */
#ifndef STORE_SEEN_SET_H
#define STORE_SEEN_SET_H
#include "core/base/slice.h"

struct seen_hash {
    uint64_t low, high; /* both 0: empty */
};

struct seen_set { /* {0} is empty */
    struct seen_hash *slots;
    size_t count, capacity; /* a power of two */
};

/* *ret_is_new: it was not met before. JALON_NO_MEMORY. */
CHECKED int seen_set_add(struct seen_set *set, struct slice bytes, bool *ret_is_new);
void seen_set_done(struct seen_set *set);
#endif
