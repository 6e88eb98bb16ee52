/* report_html.h - reports as one HTML page that needs nothing from elsewhere: headline figures, charts, a table for
 * each report, notes. Its Content-Security-Policy lets nothing in but its own style and its own script, which
 * sorts tables; without it all is there to read. */
#ifndef ADMIN_REPORT_HTML_H
#define ADMIN_REPORT_HTML_H
#include "admin/report_page.h"
#include "core/base/buffer.h"

#define REPORT_HTML_COLUMNS_MAX 64
#define REPORT_HTML_LEDGER "Only the last rows are here: the report of that name has them all."
#define REPORT_HTML_INTERVALS                                                                      \
    "In brackets and as whiskers: the interval that holds the true figure with 95 % confidence "   \
    "(Wilson's of rates, Poisson's exact one of costs and counts)."
#define REPORT_HTML_UNKNOWN                                                                        \
    "A dash: not known, or there is none. Unknown is never counted as zero. In print, tables "     \
    "have "                                                                                        \
    "their first columns."

struct report_html {
    struct buffer *out;
    struct buffer words; /* not yet escaped */
    const struct language *language;
    size_t section_count;
    /* Of the report at hand: its columns as they come, and the scales of the rates that have bounds. */
    size_t order[REPORT_HTML_COLUMNS_MAX], order_count;
    double scales[REPORT_HTML_COLUMNS_MAX];
    size_t row_max; /* tables of later sections have the last so many rows; 0: all */
    bool
        is_about_creator; /* its first report has one creator's figures: the title is that creator */
    int error;            /* the first */
};

void report_html_init(struct report_html *html, struct buffer *out,
                      const struct language *language);
/* The first begins the page: title and headline figures are its. The page's language is html's. */
void report_html_section(struct report_html *html, const struct report_page *page);
/* What a row is called; a creator's name comes before the slug. */
void report_html_name(struct report_html *html, const struct report_page *page,
                      const struct cell *cells);
/* The same as its first cell. */
void report_html_row_name(struct report_html *html, const struct report_page *page,
                          const struct cell *cells);
/* Puts `words`, escaped, and empties them. */
void report_html_words(struct report_html *html);
/* Ends the page. JALON_FULL when it, or one of its cells, is larger than can be. */
CHECKED int report_html_end(struct report_html *html);
void report_html_done(struct report_html *html);
#endif
