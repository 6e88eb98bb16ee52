/* link_cache.h - the links that a worker remembers, and the codes that it knows nobody has. Bounded in number and in
 * bytes; what was not used lately goes first. Belongs to the worker's thread. Layout: top of link_cache.c. */
#ifndef REDIRECTOR_LINK_CACHE_H
#define REDIRECTOR_LINK_CACHE_H
#include "core/base/slice.h"

struct campaign;

enum link_kind { LINK_SIGNED, LINK_VANITY, LINK_PORTABLE };

struct link_entry {
    struct link_entry *next_by_key, *next_by_id;
    struct campaign *campaign; /* campaigns.h; may be one that is not known yet */
    uint64_t link_id;
    int64_t expires_at_ms; /* 0: never */
    uint32_t key_hash;
    uint32_t generation;      /* of the resolver, when it was read; 0: to be read again */
    uint32_t keys_generation; /* of the snapshot whose keys its signature was checked with */
    uint16_t key_size, target_size;
    uint16_t registered_in; /* portable: click_log_segment() that holds its record; 0: none does */
    uint8_t kind;           /* enum link_kind */
    bool is_disabled : 1;
    bool is_used : 1; /* since the hand last passed */
    char bytes[];     /* key, then target */
};

struct link_fields { /* what goes into an entry; slices are copied */
    enum link_kind kind;
    struct slice key;    /* code, slug or token */
    struct slice target; /* empty: the campaign's own */
    struct campaign *campaign;
    uint64_t link_id;
    int64_t expires_at_ms;
    uint32_t generation, keys_generation;
    bool is_disabled;
};

static inline struct slice link_entry_key(const struct link_entry *entry)
{
    return slice_of(entry->bytes, entry->key_size);
}

static inline struct slice link_entry_target(const struct link_entry *entry)
{
    return slice_of(entry->bytes + entry->key_size, entry->target_size);
}

struct link_cache;

CHECKED int link_cache_new(struct link_cache **ret_cache, uint64_t max_links);
struct link_cache *link_cache_free(struct link_cache *cache); /* accepts NULL */
uint64_t link_cache_count(const struct link_cache *cache);

/* See session_expect(): soon, the key's bucket; next, what hangs in it. */
void link_cache_expect(const struct link_cache *cache, enum link_kind kind, struct slice key,
                       bool is_next);
/* NULL when it is not there. Marks it as used. No allocation. */
struct link_entry *link_cache_find(struct link_cache *cache, enum link_kind kind, struct slice key);
/* Adds, or replaces the entry of the same kind and key (its registered_in stays); drops what is too much.
 * The cache owns *ret_entry, until the next put. JALON_NO_MEMORY, JALON_TOO_LONG. */
CHECKED int link_cache_put(struct link_cache *cache, const struct link_fields *fields,
                           struct link_entry **ret_entry);
/* The entries of a link id, one after the other; NULL at the end. */
struct link_entry *link_cache_first(const struct link_cache *cache, uint64_t link_id);
struct link_entry *link_cache_next(const struct link_entry *entry);
void link_cache_remove(struct link_cache *cache, struct link_entry *entry);
/* Something about this link changed: its entries are to be read again, its absence is forgotten. */
void link_cache_invalidate(struct link_cache *cache, uint64_t link_id);

/* Codes that nobody has, for a short while: a small table where a newer one overwrites an older one. */
bool link_cache_is_absent(const struct link_cache *cache, uint64_t link_id, int64_t now_ms);
void link_cache_put_absent(struct link_cache *cache, uint64_t link_id, int64_t until_ms);
void link_cache_clear_absent(struct link_cache *cache);
#endif
