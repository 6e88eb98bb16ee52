/* array.h - arrays that grow as rows are found. */
#ifndef REPORT_ARRAY_H
#define REPORT_ARRAY_H
#include "core/base/error.h"

#include <stddef.h>

/* Makes *items, of *capacity items of `item_bytes` each, hold at least `needed`. On failure both are as
 * before. JALON_NO_MEMORY. Ended with free(). */
CHECKED int array_reserve(void **items, size_t *capacity, size_t needed, size_t item_bytes);
#endif
