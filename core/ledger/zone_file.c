/* zone_file.c - header (44 bytes), data block; from version 2 on a second header and data block with 64-bit
 * times, which is the one that counts, and a footer "\n" TZ-string "\n". All numbers are big-endian. */
#include "core/ledger/zone_file.h"

#define HEADER_BYTES 44
#define TYPE_BYTES 6
/* RFC 9636 3.2: offsets between -25 h and +26 h, both excluded. */
#define OFFSET_MIN (-89999)
#define OFFSET_MAX 93599

struct block {         /* one data block, its parts in the order of the file */
    size_t time_bytes; /* 4 or 8 */
    uint32_t leap_count, transition_count, type_count;
    struct slice times, types_of_times, types;
};

static uint32_t read_u32(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t read_time(const char *at, size_t time_bytes)
{
    if (time_bytes == 4)
        return (int32_t)read_u32(at);
    return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

static bool take_bytes(struct slice *rest, size_t size, struct slice *part)
{
    if (rest->size < size)
        return false;
    *part = slice_first(*rest, size);
    *rest = slice_from(*rest, size);
    return true;
}

/* Takes a header and its data block off *rest. */
static int take_block(struct slice *rest, size_t time_bytes, struct block *block, char *version)
{
    struct slice header, unused;
    if (!take_bytes(rest, HEADER_BYTES, &header) || memcmp(header.data, "TZif", 4) != 0)
        return JALON_DAMAGED;
    *version = header.data[4];
    uint32_t ut_count = read_u32(header.data + 20), standard_count = read_u32(header.data + 24);
    block->leap_count = read_u32(header.data + 28);
    block->transition_count = read_u32(header.data + 32);
    block->type_count = read_u32(header.data + 36);
    uint32_t name_bytes = read_u32(header.data + 40);
    block->time_bytes = time_bytes;
    if (block->transition_count > ZONE_TRANSITIONS_MAX || block->type_count > ZONE_TYPES_MAX ||
        block->type_count == 0 || name_bytes == 0 || name_bytes > ZONE_FILE_MAX ||
        block->leap_count > ZONE_FILE_MAX || (ut_count && ut_count != block->type_count) ||
        (standard_count && standard_count != block->type_count))
        return JALON_DAMAGED;

    size_t tail = name_bytes + block->leap_count * (time_bytes + 4) + standard_count + ut_count;
    if (!take_bytes(rest, block->transition_count * time_bytes, &block->times) ||
        !take_bytes(rest, block->transition_count, &block->types_of_times) ||
        !take_bytes(rest, (size_t)block->type_count * TYPE_BYTES, &block->types) ||
        !take_bytes(rest, tail, &unused))
        return JALON_DAMAGED;
    return JALON_OK;
}

static bool read_offset(const struct block *block, size_t type, int32_t *offset_s)
{
    if (type >= block->type_count)
        return false;
    *offset_s = (int32_t)read_u32(block->types.data + type * TYPE_BYTES);
    return *offset_s >= OFFSET_MIN && *offset_s <= OFFSET_MAX;
}

static int read_transitions(struct zone_table *table, const struct block *block)
{
    if (!read_offset(block, 0, &table->first_offset_s))
        return JALON_DAMAGED;
    table->count = block->transition_count;
    for (size_t i = 0; i < table->count; i++) {
        struct zone_transition *transition = &table->transitions[i];
        transition->at_s = read_time(block->times.data + i * block->time_bytes, block->time_bytes);
        size_t type = (unsigned char)block->types_of_times.data[i];
        if (!read_offset(block, type, &transition->offset_s))
            return JALON_DAMAGED;
        if (i > 0 && transition->at_s <= transition[-1].at_s)
            return JALON_DAMAGED;
    }
    return JALON_OK;
}

/* "\n" TZ-string "\n"; an empty string says nothing about the time after. */
static int read_footer(struct zone_table *table, struct slice rest)
{
    size_t end = rest.size > 0 && rest.data[0] == '\n' ? slice_find(rest, '\n', 1) : rest.size;
    if (end == rest.size)
        return JALON_DAMAGED;
    struct slice text = slice_of(rest.data + 1, end - 1);
    table->has_rule = text.size > 0;
    return table->has_rule ? zone_rule_parse(&table->rule, text) : JALON_OK;
}

int zone_file_read(struct zone_table *ret_table, struct slice bytes)
{
    struct block block;
    char version, second_version;
    int err = take_block(&bytes, 4, &block, &version);
    if (err)
        return err;
    bool is_versioned = version >= '2';
    if (!is_versioned && version != '\0')
        return JALON_DAMAGED;
    if (is_versioned) {
        err = take_block(&bytes, 8, &block, &second_version);
        if (err)
            return err;
        if (second_version != version)
            return JALON_DAMAGED;
    }
    if (block.leap_count)
        return JALON_UNSUPPORTED;

    ret_table->has_rule = false;
    err = read_transitions(ret_table, &block);
    if (err)
        return err;
    return is_versioned ? read_footer(ret_table, bytes) : JALON_OK;
}
