/* field.h - one value of one field, checked. */
#ifndef REGISTRY_FIELD_H
#define REGISTRY_FIELD_H
#include "core/registry/noun_values.h"

/* Is its value, which is there, one of the field's kind? It has its one spelling then. Else *problem has the field with
 * what to write instead. JALON_INVALID, JALON_NO_MEMORY. */
CHECKED int field_check(const struct field *field, struct noun_values *values,
                        struct problem *problem);

/* Is `text` one of "a|b|c"? */
bool field_is_choice(const char *choices, struct slice text);

/* Controls of ASCII and of Unicode (U+0080 to U+009F), or bytes that are no UTF-8. */
#define CLICK_ID_TEXT_MAX 512 /* far longer than ours: what came is kept, and judged as forged */

bool text_has_control(struct slice text);

/* "30d", "12h", "90m", "10s", "2w": milliseconds, at most ten years. JALON_MALFORMED. */
CHECKED int duration_parse(int64_t *ret_ms, struct slice text);
#endif
