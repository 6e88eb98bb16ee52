/* noun_values.h - the values of a noun's fields as somebody gave them, as text or as JSON, and then checked in place. Used
 * again for row after row of an import, one takes no memory a row. */
#ifndef REGISTRY_NOUN_VALUES_H
#define REGISTRY_NOUN_VALUES_H
#include "core/registry/noun.h"

#define NOUN_FIELDS_MAX 20

enum value_kind {
    VALUE_ABSENT,
    VALUE_NULL, /* of JSON */
    VALUE_TEXT,
    VALUE_NUMBER,
    VALUE_LIST, /* of texts */
    VALUE_OTHER /* of JSON, and what no field is */
};

struct noun_value {
    enum value_kind kind;
    union {
        struct slice text;
        int64_t number;
        struct {
            size_t first, count; /* among the items */
        } list;
        json_t *json; /* of OTHER: in `source` */
    };
};

struct noun_values { /* texts borrow from whoever gave them, or from `source` */
    const struct noun *noun;
    struct noun_value values[NOUN_FIELDS_MAX]; /* by the field's place in the noun's table */
    struct slice *items;                       /* of all lists */
    size_t item_count, item_capacity;
    json_t *source; /* what they came as; NULL: as text */
};

/* All are absent. Ended with noun_values_done(). */
void noun_values_init(struct noun_values *values, const struct noun *noun);
void noun_values_done(struct noun_values *values);
void noun_values_clear(struct noun_values *values); /* absent again */

/* What `text`, which is not empty, means by the field's kind; only its shape is judged. On failure *ret_why is a sentence.
 * JALON_MALFORMED, JALON_NO_MEMORY. */
CHECKED int noun_values_put_text(struct noun_values *values, const struct field *field,
                                 struct slice text, const char **ret_why);
/* The members of `source`, to which a reference is kept. JALON_NO_MEMORY. */
CHECKED int noun_values_put_json(struct noun_values *values, json_t *source);
CHECKED int noun_values_add_item(struct noun_values *values, struct slice item);

/* As noun_check() does, which says more. */
CHECKED int noun_values_check(struct noun_values *values, struct problem *problem);

/* As a new object. */
CHECKED int noun_values_json(const struct noun_values *values, json_t **ret_json);

/* Of a text that was checked; empty when it is absent. */
static inline struct slice noun_values_text(const struct noun_values *values, size_t field)
{
    const struct noun_value *value = &values->values[field];
    return value->kind == VALUE_TEXT ? value->text : SLICE_NONE;
}

static inline struct noun_value *noun_value_of(struct noun_values *values,
                                               const struct field *field)
{
    return &values->values[field - values->noun->fields];
}
#endif
