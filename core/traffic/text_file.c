#include "core/traffic/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES 65536

/* `*ret_size` is 0 at the end of the file. */
static int read_chunk(struct buffer *out, int fd, size_t *ret_size)
{
    size_t room = out->max - out->size;
    size_t wanted = room < CHUNK_BYTES ? room + (room == 0) : CHUNK_BYTES;
    char *at = buffer_reserve(out, wanted);
    if (!at)
        return buffer_error(out);
    ssize_t got;
    do
        got = read(fd, at, wanted);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return JALON_IO;
    buffer_grew(out, (size_t)got);
    *ret_size = (size_t)got;
    return JALON_OK;
}

static int read_all(struct buffer *out, int fd)
{
    struct stat status;
    if (fstat(fd, &status))
        return JALON_IO;
    if (!S_ISREG(status.st_mode)) {
        errno = EINVAL;
        return JALON_IO;
    }
    size_t size = 1;
    int err = JALON_OK;
    while (!err && size > 0)
        err = read_chunk(out, fd, &size);
    return err;
}

int text_file_read(struct buffer *out, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang us */
    if (fd < 0)
        return JALON_IO;
    int err = read_all(out, fd);
    int why = errno;
    (void)close(fd); /* nothing was written */
    errno = why;
    return err;
}
