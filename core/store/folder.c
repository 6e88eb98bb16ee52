#include "core/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int folder_path(char ret_path[FOLDER_PATH_MAX], const char *folder, const char *name)
{
    char path[FOLDER_PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (size < 0 || (size_t)size >= sizeof path)
        return JALON_TOO_LONG;
    memcpy(ret_path, path, (size_t)size + 1);
    return JALON_OK;
}

const char *folder_find(const char *given)
{
    if (given)
        return given;
    const char *from_environment = getenv("JALON_DATA");
    return from_environment && *from_environment ? from_environment : FOLDER_DEFAULT;
}

static int make_one(const char *path)
{
    if (mkdir(path, 0700) == 0)
        return JALON_OK;
    struct stat status;
    bool is_there = errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return is_there ? JALON_OK : JALON_IO;
}

int folder_make(const char *folder)
{
    char path[FOLDER_PATH_MAX];
    int err = slice_to_string(path, sizeof path, slice_of_string(folder));
    if (err)
        return JALON_TOO_LONG;
    for (char *at = path + 1; *path && *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        /* A parent that is there already may be one that we could not make. */
        err = access(path, F_OK) == 0 ? JALON_OK : make_one(path);
        *at = '/';
        if (err)
            return err;
    }
    return make_one(path);
}

int folder_lock(int *ret_fd, const char *folder, const char *name, bool is_inherited)
{
    char path[FOLDER_PATH_MAX];
    int err = folder_path(path, folder, name);
    if (err)
        return err;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | (is_inherited ? 0 : O_CLOEXEC), 0600);
    if (fd < 0)
        return JALON_IO;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        err = errno == EWOULDBLOCK ? JALON_LOCKED : JALON_IO;
        (void)close(fd); /* nothing was written */
        return err;
    }
    *ret_fd = fd;
    return JALON_OK;
}

int folder_sync(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return JALON_IO;
    int result = fsync(fd);
    (void)close(fd); /* nothing was written through it */
    return result == 0 ? JALON_OK : JALON_IO;
}

int file_write_at(int fd, struct slice bytes, uint64_t offset)
{
    while (bytes.size) {
        ssize_t written = pwrite(fd, bytes.data, bytes.size, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return JALON_IO;
        bytes = slice_from(bytes, (size_t)written);
        offset += (uint64_t)written;
    }
    return JALON_OK;
}

int file_read_at(int fd, void *ret_bytes, size_t size, uint64_t offset, size_t *ret_size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t count = pread(fd, (char *)ret_bytes + got, size - got, (off_t)(offset + got));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return JALON_IO;
        if (count == 0)
            break;
        got += (size_t)count;
    }
    *ret_size = got;
    return JALON_OK;
}

static int write_whole(const char *path, struct slice content, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return JALON_IO;
    int err = file_write_at(fd, content, 0);
    if (!err && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
        err = JALON_IO;
    if (close(fd) != 0)
        err = JALON_IO;
    return err;
}

int folder_write(const char *folder, const char *name, struct slice content, unsigned mode)
{
    char path[FOLDER_PATH_MAX], temporary[FOLDER_PATH_MAX];
    int err = folder_path(path, folder, name);
    if (err)
        return err;
    /* The process id keeps two writers from sharing one temporary file. */
    int size = snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid());
    if (size < 0 || (size_t)size >= sizeof temporary)
        return JALON_TOO_LONG;
    (void)unlink(temporary); /* of an earlier process with our id, if any */
    err = write_whole(temporary, content, mode);
    if (!err && rename(temporary, path) != 0)
        err = JALON_IO;
    if (err) {
        int reason = errno;
        (void)unlink(temporary); /* best effort: the error that counts is the first */
        errno = reason;
        return err;
    }
    return folder_sync(folder);
}
