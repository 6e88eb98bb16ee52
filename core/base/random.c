#include "core/base/random.h"

#include <errno.h>
#include <sys/random.h>

int random_bytes(void *ret_bytes, size_t size)
{
    char *at = ret_bytes;
    while (size) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return JALON_IO;
        at += got;
        size -= (size_t)got;
    }
    return JALON_OK;
}
