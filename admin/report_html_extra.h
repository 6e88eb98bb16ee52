/* report_html_extra.h - what stands beside the figures of a page: what is usual elsewhere, and which changed. */
#ifndef ADMIN_REPORT_HTML_EXTRA_H
#define ADMIN_REPORT_HTML_EXTRA_H
#include "admin/report_html.h"

#define REPORT_HTML_USUAL                                                                          \
    "Usual elsewhere: of other audiences than these, so no target and no forecast. Behind bars "   \
    "it "                                                                                          \
    "is shaded."

#define REPORT_HTML_CHANGED                                                                         \
    "Marked with †. First: when the days of this report were over. Refunds, cancellations, late " \
    "orders and another rule change figures afterwards; the day is that of the last change."

/* The range that a row's figure is held against; NULL when there is none. */
const struct usual *report_html_usual_for(const struct report_page *page, const struct cell *cells,
                                          size_t index);
/* Below a headline figure, its range; nothing where there is none, or one for each tier. */
void report_html_usual_of(struct report_html *html, const struct report_page *page,
                          const char *field);
/* All ranges, with their sources. */
void report_html_usual(struct report_html *html, const struct report_page *page);

/* A table of the figures that changed since they were first reported, of the rows from `first` on. */
void report_html_changes(struct report_html *html, const struct report_page *page, size_t first);
#endif
