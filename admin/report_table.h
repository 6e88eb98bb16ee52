/* report_table.h - a report for people: heading, table, totals, what is unattributed, notes. Where the width does not
 * do, columns for wide terminals are left out; where it does not even then, the table goes on below, with
 * what tells a row repeated: its first column, and the currency where there are several. */
#ifndef ADMIN_REPORT_TABLE_H
#define ADMIN_REPORT_TABLE_H
#include "admin/report_page.h"

#include <stdio.h>

CHECKED int report_table_print(const struct report_page *page, FILE *out);
/* Its notes alone. */
CHECKED int report_table_print_notes(const struct report_page *page, FILE *out);
#endif
