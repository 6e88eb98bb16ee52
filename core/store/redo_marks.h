/* redo_marks.h - the marks of a redo log (redo.h), carried over into each new file. */
#ifndef STORE_REDO_MARKS_H
#define STORE_REDO_MARKS_H
#include "core/base/buffer.h"

/* Appends to `out`, unsealed, the highest mark of each name in file `last`, and where that is damaged, of all from
 * `first` on. JALON_IO, JALON_NO_MEMORY. */
CHECKED int redo_marks_append(struct buffer *out, int folder_fd, uint64_t first, uint64_t last);
#endif
