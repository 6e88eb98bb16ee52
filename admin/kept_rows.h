/* kept_rows.h - the rows of an import as they are kept: as the text they came as, until they are looked at. */
#ifndef ADMIN_KEPT_ROWS_H
#define ADMIN_KEPT_ROWS_H
#include "core/registry/arena.h"
#include "core/registry/noun.h"

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
};

/* Ended with kept_rows_done(). */
void kept_rows_init(struct kept_rows *kept, const struct noun *noun);
void kept_rows_done(struct kept_rows *kept);

/* As noun_from_text() takes them; each name is a field's. Looked at first, so that *problem says what is wrong. */
CHECKED int kept_rows_add(struct kept_rows *kept, size_t line, const struct slice *names,
                          const struct slice *values, size_t count, struct problem *problem);
CHECKED int kept_rows_add_json(struct kept_rows *kept, size_t line, const json_t *row);

/* The object that the row is; the caller's. JALON_NO_MEMORY. */
CHECKED int kept_rows_read(const struct kept_rows *kept, size_t index, json_t **ret_row);
#endif
