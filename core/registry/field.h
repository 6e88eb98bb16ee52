/* field.h - one value of one field: from text, and checked. */
#ifndef REGISTRY_FIELD_H
#define REGISTRY_FIELD_H
#include "core/registry/noun.h"

/* The JSON value that `text` means by the field's kind; only its shape is judged, field_check() judges
 * the rest. On failure *ret_why is a sentence. JALON_MALFORMED, JALON_NO_MEMORY. */
CHECKED int field_from_text(const struct field *field, struct slice text, json_t **ret_value,
                            const char **ret_why);

/* Is `value` one of the field's kind? *ret_clean is a new reference to its one spelling. On failure
 * *problem has the field with what to write instead. */
CHECKED int field_check(const struct field *field, const json_t *value, json_t **ret_clean,
                        struct problem *problem);

/* Is `text` one of "a|b|c"? */
bool field_is_choice(const char *choices, struct slice text);

/* Controls of ASCII and of Unicode (U+0080 to U+009F), or bytes that are no UTF-8. */
#define CLICK_ID_TEXT_MAX 512 /* far longer than ours: what came is kept, and judged as forged */

bool text_has_control(struct slice text);

/* "30d", "12h", "90m", "10s", "2w": milliseconds, at most ten years. JALON_MALFORMED. */
CHECKED int duration_parse(int64_t *ret_ms, struct slice text);
#endif
