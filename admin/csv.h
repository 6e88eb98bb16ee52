/* csv.h - CSV (RFC 4180, and what spreadsheets make of it) read a row at a time, with line numbers. The only door to
 * libcsv. A byte-order mark is passed over; the separator is , ; or a tab, whichever the first line has most of. */
#ifndef ADMIN_CSV_H
#define ADMIN_CSV_H
#include "core/base/slice.h"

#define CSV_CELLS_MAX 128
#define CSV_ROW_MAX (4 * 1024 * 1024) /* bytes */

struct csv_row {
    size_t line; /* that it begins on, from 1 */
    const struct slice *cells;
    size_t count;
    const char *wrong; /* NULL; or why it can't be read, in words: it has no cells then */
};

/* Slices live for the call only. An error ends the reading and is returned. */
typedef int csv_row_visit(void *context, const struct csv_row *row);

struct csv_reader;

CHECKED int csv_reader_new(struct csv_reader **ret_reader, csv_row_visit *visit, void *context);
struct csv_reader *csv_reader_free(struct csv_reader *reader); /* accepts NULL, returns NULL */

/* Bytes as they come, cut anywhere. A row that can't be read is visited with `wrong`, and reading goes on at
 * the next line. JALON_TOO_LONG: a row over CSV_ROW_MAX (visited with `wrong` before). */
CHECKED int csv_reader_feed(struct csv_reader *reader, struct slice bytes);
/* The last row, where no line end follows it. JALON_MALFORMED: a quote was never closed, so that all behind it
 * is one field (visited with `wrong` before). */
CHECKED int csv_reader_end(struct csv_reader *reader);
#endif
