#include "core/base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAPACITY 256

void buffer_init(struct buffer *buffer, size_t max)
{
    *buffer = (struct buffer){.max = max};
}

void buffer_over(struct buffer *buffer, void *memory, size_t capacity)
{
    *buffer =
        (struct buffer){.data = memory, .capacity = capacity, .max = capacity, .is_borrowed = true};
}

void buffer_done(struct buffer *buffer)
{
    if (!buffer->is_borrowed)
        free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->error = JALON_OK;
}

static bool grow(struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    while (capacity < needed && capacity < buffer->max / 2)
        capacity *= 2;
    if (capacity < needed || capacity > buffer->max)
        capacity = buffer->max;
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->error = JALON_NO_MEMORY;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

char *buffer_make_room(struct buffer *buffer, size_t size)
{
    if (buffer->error)
        return NULL;
    if (size > buffer->max - buffer->size) {
        buffer->error = JALON_FULL;
        return NULL;
    }
    bool is_roomy = buffer->data && buffer->size + size <= buffer->capacity;
    if (!is_roomy && buffer->max && !grow(buffer, buffer->size + size))
        return NULL;
    return buffer->data ? buffer->data + buffer->size : NULL;
}

void buffer_grew(struct buffer *buffer, size_t size)
{
    buffer->size += size;
}

void buffer_drop_front(struct buffer *buffer, size_t size)
{
    if (size >= buffer->size) {
        buffer->size = 0;
        return;
    }
    memmove(buffer->data, buffer->data + size, buffer->size - size);
    buffer->size -= size;
}

void buffer_append_u64(struct buffer *buffer, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buffer_append(buffer, slice_of(digits + at, sizeof digits - at));
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    /* vsnprintf writes a NUL too: room for it is asked for, and not counted. */
    char *at = size < 0 ? NULL : buffer_reserve(buffer, (size_t)size + 1);
    if (size < 0 && !buffer->error)
        buffer->error = JALON_FULL; /* over INT_MAX, or a wide character that is none */
    if (at) {
        (void)vsnprintf(at, (size_t)size + 1, format, again); /* measured just above */
        buffer->size += (size_t)size;
    }
    va_end(again);
}

const char *buffer_string(struct buffer *buffer)
{
    char *at = buffer_reserve(buffer, 1);
    if (!at)
        return NULL;
    *at = '\0';
    return buffer->data;
}
