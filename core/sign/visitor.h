/* visitor.h - the daily visitor fingerprint: a keyed hash of address and User-Agent under a random
 * key that serves one UTC day and is destroyed within 48 h of being made. Keys: DIR/visitor.keys (0600),
 * shared by redirectors. File format and life of a key: top of visitor_file.c. */
#ifndef SIGN_VISITOR_H
#define SIGN_VISITOR_H
#include "core/base/slice.h"

struct visitor_keys; /* belongs to one thread */

/* Opens the keys in the file `path`, making today's, before 06:00 (UTC) yesterday's and from noon on tomorrow's, under a lock
 * beside it when they are missing, and destroying those whose day ended 6 h ago. Open anew every hour:
 * then a day's key is at hand before it begins, and gone in time. Waits for the lock and syncs to disk:
 * not for an event loop. JALON_IO (errno), JALON_KEY_FILE_EXPOSED, JALON_DAMAGED, JALON_NO_MEMORY,
 * JALON_CRYPTO. */
CHECKED int visitor_keys_open(struct visitor_keys **ret_keys, const char *path, int64_t now_ms);
struct visitor_keys *visitor_keys_free(struct visitor_keys *keys); /* wipes; accepts NULL */

/* 64-bit fingerprint for the UTC day of `at_ms`. JALON_NO_KEY when that day's key isn't loaded: open
 * again. No file access, no allocation of our own. */
CHECKED int visitor_fingerprint(uint64_t *ret_fingerprint, struct visitor_keys *keys, int64_t at_ms,
                                const uint8_t address[16], struct slice user_agent);
#endif
