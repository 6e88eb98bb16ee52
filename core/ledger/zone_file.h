/* zone_file.h - reads a TZif file (RFC 9636), version 1 to 4, from bytes that nobody vouches for. */
#ifndef LEDGER_ZONE_FILE_H
#define LEDGER_ZONE_FILE_H
#include "core/ledger/zone_rule.h"

#define ZONE_FILE_MAX 65536
#define ZONE_TRANSITIONS_MAX 4096
#define ZONE_TYPES_MAX 256

struct zone_transition {
    int64_t at_s;     /* UTC */
    int32_t offset_s; /* east of UTC, from then on */
};

struct zone_table {
    int32_t first_offset_s; /* before the first transition */
    bool has_rule;          /* after the last one; else the last one's offset stays */
    struct zone_rule rule;
    size_t count;
    struct zone_transition transitions[ZONE_TRANSITIONS_MAX]; /* ascending */
};

/* JALON_DAMAGED: it is no TZif file, or breaks the format; JALON_UNSUPPORTED: it counts leap seconds. */
CHECKED int zone_file_read(struct zone_table *ret_table, struct slice bytes);
#endif
