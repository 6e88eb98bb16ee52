/* left_behind.h - the journals in the data folder that nobody writes to any more: of earlier runs, of the process that was taken over from
 * once it has ended, of one that died while it took over. Main looks for them; worker 0 takes and ships them.
 * They meet here, under a mutex. */
#ifndef REDIRECTOR_LEFT_BEHIND_H
#define REDIRECTOR_LEFT_BEHIND_H
#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct left_behind;

/* `folder`: the data folder; outlives it. Looks for the first time. JALON_NO_MEMORY, JALON_IO. */
CHECKED int left_behind_new(struct left_behind **ret_left, const char *folder);
struct left_behind *left_behind_free(struct left_behind *left); /* accepts NULL, returns NULL */

/* Main: looks again. Cuts what is new to what it holds, as it counts against journal.max_size. Returns how many
 * journals have a writer in another process; `own` are ours. */
size_t left_behind_look(struct left_behind *left, size_t own);
/* Any thread, a figure for the metrics: journals that the last look found alive elsewhere, or that nobody took yet. */
size_t left_behind_count(const struct left_behind *left);

/* Main: what all journals take on disk, living ones included. JALON_IO. */
CHECKED int left_behind_bytes(uint64_t *ret_bytes, const struct left_behind *left);

/* Worker 0: one that was found, oldest first, each once. */
bool left_behind_take(struct left_behind *left, uint64_t *ret_incarnation);
#endif
