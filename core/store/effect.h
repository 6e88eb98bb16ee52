/* effect.h - a command as bytes, for the redo log: the number of its arguments, then each one's size and bytes
 * (numbers of 4 bytes, little-endian). */
#ifndef STORE_EFFECT_H
#define STORE_EFFECT_H
#include "core/store/argument_list.h"

void effect_append(struct buffer *out, const struct argument_list *command);
/* Adds its arguments to `command`. JALON_DAMAGED. */
CHECKED int effect_read(struct argument_list *command, struct slice bytes);
#endif
