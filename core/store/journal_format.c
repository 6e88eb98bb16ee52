/* A segment is a file of fixed size, NNNNNNNN.seg, wholly allocated before its first use. All numbers are
 * little-endian.
 *
 * Header, 64 bytes:
 *      0  magic "JALONJ1\n", 8      16  incarnation, 8     32  segment's size, 8
 *      8  version 1, 4              24  number, 8          40  created, ms since 1970, 8
 *     12  checksum of 16..63, 4                            48  is it a mark? 1; then zeros
 *
 * Then entries, each 8-byte aligned, never across two segments:
 *      0  checksum, 4               6  kind                8  payload, zeros to the next multiple of 8
 *      4  payload's size, 2         7  version 1
 *
 * The checksum is the low half of XXH3-64 of the payload, seeded by incarnation, offset, size, kind and
 * version: bytes of another time or place never pass. A head of zeros means: nothing written here yet. The
 * payload is written first and the head, one aligned 64-bit word, last: it is there whole or not at all,
 * to another thread, to another process and after a kill. A pad (kind 255) fills the rest of a segment
 * that the next entry does not fit into; its payload is not read. */
#include "core/store/journal_format.h"

#include "core/store/journal.h"
#include "core/store/little_endian.h"

#include <stdatomic.h>
#include <xxhash.h>

#define VERSION 1
static const char magic[8] = "JALONJ1\n";

static uint32_t header_checksum(const uint8_t *bytes)
{
    return (uint32_t)XXH3_64bits(bytes + 16, JOURNAL_HEADER_BYTES - 16);
}

void journal_header_write(uint8_t ret_bytes[JOURNAL_HEADER_BYTES],
                          const struct journal_header *header)
{
    memset(ret_bytes, 0, JOURNAL_HEADER_BYTES);
    memcpy(ret_bytes, magic, sizeof magic);
    le32_write(ret_bytes + 8, VERSION);
    le64_write(ret_bytes + 16, header->incarnation);
    le64_write(ret_bytes + 24, header->number);
    le64_write(ret_bytes + 32, header->segment_bytes);
    le64_write(ret_bytes + 40, (uint64_t)header->created_ms);
    ret_bytes[48] = header->is_mark;
    le32_write(ret_bytes + 12, header_checksum(ret_bytes));
}

int journal_header_read(struct journal_header *ret_header, struct slice bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.data;
    if (bytes.size < JOURNAL_HEADER_BYTES || memcmp(at, magic, sizeof magic) != 0)
        return JALON_DAMAGED;
    if (le32_read(at + 8) != VERSION || le32_read(at + 12) != header_checksum(at))
        return JALON_DAMAGED;
    uint64_t segment_bytes = le64_read(at + 32);
    if (segment_bytes < JOURNAL_SEGMENT_MIN || segment_bytes > JOURNAL_SEGMENT_MAX ||
        (segment_bytes & (segment_bytes - 1)))
        return JALON_DAMAGED;
    *ret_header = (struct journal_header){
        .incarnation = le64_read(at + 16),
        .number = le64_read(at + 24),
        .segment_bytes = segment_bytes,
        .created_ms = (int64_t)le64_read(at + 40),
        .is_mark = at[48] == 1,
    };
    return JALON_OK;
}

uint64_t journal_head(uint64_t incarnation, uint64_t offset, uint8_t kind, struct slice payload)
{
    uint64_t shape = (uint64_t)payload.size << 32 | (uint64_t)kind << 48 | (uint64_t)VERSION << 56;
    struct slice hashed = kind == JOURNAL_PAD ? SLICE_NONE : payload;
    uint64_t seed = incarnation ^ offset * 0x9e3779b97f4a7c15 ^ shape;
    return shape | (uint32_t)XXH3_64bits_withSeed(hashed.data, hashed.size, seed);
}

static bool is_known(uint8_t kind)
{
    return kind == JOURNAL_CLICK || kind == JOURNAL_LINK || kind == JOURNAL_PAD;
}

int journal_find(struct journal_found *ret_found, uint64_t incarnation, uint64_t offset,
                 struct slice rest)
{
    if (rest.size < JOURNAL_HEAD_BYTES)
        return JALON_DAMAGED;
    /* Acquire, paired with the release in journal_append(): the payload of a head that is seen is seen. */
    const _Atomic uint64_t *at = (const _Atomic uint64_t *)(const void *)rest.data;
    uint64_t head = le64toh(atomic_load_explicit(at, memory_order_acquire));
    if (head == 0) {
        *ret_found = (struct journal_found){.bytes = JOURNAL_HEAD_BYTES};
        return JALON_OK;
    }
    uint8_t kind = (uint8_t)(head >> 48);
    size_t size = head >> 32 & 0xffff, bytes = journal_entry_bytes(size);
    if (!is_known(kind) || bytes > rest.size)
        return JALON_DAMAGED;
    struct slice payload = slice_of(rest.data + JOURNAL_HEAD_BYTES, size);
    if (journal_head(incarnation, offset, kind, payload) != head)
        return JALON_DAMAGED;
    *ret_found = (struct journal_found){.kind = kind, .payload = payload, .bytes = bytes};
    return JALON_OK;
}
