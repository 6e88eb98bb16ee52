/* report_page.h - a whole report, kept: for formats that must see all rows before they can print the first. */
#ifndef ADMIN_REPORT_PAGE_H
#define ADMIN_REPORT_PAGE_H
#include "admin/language.h"
#include "core/registry/arena.h"
#include "core/report/sink.h"

struct report_page;
/* Called at the end, while heading and ending live. */
typedef int report_print(const struct report_page *page);

struct report_page {
    struct report_sink sink; /* first: a page is one */
    report_print *print;
    const struct language *language; /* English unless it is set */
    void *context;                   /* of print */
    struct arena arena;              /* owns the cells */
    const struct report_heading *heading;
    struct cell **rows; /* column_count cells each */
    size_t row_count, row_capacity;
    const struct report_ending *ending;
};

void report_page_init(struct report_page *page, report_print *print);
void report_page_done(struct report_page *page);

struct buffer;
/* A cell as text: CSV's spelling. Nothing for an unknown value; CELL_COUNTS has none. */
void report_cell_text(struct buffer *out, const struct cell *cell);
/* A count in millionths: "3", "0.333333". */
void report_share_text(struct buffer *out, int64_t micro);
#endif
