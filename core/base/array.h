/* array.h - arrays that grow as more is found. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H
#include "core/base/error.h"

#include <stddef.h>

CHECKED int array_grow(void **items, size_t *capacity, size_t needed, size_t item_bytes);

/* Makes *items, of *capacity items of `item_bytes` each, hold at least `needed`. On failure both are as
 * before. JALON_NO_MEMORY. Ended with free(). */
CHECKED static inline int array_reserve(void **items, size_t *capacity, size_t needed,
                                        size_t item_bytes)
{
    return needed <= *capacity ? JALON_OK : array_grow(items, capacity, needed, item_bytes);
}

/* Sorts as qsort() does, and keeps one of those that compare equal. Returns how many are left. */
size_t array_sort_once(void *items, size_t count, size_t item_bytes,
                       int (*compare)(const void *, const void *));
#endif
