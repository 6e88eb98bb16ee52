/* dictionary.h - distinct byte strings numbered in the order of their first appearance. Borrows the strings. */
#ifndef STORE_DICTIONARY_H
#define STORE_DICTIONARY_H
#include "core/base/slice.h"

struct dictionary {
    struct slice *items; /* by number */
    size_t count, max;
    uint32_t *slots; /* number + 1, 0: empty; open addressing */
    size_t slot_mask;
};

/* Room for `max` items. JALON_NO_MEMORY. */
CHECKED int dictionary_init(struct dictionary *ret_dictionary, size_t max);
void dictionary_done(struct dictionary *dictionary); /* accepts a zeroed one */
/* The number of `item`, a new one when it was not seen before; the caller never adds more than `max`. */
size_t dictionary_index(struct dictionary *dictionary, struct slice item);
#endif
