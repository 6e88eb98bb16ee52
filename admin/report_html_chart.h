/* report_html_chart.h - figures as SVG: no text inside, so that they stretch; what they show is in words beside them
 * and in the table. */
#ifndef ADMIN_REPORT_HTML_CHART_H
#define ADMIN_REPORT_HTML_CHART_H
#include "admin/report_html.h"

/* The charts of a report that has some: timeline, residual. */
void report_html_charts(struct report_html *html, const struct report_page *page);
/* The greatest upper bound of a rate, in its column. */
double report_html_scale(const struct report_page *page, size_t index);
/* The rate as a bar with its interval, `cells` being it and its bounds, before a band of what is usual, or NULL. Nothing
 * where one is unknown. */
void report_html_whisker(struct buffer *out, const struct cell *cells, double scale,
                         const struct usual *usual);
#endif
