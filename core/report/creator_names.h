/* creator_names.h - the names that creators are shown by. */
#ifndef REPORT_CREATOR_NAMES_H
#define REPORT_CREATOR_NAMES_H
#include "core/report/name_index.h"

struct store;

struct creator_names { /* zeroed: empty */
    struct name_index slugs;
    struct arena arena;
    struct slice *names; /* by number of the slug */
    size_t capacity;
};

CHECKED int creator_names_read(struct creator_names *names, struct store *store);
/* The slug where no name was given; nothing for one that is erased, or known from portable links only. */
struct slice creator_names_get(const struct creator_names *names, struct slice slug);
/* The slug itself where no name is known. */
struct slice creator_names_find(const struct creator_names *names, struct slice slug);
void creator_names_done(struct creator_names *names);
#endif
