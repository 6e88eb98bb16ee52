/* report_csv.h - the rows of a report as CSV: an object of counts becomes a column for each of its names, as
 * conversions.sale. Totals and what is unattributed are not in it: they are no rows. */
#ifndef ADMIN_REPORT_CSV_H
#define ADMIN_REPORT_CSV_H
#include "admin/report_page.h"
#include "core/base/buffer.h"

/* JALON_NO_MEMORY; the buffer keeps its own errors. */
CHECKED int report_csv_write(struct buffer *out, const struct report_page *page);
/* To standard output: a report_print. */
CHECKED int report_csv_print(const struct report_page *page);
#endif
