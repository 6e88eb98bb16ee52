/* report_words.h - what a report's cells, heading and ending say to people, in the page's language. */
#ifndef ADMIN_REPORT_WORDS_H
#define ADMIN_REPORT_WORDS_H
#include "admin/report_page.h"
#include "core/base/buffer.h"

/* Is the field's ratio read as a percentage? Others (roas, hours) stand as they are. */
bool report_words_is_percentage(const char *field);
/* Is the text a sentence, which may take more than a line? */
bool report_words_is_sentence(const char *field);
/* Is the column told in others? Those are the bounds of one before them, and which figures are thin. */
bool report_words_is_beside(const struct report_heading *heading, size_t index);
/* Are the two columns after this one its bounds? */
bool report_words_has_bounds(const struct report_heading *heading, size_t index);

/* Index of the column; column_count when there is none. */
size_t report_words_column(const struct report_page *page, const char *field);
/* Do its rows follow one another in time? Those of several campaigns begin anew with each. */
bool report_words_is_by_time(const struct report_page *page);

/* A note of its ending, in the page's language and as a terminal may show it. */
void report_words_note(struct buffer *out, const struct report_page *page, const struct note *note);

/* Does the row rest on too few events for this figure to rank by? It is marked then. */
bool report_words_is_thin(const struct report_page *page, const struct cell *cells, size_t index);
/* Is a figure of the page marked? Then it says what the mark means. */
bool report_words_has_thin(const struct report_page *page);
#define REPORT_WORDS_THIN                                                                          \
    "* rests on fewer than 10 clicks or results: too few to rank by. 9 sales are not a trend."

/* Has the row figures that are not what they were first? */
bool report_words_has_change(const struct report_page *page, const struct cell *cells);
/* Is this one of them? It is marked then. */
bool report_words_is_changed(const struct report_page *page, const struct cell *cells,
                             size_t index);
/* What one was when it was first reported; a dash where that is not kept. */
void report_words_was(struct buffer *out, const struct report_page *page, const struct cell *cells,
                      size_t index);
#define REPORT_WORDS_CHANGED_MARK "†"
#define REPORT_WORDS_CHANGED                                                                        \
    "† changed since it was first reported, when the range ended: then → now (day of the last " \
    "change)"

/* "2.31 %", "2.31 %*" of few clicks; a dash for what is unknown. */
void report_words_value(struct buffer *out, const struct report_page *page,
                        const struct cell *cells, size_t index);
/* The same without its marks. */
void report_words_bare(struct buffer *out, const struct report_page *page, const struct cell *cells,
                       size_t index);
/* "1.80–2.95", or "≥ 1.80" where only the lower bound is known; nothing where there is none. */
void report_words_interval(struct buffer *out, const struct report_page *page,
                           const struct cell *cells, size_t index);
/* "2.31 % (1.80–2.95)" */
void report_words_cell(struct buffer *out, const struct report_page *page, const struct cell *cells,
                       size_t index);
/* "spring-trail, summer-trail" */
void report_words_campaigns(struct buffer *out, const struct report_page *page);
/* "spring-trail · up to 2026-11-29 · Europe/Paris · amounts in EUR" */
void report_words_heading(struct buffer *out, const struct report_page *page);
/* Are the campaigns too many to be named in a title? */
bool report_words_has_many(const struct report_page *page);
/* The campaigns and whose they are: "spring-trail · alpina", "12 campaigns · alpina". */
void report_words_title(struct buffer *out, const struct report_page *page);
/* "up to 2026-11-29 · Europe/Paris · amounts in EUR" */
void report_words_range(struct buffer *out, const struct report_page *page);
/* "Unattributed: 9 sales, 59.70 EUR" */
void report_words_unattributed(struct buffer *out, const struct report_page *page);
#endif
