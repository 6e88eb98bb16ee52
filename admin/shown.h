/* shown.h - text from outside as a terminal may show it: an order's id or a creator's name can hold what a terminal
 * obeys, and what makes a line read as another one. CSV and JSON have it as it is. */
#ifndef ADMIN_SHOWN_H
#define ADMIN_SHOWN_H
#include "core/base/buffer.h"

#define SHOWN_MAX(size) (6 * (size)) /* bytes that so many become at most */

/* Appends the text with each control character, mark of writing direction and invisible character written out as
 * \u202E; bytes that are no UTF-8 become U+FFFD. */
void shown_append(struct buffer *out, struct slice text);
#endif
