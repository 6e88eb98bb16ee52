/* The files of an incarnation that was shipped, but for a mark. Its segment has the number behind the last, so the positions in
 * the store, which a reader at the end leaves there, are just what is asked for; see ship_stream.c for what is made of
 * earlier ones. The mark is whole before anything is deleted: a crash in between leaves both, and nothing is read twice. */
#include "core/store/journal.h"
#include "core/store/journal_folder.h"
#include "core/store/journal_format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

struct segments {
    uint64_t first, last;
};

static int find_segments(struct segments *ret_segments, int folder_fd)
{
    int err = journal_segment_find(&ret_segments->first, folder_fd, 0);
    if (err)
        return err;
    ret_segments->last = ret_segments->first;
    uint64_t next;
    while ((err = journal_segment_find(&next, folder_fd, ret_segments->last + 1)) == JALON_OK)
        ret_segments->last = next;
    return err == JALON_NOT_FOUND ? JALON_OK : err;
}

static bool holds_mark_only(int folder_fd, const struct segments *segments)
{
    struct journal_header header;
    return segments->first == segments->last &&
           journal_segment_header(&header, folder_fd, segments->first) == JALON_OK &&
           header.is_mark;
}

/* Was nothing ever written to it? */
static bool is_unused(int folder_fd, const struct segments *segments)
{
    if (segments->first != 0)
        return false;
    char name[32];
    journal_segment_name(name, 0);
    int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    uint64_t head = 1;
    size_t size = 0;
    int err = fd < 0 ? JALON_IO : file_read_at(fd, &head, sizeof head, JOURNAL_HEADER_BYTES, &size);
    if (fd >= 0)
        (void)close(fd); /* only read */
    return !err && size == sizeof head && head == 0;
}

static int fill_mark(int fd, const struct journal_header *header)
{
    uint8_t bytes[JOURNAL_HEADER_BYTES];
    journal_header_write(bytes, header);
    bool is_whole = write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes &&
                    ftruncate(fd, (off_t)header->segment_bytes) == 0 && fsync(fd) == 0;
    return is_whole ? JALON_OK : JALON_IO;
}

static int write_mark(int folder_fd, const struct journal_header *header)
{
    static const char temporary[] = "mark.new";
    char name[32];
    journal_segment_name(name, header->number);
    int fd = openat(folder_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return JALON_IO;
    int err = fill_mark(fd, header);
    (void)close(fd); /* synced, or told */
    if (!err && (renameat(folder_fd, temporary, folder_fd, name) != 0 || fsync(folder_fd) != 0))
        err = JALON_IO;
    return err;
}

static int delete_segments(int folder_fd, const struct segments *segments)
{
    uint64_t number = segments->first;
    int err = JALON_OK;
    while (!err && number <= segments->last) {
        char name[32];
        journal_segment_name(name, number);
        if (unlinkat(folder_fd, name, 0) != 0 && errno != ENOENT)
            return JALON_IO;
        err = journal_segment_find(&number, folder_fd, number + 1);
    }
    return err;
}

static int retire(int folder_fd, uint64_t incarnation, const struct segments *segments,
                  int64_t now_ms)
{
    struct journal_header mark = {.incarnation = incarnation,
                                  .number = segments->last + 1,
                                  .created_ms = now_ms,
                                  .is_mark = true};
    int err = journal_segment_size(&mark.segment_bytes, folder_fd, incarnation);
    if (!err)
        err = write_mark(folder_fd, &mark);
    return err ? err : delete_segments(folder_fd, segments);
}

int journal_retire(const char *folder, uint64_t incarnation, int64_t now_ms)
{
    int fd, err = journal_open_dead(&fd, folder, incarnation, LOCK_EX);
    if (err)
        return err;
    struct segments segments;
    err = find_segments(&segments, fd);
    bool is_empty = err == JALON_NOT_FOUND || (!err && is_unused(fd, &segments));
    if (!err && !is_empty && !holds_mark_only(fd, &segments))
        err = retire(fd, incarnation, &segments, now_ms);
    (void)close(fd);
    return is_empty ? journal_remove(folder, incarnation) : err;
}

bool journal_is_mark(const char *folder, uint64_t incarnation)
{
    int fd;
    if (journal_open_dead(&fd, folder, incarnation, LOCK_SH))
        return false;
    struct segments segments;
    bool is_mark = find_segments(&segments, fd) == JALON_OK && holds_mark_only(fd, &segments);
    (void)close(fd);
    return is_mark;
}
