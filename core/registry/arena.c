#include "core/registry/arena.h"

#include <stdlib.h>

#define BLOCK_BYTES 65536
#define ALIGNMENT 16

struct arena_block {
    struct arena_block *older;
    size_t capacity;
    _Alignas(ALIGNMENT) char bytes[];
};

static struct arena_block *add_block(struct arena *arena, size_t size)
{
    size_t capacity = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    struct arena_block *block = malloc(sizeof *block + capacity);
    if (!block)
        return NULL;
    block->older = arena->newest;
    block->capacity = capacity;
    arena->newest = block;
    arena->used = 0;
    return block;
}

void *arena_take(struct arena *arena, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_block *block = arena->newest;
    if (!block || block->capacity - arena->used < rounded)
        block = add_block(arena, rounded);
    if (!block)
        return NULL;
    void *taken = block->bytes + arena->used;
    arena->used += rounded;
    return taken;
}

struct slice arena_copy(struct arena *arena, struct slice bytes)
{
    char *copy = arena_take(arena, bytes.size + 1);
    if (!copy)
        return SLICE_NONE;
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = '\0';
    return slice_of(copy, bytes.size);
}

void arena_done(struct arena *arena)
{
    while (arena->newest) {
        struct arena_block *block = arena->newest;
        arena->newest = block->older;
        free(block);
    }
    arena->used = 0;
}
