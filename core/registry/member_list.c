#include "core/registry/member_list.h"

#include <stdlib.h>

int member_list_take(void *context, struct slice member)
{
    struct member_list *list = context;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        struct slice *members = reallocarray(list->members, capacity, sizeof *members);
        if (!members)
            return JALON_NO_MEMORY;
        list->members = members;
        list->capacity = capacity;
    }
    struct slice copy = arena_copy(&list->arena, member);
    if (!copy.data)
        return JALON_NO_MEMORY;
    list->members[list->count++] = copy;
    return JALON_OK;
}

void member_list_done(struct member_list *list)
{
    free(list->members);
    arena_done(&list->arena);
    *list = (struct member_list){0};
}
