/* thing.h - members of a JSON object, read and built. A builder remembers that memory ran out, so that it
 * may put freely and look once, at thing_end(). */
#ifndef REGISTRY_THING_H
#define REGISTRY_THING_H
#include "core/base/buffer.h"

#include <jansson.h>

/* For json_dumps() and its like: a share is printed as 0.333334, as it was meant. */
#define THING_DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15))

struct slice thing_slice(const json_t *value); /* of a string; empty for NULL and all else */
struct slice thing_text(const json_t *thing, const char *name);
int64_t thing_number(const json_t *thing, const char *name, int64_t absent);
bool thing_is(const json_t *thing, const char *name); /* there, and true */

/* A time of the checked input in milliseconds, `absent` where there is none. */
int64_t thing_moment(const json_t *thing, const char *name, int64_t absent);

struct thing {
    json_t *json; /* NULL once memory ran out */
};

void thing_start(struct thing *thing);
void thing_put(struct thing *thing, const char *name, json_t *value); /* takes the reference */
void thing_put_text(struct thing *thing, const char *name, struct slice text);
void thing_put_text_or_null(struct thing *thing, const char *name, struct slice text);
void thing_put_number(struct thing *thing, const char *name, int64_t number);
void thing_put_moment_or_null(struct thing *thing, const char *name, int64_t ms); /* 0: null */
/* Copies the member `name` of `from`: null where it has none, or, for _if_there, nothing. */
void thing_put_same(struct thing *thing, const char *name, const json_t *from);
void thing_put_same_if_there(struct thing *thing, const char *name, const json_t *from);
CHECKED int thing_end(struct thing *thing, json_t **ret_json); /* JALON_NO_MEMORY */

/* Appends `json` as text, and takes the reference. */
CHECKED int thing_write(struct buffer *out, json_t *json);
#endif
