/* mmdb_value.h - the values of a MaxMind DB's data section or metadata, read with suspicion.
 *
 * A value is a control byte (type in 3 bits, size in 5), further bytes of type and size, and its
 * payload; a pointer leads to another value of the same section (MaxMind DB File Format Specification
 * 2.0, "Output Data Section"). */
#ifndef TRAFFIC_MMDB_VALUE_H
#define TRAFFIC_MMDB_VALUE_H
#include "core/base/slice.h"

enum mmdb_type {
    VALUE_EXTENDED = 0,
    VALUE_POINTER = 1,
    VALUE_STRING = 2,
    VALUE_DOUBLE = 3,
    VALUE_BYTES = 4,
    VALUE_UINT16 = 5,
    VALUE_UINT32 = 6,
    VALUE_MAP = 7,
    VALUE_INT32 = 8,
    VALUE_UINT64 = 9,
    VALUE_UINT128 = 10,
    VALUE_ARRAY = 11,
    VALUE_BOOLEAN = 14,
    VALUE_FLOAT = 15,
};

struct mmdb_section {
    const uint8_t *bytes; /* the caller's */
    size_t size;
    uint8_t *seen; /* heap; a bit for each byte: the value that begins there was checked */
    size_t budget; /* values that may still be visited: overlapping ones could be very many */
};

struct mmdb_value {
    unsigned type;  /* enum mmdb_type, or one that does not exist */
    size_t size;    /* payload bytes; pairs of a map, elements of an array */
    size_t payload; /* its offset; of a pointer: what it leads to */
    size_t next;    /* offset behind the header; of a pointer: behind it all */
};

bool mmdb_section_init(struct mmdb_section *ret_section, const uint8_t *bytes, size_t size);
void mmdb_section_done(struct mmdb_section *section);

uint64_t mmdb_number_read(const uint8_t *bytes, size_t count); /* big-endian, at most 8 bytes */
/* False when there is no value at `at`; its payload may still be out of bounds. */
bool mmdb_header_read(struct mmdb_value *ret_value, const struct mmdb_section *section, size_t at);
/* Checks the value at `at`, all within it and all that its pointers lead to; *ret_end is behind it. */
bool mmdb_value_check(struct mmdb_section *section, size_t at, unsigned depth, size_t *ret_end);
/* The same for a value that is led to, once: the second time it costs nothing. */
bool mmdb_target_check(struct mmdb_section *section, size_t at, unsigned depth);
#endif
