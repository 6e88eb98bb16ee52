#include "redirector/lookups.h"

#include "core/base/random.h"
#include "redirector/exchange.h"

#include <stdlib.h>
#include <xxhash.h>

#define BUCKETS 512

struct lookups {
    size_t count, parked;
    uint64_t seed; /* so that nobody can aim at one bucket */
    struct lookup *buckets[BUCKETS];
};

int lookups_new(struct lookups **ret_lookups)
{
    struct lookups *lookups = calloc(1, sizeof *lookups);
    if (!lookups)
        return JALON_NO_MEMORY;
    int err = random_bytes(&lookups->seed, sizeof lookups->seed);
    if (err) {
        free(lookups);
        return err;
    }
    *ret_lookups = lookups;
    return JALON_OK;
}

static void free_lookup(void *context, struct lookup *lookup)
{
    lookup->first = NULL; /* who was parked is gone with its connection */
    (void)lookups_close(context, lookup);
}

struct lookups *lookups_free(struct lookups *lookups)
{
    if (!lookups)
        return NULL;
    lookups_each(lookups, free_lookup, lookups);
    free(lookups);
    return NULL;
}

static struct lookup **bucket_of(struct lookups *lookups, enum lookup_kind kind, uint64_t id)
{
    uint64_t hash = XXH3_64bits_withSeed(&id, sizeof id, lookups->seed + (uint64_t)kind);
    return &lookups->buckets[hash % BUCKETS];
}

struct lookup *lookups_find(struct lookups *lookups, enum lookup_kind kind, uint64_t id)
{
    struct lookup *lookup = *bucket_of(lookups, kind, id);
    while (lookup && (lookup->kind != kind || lookup->id != id))
        lookup = lookup->next;
    return lookup;
}

int lookups_open(struct lookups *lookups, enum lookup_kind kind, uint64_t id, struct slice key,
                 struct lookup **ret_lookup)
{
    struct lookup *lookup = lookups_find(lookups, kind, id);
    if (!lookup) {
        if (lookups->count >= LOOKUPS_MAX)
            return JALON_FULL;
        if (key.size > LOOKUP_KEY_MAX)
            return JALON_TOO_LONG;
        lookup = calloc(1, sizeof *lookup);
        if (!lookup)
            return JALON_NO_MEMORY;
        lookup->kind = kind;
        lookup->id = id;
        lookup->key_size = (uint8_t)key.size;
        if (key.size)
            memcpy(lookup->key, key.data, key.size);
        struct lookup **bucket = bucket_of(lookups, kind, id);
        lookup->next = *bucket;
        *bucket = lookup;
        lookups->count++;
    }
    *ret_lookup = lookup;
    return JALON_OK;
}

int lookups_park(struct lookups *lookups, struct lookup *lookup, struct exchange *exchange)
{
    if (lookups->parked >= LOOKUPS_PARKED_MAX)
        return JALON_FULL;
    exchange->next_parked = NULL;
    if (lookup->last)
        lookup->last->next_parked = exchange;
    else
        lookup->first = exchange;
    lookup->last = exchange;
    lookups->parked++;
    return JALON_OK;
}

struct exchange *lookups_close(struct lookups *lookups, struct lookup *lookup)
{
    struct lookup **at = bucket_of(lookups, lookup->kind, lookup->id);
    while (*at != lookup)
        at = &(*at)->next;
    *at = lookup->next;
    lookups->count--;
    struct exchange *parked = lookup->first;
    for (struct exchange *exchange = parked; exchange; exchange = exchange->next_parked)
        lookups->parked--;
    free(lookup);
    return parked;
}

struct exchange *lookups_expire(struct lookups *lookups, int64_t monotonic_ms)
{
    struct exchange *expired = NULL;
    if (lookups->parked == 0)
        return NULL;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct lookup *lookup = lookups->buckets[i]; lookup; lookup = lookup->next) {
            while (lookup->first && lookup->first->deadline_ms <= monotonic_ms) {
                struct exchange *exchange = lookup->first;
                lookup->first = exchange->next_parked;
                if (!lookup->first)
                    lookup->last = NULL;
                lookups->parked--;
                exchange->next_parked = expired;
                expired = exchange;
            }
        }
    }
    return expired;
}

void lookups_each(struct lookups *lookups, lookup_visit *visit, void *context)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct lookup *lookup = lookups->buckets[i], *next; lookup; lookup = next) {
            next = lookup->next;
            visit(context, lookup);
        }
    }
}
