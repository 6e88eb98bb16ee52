/* little_endian.h - numbers as bytes on disk and in the store: little-endian, unaligned. */
#ifndef STORE_LITTLE_ENDIAN_H
#define STORE_LITTLE_ENDIAN_H
#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void le64_write(void *ret_bytes, uint64_t value)
{
    value = htole64(value);
    memcpy(ret_bytes, &value, sizeof value);
}

static inline uint64_t le64_read(const void *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return le64toh(value);
}

static inline void le32_write(void *ret_bytes, uint32_t value)
{
    value = htole32(value);
    memcpy(ret_bytes, &value, sizeof value);
}

static inline uint32_t le32_read(const void *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return le32toh(value);
}
#endif
