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
    size_t next;    /* the next of the same folded form, CODE_NONE after the last */
    size_t story;   /* number of those that replaced each other, itself among them */
    size_t current; /* the one that has its place now: itself unless it was replaced */
    size_t earlier; /* the one that it replaced, CODE_NONE */
};
#define CODE_NONE SIZE_MAX

struct code_set { /* zeroed: empty */
    struct arena arena;
    struct code_row *codes;
    size_t count, capacity;
    struct name_index folded; /* pairs of campaign and folded form → place in `first` */
    size_t *first;            /* into codes */
    size_t first_capacity;
    struct name_index stories; /* pairs of campaign and name of the redemptions */
};

CHECKED int code_set_read(struct code_set *set, const struct scope *scope);
/* The code of that campaign that an order of that moment used: the one whose validity covers it, else any
 * of that folded form; NULL when there is none. */
const struct code_row *code_set_find(const struct code_set *set, const struct scope *scope,
                                     size_t campaign, struct slice folded, int64_t occurred_ms);
/* The codes that it replaced, the newest first: "MARIE20, MARIE10". */
void code_set_write_earlier(struct buffer *out, const struct code_set *set, size_t number);
void code_set_done(struct code_set *set);
#endif
