/* list_out.h - things of the registry as they come, printed as table, CSV or JSON. */
#ifndef ADMIN_LIST_OUT_H
#define ADMIN_LIST_OUT_H
#include "admin/session.h"
#include "admin/table.h"

struct list_column {
    const char *field;   /* of the thing; "credits.creator": of each element of a list */
    const char *heading; /* for people; NULL: only in CSV */
    unsigned flags;      /* TABLE_RIGHT, TABLE_MINOR */
};

struct list_out;

/* `columns` ends with a NULL field. Prints to stdout. */
CHECKED int list_out_new(struct list_out **ret_list, enum format format,
                         const struct list_column *columns);
struct list_out *list_out_free(struct list_out *list);
int list_out_add(void *list, const json_t *thing); /* a thing_visit */
CHECKED int list_out_end(struct list_out *list);

/* One thing: a line a field, a CSV of one row, or the JSON object. */
CHECKED int list_out_one(enum format format, const json_t *thing);
#endif
