/* random.h - bytes that nobody can guess. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H
#include "core/base/error.h"

#include <stddef.h>

CHECKED int random_bytes(void *ret_bytes, size_t size); /* getrandom(2); JALON_IO when it fails */
#endif
