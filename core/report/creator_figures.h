/* creator_figures.h - all that creators have in a report's campaigns: clicks, posts, costs and what is credited to
 * them, gathered into the rows of a creator book. */
#ifndef REPORT_CREATOR_FIGURES_H
#define REPORT_CREATOR_FIGURES_H
#include "core/report/code_set.h"
#include "core/report/figures_past.h"

struct creator_figures {
    const struct scope *scope;
    struct link_set links;
    struct code_set codes;
    struct creator_book book;
    struct sums_pool pool;
    struct figures_past past; /* of no parts */
    struct totals totals;     /* has what nobody is credited for; rows are added by the report */
};

/* In place; ended with creator_figures_done(), on failure too. */
CHECKED int creator_figures_gather(struct creator_figures *figures, const struct scope *scope,
                                   enum book_rows kind);
void creator_figures_done(struct creator_figures *figures);
#endif
