/* command_text.h - a command as RESP writes it: hiredis would read a format for each of a batch's ten thousand
 * arguments. Source: Redis serialization protocol specification, "Arrays" and "Bulk strings". */
#ifndef STORE_COMMAND_TEXT_H
#define STORE_COMMAND_TEXT_H
#include "core/base/buffer.h"

/* Appends the head of a command of `count` arguments, its name among them; as many arguments follow. */
static inline void command_text_begin(struct buffer *out, size_t count)
{
    buffer_append_byte(out, '*');
    buffer_append_u64(out, count);
    buffer_append_string(out, "\r\n");
}

static inline void command_text_argument(struct buffer *out, struct slice argument)
{
    buffer_append_byte(out, '$');
    buffer_append_u64(out, argument.size);
    buffer_append_string(out, "\r\n");
    buffer_append(out, argument);
    buffer_append_string(out, "\r\n");
}
#endif
