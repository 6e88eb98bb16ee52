/* text_file.h - a list kept in a file, read whole. */
#ifndef TRAFFIC_TEXT_FILE_H
#define TRAFFIC_TEXT_FILE_H
#include "core/base/buffer.h"

/* Appends the bytes of the regular file `path` to `out`. JALON_IO (errno says why), JALON_FULL when it
 * is larger than `out` may grow, JALON_NO_MEMORY. */
CHECKED int text_file_read(struct buffer *out, const char *path);
#endif
