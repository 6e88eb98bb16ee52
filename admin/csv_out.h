/* csv_out.h - CSV as RFC 4180 has it (CRLF, quotes where they are needed), safe to open in a spreadsheet: a text
 * that one would run as a formula (it begins with = + - @, a tab or a carriage return and is no number)
 * gets an apostrophe in front. */
#ifndef ADMIN_CSV_OUT_H
#define ADMIN_CSV_OUT_H
#include "core/base/buffer.h"

struct csv_out {
    struct buffer *out;
    bool is_first; /* cell of its row */
};

void csv_out_start(struct csv_out *csv, struct buffer *out);
void csv_out_cell(struct csv_out *csv, struct slice text);
void csv_out_end_row(struct csv_out *csv);
/* "-12.50": what no spreadsheet takes for a formula although it begins with a sign. */
bool csv_out_is_number(struct slice text);
#endif
