/* keys.h - the key ring: the secrets that sign links, codes and click ids.
 *
 * A ring is read once and then only looked at: one jalon_keys may be used by any number of threads
 * at a time. Two kinds of ring exist, and every function takes either: the operator's own, with
 * master keys, and an exported one that holds the sub-keys of one campaign and purpose
 * (`jalon keys export`). Sub-keys: HKDF-SHA256 (RFC 5869), info "jalon/1/PURPOSE/CAMPAIGN". */
#ifndef JALON_KEYS_H
#define JALON_KEYS_H
#include "jalon/error.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jalon_keys jalon_keys;

#define JALON_KEYS_MAX 8 /* keys in a ring that are not retired */

/* Reads the ring in the file `path`. On success the caller owns *ret_keys and ends it with
 * jalon_keys_free(); on failure *ret_keys is untouched. JALON_IO (see errno), JALON_BAD_KEY_FILE,
 * JALON_KEY_FILE_EXPOSED when group or others have any access to it, JALON_NO_MEMORY, JALON_CRYPTO,
 * JALON_BAD_ARGUMENT. */
JALON_API int jalon_keys_open(jalon_keys **ret_keys, const char *path);

/* The same from `size` bytes in memory, e.g. out of a secret store; they are not kept. */
JALON_API int jalon_keys_parse(jalon_keys **ret_keys, const char *text, size_t size);

/* Wipes and frees; accepts NULL. */
JALON_API void jalon_keys_free(jalon_keys *keys);

/* Keys that are not retired. */
JALON_API size_t jalon_keys_count(const jalon_keys *keys);

#ifdef __cplusplus
}
#endif
#endif
