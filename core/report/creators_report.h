/* creators_report.h - the figures of creators as rows of creators or of campaigns. */
#ifndef REPORT_CREATORS_REPORT_H
#define REPORT_CREATORS_REPORT_H
#include "core/report/creator_figures.h"

/* A report of all METRICS, behind columns of its own. */
struct creators_form {
    const struct report_shape *shape;
    enum book_rows kind;
    const char *rows; /* what they are called in notes */
    size_t past;      /* the first of the PAST_COLUMNS */
    void (*fill_own)(const struct creator_book *book, const struct creator_row *row,
                     struct cell *cells);
};

CHECKED int creators_run(const struct creators_form *form, const struct scope *scope,
                         struct report_sink *sink);
#endif
