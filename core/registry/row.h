/* row.h - one thing to be added or changed, on its way into a draft: alone, or as a row of an import. */
#ifndef REGISTRY_ROW_H
#define REGISTRY_ROW_H
#include "core/registry/draft.h"
#include "core/registry/registry.h"

struct link_book;

enum outcome { OUTCOME_KNOWN, OUTCOME_CHANGED, OUTCOME_ADDED };

struct row {
    const json_t *input;         /* as given */
    struct slice key, campaign;  /* of the thing that changes, where its name is not in the input */
    bool is_import;              /* what is there already and equal is known, not a conflict */
    bool is_replace;             /* another value replaces the one that is there */
    bool is_feed;                /* of an import: an order that came by import follows it */
    int64_t wait_until_ms;       /* of clock_monotonic_ms(): how long links may be waited for */
    uint32_t link_serial;        /* of an import's row: reserved for it */
    struct link_book *link_book; /* of an import of links */
    enum outcome outcome;        /* set by the plan */
    bool is_different;           /* set by the plan: of an import, not what is recorded, and kept */
    json_t *result;              /* set by the plan; may be left NULL when is_import */
};

/* Checks the row against the table and the draft, and puts into the draft what it changes. On failure
 * *problem says why, and the draft is as it was, but for what an import says otherwise of a known order. */
typedef int row_plan(struct registry *registry, struct draft *draft, struct row *row,
                     struct problem *problem);

/* Plans and writes one row, again a few times when another writer was in between. *ret_result, where not
 * NULL, is the row's result. */
CHECKED int row_write(struct registry *registry, row_plan *plan, struct row *row,
                      json_t **ret_result, struct problem *problem);

row_plan campaign_plan_add, creator_plan_add, link_plan_add, cost_plan_add, post_plan_add;
#endif
