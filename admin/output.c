#include "admin/output.h"

#include <stdio.h>

int output_write(struct buffer *text)
{
    int err = buffer_error(text);
    if (!err && text->size && fwrite(text->data, 1, text->size, stdout) != text->size)
        err = JALON_IO;
    buffer_clear(text);
    return err;
}
