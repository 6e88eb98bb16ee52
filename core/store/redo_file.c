/* The log is a series of files, NNNNNNNN.log, of which only the last grows. Numbers are little-endian.
 *
 * Header, 32 bytes: magic "JALONR1\n", 8; version 1, 4; checksum of 16..31, 4; number, 8; created, ms, 8.
 *
 * Then entries, each padded with zeros to a multiple of 8:
 *      0  checksum, 4                       9  version 1         12  zeros, 4
 *      4  size of mark and effect, 4       10  mark's size, 2    16  mark's value, 8
 *      8  kind: 1                                                24  mark, effect
 *
 * The checksum is the low half of XXH3-64 of mark and effect, seeded by file number, offset and the rest of the head,
 * so that no entry passes at another place than its own. A bad one with an intact one anywhere behind it is
 * damage, and stepped over; without, it is a tail that was being written when the machine or the process died. */
#include "core/store/redo_file.h"

#include "core/store/folder.h"
#include "core/store/little_endian.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define VERSION 1
#define KIND_EFFECT 1
#define HEAD 24
static const char magic[8] = "JALONR1\n";

void redo_file_name(char ret_name[32], uint64_t number)
{
    (void)snprintf(ret_name, 32, "%08llu.log", (unsigned long long)number); /* fits */
}

void redo_where(char ret_where[REDO_WHERE_MAX], uint64_t number, uint64_t offset)
{
    char name[32];
    redo_file_name(name, number);
    (void)snprintf(ret_where, REDO_WHERE_MAX, "%s:%llu", name,
                   (unsigned long long)offset); /* fits */
}

static bool read_number(uint64_t *ret_number, const char *name)
{
    struct slice rest = slice_of_string(name);
    if (slice_to_u64(ret_number, slice_take(&rest, '.'), UINT32_MAX) || *ret_number == 0)
        return false;
    char canonical[32];
    redo_file_name(canonical, *ret_number);
    return strcmp(canonical, name) == 0;
}

int redo_file_range(uint64_t *ret_first, uint64_t *ret_last, int folder_fd)
{
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (!list) {
        if (fd >= 0)
            (void)close(fd);
        return JALON_IO;
    }
    uint64_t first = UINT64_MAX, last = 0, number;
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
        if (!read_number(&number, entry->d_name))
            continue;
        first = number < first ? number : first;
        last = number > last ? number : last;
    }
    (void)closedir(list);
    if (first > last)
        return JALON_NOT_FOUND;
    *ret_first = first;
    *ret_last = last;
    return JALON_OK;
}

void redo_header_append(struct buffer *out, uint64_t number, int64_t created_ms)
{
    uint8_t bytes[REDO_HEADER_BYTES];
    memcpy(bytes, magic, sizeof magic);
    le32_write(bytes + 8, VERSION);
    le64_write(bytes + 16, number);
    le64_write(bytes + 24, (uint64_t)created_ms);
    le32_write(bytes + 12, (uint32_t)XXH3_64bits(bytes + 16, 16));
    buffer_append(out, slice_of(bytes, sizeof bytes));
}

int64_t redo_header_created_ms(const uint8_t header[REDO_HEADER_BYTES])
{
    return (int64_t)le64_read(header + 24);
}

