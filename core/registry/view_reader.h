/* view_reader.h - a record's JSON read into a view: each text is copied into the view's one buffer, sized at
 * the start so that it never moves. A reader remembers what was wrong; look once, at view_reader_end(). */
#ifndef REGISTRY_VIEW_READER_H
#define REGISTRY_VIEW_READER_H
#include "core/registry/record_tree.h"

#define RECORD_VERSION 1 /* "v" of what we write */

struct view_reader {
    struct record_tree tree;
    const struct record_value *root;
    struct buffer *text; /* the view's */
    int error;
};

/* `growth`: how many bytes a byte of the JSON may become in the view. JALON_DAMAGED: no object, or another
 * format version. On failure nothing is to be ended. */
CHECKED int view_reader_start(struct view_reader *reader, struct buffer *text, struct slice json,
                              size_t growth);
/* Ends the reading; when something was wrong the buffer is done with too, and the error returned. */
CHECKED int view_reader_end(struct view_reader *reader);

/* Members of `object`; absent ones give an empty slice, or `absent`. Another type is damage. */
struct slice view_text(struct view_reader *reader, const struct record_value *object,
                       const char *name);
struct slice view_text_needed(struct view_reader *reader, const struct record_value *object,
                              const char *name);
int64_t view_number(struct view_reader *reader, const struct record_value *object, const char *name,
                    int64_t absent);
bool view_flag(struct view_reader *reader, const struct record_value *object, const char *name);
/* A list, or NULL when absent; over `max` elements is damage. */
const struct record_value *view_list(struct view_reader *reader, const struct record_value *object,
                                     const char *name, size_t max);
/* How many elements it has; NULL has none. */
static inline size_t view_count(const struct record_value *list)
{
    return list ? list->count : 0;
}
/* The string `value` itself. */
struct slice view_keep(struct view_reader *reader, const struct record_value *value);
void view_damaged(struct view_reader *reader);
#endif
