/* journal_format.h - the bytes of a journal's segment: header and entries. Layout: top of journal_format.c. */
#ifndef STORE_JOURNAL_FORMAT_H
#define STORE_JOURNAL_FORMAT_H
#include "core/base/slice.h"

#define JOURNAL_HEADER_BYTES 64
#define JOURNAL_HEAD_BYTES 8      /* before each entry's payload */
#define JOURNAL_PAYLOAD_MAX 32768 /* an entry always fits into an empty segment */
#define JOURNAL_SEGMENT_MIN 65536
#define JOURNAL_SEGMENT_MAX ((uint64_t)1 << 32)
#define JOURNAL_NUMBER_MAX (((uint64_t)1 << 31) - 2) /* so that no offset overflows */
#define JOURNAL_PAD 255 /* kind of the entry that fills the rest of a segment */

struct journal_header {
    uint64_t incarnation, number, segment_bytes;
    int64_t created_ms;
    bool is_mark; /* all before it was shipped and deleted: see journal_retire() */
};

void journal_header_write(uint8_t ret_bytes[JOURNAL_HEADER_BYTES],
                          const struct journal_header *header);
/* JALON_DAMAGED. */
CHECKED int journal_header_read(struct journal_header *ret_header, struct slice bytes);

static inline size_t journal_entry_bytes(size_t payload_bytes)
{
    return (JOURNAL_HEAD_BYTES + payload_bytes + 7) & ~(size_t)7;
}

/* The word that goes before `payload` at `offset`; never 0. */
uint64_t journal_head(uint64_t incarnation, uint64_t offset, uint8_t kind, struct slice payload);

struct journal_found {
    uint8_t kind; /* 0: nothing was written here */
    struct slice payload;
    size_t bytes; /* to the next entry */
};

/* What stands at `offset`, where `rest` begins and the segment (or what exists of it) ends. Reads the head
 * atomically: a whole entry is seen, or none. JALON_DAMAGED. */
CHECKED int journal_find(struct journal_found *ret_found, uint64_t incarnation, uint64_t offset,
                         struct slice rest);
#endif
