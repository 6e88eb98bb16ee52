#include "core/store/dictionary.h"

#include <assert.h>
#include <stdlib.h>
#include <xxhash.h>

int dictionary_init(struct dictionary *ret_dictionary, size_t max)
{
    size_t slots = 16;
    while (slots < 2 * max)
        slots *= 2;
    struct dictionary dictionary = {
        .items = calloc(max ? max : 1, sizeof *dictionary.items),
        .max = max,
        .slots = calloc(slots, sizeof *dictionary.slots),
        .slot_mask = slots - 1,
    };
    if (!dictionary.items || !dictionary.slots) {
        dictionary_done(&dictionary);
        return JALON_NO_MEMORY;
    }
    *ret_dictionary = dictionary;
    return JALON_OK;
}

void dictionary_done(struct dictionary *dictionary)
{
    free(dictionary->items);
    free(dictionary->slots);
    *dictionary = (struct dictionary){0};
}

size_t dictionary_index(struct dictionary *dictionary, struct slice item)
{
    size_t at = XXH3_64bits(item.data, item.size) & dictionary->slot_mask;
    for (; dictionary->slots[at]; at = (at + 1) & dictionary->slot_mask) {
        size_t number = dictionary->slots[at] - 1;
        if (slice_equal(dictionary->items[number], item))
            return number;
    }
    assert(dictionary->count < dictionary->max);
    dictionary->items[dictionary->count] = item;
    dictionary->slots[at] = (uint32_t)++dictionary->count;
    return dictionary->count - 1;
}
