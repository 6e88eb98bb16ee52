/* Feeds the journal's reader arbitrary segments. The first byte says how the rest becomes files: bit 0, heads are
 * sealed, so that what is behind the checksum is reached too; bit 1, the header is a good one; bit 2, the second half
 * is another segment; bit 3, one segment is missing in between. The second and third byte: where to seek.
 *
 * Whatever the bytes are: the walk ends, offsets only grow, and what comes out lies within the file. */
#include "core/store/click_record.h"
#include "core/store/journal.h"
#include "core/store/journal_folder.h"
#include "core/store/journal_format.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUIRE(truth)                                                                             \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            fprintf(stderr, "not so: %s\n", #truth);                                               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define INCARNATION 0x0123456789abcdef
#define SEGMENT 65536
#define BYTES_MAX 8192

static char folder[] = "/dev/shm/jalon-fuzz-XXXXXX", above[] = "/tmp/jalon-fuzz-XXXXXX";
static char *root;
static char incarnation_folder[FOLDER_PATH_MAX];

static void segment_path(char ret_path[FOLDER_PATH_MAX], uint64_t number)
{
    char name[32];
    journal_segment_name(name, number);
    REQUIRE(folder_path(ret_path, incarnation_folder, name) == JALON_OK);
}

static void remove_segments(void)
{
    for (uint64_t number = 0; number < 3; number++) {
        char path[FOLDER_PATH_MAX];
        segment_path(path, number);
        (void)unlink(path); /* not all are there */
    }
}

static void remove_folders(void)
{
    remove_segments();
    (void)rmdir(incarnation_folder); /* the fuzzer ends */
    (void)rmdir(root);
}

static void make_folders(void)
{
    root = mkdtemp(folder);
    if (!root)
        root = mkdtemp(above);
    REQUIRE(root);
    REQUIRE(journal_folder_path(incarnation_folder, root, INCARNATION) == JALON_OK);
    REQUIRE(mkdir(incarnation_folder, 0700) == 0);
    REQUIRE(atexit(remove_folders) == 0);
}

/* Gives each entry, as far as its size leads, the checksum that it needs. */
static void seal(char *bytes, size_t size, uint64_t number)
{
    for (size_t at = JOURNAL_HEADER_BYTES; at + JOURNAL_HEAD_BYTES <= size;) {
        uint64_t head;
        memcpy(&head, bytes + at, sizeof head);
        size_t payload = head >> 32 & 0xffff;
        if (head == 0 || at + journal_entry_bytes(payload) > size)
            return;
        uint8_t kind = (uint8_t)(head >> 48);
        struct slice content = slice_of(bytes + at + JOURNAL_HEAD_BYTES, payload);
        head = journal_head(INCARNATION, number * SEGMENT + at, kind, content);
        memcpy(bytes + at, &head, sizeof head);
        at += journal_entry_bytes(payload);
    }
}

static void write_segment(uint64_t number, const uint8_t *bytes, size_t size, uint8_t mode)
{
    static _Alignas(8) char content[BYTES_MAX];
    char path[FOLDER_PATH_MAX];
    size = size < sizeof content ? size : sizeof content;
    memcpy(content, bytes, size);
    if (mode & 2 && size >= JOURNAL_HEADER_BYTES) {
        struct journal_header header = {INCARNATION, number, SEGMENT, 1};
        journal_header_write((uint8_t *)content, &header);
    }
    if (mode & 1)
        seal(content, size, number);
    segment_path(path, number);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && write(fd, content, size) == (ssize_t)size && close(fd) == 0);
}

static volatile unsigned sink; /* so that the bytes are really looked at */

static void read_to_the_end(struct journal_reader *reader, uint64_t from)
{
    struct journal_entry entry;
    unsigned sum = 0;
    for (size_t steps = 0;; steps++) {
        REQUIRE(steps < 2 * BYTES_MAX);
        const char *where = NULL;
        int err = journal_reader_next(reader, &entry, &where);
        REQUIRE(!err || err == JALON_NOT_FOUND || err == JALON_DAMAGED);
        REQUIRE((err == JALON_DAMAGED) == (where != NULL));
        if (err == JALON_NOT_FOUND)
            break;
        if (err)
            continue;
        REQUIRE(entry.kind == JOURNAL_CLICK || entry.kind == JOURNAL_LINK);
        REQUIRE(entry.offset >= from && entry.offset % 8 == 0);
        REQUIRE(entry.next == entry.offset + journal_entry_bytes(entry.payload.size));
        from = entry.next;
        for (size_t i = 0; i < entry.payload.size; i++)
            sum += (uint8_t)entry.payload.data[i];
        struct click_record click;
        err = click_record_read(&click, entry.payload);
        REQUIRE(!err || err == JALON_DAMAGED);
    }
    sink = sum;
    REQUIRE(journal_reader_next(reader, &entry, NULL) == JALON_NOT_FOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!root)
        make_folders();
    if (size < 3)
        return 0;
    uint8_t mode = data[0];
    uint64_t seek = (uint64_t)(data[1] | data[2] << 8) * 4;
    data += 3;
    size -= 3;
    size_t first = mode & 4 ? size / 2 : size;
    write_segment(0, data, first, mode);
    if (mode & 4)
        write_segment(mode & 8 ? 2 : 1, data + first, size - first, mode);

    struct journal_reader *reader;
    REQUIRE(journal_reader_open(&reader, root, INCARNATION) == JALON_OK);
    REQUIRE(journal_reader_first(reader) == 0);
    read_to_the_end(reader, 0);
    REQUIRE(journal_reader_seek(reader, seek) == JALON_OK);
    read_to_the_end(reader, 0);
    journal_reader_free(reader);
    REQUIRE(journal_trim(root, INCARNATION) == JALON_OK);
    remove_segments();
    return 0;
}
