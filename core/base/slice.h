/* slice.h - borrowed bytes: a pointer and a length, never owned, never NUL-terminated. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H
#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *data; /* may be NULL when size is 0 */
    size_t size;
};

#define SLICE(literal) ((struct slice){("" literal), sizeof(literal) - 1})
#define SLICE_INIT(literal)                                                                        \
    {                                                                                              \
        ("" literal), sizeof(literal) - 1                                                          \
    } /* for static tables */
#define SLICE_NONE ((struct slice){NULL, 0})
/* For printf: "%.*s", SLICE_ARG(s) */
#define SLICE_ARG(s) (int)(s).size, (s).data ? (s).data : ""

static inline struct slice slice_of(const void *data, size_t size)
{
    return (struct slice){(const char *)data, size};
}

static inline struct slice slice_of_string(const char *text) /* accepts NULL: empty */
{
    return (struct slice){text, text ? strlen(text) : 0};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    if (a.size != b.size || a.size == 0)
        return a.size == b.size;
    /* Most that differ do so at once. */
    return a.data[0] == b.data[0] && memcmp(a.data, b.data, a.size) == 0;
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_of_string(text));
}

/* The part from `start` (clamped) on. */
static inline struct slice slice_from(struct slice s, size_t start)
{
    if (start > s.size)
        start = s.size;
    return (struct slice){s.data ? s.data + start : NULL, s.size - start};
}

/* The first `size` (clamped) bytes. */
static inline struct slice slice_first(struct slice s, size_t size)
{
    return (struct slice){s.data, size < s.size ? size : s.size};
}

int slice_compare(struct slice a,
                  struct slice b); /* by bytes; a beginning comes before the whole */
bool slice_equal_nocase(struct slice a, struct slice b); /* ASCII case only */
bool slice_starts(struct slice s, struct slice prefix);
bool slice_starts_nocase(struct slice s, struct slice prefix);
bool slice_contains_nocase(struct slice s, struct slice needle); /* ASCII case only */
/* Index of the first `byte` at or after `start`; s.size when there is none. */
size_t slice_find(struct slice s, char byte, size_t start);
/* Takes the bytes before the first `separator` off *rest (the separator too); all when none. */
struct slice slice_take(struct slice *rest, char separator);
struct slice slice_trim(struct slice s); /* spaces and tabs at both ends */
bool slice_has_control(struct slice s);  /* bytes 0x00-0x1f or 0x7f */
bool slice_is_utf8(struct slice s);      /* RFC 3629: no overlong form, no surrogate */
/* Bytes of the UTF-8 character that `s`, which is not empty, begins with; 0 when it begins with none. */
size_t slice_character_size(struct slice s);

/* Whole slice as a decimal number: digits only, no sign, no space. JALON_MALFORMED otherwise or when
 * it is over `max`. */
CHECKED int slice_to_u64(uint64_t *ret_value, struct slice s, uint64_t max);

/* Copies into `ret_text` with a NUL. JALON_TOO_SMALL when it does not fit, nothing written then. */
CHECKED int slice_to_string(char *ret_text, size_t capacity, struct slice s);
#endif
