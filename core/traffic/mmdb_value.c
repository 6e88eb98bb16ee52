#include "core/traffic/mmdb_value.h"

#include <stdlib.h>

#define DEPTH_MAX 64 /* real ones need about 8 */

uint64_t mmdb_number_read(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static bool read_pointer(struct mmdb_value *value, const struct mmdb_section *section, size_t at,
                         uint8_t control)
{
    static const uint64_t bases[] = {0, 2048, 526336, 0};
    unsigned count = (control >> 3 & 3U) + 1;
    if (section->size - at < count)
        return false;
    uint64_t high = count == 4 ? 0 : control & 7U;
    value->payload = (size_t)((high << 8 * count | mmdb_number_read(section->bytes + at, count)) +
                              bases[count - 1]);
    value->next = at + count;
    return value->payload < section->size;
}

/* Sizes of 29, 30 and 31 continue in 1, 2 and 3 more bytes. */
static bool read_size(struct mmdb_value *value, const struct mmdb_section *section, size_t at,
                      uint8_t control)
{
    static const size_t bases[] = {29, 285, 65821};
    value->size = control & 31U;
    size_t count = value->size > 28 ? value->size - 28 : 0;
    if (section->size - at < count)
        return false;
    if (count)
        value->size = bases[count - 1] + (size_t)mmdb_number_read(section->bytes + at, count);
    value->payload = value->next = at + count;
    return true;
}

bool mmdb_header_read(struct mmdb_value *ret_value, const struct mmdb_section *section, size_t at)
{
    if (at >= section->size)
        return false;
    uint8_t control = section->bytes[at++];
    struct mmdb_value value = {.type = control >> 5};
    if (value.type == VALUE_EXTENDED) {
        if (at == section->size)
            return false;
        value.type = section->bytes[at++] + 7U;
        if (value.type < VALUE_INT32)
            return false;
    }
    bool is_good = value.type == VALUE_POINTER ? read_pointer(&value, section, at, control)
                                               : read_size(&value, section, at, control);
    if (is_good)
        *ret_value = value;
    return is_good;
}

static bool is_scalar_size(const struct mmdb_value *value)
{
    switch (value->type) {
    case VALUE_STRING:
    case VALUE_BYTES:
        return true;
    case VALUE_DOUBLE:
        return value->size == 8;
    case VALUE_FLOAT:
        return value->size == 4;
    case VALUE_UINT16:
        return value->size <= 2;
    case VALUE_UINT32:
    case VALUE_INT32:
        return value->size <= 4;
    case VALUE_UINT64:
        return value->size <= 8;
    case VALUE_UINT128:
        return value->size <= 16;
    default: /* containers and end markers do not belong in a file */
        return false;
    }
}

/* Where a pointer leads, once: a pointer may not lead to a pointer. */
bool mmdb_target_check(struct mmdb_section *section, size_t at, unsigned depth)
{
    struct mmdb_value target;
    size_t end;
    if (section->seen[at / 8] >> at % 8 & 1)
        return true;
    section->seen[at / 8] |= (uint8_t)(1U << at % 8);
    return mmdb_header_read(&target, section, at) && target.type != VALUE_POINTER &&
           mmdb_value_check(section, at, depth, &end);
}

static bool is_key(const struct mmdb_section *section, size_t at)
{
    struct mmdb_value key;
    if (!mmdb_header_read(&key, section, at))
        return false;
    if (key.type == VALUE_POINTER && !mmdb_header_read(&key, section, key.payload))
        return false;
    return key.type == VALUE_STRING;
}

static bool check_children(struct mmdb_section *section, const struct mmdb_value *value,
                           unsigned depth, size_t *ret_end)
{
    size_t at = value->next;
    for (size_t i = 0; i < value->size; i++) {
        if (value->type == VALUE_MAP &&
            (!is_key(section, at) || !mmdb_value_check(section, at, depth, &at)))
            return false;
        if (!mmdb_value_check(section, at, depth, &at))
            return false;
    }
    *ret_end = at;
    return true;
}

bool mmdb_value_check(struct mmdb_section *section, size_t at, unsigned depth, size_t *ret_end)
{
    struct mmdb_value value;
    if (depth > DEPTH_MAX || section->budget == 0 || !mmdb_header_read(&value, section, at))
        return false;
    section->budget--;
    if (value.type == VALUE_MAP || value.type == VALUE_ARRAY)
        return check_children(section, &value, depth + 1, ret_end);
    *ret_end = value.next;
    if (value.type == VALUE_POINTER)
        return mmdb_target_check(section, value.payload, depth + 1);
    if (value.type == VALUE_BOOLEAN)
        return value.size <= 1;
    *ret_end = value.payload + value.size;
    return is_scalar_size(&value) && value.size <= section->size - value.payload;
}

bool mmdb_section_init(struct mmdb_section *ret_section, const uint8_t *bytes, size_t size)
{
    struct mmdb_section section = {.bytes = bytes, .size = size, .budget = 4 * size + 1};
    section.seen = calloc(size / 8 + 1, 1);
    if (!section.seen)
        return false;
    *ret_section = section;
    return true;
}

void mmdb_section_done(struct mmdb_section *section)
{
    free(section->seen);
    *section = (struct mmdb_section){0};
}
