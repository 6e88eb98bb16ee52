/* record_tree.h - the JSON of a stored record as a tree of values that borrow from it. A report reads hundreds of thousands,
 * so there is one pass and no memory for each value.
 *
 * As strict as jansson with JSON_REJECT_DUPLICATES (RFC 8259, whole, UTF-8, no U+0000, integers of 64 bits), and as to
 * what no writer of ours makes, stricter: whole numbers only, names without escapes, 64 members an object, 16 levels. */
#ifndef REGISTRY_RECORD_TREE_H
#define REGISTRY_RECORD_TREE_H
#include "core/base/buffer.h"

#define RECORD_VALUES_NEAR 64 /* kept in place; records with more take memory */

enum record_kind {
    RECORD_NULL,
    RECORD_FALSE,
    RECORD_TRUE,
    RECORD_INTEGER,
    RECORD_TEXT,
    RECORD_LIST,
    RECORD_OBJECT
};

struct record_value {
    enum record_kind kind;
    bool is_escaped;      /* of TEXT: `text` is as it was written, with escapes */
    uint32_t count, span; /* members or elements; values that it takes up, itself among them */
    struct slice name;    /* of a member */
    union {
        struct slice text; /* of TEXT */
        int64_t integer;   /* of INTEGER */
    };
};

struct record_tree {             /* in place, not to be moved */
    struct record_value *values; /* the first is the whole */
    size_t count, capacity;
    struct record_value near[RECORD_VALUES_NEAR];
};

/* JALON_DAMAGED, JALON_NO_MEMORY: then there is nothing to end. */
CHECKED int record_tree_read(struct record_tree *tree, struct slice json);
void record_tree_done(struct record_tree *tree);

/* A member, NULL when it is absent or `object` is no object. */
const struct record_value *record_member(const struct record_value *object, const char *name);

/* The first of `count` members or elements (of NULL: NULL), and the one behind another. */
static inline const struct record_value *record_first(const struct record_value *value)
{
    return value ? value + 1 : NULL;
}

static inline const struct record_value *record_next(const struct record_value *value)
{
    return value + value->span;
}

/* Appends what a TEXT says, which is never longer than its JSON. */
void record_text_append(struct buffer *out, const struct record_value *value);
#endif
