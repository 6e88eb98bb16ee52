/* visitor_file.h - the file of daily visitor keys, shared by redirectors. Format and life of a key: top
 * of visitor_file.c. */
#ifndef SIGN_VISITOR_FILE_H
#define SIGN_VISITOR_FILE_H
#include "core/base/slice.h"

#define VISITOR_KEY_BYTES 16
#define VISITOR_KEYS_MAX 4
#define MS_PER_DAY INT64_C(86400000)

struct visitor_key {
    int64_t day; /* since 1970, UTC */
    uint8_t bytes[VISITOR_KEY_BYTES];
};

struct visitor_key_list { /* by day, ascending; wiped by whoever holds it */
    size_t count;
    struct visitor_key keys[VISITOR_KEYS_MAX];
};

/* The keys that should exist at `now_ms`, after the file was brought up to it. JALON_IO,
 * JALON_KEY_FILE_EXPOSED, JALON_DAMAGED, JALON_BAD_ARGUMENT for a time before 1970. */
CHECKED int visitor_file_refresh(struct visitor_key_list *ret_list, const char *path,
                                 int64_t now_ms);
#endif
