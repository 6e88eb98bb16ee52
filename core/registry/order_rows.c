/* Open addressing, linear probing, at most half full; nothing is ever taken out. */
#include "core/registry/order_rows.h"
#include "core/base/random.h"

#include <stdlib.h>
#include <xxhash.h>

#define FIRST_SLOTS 64

static void hash_order(uint64_t ret_hash[2], uint64_t seed, const struct order *order)
{
    struct slice campaign = order->campaign->slug, id = order->order_id;
    uint64_t of_campaign = XXH3_64bits_withSeed(campaign.data, campaign.size, seed);
    XXH128_hash_t hash = XXH3_128bits_withSeed(id.data, id.size, of_campaign);
    ret_hash[0] = hash.low64;
    ret_hash[1] = hash.high64;
}

/* The one of that hash, or a free one. */
static struct order_row *slot_of(struct order_row *slots, size_t slot_count, const uint64_t hash[2])
{
    size_t at = hash[0] & (slot_count - 1);
    while (slots[at].number && (slots[at].hash[0] != hash[0] || slots[at].hash[1] != hash[1]))
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

struct order_row *order_rows_get(const struct order_rows *rows, const struct order *order)
{
    uint64_t hash[2];
    if (!rows->slot_count)
        return NULL;
    hash_order(hash, rows->seed, order);
    struct order_row *slot = slot_of(rows->slots, rows->slot_count, hash);
    return slot->number ? slot : NULL;
}

static int grow(struct order_rows *rows)
{
    if (rows->count * 2 < rows->slot_count)
        return JALON_OK;
    size_t slot_count = rows->slot_count ? rows->slot_count * 2 : FIRST_SLOTS;
    struct order_row *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < rows->slot_count; i++)
        if (rows->slots[i].number)
            *slot_of(slots, slot_count, rows->slots[i].hash) = rows->slots[i];
    free(rows->slots);
    rows->slots = slots;
    rows->slot_count = slot_count;
    return JALON_OK;
}

int order_rows_put(struct order_rows *rows, const struct order *order, size_t row,
                   struct order_row **ret_row)
{
    int err = rows->slot_count ? JALON_OK : random_bytes(&rows->seed, sizeof rows->seed);
    if (!err)
        err = grow(rows);
    if (err)
        return err;
    uint64_t hash[2];
    hash_order(hash, rows->seed, order);
    struct order_row *slot = slot_of(rows->slots, rows->slot_count, hash);
    *slot = (struct order_row){.hash = {hash[0], hash[1]}, .number = (uint32_t)row + 1};
    rows->count++;
    *ret_row = slot;
    return JALON_OK;
}

void order_rows_done(struct order_rows *rows)
{
    free(rows->slots);
    *rows = (struct order_rows){0};
}
