/* table.h - rows in aligned columns for people, fitted to the terminal. */
#ifndef ADMIN_TABLE_H
#define ADMIN_TABLE_H
#include "core/base/slice.h"

#include <stdio.h>

struct table; /* libsmartcols'; fields live in table.c */

enum table_column {
    TABLE_RIGHT = 1, /* right-aligned */
    TABLE_CUT = 2,   /* where the terminal is too narrow, its cells are shortened */
    TABLE_MINOR =
        4, /* where the terminal is too narrow, it is left out, the last such column first */
};

#define TABLE_GAP 2 /* spaces between two columns */

CHECKED int table_new(struct table **ret_table);
struct table *table_free(struct table *table); /* accepts NULL, returns NULL */

/* `flags` of enum table_column. */
CHECKED int table_add_column(struct table *table, const char *heading, unsigned flags);
/* An empty row; the cells are set by column. Texts are copied, as shown_append()
 * has them. */
CHECKED int table_add_row(struct table *table);
CHECKED int table_set(struct table *table, size_t column, struct slice text);
void table_set_bold(struct table *table); /* the last row, where the stream has colours */

/* Prints with headings, or, without any row, nothing. On a terminal no line is wider than it. */
CHECKED int table_print(struct table *table, FILE *out);
#endif
