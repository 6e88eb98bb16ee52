#include "core/registry/member_list.h"
#include "core/base/array.h"

#include <stdlib.h>

int member_list_take(void *context, struct slice member)
{
    struct member_list *list = context;
    int err = array_reserve((void **)&list->members, &list->capacity, list->count + 1,
                            sizeof *list->members);
    if (err)
        return err;
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
