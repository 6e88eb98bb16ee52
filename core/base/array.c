#include "core/base/array.h"

#include <stdlib.h>
#include <string.h>

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

size_t array_sort_once(void *items, size_t count, size_t item_bytes,
                       int (*compare)(const void *, const void *))
{
    char *bytes = items;
    size_t kept = 1;
    if (count == 0)
        return 0;
    qsort(items, count, item_bytes, compare);
    for (size_t i = 1; i < count; i++)
        if (compare(bytes + i * item_bytes, bytes + (kept - 1) * item_bytes) != 0)
            memmove(bytes + kept++ * item_bytes, bytes + i * item_bytes, item_bytes);
    return kept;
}
