#include "core/report/name_index.h"
#include "core/base/buffer.h"
#include "core/base/random.h"
#include "core/base/array.h"

#include <stdlib.h>
#include <xxhash.h>

#define SLOTS_MIN 256
#define PAIR_MAX 512

/* By a seed that nobody knows: whoever clicks chooses the referrer, and could choose names that share a slot. */
static uint64_t hash_of(const struct name_index *index, struct slice name)
{
    return XXH3_64bits_withSeed(name.data, name.size, index->seed);
}

/* The slot that has `name`, or the free one where it belongs. There is always a free one. */
static uint32_t *slot_of(const struct name_index *index, struct slice name)
{
    size_t at = hash_of(index, name) % index->slot_count;
    while (index->slots[at] && !slice_equal(index->names[index->slots[at] - 1], name))
        at = (at + 1) % index->slot_count;
    return &index->slots[at];
}

/* Keeps at least half of the slots free. */
static int make_room(struct name_index *index)
{
    if ((index->count + 1) * 2 <= index->slot_count)
        return JALON_OK;
    size_t slot_count = index->slot_count ? index->slot_count * 2 : SLOTS_MIN;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return JALON_NO_MEMORY;
    int err = index->slot_count ? JALON_OK : random_bytes(&index->seed, sizeof index->seed);
    if (err) {
        free(slots);
        return err;
    }
    free(index->slots);
    index->slots = slots;
    index->slot_count = slot_count;
    for (size_t i = 0; i < index->count; i++)
        *slot_of(index, index->names[i]) = (uint32_t)i + 1;
    return JALON_OK;
}

int name_index_put(struct name_index *index, struct slice name, size_t *ret_number)
{
    int err = make_room(index);
    if (err)
        return err;
    uint32_t *slot = slot_of(index, name);
    if (*slot) {
        *ret_number = *slot - 1;
        return JALON_OK;
    }
    err = array_reserve((void **)&index->names, &index->capacity, index->count + 1,
                        sizeof *index->names);
    if (err)
        return err;
    struct slice copy = arena_copy(&index->arena, name);
    if (!copy.data)
        return JALON_NO_MEMORY;
    index->names[index->count] = copy;
    *ret_number = index->count++;
    *slot = (uint32_t)index->count;
    return JALON_OK;
}

/* The pair as one name, in `memory`; empty when it is too long to be there. */
static struct slice join_pair(char memory[PAIR_MAX], struct slice a, struct slice b)
{
    struct buffer out;
    buffer_over(&out, memory, PAIR_MAX);
    buffer_append(&out, a);
    buffer_append_byte(&out, '\0');
    buffer_append(&out, b);
    return buffer_error(&out) ? SLICE_NONE : buffer_slice(&out);
}

int name_index_put_pair(struct name_index *index, struct slice a, struct slice b,
                        size_t *ret_number)
{
    char memory[PAIR_MAX];
    struct slice pair = join_pair(memory, a, b);
    return pair.size ? name_index_put(index, pair, ret_number) : JALON_TOO_LONG;
}

bool name_index_find_pair(const struct name_index *index, struct slice a, struct slice b,
                          size_t *ret_number)
{
    char memory[PAIR_MAX];
    struct slice pair = join_pair(memory, a, b);
    return pair.size && name_index_find(index, pair, ret_number);
}

bool name_index_find(const struct name_index *index, struct slice name, size_t *ret_number)
{
    if (index->count == 0)
        return false;
    uint32_t slot = *slot_of(index, name);
    if (slot)
        *ret_number = slot - 1;
    return slot != 0;
}

void name_index_done(struct name_index *index)
{
    arena_done(&index->arena);
    free(index->names);
    free(index->slots);
    *index = (struct name_index){0};
}
