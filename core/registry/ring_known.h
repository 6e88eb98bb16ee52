/* ring_known.h - the ids of the keys that an installation signs with, as its store and its folder remember them, so that
 * another installation's key file is told from its own. Ids only, never a secret. Formats: top of ring_known.c. */
#ifndef REGISTRY_RING_KNOWN_H
#define REGISTRY_RING_KNOWN_H
#include "core/base/problem.h"
#include "jalon/keys.h"

struct store;

#define RING_KNOWN_FILE "keys.known" /* in the data folder */

/* Can an installation run on this ring: its own, not an exported one, with an active key? `path` is for the words. */
CHECKED int ring_known_check(const jalon_keys *keys, const char *path, struct problem *problem);

/* JALON_INVALID in words when the folder remembers keys, and none of these is among them. */
CHECKED int ring_known_check_folder(const char *folder, const jalon_keys *keys,
                                    struct problem *problem);
/* The same of the store, which remembers from then on those it had not seen; a fresh one learns them all. */
CHECKED int ring_known_check_store(struct store *store, const jalon_keys *keys,
                                   struct problem *problem);

/* The folder remembers these too. JALON_IO. */
CHECKED int ring_known_teach_folder(const char *folder, const jalon_keys *keys);
#endif
