/* link_set.h - the links of a report's campaigns. */
#ifndef REPORT_LINK_SET_H
#define REPORT_LINK_SET_H
#include "core/registry/arena.h"
#include "core/report/scope.h"

struct link_row {
    uint64_t id;
    size_t campaign; /* index into the scope's */
    struct slice code, creator, channel,
        target; /* code: empty of a portable link; target: empty for the
                                                    campaign's own */
    const char *state;
};

struct link_set {           /* zeroed: empty */
    struct arena arena;     /* what the slices borrow from */
    struct link_row *links; /* by id */
    size_t count, capacity;
};

CHECKED int link_set_read(struct link_set *set, const struct scope *scope);
const struct link_row *link_set_find(const struct link_set *set,
                                     uint64_t id); /* NULL when not there */
void link_set_done(struct link_set *set);
#endif
