/* scratch.h - a new folder for a test's files, removed with all that is in it. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H
#include "core/base/slice.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRATCH_PATH 400

struct scratch {
    char path[SCRATCH_PATH];
};

static inline struct scratch scratch_new(void)
{
    struct scratch scratch;
    const char *above = getenv("TMPDIR");
    if (!above) /* in memory where that goes: hundreds of fsyncs take their time on a busy disk */
        above = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    if (snprintf(scratch.path, sizeof scratch.path, "%s/jalon-store-XXXXXX", above) >=
            (int)sizeof scratch.path ||
        !mkdtemp(scratch.path))
        _exit(99);
    return scratch;
}

static inline int scratch_remove_one(const char *path, const struct stat *status, int type,
                                     struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw; /* the path is all it takes */
    return remove(path);
}

static inline void scratch_remove(struct scratch *scratch)
{
    (void)nftw(scratch->path, scratch_remove_one, 16,
               FTW_DEPTH | FTW_PHYS); /* what stays is in /tmp */
}

/* The path of `name` in it; the last four results stay valid. */
static inline const char *scratch_file(const struct scratch *scratch, const char *name)
{
    static char paths[4][2 * SCRATCH_PATH];
    static unsigned next;
    char *path = paths[next++ % 4];
    if (snprintf(path, sizeof paths[0], "%s/%s", scratch->path, name) >= (int)sizeof paths[0])
        _exit(99);
    return path;
}

static inline void scratch_write(const char *path, struct slice content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, content.data, content.size) != (ssize_t)content.size || close(fd) != 0)
        _exit(99);
}

/* The file's bytes, freed by the caller. */
static inline char *scratch_read(const char *path, size_t *ret_size)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0)
        _exit(99);
    char *content = malloc((size_t)status.st_size + 1);
    if (!content || read(fd, content, (size_t)status.st_size) != status.st_size)
        _exit(99);
    (void)close(fd); /* only read */
    *ret_size = (size_t)status.st_size;
    return content;
}

static inline void scratch_flip(const char *path, off_t at, uint8_t bits) /* XORs one byte */
{
    uint8_t byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || pread(fd, &byte, 1, at) != 1)
        _exit(99);
    byte ^= bits;
    if (pwrite(fd, &byte, 1, at) != 1 || close(fd) != 0)
        _exit(99);
}
#endif
