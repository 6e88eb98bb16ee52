/* A reader walks the segments of one incarnation by offset. A dead incarnation (nobody holds its lock) is read
 * to the end of its files, over holes, cuts and bad bytes; of a live one the first head of zeros is the end for
 * now. Whether it is dead is asked only there, and the head is looked at again after the answer: the writer may
 * have appended before it died.
 *
 * Only bytes that exist are mapped (st_size is looked at first), so a cut file is no SIGBUS. */
#include "core/store/journal.h"

#include "core/store/journal_folder.h"
#include "core/store/journal_format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096

struct journal_reader {
    int folder_fd;
    uint64_t incarnation, segment_bytes;
    uint64_t offset; /* of the next entry */
    bool is_dead;
    /* The segment in view; bytes is NULL when none is. */
    int fd;
    char *bytes;
    size_t size;
    uint64_t number;
    bool is_header_checked;
    /* A head of zeros in a dead incarnation: the end, or a hole when something stands behind it. */
    bool has_hole;
    uint64_t hole;
    char where[80];
};

static void drop_view(struct journal_reader *reader)
{
    if (reader->bytes)
        (void)munmap(reader->bytes, reader->size); /* cannot fail on what mmap gave */
    if (reader->fd >= 0)
        (void)close(reader->fd);
    reader->fd = -1;
    reader->bytes = NULL;
    reader->size = 0;
}

int journal_reader_open(struct journal_reader **ret_reader, const char *folder,
                        uint64_t incarnation)
{
    char path[FOLDER_PATH_MAX];
    int err = journal_folder_path(path, folder, incarnation);
    if (err)
        return err;
    struct journal_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return JALON_NO_MEMORY;
    reader->incarnation = incarnation;
    reader->fd = -1;
    reader->folder_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (reader->folder_fd < 0)
        err = errno == ENOENT ? JALON_NOT_FOUND : JALON_IO;
    uint64_t first;
    if (!err)
        err = journal_segment_find(&first, reader->folder_fd, 0);
    if (!err)
        err = journal_segment_size(&reader->segment_bytes, reader->folder_fd, incarnation);
    if (err) {
        (void)journal_reader_free(reader);
        return err;
    }
    reader->offset = first * reader->segment_bytes;
    *ret_reader = reader;
    return JALON_OK;
}

struct journal_reader *journal_reader_free(struct journal_reader *reader)
{
    if (!reader)
        return NULL;
    drop_view(reader);
    if (reader->folder_fd >= 0)
        (void)close(reader->folder_fd);
    free(reader);
    return NULL;
}

uint64_t journal_reader_first(const struct journal_reader *reader)
{
    uint64_t first;
    if (journal_segment_find(&first, reader->folder_fd, 0))
        return reader->offset; /* all is deleted: nothing before here can be asked for */
    return first * reader->segment_bytes;
}

int64_t journal_reader_first_ms(const struct journal_reader *reader)
{
    return journal_oldest_ms(reader->folder_fd);
}

uint64_t journal_reader_end(const struct journal_reader *reader)
{
    return reader->offset;
}

int journal_reader_seek(struct journal_reader *reader, uint64_t offset)
{
    if (offset < journal_reader_first(reader))
        return JALON_NOT_FOUND;
    uint64_t last = (JOURNAL_NUMBER_MAX + 1) * reader->segment_bytes;
    reader->offset = offset < last ? offset : last;
    reader->has_hole = false;
    return JALON_OK;
}

