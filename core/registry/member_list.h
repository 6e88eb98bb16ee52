/* member_list.h - members of an index, kept so that their records can be asked for together. */
#ifndef REGISTRY_MEMBER_LIST_H
#define REGISTRY_MEMBER_LIST_H
#include "core/registry/arena.h"

struct member_list {       /* zeroed: empty */
    struct slice *members; /* in the list's own memory */
    size_t count, capacity;
    struct arena arena;
};

/* A member_visit of core/store/store.h; `context` is the list. */
CHECKED int member_list_take(void *context, struct slice member);
void member_list_done(struct member_list *list);
#endif
