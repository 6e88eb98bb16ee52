/* residual.h - the decay of clicks since publication: how many came by when, and by when half of them came. */
#ifndef REPORT_RESIDUAL_H
#define REPORT_RESIDUAL_H
#include "core/report/clicks.h"

#define RESIDUAL_HOUR_MS 3600000.0
#define RESIDUAL_POINTS 7 /* 1, 2, 3, 7, 14, 28 and 90 days after publication */

struct residual_row {       /* a creator in a campaign */
    size_t campaign;        /* of the scope's */
    struct slice creator;   /* borrowed */
    int64_t post_ms;        /* when the earliest known post was published; NEVER_MS */
    int64_t first_click_ms; /* NEVER_MS */
    int64_t clicks;         /* from publication on */
    int64_t by[RESIDUAL_POINTS];
    int64_t half_life_ms; /* when half of `clicks` had come, to the quarter-hour; 0 without any */
};

/* The post, else the first click; NEVER_MS when there is neither. */
int64_t residual_published_ms(const struct residual_row *row);
bool residual_has_passed(const struct residual_row *row, size_t point, int64_t now_ms);

/* Fills clicks, by and half_life_ms of the rows that `sources` belong to: of each the link's id and the row are given,
 * sorted by row, and the rest is not looked at. */
CHECKED int residual_measure(struct store *store, struct residual_row *rows,
                             const struct click_source *sources, size_t count, int64_t now_ms);
#endif
