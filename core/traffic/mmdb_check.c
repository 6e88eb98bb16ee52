/* mmdb_check.c - the walk through a MaxMind DB before it is trusted.
 *
 * libmaxminddb maps a file and believes much of it: older releases can be led out of bounds, or into
 * recursion that ends the stack, by a damaged one. So each is read through here first.
 *
 * Layout (MaxMind DB File Format Specification 2.0):
 *
 *     search tree   node_count nodes of two records of record_size bits
 *     separator     16 bytes of zero
 *     data section  values; a record r > node_count leads to byte r - node_count - 16 of it
 *     marker        AB CD EF "MaxMind.com", the last one in the file's last 128 KiB
 *     metadata      one map */
#include "core/traffic/mmdb_check.h"

#include "core/traffic/mmdb_value.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARKER "\xab\xcd\xefMaxMind.com"
#define MARKER_WINDOW (128 * 1024)
#define SEPARATOR_BYTES 16
#define MAJOR_VERSION 2

struct metadata {
    uint64_t node_count, record_size, ip_version, major_version;
};

/* Where each number that we need goes. */
static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    {"node_count", offsetof(struct metadata, node_count)},
    {"record_size", offsetof(struct metadata, record_size)},
    {"ip_version", offsetof(struct metadata, ip_version)},
    {"binary_format_major_version", offsetof(struct metadata, major_version)},
};

/* The payload of a value whose section was checked, and its type. */
static struct slice payload_at(const struct mmdb_section *section, size_t at, unsigned *ret_type)
{
    struct mmdb_value value;
    bool is_good = mmdb_header_read(&value, section, at);
    if (is_good && value.type == VALUE_POINTER)
        is_good = mmdb_header_read(&value, section, value.payload);
    *ret_type = is_good ? value.type : VALUE_EXTENDED;
    return is_good ? slice_of(section->bytes + value.payload, value.size) : SLICE_NONE;
}

static void read_field(struct metadata *metadata, struct slice name, struct slice payload,
                       unsigned type)
{
    if (type != VALUE_UINT16 && type != VALUE_UINT32)
        return;
    uint64_t number = mmdb_number_read((const uint8_t *)payload.data, payload.size);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (slice_is(name, fields[i].name))
            memcpy((char *)metadata + fields[i].offset, &number, sizeof number);
}

static bool read_metadata(struct metadata *ret_metadata, struct mmdb_section *section)
{
    struct mmdb_value map;
    struct metadata metadata = {0};
    if (!mmdb_header_read(&map, section, 0) || map.type != VALUE_MAP)
        return false;
    size_t at = map.next;
    for (size_t i = 0; i < map.size; i++) {
        size_t value_at, end;
        if (!mmdb_value_check(section, at, 0, &value_at) ||
            !mmdb_value_check(section, value_at, 0, &end))
            return false;
        unsigned name_type, type;
        struct slice name = payload_at(section, at, &name_type);
        struct slice payload = payload_at(section, value_at, &type);
        if (name_type != VALUE_STRING)
            return false;
        read_field(&metadata, name, payload, type);
        at = end;
    }
    *ret_metadata = metadata;
    return true;
}

static const char *find_metadata(struct slice file, size_t *ret_marker)
{
    size_t start = file.size > MARKER_WINDOW ? file.size - MARKER_WINDOW : 0;
    const char *found = NULL, *at = file.data + start, *end = file.data + file.size;
    while ((at = memmem(at, (size_t)(end - at), MARKER, sizeof MARKER - 1)))
        found = at++;
    if (!found)
        return "it is not a MaxMind DB: its marker is missing";
    *ret_marker = (size_t)(found - file.data);
    return NULL;
}

static const char *check_metadata(struct metadata *ret_metadata, struct slice bytes)
{
    struct mmdb_section section;
    if (!mmdb_section_init(&section, (const uint8_t *)bytes.data, bytes.size))
        return "out of memory";
    bool is_good = read_metadata(ret_metadata, &section);
    mmdb_section_done(&section);
    return is_good ? NULL : "its metadata is damaged";
}

