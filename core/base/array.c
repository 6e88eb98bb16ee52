#include "core/base/array.h"

#include <stdlib.h>

#define FIRST_CAPACITY 64

int array_grow(void **items, size_t *capacity, size_t needed, size_t item_bytes)
{
    size_t wanted = *capacity ? *capacity : FIRST_CAPACITY;
    while (wanted < needed)
        wanted *= 2;
    void *larger = reallocarray(*items, wanted, item_bytes);
    if (!larger)
        return JALON_NO_MEMORY;
    *items = larger;
    *capacity = wanted;
    return JALON_OK;
}
