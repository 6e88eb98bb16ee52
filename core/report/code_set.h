/* code_set.h - the promo codes of a report's campaigns. */
#ifndef REPORT_CODE_SET_H
#define REPORT_CODE_SET_H
#include "core/registry/code_view.h"
#include "core/report/name_index.h"
#include "core/report/scope.h"

struct code_row {
    size_t campaign;       /* index into the scope's */
    struct code_view code; /* its slices borrow from the set's arena */
    const char *state;
    size_t next; /* the next of the same folded form, CODE_NONE after the last */
};
#define CODE_NONE SIZE_MAX

struct code_set { /* zeroed: empty */
    struct arena arena;
    struct code_row *codes;
    size_t count, capacity;
    struct name_index folded; /* pairs of campaign and folded form → place in `first` */
    size_t *first;            /* into codes */
    size_t first_capacity;
};

CHECKED int code_set_read(struct code_set *set, const struct scope *scope);
/* The code of that campaign that an order of that moment used: the one whose validity covers it, else any
 * of that folded form; NULL when there is none. */
const struct code_row *code_set_find(const struct code_set *set, const struct scope *scope,
                                     size_t campaign, struct slice folded, int64_t occurred_ms);
void code_set_done(struct code_set *set);
#endif
