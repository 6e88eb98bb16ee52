#include "core/store/effect.h"

#include "core/store/little_endian.h"

static void append_u32(struct buffer *out, size_t value)
{
    uint8_t bytes[4];
    le32_write(bytes, (uint32_t)value);
    buffer_append(out, slice_of(bytes, sizeof bytes));
}

void effect_append(struct buffer *out, const struct argument_list *command)
{
    append_u32(out, command->count);
    for (size_t i = 0; i < command->count; i++) {
        struct slice argument = argument_list_at(command, i);
        append_u32(out, argument.size);
        buffer_append(out, argument);
    }
}

static int take_u32(uint32_t *ret_value, struct slice *rest)
{
    if (rest->size < 4)
        return JALON_DAMAGED;
    *ret_value = le32_read(rest->data);
    *rest = slice_from(*rest, 4);
    return JALON_OK;
}

int effect_read(struct argument_list *command, struct slice bytes)
{
    uint32_t count, size;
    int err = take_u32(&count, &bytes);
    for (uint32_t i = 0; !err && i < count; i++) {
        err = take_u32(&size, &bytes);
        if (!err && size > bytes.size)
            err = JALON_DAMAGED;
        if (err)
            break;
        argument_list_add(command, slice_first(bytes, size));
        bytes = slice_from(bytes, size);
    }
    if (!err && (bytes.size || count == 0))
        err = JALON_DAMAGED;
    return err;
}
