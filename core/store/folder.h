/* folder.h - the data folder: where each file of one installation stands. */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H
#include "core/base/slice.h"

#define FOLDER_PATH_MAX 512
#define FOLDER_DEFAULT "/var/lib/jalon"

/* "DIR/NAME" into ret_path, with a NUL. JALON_TOO_LONG. */
CHECKED int folder_path(char ret_path[FOLDER_PATH_MAX], const char *folder, const char *name);

/* `given` when not NULL, else $JALON_DATA, else FOLDER_DEFAULT. */
const char *folder_find(const char *given);

/* Makes the folder and its parents, mode 0700. JALON_IO. */
CHECKED int folder_make(const char *folder);

/* An exclusive lock on DIR/NAME (made when missing) held by the returned descriptor: close it to let go. Children
 * inherit it only when is_inherited. JALON_LOCKED, JALON_IO. */
CHECKED int folder_lock(int *ret_fd, const char *folder, const char *name, bool is_inherited);

/* Writes DIR/NAME whole or not at all: temporary file, fsync, rename, fsync of the folder. */
CHECKED int folder_write(const char *folder, const char *name, struct slice content, unsigned mode);
CHECKED int folder_sync(const char *folder); /* makes its entries durable. JALON_IO */

/* All of `bytes` at `offset`. JALON_IO. */
CHECKED int file_write_at(int fd, struct slice bytes, uint64_t offset);
/* Up to `size` bytes; *ret_size is less only at the end of the file. JALON_IO. */
CHECKED int file_read_at(int fd, void *ret_bytes, size_t size, uint64_t offset, size_t *ret_size);
#endif