static size_t padded(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

void redo_entry_append(struct buffer *out, const struct redo_entry *entry)
{
    size_t size = entry->mark.size + entry->effect.size, bytes = padded(HEAD + size);
    uint8_t *at = (uint8_t *)buffer_reserve(out, bytes);
    if (!at)
        return;
    memset(at, 0, bytes);
    le32_write(at + 4, (uint32_t)size);
    at[8] = KIND_EFFECT;
    at[9] = VERSION;
    at[10] = (uint8_t)entry->mark.size;
    at[11] = (uint8_t)(entry->mark.size >> 8);
    le64_write(at + 16, entry->mark_value);
    if (entry->mark.size)
        memcpy(at + HEAD, entry->mark.data, entry->mark.size);
    if (entry->effect.size)
        memcpy(at + HEAD + entry->mark.size, entry->effect.data, entry->effect.size);
    buffer_grew(out, bytes);
}

static uint32_t checksum(const char *entry, uint64_t number, uint64_t offset)
{
    uint64_t seed = number * 0xff51afd7ed558ccd ^ offset * 0x9e3779b97f4a7c15;
    uint64_t head = XXH3_64bits_withSeed(entry + 4, HEAD - 4, seed);
    return (uint32_t)XXH3_64bits_withSeed(entry + HEAD, le32_read(entry + 4), head);
}

void redo_entries_seal(char *bytes, size_t size, uint64_t number, uint64_t offset)
{
    for (size_t at = 0; at < size; at += padded(HEAD + le32_read(bytes + at + 4)))
        le32_write(bytes + at, checksum(bytes + at, number, offset + at));
}

/* Bytes of the entry at `at`, 0 when it is not intact. */
static size_t entry_size(const struct redo_walk *walk, size_t at)
{
    struct slice rest = slice_from(walk->file, at);
    if (rest.size < HEAD)
        return 0;
    const uint8_t *head = (const uint8_t *)rest.data;
    size_t size = le32_read(head + 4), mark = (size_t)head[10] | (size_t)head[11] << 8;
    bool is_shape = head[8] == KIND_EFFECT && head[9] == VERSION && mark <= size &&
                    size <= REDO_EFFECT_MAX + UINT16_MAX && padded(HEAD + size) <= rest.size;
    if (!is_shape || le32_read(head) != checksum(rest.data, walk->number, at))
        return 0;
    return padded(HEAD + size);
}

void redo_walk_start(struct redo_walk *walk, struct slice file, uint64_t number, size_t at)
{
    *walk = (struct redo_walk){.file = file, .number = number, .at = at, .intact = at};
    const char *header = file.data;
    bool is_intact = file.size >= REDO_HEADER_BYTES && memcmp(header, magic, sizeof magic) == 0 &&
                     le32_read(header + 8) == VERSION && le64_read(header + 16) == number &&
                     le32_read(header + 12) == (uint32_t)XXH3_64bits(header + 16, 16);
    walk->is_header_intact = is_intact;
    if (at < REDO_HEADER_BYTES)
        walk->at = walk->intact = REDO_HEADER_BYTES;
}

static size_t find_intact(const struct redo_walk *walk, size_t at)
{
    while (at < walk->file.size && entry_size(walk, at) == 0)
        at += 8;
    return at;
}

bool redo_walk_next(struct redo_walk *walk, struct redo_entry *ret_entry)
{
    if (walk->at >= walk->file.size)
        return false;
    size_t bytes = entry_size(walk, walk->at);
    if (bytes == 0) {
        size_t later = find_intact(walk, walk->at + 8);
        if (later >= walk->file.size) {
            walk->at = walk->file.size;
            return false;
        }
        if (!walk->damage_at)
            walk->damage_at = walk->at; /* never 0: the header stands before */
        walk->at = later;
        bytes = entry_size(walk, later);
    }
    const char *entry = walk->file.data + walk->at;
    size_t mark = (size_t)(uint8_t)entry[10] | (size_t)(uint8_t)entry[11] << 8;
    ret_entry->mark = slice_of(entry + HEAD, mark);
    ret_entry->effect = slice_of(entry + HEAD + mark, le32_read(entry + 4) - mark);
    ret_entry->mark_value = le64_read(entry + 16);
    walk->at += bytes;
    walk->intact = walk->at;
    return true;
}

static int read_content(struct buffer *content, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return JALON_IO;
    size_t size = status.st_size < REDO_FILE_MAX ? (size_t)status.st_size : REDO_FILE_MAX, got;
    char *at = buffer_reserve(content, size + 1);
    if (!at)
        return buffer_error(content);
    int err = file_read_at(fd, at, size, 0, &got);
    if (!err)
        buffer_grew(content, got);
    return err;
}

int redo_file_read(struct buffer *ret_content, int folder_fd, uint64_t number)
{
    char name[32];
    redo_file_name(name, number);
    int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? JALON_NOT_FOUND : JALON_IO;
    struct buffer content;
    buffer_init(&content, (size_t)REDO_FILE_MAX + 1);
    int err = read_content(&content, fd);
    (void)close(fd);
    if (err) {
        buffer_done(&content);
        return err;
    }
    *ret_content = content;
    return JALON_OK;
}
