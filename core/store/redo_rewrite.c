/* A file that is not the last is replaced under its own number. The last one, which writers of any process may have open,
 * becomes the next number instead, by which they know that theirs is no longer the last. Dying in between leaves
 * entries twice, which a replay does not mind; the same rewrite again ends it. */
#include "core/store/redo_rewrite.h"

#include "core/store/folder.h"
#include "core/store/redo_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is kept of file `number`, as the file `new_number`. *ret_is_same: nothing was dropped. */
static int copy_kept(struct buffer *out, bool *ret_is_same, struct slice file, uint64_t number,
                     uint64_t new_number, redo_drop *drop, void *context)
{
    struct redo_walk walk;
    struct redo_entry entry;
    *ret_is_same = true;
    redo_walk_start(&walk, file, number, 0);
    if (!walk.is_header_intact)
        return JALON_OK; /* of a later version, or damaged: not ours to touch */
    redo_header_append(out, new_number,
                       redo_header_created_ms((const uint8_t *)file.data)); /* it is whole */
    while (redo_walk_next(&walk, &entry)) {
        if (drop(context, entry.effect))
            *ret_is_same = false;
        else
            redo_entry_append(out, &entry);
    }
    int err = buffer_error(out);
    if (!err)
        redo_entries_seal(out->data + REDO_HEADER_BYTES, out->size - REDO_HEADER_BYTES, new_number,
                          REDO_HEADER_BYTES);
    return err;
}

/* As old as the file in whose place it stands: age decides when it is deleted. */
static int write_aged(const char *folder, int folder_fd, uint64_t number, struct slice content,
                      const struct stat *before)
{
    char name[32];
    redo_file_name(name, number);
    int err = folder_write(folder, name, content, 0600);
    const struct timespec times[2] = {before->st_atim, before->st_mtim};
    if (!err && utimensat(folder_fd, name, times, AT_SYMLINK_NOFOLLOW) != 0)
        err = JALON_IO;
    return err;
}

static int rewrite(const char *folder, int folder_fd, uint64_t number, uint64_t new_number,
                   redo_drop *drop, void *context)
{
    char name[32];
    struct stat before;
    struct buffer content, kept;
    redo_file_name(name, number);
    if (fstatat(folder_fd, name, &before, AT_SYMLINK_NOFOLLOW) != 0)
        return JALON_OK; /* a gap in the numbers */
    int err = redo_file_read(&content, folder_fd, number);
    if (err)
        return err;
    bool is_same;
    buffer_init(&kept, REDO_FILE_MAX);
    err = copy_kept(&kept, &is_same, buffer_slice(&content), number, new_number, drop, context);
    if (!err && !is_same)
        err = write_aged(folder, folder_fd, new_number, buffer_slice(&kept), &before);
    if (!err && !is_same && new_number != number &&
        (unlinkat(folder_fd, name, 0) != 0 || folder_sync(folder)))
        err = JALON_IO;
    buffer_done(&kept);
    buffer_done(&content);
    return err;
}

int redo_files_rewrite(const char *folder, int folder_fd, redo_drop *drop, void *context)
{
    uint64_t first, last;
    int err = redo_file_range(&first, &last, folder_fd);
    if (err)
        return err == JALON_NOT_FOUND ? JALON_OK : err;
    for (uint64_t number = first; !err && number < last; number++)
        err = rewrite(folder, folder_fd, number, number, drop, context);
    return err ? err : rewrite(folder, folder_fd, last, last + 1, drop, context);
}
