/* link_cache.c - see link_cache.h.
 *
 * An entry is one piece of memory, its key and target behind it, and hangs in two chained tables of fixed size: by key, for
 * clicks, and by link id, for what the channel of changes says. 56 bytes + key + target + malloc's 8, and
 * 16 bytes of buckets a link.
 *
 * Who goes (CLOCK, second chance): the hand walks the buckets of the first table; an entry used since
 * it last came by is spared once. */
#include "redirector/link_cache.h"

#include "core/base/random.h"

#include <stdlib.h>
#include <xxhash.h>

#define MIN_LINKS 64
#define BYTES_A_LINK 256 /* on average; a cache full of long tokens holds fewer */
#define ABSENT_SLOTS 4096
#define SPARED_MAX 64

_Static_assert(sizeof(struct link_entry) <= 64, "a million links are to fit into 200 MB");

struct absent {
    uint64_t link_id;
    int64_t until_ms; /* monotonic */
};

struct link_cache {
    struct link_entry **by_key, **by_id;
    size_t mask; /* buckets - 1, of both */
    size_t hand;
    uint64_t count, max_links;
    uint64_t bytes, max_bytes;
    uint64_t seed; /* so that nobody can aim at one bucket */
    struct absent absent[ABSENT_SLOTS];
};

int link_cache_new(struct link_cache **ret_cache, uint64_t max_links)
{
    if (max_links < MIN_LINKS)
        max_links = MIN_LINKS;
    size_t buckets = MIN_LINKS;
    while (buckets < max_links)
        buckets *= 2;
    struct link_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return JALON_NO_MEMORY;
    cache->mask = buckets - 1;
    cache->max_links = max_links;
    cache->max_bytes = max_links * BYTES_A_LINK;
    cache->by_key = calloc(buckets, sizeof(struct link_entry *));
    cache->by_id = calloc(buckets, sizeof(struct link_entry *));
    int err = cache->by_key && cache->by_id ? random_bytes(&cache->seed, sizeof cache->seed)
                                            : JALON_NO_MEMORY;
    if (err) {
        link_cache_free(cache);
        return err;
    }
    *ret_cache = cache;
    return JALON_OK;
}

struct link_cache *link_cache_free(struct link_cache *cache)
{
    if (!cache)
        return NULL;
    for (size_t i = 0; cache->by_key && i <= cache->mask; i++) {
        for (struct link_entry *entry = cache->by_key[i], *next; entry; entry = next) {
            next = entry->next_by_key;
            free(entry);
        }
    }
    free(cache->by_key);
    free(cache->by_id);
    free(cache);
    return NULL;
}

uint64_t link_cache_count(const struct link_cache *cache)
{
    return cache->count;
}

static uint32_t hash_of(const struct link_cache *cache, enum link_kind kind, struct slice key)
{
    return (uint32_t)XXH3_64bits_withSeed(key.data, key.size, cache->seed + (uint64_t)kind);
}

void link_cache_expect(const struct link_cache *cache, enum link_kind kind, struct slice key,
                       bool is_next)
{
    struct link_entry *const *bucket = &cache->by_key[hash_of(cache, kind, key) & cache->mask];
    if (!is_next) {
        __builtin_prefetch((const void *)bucket);
    } else if (*bucket) {
        __builtin_prefetch(*bucket);
        __builtin_prefetch((const char *)*bucket + 64);
    }
}

struct link_entry *link_cache_find(struct link_cache *cache, enum link_kind kind, struct slice key)
{
    uint32_t hash = hash_of(cache, kind, key);
    struct link_entry *entry = cache->by_key[hash & cache->mask];
    for (; entry; entry = entry->next_by_key) {
        if (entry->key_hash == hash && entry->kind == kind &&
            slice_equal(link_entry_key(entry), key)) {
            entry->is_used = true;
            return entry;
        }
    }
    return NULL;
}

static size_t entry_size(const struct link_entry *entry)
{
    return sizeof *entry + entry->key_size + entry->target_size;
}

/* A link id is a hash that anybody can work out, of a slug that they may choose. */
static uint64_t hash_of_id(const struct link_cache *cache, uint64_t link_id)
{
    return XXH3_64bits_withSeed(&link_id, sizeof link_id, cache->seed);
}

static struct link_entry **bucket_of_id(const struct link_cache *cache, uint64_t link_id)
{
    return &cache->by_id[hash_of_id(cache, link_id) & cache->mask];
}

static struct link_entry *skip_others(struct link_entry *entry, uint64_t link_id)
{
    while (entry && entry->link_id != link_id)
        entry = entry->next_by_id;
    return entry;
}

