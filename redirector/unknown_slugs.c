/* unknown_slugs.c - see unknown_slugs.h.
 *
 * Sets of 4 slots, a cache line each, chosen by a seeded hash, so that nobody can aim at one. A slot says when its source
 * will have all its look-ups back: each one taken puts that off by its share of the window, and past the
 * window nothing is left (the "virtual scheduling" of the generic cell rate algorithm, ITU-T I.371). A slot
 * whose time has come says nothing any more, and is free.
 *
 * A full set gives up the slot whose time comes first, which knows least; so a source that has used up all it had can't
 * get itself forgotten by asking from elsewhere, unless four others in its set have used up as much. */
#include "redirector/unknown_slugs.h"

#include "core/base/random.h"

#include <stdlib.h>
#include <xxhash.h>

#define SETS 1024
#define WAYS 4

struct slot {
    uint64_t source;
    int64_t whole_at_ms; /* 0: free */
};

struct unknown_slugs {
    uint64_t seed;
    struct slot sets[SETS][WAYS] __attribute__((aligned(64)));
};

_Static_assert(sizeof(struct slot) * WAYS == 64, "a set is a cache line");

int unknown_slugs_new(struct unknown_slugs **ret_table)
{
    struct unknown_slugs *table = aligned_alloc(64, sizeof *table);
    if (!table)
        return JALON_NO_MEMORY;
    memset(table, 0, sizeof *table);
    int err = random_bytes(&table->seed, sizeof table->seed);
    if (err) {
        unknown_slugs_free(table);
        return err;
    }
    *ret_table = table;
    return JALON_OK;
}

struct unknown_slugs *unknown_slugs_free(struct unknown_slugs *table)
{
    free(table);
    return NULL;
}

/* The upper half of an IPv4 address as IPv6 writes it is empty; its own 32 bits, marked as what they are, are in no
 * network that is routed (0::/8, RFC 4291 section 2.4). */
uint64_t unknown_slugs_source(const struct address *visitor)
{
    uint64_t source = 0;
    size_t from = address_is_v4(visitor) ? 8 : 0;
    for (size_t i = from; i < from + 8; i++)
        source = source << 8 | visitor->bytes[i];
    return source;
}

static struct slot *set_of(struct unknown_slugs *table, uint64_t source)
{
    return table->sets[XXH3_64bits_withSeed(&source, sizeof source, table->seed) % SETS];
}

static struct slot *find(struct unknown_slugs *table, uint64_t source)
{
    struct slot *set = set_of(table, source);
    for (size_t way = 0; way < WAYS; way++)
        if (set[way].whole_at_ms && set[way].source == source)
            return &set[way];
    return NULL;
}

static struct slot *replace_least(struct unknown_slugs *table, uint64_t source)
{
    struct slot *set = set_of(table, source), *least = set;
    for (size_t way = 1; way < WAYS; way++)
        if (set[way].whole_at_ms < least->whole_at_ms)
            least = &set[way];
    *least = (struct slot){.source = source};
    return least;
}

static int64_t share_ms(unsigned a_minute)
{
    return a_minute < UNKNOWN_SLUGS_WINDOW_MS ? UNKNOWN_SLUGS_WINDOW_MS / (int64_t)a_minute : 1;
}

bool unknown_slugs_take(struct unknown_slugs *table, uint64_t source, int64_t now_ms,
                        unsigned a_minute)
{
    if (a_minute == 0)
        return true;
    struct slot *slot = find(table, source);
    int64_t whole_at_ms = slot && slot->whole_at_ms > now_ms ? slot->whole_at_ms : now_ms;
    whole_at_ms += share_ms(a_minute);
    if (whole_at_ms > now_ms + UNKNOWN_SLUGS_WINDOW_MS)
        return false;
    if (!slot)
        slot = replace_least(table, source);
    slot->whole_at_ms = whole_at_ms;
    return true;
}

void unknown_slugs_give_back(struct unknown_slugs *table, uint64_t source, unsigned a_minute)
{
    struct slot *slot = a_minute ? find(table, source) : NULL;
    if (slot)
        slot->whole_at_ms -= share_ms(a_minute);
}
