/* store_seal.h - sealing: clicks and visitors of days that are over are put together, where they take less room and reports read
 * them at less cost. What is where: top of store_seal.c. */
#ifndef STORE_STORE_SEAL_H
#define STORE_STORE_SEAL_H
#include "core/base/error.h"

#include <stdint.h>

struct store;

int32_t seal_recent_day(int64_t now_ms); /* clicks of the days before it are late */
int32_t seal_last_day(int64_t now_ms);   /* the newest that may be sealed; below 0: none */

/* Called after some of the work, for the store to answer others: it took some milliseconds at most, but for a link with thousands
 * of counters in a block. An error ends the walk and is returned. */
typedef int seal_pause(void *context);

struct seal_result {
    uint64_t days; /* of links, whose visitors are sealed, or were already */
    uint64_t
        refused; /* such days, and hashes of counters, where something is none of ours: stepped over */
};

/* Seals what is to be sealed up to last_day, of all links, and says so in the store. What was done before an error
 * stays done, and is in *ret_result all the same. JALON_UNAVAILABLE and what else store.h says of any call, and what `pause`
 * returns. */
CHECKED int store_seal(struct store *store, int32_t last_day, seal_pause *pause, void *context,
                       struct seal_result *ret_result);
#endif