static uint64_t read_record(const uint8_t *node, uint64_t record_size, bool is_right)
{
    if (record_size == 28) {
        uint64_t high = is_right ? node[3] & 15U : node[3] >> 4;
        return high << 24 | mmdb_number_read(node + (is_right ? 4 : 0), 3);
    }
    size_t bytes = (size_t)record_size / 8;
    return mmdb_number_read(node + (is_right ? bytes : 0), bytes);
}

static bool check_record(struct mmdb_section *section, uint64_t record, uint64_t node_count)
{
    if (record <= node_count) /* another node, or nothing */
        return true;
    uint64_t offset = record - node_count;
    if (offset < SEPARATOR_BYTES || offset - SEPARATOR_BYTES >= section->size)
        return false;
    return mmdb_target_check(section, (size_t)(offset - SEPARATOR_BYTES), 0);
}

static const char *check_tree(const uint8_t *tree, const struct metadata *metadata,
                              struct mmdb_section *section)
{
    size_t node_bytes = (size_t)metadata->record_size / 4;
    for (uint64_t i = 0; i < metadata->node_count; i++) {
        const uint8_t *node = tree + i * node_bytes;
        for (int side = 0; side < 2; side++) {
            uint64_t record = read_record(node, metadata->record_size, side);
            if (!check_record(section, record, metadata->node_count))
                return "its search tree or data section is damaged";
        }
    }
    return NULL;
}

static const char *check_sections(struct slice file, size_t marker, const struct metadata *metadata)
{
    uint64_t size = metadata->record_size;
    if ((size != 24 && size != 28 && size != 32) || metadata->node_count == 0 ||
        (metadata->ip_version != 4 && metadata->ip_version != 6))
        return "its metadata is damaged";
    uint64_t tree_bytes = metadata->node_count * size / 4; /* below 2^32 * 8 */
    if (tree_bytes + SEPARATOR_BYTES > marker)
        return "it is cut short, or its metadata is damaged";
    const uint8_t *tree = (const uint8_t *)file.data;
    size_t start = (size_t)tree_bytes + SEPARATOR_BYTES;
    struct mmdb_section section;
    if (!mmdb_section_init(&section, tree + start, marker - start))
        return "out of memory";
    const char *why = check_tree(tree, metadata, &section);
    mmdb_section_done(&section);
    return why;
}

static int check_bytes(struct slice file, const char **ret_why)
{
    size_t marker = 0;
    struct metadata metadata = {0};
    const char *why = find_metadata(file, &marker);
    if (!why)
        why = check_metadata(&metadata, slice_from(file, marker + sizeof MARKER - 1));
    if (!why && metadata.major_version != MAJOR_VERSION) {
        *ret_why = "it is of another version of the MaxMind DB format than 2";
        return JALON_UNSUPPORTED;
    }
    if (!why)
        why = check_sections(file, marker, &metadata);
    if (!why)
        return JALON_OK;
    *ret_why = why;
    return JALON_DAMAGED;
}

static int map_file(struct slice *ret_file, int fd)
{
    struct stat status;
    if (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_size == 0)
        return JALON_DAMAGED;
    size_t size = (size_t)status.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return JALON_IO;
    *ret_file = slice_of(bytes, size);
    return JALON_OK;
}

int mmdb_check(const char *path, const char **ret_why)
{
    *ret_why = "it cannot be read";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang us */
    if (fd < 0)
        return JALON_IO;
    struct slice file = SLICE_NONE;
    int err = map_file(&file, fd);
    (void)close(fd); /* the mapping stays; nothing was written */
    if (err) {
        *ret_why = err == JALON_IO ? "it cannot be mapped" : "it is empty or no regular file";
        return err;
    }
    err = check_bytes(file, ret_why);
    (void)munmap((void *)(uintptr_t)file.data, file.size); /* our own mapping */
    return err;
}
