/* import_rows.h - the rows of an import as they are kept: as the text they came as, until they are looked at. */
#ifndef ADMIN_IMPORT_ROWS_H
#define ADMIN_IMPORT_ROWS_H
#include "core/registry/arena.h"
#include "core/registry/noun.h"

struct kept_row {
    size_t line; /* of the file */
    struct slice text;
    bool is_json; /* an object; else cells, see import_rows.c */
};

struct import_rows_kept {
    const struct noun *noun;
    struct arena arena;
    struct kept_row *rows;
    size_t count, capacity;
};

/* Ended with import_rows_done(). */
void import_rows_init(struct import_rows_kept *kept, const struct noun *noun);
void import_rows_done(struct import_rows_kept *kept);

/* As noun_from_text() takes them; each name is a field's. Looked at first, so that *problem says what is wrong. */
CHECKED int import_rows_add(struct import_rows_kept *kept, size_t line, const struct slice *names,
                            const struct slice *values, size_t count, struct problem *problem);
CHECKED int import_rows_add_json(struct import_rows_kept *kept, size_t line, const json_t *row);

/* The object that the row is; the caller's. JALON_NO_MEMORY. */
CHECKED int import_rows_read(const struct import_rows_kept *kept, size_t index, json_t **ret_row);
#endif
