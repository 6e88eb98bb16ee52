/* field_judge.h - what the text of each kind of field must be like: a row a kind. */
#ifndef REGISTRY_FIELD_JUDGE_H
#define REGISTRY_FIELD_JUDGE_H
#include "core/registry/noun.h"

#define FIELD_WHY_MAX 128

/* Says why not, or NULL; a sentence of its own making goes to `space`. */
typedef const char *field_judge(const struct field *field, struct slice text,
                                char space[FIELD_WHY_MAX]);

struct field_type {
    field_judge *judge;   /* of the string, or of each string of a list; NULL: no string */
    bool is_list;         /* or a string: a list of one */
    const char *expected; /* said when the JSON type is another */
};

extern const struct field_type field_types[FIELD_KINDS];
#endif
