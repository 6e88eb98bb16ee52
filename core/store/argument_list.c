#include "core/store/argument_list.h"
#include "core/base/array.h"
#include "core/store/command_text.h"

#include <limits.h>
#include <stdlib.h>

void argument_list_init(struct argument_list *list, size_t max_bytes)
{
    *list = (struct argument_list){0};
    buffer_init(&list->text, max_bytes);
}

void argument_list_done(struct argument_list *list)
{
    buffer_done(&list->text);
    free(list->items);
    free(list->argv);
    free(list->sizes);
    *list = (struct argument_list){0};
}

void argument_list_clear(struct argument_list *list)
{
    buffer_clear(&list->text);
    list->count = 0;
    list->error = JALON_OK;
}

struct buffer *argument_list_start(struct argument_list *list)
{
    int err =
        array_reserve((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
    if (err) {
        list->error = err;
        return &list->text;
    }
    list->items[list->count++] = (struct argument){.at = list->text.size};
    return &list->text;
}

void argument_list_end(struct argument_list *list)
{
    if (list->error)
        return;
    struct argument *last = &list->items[list->count - 1];
    last->size = list->text.size - last->at;
}

void argument_list_add(struct argument_list *list, struct slice argument)
{
    buffer_append(argument_list_start(list), argument);
    argument_list_end(list);
}

void argument_list_add_string(struct argument_list *list, const char *argument)
{
    argument_list_add(list, slice_of_string(argument));
}

void argument_list_add_strings(struct argument_list *list, va_list arguments)
{
    for (const char *text = va_arg(arguments, const char *); text;
         text = va_arg(arguments, const char *))
        argument_list_add_string(list, text);
}

void argument_list_add_u64(struct argument_list *list, uint64_t value)
{
    buffer_append_u64(argument_list_start(list), value);
    argument_list_end(list);
}

static int reserve_argv(struct argument_list *list, size_t count)
{
    if (count <= list->argv_capacity)
        return JALON_OK;
    const char **argv = reallocarray(list->argv, count, sizeof *argv);
    if (!argv)
        return JALON_NO_MEMORY;
    list->argv = argv;
    size_t *sizes = reallocarray(list->sizes, count, sizeof *sizes);
    if (!sizes)
        return JALON_NO_MEMORY;
    list->sizes = sizes;
    list->argv_capacity = count;
    return JALON_OK;
}

int argument_list_error(const struct argument_list *list)
{
    return list->error ? list->error : buffer_error(&list->text);
}

int argument_list_write(struct buffer *out, const struct argument_list *list)
{
    if (argument_list_error(list))
        return argument_list_error(list);
    command_text_begin(out, list->count);
    for (size_t i = 0; i < list->count; i++)
        command_text_argument(out, argument_list_at(list, i));
    return buffer_error(out);
}

int argument_lists_argv(struct argument_list *const *lists, size_t list_count, int *ret_argc,
                        const char ***ret_argv, const size_t **ret_sizes)
{
    size_t count = 0;
    for (size_t i = 0; i < list_count; i++) {
        count += lists[i]->count;
        if (argument_list_error(lists[i]))
            return argument_list_error(lists[i]);
    }
    if (count > INT_MAX)
        return JALON_FULL;
    int err = reserve_argv(lists[0], count);
    if (err)
        return err;
    size_t at = 0;
    for (size_t i = 0; i < list_count; i++)
        for (size_t j = 0; j < lists[i]->count; j++, at++) {
            struct slice argument = argument_list_at(lists[i], j);
            lists[0]->argv[at] = argument.size ? argument.data : "";
            lists[0]->sizes[at] = argument.size;
        }
    *ret_argc = (int)count;
    *ret_argv = lists[0]->argv;
    *ret_sizes = lists[0]->sizes;
    return JALON_OK;
}
