/* Both tables: open addressing, linear probing, at most half full; nothing is ever taken out. */
#include "core/registry/draft_table.h"
#include "core/base/array.h"
#include "core/base/random.h"

#include <stdlib.h>
#include <xxhash.h>

#define FIRST_SLOTS 64

int draft_table_init(struct draft *draft)
{
    draft->slots = calloc(FIRST_SLOTS, sizeof *draft->slots);
    draft->key_slots = calloc(FIRST_SLOTS, sizeof(uint32_t));
    draft->slot_count = draft->key_slot_count = FIRST_SLOTS;
    return draft->slots && draft->key_slots ? random_bytes(&draft->seed, sizeof draft->seed)
                                            : JALON_NO_MEMORY;
}

void draft_table_done(struct draft *draft)
{
    arena_done(&draft->arena);
    free(draft->keys);
    free(draft->key_slots);
    free(draft->entries);
    free(draft->slots);
    free(draft->changed);
}

/* By a seed that nobody knows: whoever buys chooses the code, and could choose texts that share a slot. */
static uint32_t hash_of(const struct draft *draft, uint32_t key, struct slice bytes)
{
    return (uint32_t)XXH3_64bits_withSeed(bytes.data, bytes.size, draft->seed + key);
}

static uint32_t *key_slot(const struct draft *draft, uint32_t *slots, size_t slot_count,
                          struct slice text)
{
    size_t at = hash_of(draft, 0, text) & (slot_count - 1);
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
    int err = array_reserve((void **)&draft->keys, &draft->key_capacity, draft->key_count + 1,
                            sizeof *draft->keys);
    if (err)
        return err;
    uint32_t number = (uint32_t)draft->key_count++;
    draft->keys[number] = (struct draft_key){.key = *key};
    *slot = number + 1;
    *ret_number = number;
    return spread_keys(draft);
}

static struct draft_slot *first_free(struct draft_slot *slots, size_t slot_count, uint32_t hash)
{
    size_t at = hash & (slot_count - 1);
    while (slots[at].number)
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

static int spread_entries(struct draft *draft)
{
    if (draft->entry_count * 2 < draft->slot_count)
        return JALON_OK;
    size_t slot_count = draft->slot_count * 2;
    struct draft_slot *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < draft->slot_count; i++)
        if (draft->slots[i].number)
            *first_free(slots, slot_count, draft->slots[i].hash) = draft->slots[i];
    free(draft->slots);
    draft->slots = slots;
    draft->slot_count = slot_count;
    return JALON_OK;
}

static struct draft_entry *find(const struct draft *draft, uint32_t hash, uint32_t key,
                                struct slice field)
{
    size_t at = hash & (draft->slot_count - 1);
    for (; draft->slots[at].number; at = (at + 1) & (draft->slot_count - 1)) {
        if (draft->slots[at].hash != hash)
            continue;
        struct draft_entry *entry = draft->entries[draft->slots[at].number - 1];
        if (entry->key == key && slice_equal(entry->field, field))
            return entry;
    }
    return NULL;
}

static int add_entry(struct draft *draft, uint32_t hash, uint32_t key, struct slice field,
                     struct draft_entry **ret_entry)
{
    int err = array_reserve((void **)&draft->entries, &draft->entry_capacity,
                            draft->entry_count + 1, sizeof(struct draft_entry *));
    if (!err)
        err = spread_entries(draft);
    if (err)
        return err;
    struct draft_entry *entry = arena_take(&draft->arena, sizeof *entry);
    struct slice copy = arena_copy(&draft->arena, field);
    if (!entry || !copy.data)
        return JALON_NO_MEMORY;
    *entry = (struct draft_entry){.key = key, .field = copy};
    draft->entries[draft->entry_count++] = entry;
    *first_free(draft->slots, draft->slot_count, hash) =
        (struct draft_slot){hash, (uint32_t)draft->entry_count};
    *ret_entry = entry;
    return JALON_OK;
}

int draft_table_entry(struct draft *draft, uint32_t key, struct slice field,
                      struct draft_entry **ret_entry)
{
    uint32_t hash = hash_of(draft, key, field);
    struct draft_entry *entry = find(draft, hash, key, field);
    if (!entry)
        return add_entry(draft, hash, key, field, ret_entry);
    *ret_entry = entry;
    return JALON_OK;
}

int draft_table_read(struct draft *draft, struct draft_entry *entry, uint64_t version,
                     struct slice json)
{
    entry->json = version ? arena_copy(&draft->arena, json) : SLICE_NONE;
    if (version && !entry->json.data)
        return JALON_NO_MEMORY;
    entry->version = version;
    entry->is_read = true;
    return JALON_OK;
}

int draft_table_mark(struct draft *draft, struct draft_entry *entry)
{
    if (entry->is_changed)
        return JALON_OK;
    int err = array_reserve((void **)&draft->changed, &draft->changed_capacity,
                            draft->changed_count + 1, sizeof(struct draft_entry *));
    if (err)
        return err;
    draft->changed[draft->changed_count++] = entry;
    entry->is_changed = true;
    return JALON_OK;
}
