#include "core/sign/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(char *ret_bytes, size_t *ret_size, int fd)
{
    size_t size = 0;
    for (;;) {
        if (size == SECRET_FILE_SIZE_MAX)
            return JALON_TOO_LONG;
        ssize_t got = read(fd, ret_bytes + size, SECRET_FILE_SIZE_MAX - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return JALON_IO;
        if (got == 0)
            break;
        size += (size_t)got;
    }
    *ret_size = size;
    return JALON_OK;
}

static int read_checked(char *ret_bytes, size_t *ret_size, int fd)
{
    struct stat file;
    if (fstat(fd, &file))
        return JALON_IO;
    if (!S_ISREG(file.st_mode))
        return JALON_BAD_KEY_FILE;
    if (file.st_mode & (S_IRWXG | S_IRWXO))
        return JALON_KEY_FILE_EXPOSED;
    return read_all(ret_bytes, ret_size, fd);
}

static void close_keeping_errno(int fd)
{
    int saved = errno;
    (void)close(fd); /* what mattered was synced or only read */
    errno = saved;
}

int secret_file_read(char *ret_bytes, size_t *ret_size, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang us */
    if (fd < 0)
        return JALON_IO;
    int err = read_checked(ret_bytes, ret_size, fd);
    close_keeping_errno(fd);
    return err;
}

static int write_all(int fd, struct slice bytes)
{
    while (bytes.size) {
        ssize_t put = write(fd, bytes.data, bytes.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return JALON_IO;
        bytes = slice_from(bytes, (size_t)put);
    }
    return JALON_OK;
}

static int keep_owner(int fd, const char *path)
{
    struct stat old, new;
    if (stat(path, &old))
        return errno == ENOENT ? JALON_OK : JALON_IO;
    if (fstat(fd, &new))
        return JALON_IO;
    if (old.st_uid == new.st_uid && old.st_gid == new.st_gid)
        return JALON_OK;
    return fchown(fd, old.st_uid, old.st_gid) ? JALON_IO : JALON_OK;
}

static int write_synced(int fd, const char *path, struct slice bytes)
{
    int err = keep_owner(fd, path);
    if (!err)
        err = write_all(fd, bytes);
    if (err)
        return err;
    return fsync(fd) ? JALON_IO : JALON_OK;
}

/* The rename itself lasts only once the folder is synced. */
static int sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct slice name = slash ? slice_of(path, (size_t)(slash - path) + 1) : SLICE(".");
    int err = slice_to_string(folder, sizeof folder, name);
    if (err)
        return err;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return JALON_IO;
    err = fsync(fd) ? JALON_IO : JALON_OK;
    close_keeping_errno(fd);
    return err;
}

int secret_file_replace(const char *path, struct slice bytes)
{
    char temporary[PATH_MAX];
    int size = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (size < 0 || (size_t)size >= sizeof temporary)
        return JALON_TOO_LONG;
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return JALON_IO;
    int err = write_synced(fd, path, bytes);
    close_keeping_errno(fd);
    if (!err && rename(temporary, path))
        err = JALON_IO;
    if (err) {
        int saved = errno;
        (void)unlink(temporary); /* the first error is the one to tell */
        errno = saved;
        return err;
    }
    return sync_folder(path);
}
