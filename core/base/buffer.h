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

void buffer_append(struct buffer *buffer, struct slice bytes);
void buffer_append_string(struct buffer *buffer, const char *text);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_append_u64(struct buffer *buffer, uint64_t value); /* decimal */
void buffer_printf(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);

/* Makes room for `size` more bytes and returns where they go, or NULL; buffer_grew() says how many
 * were written there. */
char *buffer_reserve(struct buffer *buffer, size_t size);
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
