/* name_index.h - names to numbers: the first name is 0, each new one the next. */
#ifndef REPORT_NAME_INDEX_H
#define REPORT_NAME_INDEX_H
#include "core/registry/arena.h"

struct name_index { /* zeroed: empty */
    struct arena arena;
    struct slice *names; /* by number */
    size_t count, capacity;
    uint32_t *slots; /* number + 1; 0: free */
    size_t slot_count;
    uint64_t seed; /* of the hash */
};

/* The number of `name`, which is copied when it is new. JALON_NO_MEMORY. */
CHECKED int name_index_put(struct name_index *index, struct slice name, size_t *ret_number);
/* The same of a pair of names, neither of which has a NUL in it. */
CHECKED int name_index_put_pair(struct name_index *index, struct slice a, struct slice b,
                                size_t *ret_number);
bool name_index_find(const struct name_index *index, struct slice name, size_t *ret_number);
bool name_index_find_pair(const struct name_index *index, struct slice a, struct slice b,
                          size_t *ret_number);
void name_index_done(struct name_index *index);
#endif