static int map_segment(struct journal_reader *reader, uint64_t number)
{
    char name[32];
    journal_segment_name(name, number);
    int fd = openat(reader->folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? JALON_NOT_FOUND : JALON_IO;
    struct stat status;
    int err = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? JALON_OK : JALON_IO;
    uint64_t exists = err ? 0 : (uint64_t)status.st_size;
    size_t size = exists < reader->segment_bytes ? exists : reader->segment_bytes;
    /* An empty file can't be mapped; an anonymous page in its place keeps `bytes` non-NULL. */
    char *bytes = err ? MAP_FAILED
                      : mmap(NULL, size ? size : 1, PROT_READ,
                             size ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, size ? fd : -1, 0);
    if (bytes == MAP_FAILED) {
        (void)close(fd);
        return err ? err : JALON_NO_MEMORY;
    }
    drop_view(reader);
    reader->fd = fd;
    reader->bytes = bytes;
    reader->size = size;
    reader->number = number;
    reader->is_header_checked = false;
    return JALON_OK;
}

const char *journal_reader_where(struct journal_reader *reader, uint64_t offset)
{
    char name[32];
    journal_segment_name(name, offset / reader->segment_bytes);
    (void)snprintf(reader->where, sizeof reader->where, "%016llx/%s:%llu",
                   (unsigned long long)reader->incarnation, name,
                   (unsigned long long)(offset % reader->segment_bytes)); /* fits */
    return reader->where;
}

static int damaged_at(struct journal_reader *reader, uint64_t offset, const char **ret_where)
{
    const char *where = journal_reader_where(reader, offset);
    if (ret_where)
        *ret_where = where;
    return JALON_DAMAGED;
}

/* The segment of reader->offset is not there: the end, or a gap before the next one that is. */
static int skip_missing(struct journal_reader *reader, uint64_t number, const char **ret_where)
{
    uint64_t later;
    int err = journal_segment_find(&later, reader->folder_fd, number);
    if (err)
        return err;
    if (later == number) /* made just now */
        return JALON_OK;
    reader->offset = later * reader->segment_bytes;
    return damaged_at(reader, number * reader->segment_bytes, ret_where);
}

static bool is_header_intact(const struct journal_reader *reader)
{
    struct journal_header header;
    return journal_header_read(&header, slice_of(reader->bytes, reader->size)) == JALON_OK &&
           header.incarnation == reader->incarnation && header.number == reader->number &&
           header.segment_bytes == reader->segment_bytes;
}

static struct slice rest_of_view(const struct journal_reader *reader, size_t at)
{
    return slice_of(reader->bytes + at, reader->size > at ? reader->size - at : 0);
}

/* At a page's start: steps over what was never written or was trimmed, without touching it. */
static size_t skip_hole(const struct journal_reader *reader, size_t at)
{
    if (at % PAGE || at >= reader->size)
        return at;
    off_t next = lseek(reader->fd, (off_t)at, SEEK_DATA);
    if (next < 0)
        return errno == ENXIO ? reader->size : at; /* no more; or the filesystem can't tell */
    return (size_t)next > at ? (size_t)next & ~(size_t)7 : at;
}

/* Where the first intact entry at or behind `at` starts; the view's end when there is none. */
static size_t find_intact(const struct journal_reader *reader, size_t at)
{
    uint64_t start = reader->number * reader->segment_bytes;
    for (at = skip_hole(reader, at); at + JOURNAL_HEAD_BYTES <= reader->size;) {
        struct journal_found found;
        int err = journal_find(&found, reader->incarnation, start + at, rest_of_view(reader, at));
        if (!err && found.kind)
            return at;
        at = skip_hole(reader, at + JOURNAL_HEAD_BYTES);
    }
    return reader->size;
}

static void go_to(struct journal_reader *reader, size_t at)
{
    reader->offset = reader->number * reader->segment_bytes + at;
}

/* To the first intact entry behind `at`, in a later segment when there is none in this one. */
static void go_behind_damage(struct journal_reader *reader, size_t at)
{
    size_t intact = find_intact(reader, at + JOURNAL_HEAD_BYTES);
    go_to(reader, intact < reader->size ? intact : reader->segment_bytes);
}

static bool is_dead(struct journal_reader *reader)
{
    /* Shared, so that readers do not take each other for the writer; held on, as a dead incarnation never
     * gets a writer again. */
    if (!reader->is_dead)
        reader->is_dead = flock(reader->folder_fd, LOCK_SH | LOCK_NB) == 0;
    return reader->is_dead;
}

/* A head of zeros at `at`. JALON_OK: look on. */
static int meet_zeros(struct journal_reader *reader, size_t at)
{
    if (!reader->is_dead)
        return is_dead(reader) ? JALON_OK : JALON_NOT_FOUND; /* dead: look at it again */
    if (!reader->has_hole) {
        reader->has_hole = true;
        reader->hole = reader->number * reader->segment_bytes + at;
    }
    go_behind_damage(reader, at);
    return JALON_OK;
}

/* The view ends behind `at`: the segment does, or its file was cut. */
static int leave_segment(struct journal_reader *reader, size_t at, const char **ret_where)
{
    uint64_t end = reader->number * reader->segment_bytes + (at < reader->size ? at : reader->size);
    bool is_cut = reader->size < reader->segment_bytes;
    reader->offset = (reader->number + 1) * reader->segment_bytes;
    return is_cut ? damaged_at(reader, end, ret_where) : JALON_OK;
}

/* JALON_OK with kind 0: something was stepped over, look again. */
static int read_at(struct journal_reader *reader, size_t at, struct journal_entry *ret_entry,
                   const char **ret_where)
{
    uint64_t offset = reader->number * reader->segment_bytes + at;
    struct journal_found found;
    int err = journal_find(&found, reader->incarnation, offset, rest_of_view(reader, at));
    if (err) {
        go_behind_damage(reader, at);
        return damaged_at(reader, offset, ret_where);
    }
    if (!found.kind)
        return meet_zeros(reader, at);
    if (reader->has_hole) {
        reader->has_hole = false;
        return damaged_at(reader, reader->hole, ret_where);
    }
    go_to(reader, at + found.bytes);
    if (found.kind == JOURNAL_PAD)
        return JALON_OK;
    *ret_entry = (struct journal_entry){
        .kind = (enum journal_entry_kind)found.kind,
        .payload = found.payload,
        .offset = offset,
        .next = offset + found.bytes,
    };
    return JALON_OK;
}

static int step(struct journal_reader *reader, struct journal_entry *ret_entry,
                const char **ret_where)
{
    uint64_t number = reader->offset / reader->segment_bytes;
    size_t at = reader->offset % reader->segment_bytes;
    if (!reader->bytes || reader->number != number) {
        int err = map_segment(reader, number);
        if (err)
            return err == JALON_NOT_FOUND ? skip_missing(reader, number, ret_where) : err;
    }
    if (!reader->is_header_checked) {
        reader->is_header_checked = true;
        if (reader->size < JOURNAL_HEADER_BYTES)
            return leave_segment(reader, 0, ret_where);
        if (!is_header_intact(reader))
            return damaged_at(reader, number * reader->segment_bytes, ret_where);
    }
    if (at < JOURNAL_HEADER_BYTES)
        at = JOURNAL_HEADER_BYTES;
    at = (at + 7) & ~(size_t)7; /* a position that is none of ours: entries are aligned */
    if (at + JOURNAL_HEAD_BYTES > reader->size)
        return leave_segment(reader, at, ret_where);
    return read_at(reader, at, ret_entry, ret_where);
}

int journal_reader_next(struct journal_reader *reader, struct journal_entry *ret_entry,
                        const char **ret_where)
{
    struct journal_entry entry = {0};
    while (!entry.kind) {
        int err = step(reader, &entry, ret_where);
        if (err)
            return err;
    }
    *ret_entry = entry;
    return JALON_OK;
}
