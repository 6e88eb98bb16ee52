/* operations.h - what the registry can do with each noun, a row each; and the columns of its list. */
#ifndef ADMIN_OPERATIONS_H
#define ADMIN_OPERATIONS_H
#include "admin/list_out.h"

struct operations { /* NULL: the noun has no such verb, or one with a handler of its own */
    const char *noun;
    int (*add)(struct registry *registry, const json_t *input, json_t **ret_result,
               struct problem *problem);
    int (*set)(struct registry *registry, struct slice key, const json_t *changes,
               json_t **ret_result, struct problem *problem);
    int (*show)(struct registry *registry, struct slice key, json_t **ret_result,
                struct problem *problem);
    int (*list)(struct registry *registry, thing_visit *visit, void *context,
                struct problem *problem);
    int (*list_some)(struct registry *registry, const struct list_filter *filter,
                     thing_visit *visit, void *context, struct problem *problem);
    const char *made; /* field of add's result that is printed */
    const struct list_column *columns;
};

const struct operations *operations_find(const char *noun);
const struct operations *operations_at(size_t index); /* NULL past the last */
#endif