struct link_entry *link_cache_first(const struct link_cache *cache, uint64_t link_id)
{
    return skip_others(*bucket_of_id(cache, link_id), link_id);
}

struct link_entry *link_cache_next(const struct link_entry *entry)
{
    return skip_others(entry->next_by_id, entry->link_id);
}

void link_cache_remove(struct link_cache *cache, struct link_entry *entry)
{
    struct link_entry **at = &cache->by_key[entry->key_hash & cache->mask];
    while (*at != entry)
        at = &(*at)->next_by_key;
    *at = entry->next_by_key;
    at = bucket_of_id(cache, entry->link_id);
    while (*at != entry)
        at = &(*at)->next_by_id;
    *at = entry->next_by_id;
    cache->count--;
    cache->bytes -= entry_size(entry);
    free(entry);
}

/* Everyone may have been used since the hand last passed: it doesn't walk on for ever then. */
static void evict_one(struct link_cache *cache)
{
    unsigned spared = 0;
    for (;;) {
        struct link_entry *entry = cache->by_key[cache->hand];
        for (; entry; entry = entry->next_by_key) {
            if (!entry->is_used || spared++ == SPARED_MAX) {
                link_cache_remove(cache, entry);
                return;
            }
            entry->is_used = false;
        }
        cache->hand = (cache->hand + 1) & cache->mask;
    }
}

static void make_room(struct link_cache *cache, size_t size)
{
    while (cache->count > 0 &&
           (cache->count >= cache->max_links || cache->bytes + size > cache->max_bytes))
        evict_one(cache);
}

static void hang_in(struct link_cache *cache, struct link_entry *entry)
{
    struct link_entry **bucket = &cache->by_key[entry->key_hash & cache->mask];
    entry->next_by_key = *bucket;
    *bucket = entry;
    bucket = bucket_of_id(cache, entry->link_id);
    entry->next_by_id = *bucket;
    *bucket = entry;
    cache->count++;
    cache->bytes += entry_size(entry);
}

int link_cache_put(struct link_cache *cache, const struct link_fields *fields,
                   struct link_entry **ret_entry)
{
    if (fields->key.size > UINT16_MAX || fields->target.size > UINT16_MAX)
        return JALON_TOO_LONG;
    struct link_entry *entry = malloc(sizeof *entry + fields->key.size + fields->target.size);
    if (!entry)
        return JALON_NO_MEMORY;
    *entry = (struct link_entry){.campaign = fields->campaign,
                                 .link_id = fields->link_id,
                                 .expires_at_ms = fields->expires_at_ms,
                                 .key_hash = hash_of(cache, fields->kind, fields->key),
                                 .generation = fields->generation,
                                 .keys_generation = fields->keys_generation,
                                 .key_size = (uint16_t)fields->key.size,
                                 .target_size = (uint16_t)fields->target.size,
                                 .kind = (uint8_t)fields->kind,
                                 .is_disabled = fields->is_disabled,
                                 .is_used = true};
    if (fields->key.size)
        memcpy(entry->bytes, fields->key.data, fields->key.size);
    if (fields->target.size)
        memcpy(entry->bytes + fields->key.size, fields->target.data, fields->target.size);

    struct link_entry *old = link_cache_find(cache, fields->kind, fields->key);
    if (old) {
        entry->registered_in = old->registered_in;
        link_cache_remove(cache, old);
    }
    make_room(cache, entry_size(entry));
    hang_in(cache, entry);
    *ret_entry = entry;
    return JALON_OK;
}

static struct absent *absent_slot(const struct link_cache *cache, uint64_t link_id)
{
    return (struct absent *)&cache->absent[hash_of_id(cache, link_id) % ABSENT_SLOTS];
}

void link_cache_invalidate(struct link_cache *cache, uint64_t link_id)
{
    struct link_entry *entry = link_cache_first(cache, link_id);
    for (; entry; entry = link_cache_next(entry))
        entry->generation = 0;
    struct absent *absent = absent_slot(cache, link_id);
    if (absent->link_id == link_id)
        absent->until_ms = 0;
}

bool link_cache_is_absent(const struct link_cache *cache, uint64_t link_id, int64_t now_ms)
{
    const struct absent *absent = absent_slot(cache, link_id);
    return absent->link_id == link_id && now_ms < absent->until_ms;
}

void link_cache_put_absent(struct link_cache *cache, uint64_t link_id, int64_t until_ms)
{
    *absent_slot(cache, link_id) = (struct absent){link_id, until_ms};
}

void link_cache_clear_absent(struct link_cache *cache)
{
    memset(cache->absent, 0, sizeof cache->absent);
}
