/* recent_clicks.c - see recent_clicks.h.
 *
 * Sets of 8 slots, a cache line each; a click's set and its 32-bit mark come from one 64-bit hash. A slot is
 * mark << 32 | the time until which it counts (ms, modulo 2^32); 0 is empty.
 *
 * A claim looks through the whole set for its mark, then takes the first slot that is over, in the order of the slots,
 * by compare-and-swap; when that fails, it looks again. Two workers with the same click at once thus
 * aim at the same slot, and the loser finds the winner's mark. A set full of live slots gives up the one
 * that ends first: under a load that the table is too small for, a duplicate may count, never the reverse. */
#include "redirector/recent_clicks.h"

#include "core/base/random.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xxhash.h>

#define WAYS 8
#define HUGE_PAGE ((size_t)2 << 20) /* each click looks somewhere else in the table */
#define WINDOW_MAX_MS (INT64_C(24) * 24 * 3600 * 1000)

struct recent_clicks {
    uint64_t seed;
    size_t mask; /* sets - 1 */
    _Atomic uint64_t *slots;
};

struct claim {
    _Atomic uint64_t *set;
    uint64_t mark;
};

int recent_clicks_new(struct recent_clicks **ret_clicks, size_t slots)
{
    size_t sets = 1;
    while (sets * WAYS < slots)
        sets *= 2;
    struct recent_clicks *clicks = calloc(1, sizeof *clicks);
    if (!clicks)
        return JALON_NO_MEMORY;
    clicks->mask = sets - 1;
    size_t bytes = sets * WAYS * sizeof(uint64_t);
    clicks->slots = aligned_alloc(bytes < HUGE_PAGE ? 64 : HUGE_PAGE, bytes);
    int err = clicks->slots ? random_bytes(&clicks->seed, sizeof clicks->seed) : JALON_NO_MEMORY;
    if (err) {
        recent_clicks_free(clicks);
        return err;
    }
    (void)madvise((void *)clicks->slots, bytes,
                  MADV_HUGEPAGE); /* where there are none, it is as good */
    for (size_t i = 0; i < sets * WAYS; i++)
        atomic_init(&clicks->slots[i], 0);
    *ret_clicks = clicks;
    return JALON_OK;
}

struct recent_clicks *recent_clicks_free(struct recent_clicks *clicks)
{
    if (!clicks)
        return NULL;
    free((void *)clicks->slots);
    free(clicks);
    return NULL;
}

static struct claim claim_of(struct recent_clicks *clicks, uint64_t link_id, uint64_t visitor)
{
    uint64_t both[2] = {link_id, visitor};
    uint64_t hash = XXH3_64bits_withSeed(both, sizeof both, clicks->seed);
    uint64_t mark = hash >> 32;
    return (struct claim){&clicks->slots[(hash & clicks->mask) * WAYS], mark ? mark : 1};
}

void recent_clicks_expect(struct recent_clicks *clicks, uint64_t link_id, uint64_t visitor)
{
    __builtin_prefetch((const void *)claim_of(clicks, link_id, visitor).set);
}

static uint64_t slot_load(const _Atomic uint64_t *slot)
{
    return atomic_load_explicit(slot, memory_order_relaxed);
}

/* How long the slot still counts; not positive when it is over. */
static int32_t slot_left(uint64_t slot, uint32_t now)
{
    return slot == 0 ? 0 : (int32_t)((uint32_t)slot - now);
}

/* The slot to take: the first that is over, else the one that ends first. False: the mark is there, and live. */
static bool find_slot(const struct claim *claim, uint32_t now, size_t *ret_way, uint64_t *ret_old)
{
    size_t best = 0;
    uint64_t best_slot = 0;
    int32_t best_left = INT32_MAX;
    for (size_t way = 0; way < WAYS; way++) {
        uint64_t slot = slot_load(&claim->set[way]);
        int32_t left = slot_left(slot, now);
        if (left > 0 && slot >> 32 == claim->mark)
            return false;
        if (left < 0)
            left = 0;
        if (left < best_left) {
            best = way;
            best_slot = slot;
            best_left = left;
        }
    }
    *ret_way = best;
    *ret_old = best_slot;
    return true;
}

bool recent_clicks_claim(struct recent_clicks *clicks, uint64_t link_id, uint64_t visitor,
                         int64_t now_ms, int64_t window_ms)
{
    if (window_ms <= 0)
        return true;
    if (window_ms > WINDOW_MAX_MS)
        window_ms = WINDOW_MAX_MS;
    struct claim claim = claim_of(clicks, link_id, visitor);
    uint32_t now = (uint32_t)now_ms;
    uint64_t mine = claim.mark << 32 | (uint32_t)(now_ms + window_ms);
    for (;;) { /* each round that fails is another worker's success */
        size_t way;
        uint64_t old;
        if (!find_slot(&claim, now, &way, &old))
            return false;
        if (atomic_compare_exchange_strong_explicit(&claim.set[way], &old, mine,
                                                    memory_order_relaxed, memory_order_relaxed))
            return true;
    }
}

void recent_clicks_disclaim(struct recent_clicks *clicks, uint64_t link_id, uint64_t visitor)
{
    struct claim claim = claim_of(clicks, link_id, visitor);
    for (size_t way = 0; way < WAYS; way++) {
        uint64_t slot = slot_load(&claim.set[way]);
        if (slot >> 32 == claim.mark)
            (void)atomic_compare_exchange_strong_explicit(
                &claim.set[way], &slot, 0, memory_order_relaxed, memory_order_relaxed);
    }
}
