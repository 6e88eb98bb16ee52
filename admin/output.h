/* output.h - standard output, by the buffer. */
#ifndef ADMIN_OUTPUT_H
#define ADMIN_OUTPUT_H
#include "core/base/buffer.h"

/* Writes the text and clears the buffer. The buffer's own error, or JALON_IO (errno). */
CHECKED int output_write(struct buffer *text);
#endif
