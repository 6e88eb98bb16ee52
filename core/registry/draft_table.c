/* Both tables: open addressing, linear probing, at most half full; nothing is ever taken out. */
#include "core/registry/draft_table.h"

#include <stdlib.h>

#define FIRST_SLOTS 64

int draft_table_init(struct draft *draft)
{
    draft->slots = calloc(FIRST_SLOTS, sizeof(struct draft_entry *));
    draft->key_slots = calloc(FIRST_SLOTS, sizeof(uint32_t));
    draft->slot_count = draft->key_slot_count = FIRST_SLOTS;
    return draft->slots && draft->key_slots ? JALON_OK : JALON_NO_MEMORY;
}

void draft_table_done(struct draft *draft)
{
    arena_done(&draft->arena);
    free(draft->keys);
    free(draft->key_slots);
    free(draft->slots);
    free(draft->changed);
}

/* Room for one more element of `size` bytes at the end of *array. */
static int grow(void **array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return JALON_OK;
    size_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown = reallocarray(*array, wanted, size);
    if (!grown)
        return JALON_NO_MEMORY;
    *array = grown;
    *capacity = wanted;
    return JALON_OK;
}

static size_t hash_of(uint32_t seed, struct slice bytes) /* FNV-1a */
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;
    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ (unsigned char)bytes.data[i]) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 32);
}

static uint32_t *key_slot(const struct draft *draft, uint32_t *slots, size_t slot_count,
                          struct slice text)
{
    size_t at = hash_of(0, text) & (slot_count - 1);
    while (slots[at] && !slice_equal(key_slice(&draft->keys[slots[at] - 1].key), text))
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

static int spread_keys(struct draft *draft)
{
    if (draft->key_count * 2 < draft->key_slot_count)
        return JALON_OK;
    size_t slot_count = draft->key_slot_count * 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < draft->key_count; i++)
        *key_slot(draft, slots, slot_count, key_slice(&draft->keys[i].key)) = (uint32_t)i + 1;
    free(draft->key_slots);
    draft->key_slots = slots;
    draft->key_slot_count = slot_count;
    return JALON_OK;
}

int draft_key_number(struct draft *draft, const struct key *key, uint32_t *ret_number)
{
    uint32_t *slot = key_slot(draft, draft->key_slots, draft->key_slot_count, key_slice(key));
    if (*slot) {
        *ret_number = *slot - 1;
        return JALON_OK;
    }
    void *keys = draft->keys;
    int err = grow(&keys, draft->key_count, &draft->key_capacity, sizeof *draft->keys);
    draft->keys = keys;
    if (err)
        return err;
    uint32_t number = (uint32_t)draft->key_count++;
    draft->keys[number] = (struct draft_key){.key = *key};
    *slot = number + 1;
    *ret_number = number;
    return spread_keys(draft);
}

/* The slot that holds the entry, or the free one where it would go. */
static struct draft_entry **slot_of(struct draft_entry **slots, size_t slot_count, uint32_t key,
                                    struct slice field)
{
    size_t at = hash_of(key, field) & (slot_count - 1);
    while (slots[at] && !(slots[at]->key == key && slice_equal(slots[at]->field, field)))
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

struct draft_entry *draft_table_find(struct draft *draft, uint32_t key, struct slice field)
{
    return *slot_of(draft->slots, draft->slot_count, key, field);
}

static int spread_entries(struct draft *draft)
{
    if (draft->entry_count * 2 < draft->slot_count)
        return JALON_OK;
    size_t slot_count = draft->slot_count * 2;
    struct draft_entry **slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < draft->slot_count; i++) {
        struct draft_entry *entry = draft->slots[i];
        if (entry)
            *slot_of(slots, slot_count, entry->key, entry->field) = entry;
    }
    free(draft->slots);
    draft->slots = slots;
    draft->slot_count = slot_count;
    return JALON_OK;
}

int draft_table_add(struct draft *draft, uint32_t key, struct slice field, uint64_t version,
                    struct slice json)
{
    int err = spread_entries(draft);
    if (err)
        return err;
    struct draft_entry *entry = arena_take(&draft->arena, sizeof *entry);
    if (!entry)
        return JALON_NO_MEMORY;
    *entry = (struct draft_entry){.key = key, .version = version};
    entry->field = arena_copy(&draft->arena, field);
    entry->json = version ? arena_copy(&draft->arena, json) : SLICE_NONE;
    if (!entry->field.data || (version && !entry->json.data))
        return JALON_NO_MEMORY;
    *slot_of(draft->slots, draft->slot_count, key, field) = entry;
    draft->entry_count++;
    return JALON_OK;
}

int draft_table_mark(struct draft *draft, struct draft_entry *entry)
{
    if (entry->is_changed)
        return JALON_OK;
    void *changed = draft->changed;
    int err = grow(&changed, draft->changed_count, &draft->changed_capacity,
                   sizeof(struct draft_entry *));
    draft->changed = changed;
    if (err)
        return err;
    draft->changed[draft->changed_count++] = entry;
    entry->is_changed = true;
    return JALON_OK;
}
