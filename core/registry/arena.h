/* arena.h - bytes that live and die together. */
#ifndef REGISTRY_ARENA_H
#define REGISTRY_ARENA_H
#include "core/base/slice.h"

struct arena_block;

struct arena { /* zeroed: empty */
    struct arena_block *newest;
    size_t used; /* of the newest */
};

void *arena_take(struct arena *arena, size_t size); /* aligned for any type; NULL: out of memory */
/* A copy with a NUL behind it; its data is NULL when out of memory. */
struct slice arena_copy(struct arena *arena, struct slice bytes);
void arena_done(struct arena *arena);
#endif
