/* argument_list.h - the arguments of a command as they are put together, and as the vectors that hiredis takes.
 *
 * Like a buffer it remembers that something failed: add freely, look once, at argument_lists_argv(). */
#ifndef STORE_ARGUMENT_LIST_H
#define STORE_ARGUMENT_LIST_H
#include "core/base/buffer.h"

#include <stdarg.h>

struct argument {
    size_t at, size; /* in `text` */
};

struct argument_list {
    struct buffer text;
    struct argument *items;
    size_t count, capacity;
    int error;
    const char **argv;
    size_t *sizes;
    size_t argv_capacity;
};

void argument_list_init(struct argument_list *list,
                        size_t max_bytes);            /* of all arguments together */
void argument_list_done(struct argument_list *list);  /* accepts a zeroed one */
void argument_list_clear(struct argument_list *list); /* keeps its memory */

void argument_list_add(struct argument_list *list, struct slice argument);
void argument_list_add_string(struct argument_list *list, const char *argument);
void argument_list_add_strings(struct argument_list *list, va_list arguments); /* up to a NULL */
void argument_list_add_u64(struct argument_list *list, uint64_t value);
/* An argument in pieces: what is appended to the buffer between start and end. */
struct buffer *argument_list_start(struct argument_list *list);
void argument_list_end(struct argument_list *list);

/* JALON_NO_MEMORY, JALON_FULL: what was added since the list was cleared is not all there. */
int argument_list_error(const struct argument_list *list);

static inline struct slice argument_list_at(const struct argument_list *list, size_t index)
{
    return slice_of(list->text.data + list->items[index].at, list->items[index].size);
}

/* Appends the list as a command goes over the wire. JALON_NO_MEMORY, JALON_FULL. */
CHECKED int argument_list_write(struct buffer *out, const struct argument_list *list);

/* The arguments of all `lists`, one after another. The vectors belong to lists[0] and live until one of the lists
 * is changed. JALON_NO_MEMORY, JALON_FULL. */
CHECKED int argument_lists_argv(struct argument_list *const *lists, size_t list_count,
                                int *ret_argc, const char ***ret_argv, const size_t **ret_sizes);
#endif
