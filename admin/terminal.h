/* terminal.h - what a stream is connected to: widths, colours and progress bars are for people only. */
#ifndef ADMIN_TERMINAL_H
#define ADMIN_TERMINAL_H
#include <stdbool.h>
#include <stdio.h>

bool terminal_is(FILE *stream);
/* Columns of the terminal, else of $COLUMNS, else 80. */
unsigned terminal_width(FILE *stream);
/* Never off a terminal, with TERM=dumb or with NO_COLOR set (no-color.org). */
bool terminal_has_color(FILE *stream);
/* Words of `text` from column `at` on, wrapped at the width (100 at most) and indented to `indent`; ends
 * with a line end. */
void terminal_print_wrapped(FILE *out, size_t at, size_t indent, const char *text);
/* Characters of UTF-8 text: what its columns are counted by. */
size_t terminal_characters(const char *text);
#endif
