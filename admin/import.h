/* import.h - a file of rows becomes the objects that the registry imports, each with the line it stood on. */
#ifndef ADMIN_IMPORT_H
#define ADMIN_IMPORT_H
#include "admin/kept_rows.h"
#include "admin/progress.h"
#include "admin/session.h"

#include <signal.h>

#define BAD_ROWS_SHOWN 20

struct bad_rows { /* the first few are kept, by line: form is looked at before content */
    size_t count, kept;
    struct {
        size_t line;
        struct problem problem;
    } rows[BAD_ROWS_SHOWN];
};

struct order_map; /* order_map.h */

struct import {
    struct session *session;
    const struct noun *noun;
    const char *file; /* as messages name it */
    bool is_skip_bad, is_ignore_columns;
    const struct order_map *map; /* the file is a shop's own; NULL: its columns are ours */
    struct kept_rows kept;
    bool *is_bad; /* by row, once the registry has looked at them */
    struct bad_rows bad;
    struct progress progress;
    sigset_t signals; /* those blocked before it began */
    bool is_writing;  /* it has begun to */
};

void import_init(struct import *import, struct session *session);
void import_done(struct import *import);
/* Counts it; the first few are complained of when all are known. */
void import_bad_row(struct import *import, size_t line, const struct problem *problem);

/* Reads the whole file: CSV, or NDJSON where it begins with "{". Bad rows are counted; an error is what makes the file as a whole unreadable. */
CHECKED int import_read(struct import *import, FILE *in);
#endif
