/* complaint.h - a problem in words on stderr: "jalon: what is wrong, and what to do". */
#ifndef ADMIN_COMPLAINT_H
#define ADMIN_COMPLAINT_H
#include "core/base/problem.h"

#include <stdio.h>

struct option_table; /* options.h */

/* A sentence of its own, with the fields that it is about in brackets; else a line a field. Fields are named by
 * their options where `table` (may be NULL) has one for them. */
void complain(FILE *stream, const struct problem *problem, const struct option_table *table);
/* Of a row of an import: "jalon: FILE:LINE: …". */
void complain_of_row(FILE *stream, const char *file, size_t line, const struct problem *problem);
#endif
