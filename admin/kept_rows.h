/* kept_rows.h - the rows of an import as they are kept: as the text they came as, until they are looked at. */
#ifndef ADMIN_KEPT_ROWS_H
#define ADMIN_KEPT_ROWS_H
#include "core/registry/arena.h"
#include "core/registry/noun_values.h"

struct kept_row {
    size_t line; /* of the file */
    struct slice text;
    bool is_json; /* an object; else cells, see kept_rows.c */
};

struct kept_rows {
    const struct noun *noun;
    struct arena arena;
    struct kept_row *rows;
    size_t count, capacity;
    struct noun_values values; /* of the row that is kept */
};

/* Ended with kept_rows_done(). */
void kept_rows_init(struct kept_rows *kept, const struct noun *noun);
void kept_rows_done(struct kept_rows *kept);

/* A row of cells, each of another field; an empty one is absent. Looked at first, so that *problem says what is wrong. */
CHECKED int kept_rows_add(struct kept_rows *kept, size_t line, const struct field *const *fields,
                          const struct slice *cells, size_t count, struct problem *problem);
CHECKED int kept_rows_add_json(struct kept_rows *kept, size_t line, const json_t *row);

/* The row, into values of which all are absent. JALON_NO_MEMORY. */
CHECKED int kept_rows_read(const struct kept_rows *kept, size_t index, struct noun_values *values);
#endif
