/* secret_file.h - small files that only their owner may read: the key ring, the visitors' keys. */
#ifndef SIGN_SECRET_FILE_H
#define SIGN_SECRET_FILE_H
#include "core/base/slice.h"

#define SECRET_FILE_SIZE_MAX 65536

/* Reads the whole file into `ret_bytes` (SECRET_FILE_SIZE_MAX of room), which the caller wipes.
 * JALON_IO (errno), JALON_KEY_FILE_EXPOSED when group or others have any access, JALON_TOO_LONG,
 * JALON_BAD_KEY_FILE when it is no regular file. */
CHECKED int secret_file_read(char *ret_bytes, size_t *ret_size, const char *path);

/* Puts `bytes` in the place of the file at `path`, or creates it, atomically: after a crash there is
 * the old one or the new one, whole. Mode 0600; the owner of the old file stays its owner, so that
 * root may do it for the service's user. JALON_IO (errno), JALON_TOO_LONG for a path. */
CHECKED int secret_file_replace(const char *path, struct slice bytes);
#endif
