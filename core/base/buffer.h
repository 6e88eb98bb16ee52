/* buffer.h - bytes being built: grows up to a maximum set at birth, and remembers that it overflowed.
 *
 * A failed append leaves the buffer as it was and marks it; later appends fail too, so a builder may
 * append freely and look once, at buffer_error(). */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H
#include "core/base/slice.h"

struct buffer {
    char *data;
    size_t size;
    size_t capacity;
    size_t max;
    bool is_borrowed; /* memory of the caller: never grown, never freed */
    int error;        /* JALON_OK, JALON_FULL, JALON_NO_MEMORY, or what whoever fills it has met */
};

void buffer_init(struct buffer *buffer, size_t max);                    /* on the heap, empty */
void buffer_over(struct buffer *buffer, void *memory, size_t capacity); /* on the caller's memory */
void buffer_done(struct buffer *buffer);                                /* accepts a zeroed one */
void buffer_clear(struct buffer *buffer); /* empty and without error again; keeps its memory */

void buffer_append_u64(struct buffer *buffer, uint64_t value); /* decimal */
void buffer_printf(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);

char *buffer_make_room(struct buffer *buffer, size_t size); /* buffer_reserve()'s slow part */

/* Makes room for `size` more bytes and returns where they go, or NULL; buffer_grew() says how many
 * were written there. Inline, as the appends below: an answer is many small pieces. */
static inline char *buffer_reserve(struct buffer *buffer, size_t size)
{
    bool is_roomy = buffer->data && !buffer->error && size <= buffer->capacity - buffer->size;
    return is_roomy ? buffer->data + buffer->size : buffer_make_room(buffer, size);
}

static inline void buffer_append(struct buffer *buffer, struct slice bytes)
{
    char *at = bytes.size ? buffer_reserve(buffer, bytes.size) : NULL;
    if (!at)
        return;
    memcpy(at, bytes.data, bytes.size);
    buffer->size += bytes.size;
}

static inline void buffer_append_string(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, slice_of_string(text));
}

static inline void buffer_append_byte(struct buffer *buffer, char byte)
{
    buffer_append(buffer, slice_of(&byte, 1));
}

void buffer_grew(struct buffer *buffer, size_t size);
void buffer_drop_front(struct buffer *buffer, size_t size); /* moves the rest down */

/* The bytes with a NUL behind them (not counted); NULL when there is no room for it. */
const char *buffer_string(struct buffer *buffer);

static inline struct slice buffer_slice(const struct buffer *buffer)
{
    return slice_of(buffer->data, buffer->size);
}

static inline int buffer_error(const struct buffer *buffer)
{
    return buffer->error;
}
#endif
