/* settings_fuzz.c - jalond.conf: read, or refused in words that name the place. */
#include "core/store/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void check(const struct settings *settings)
{
    require(settings->public_addresses && settings->api_addresses && settings->domain &&
            settings->redis && settings->geo_country && settings->agents_file);
    require(settings->workers <= 256 && settings->clerks >= 1 && settings->max_connections >= 16);
    require((settings->journal_segment_bytes & (settings->journal_segment_bytes - 1)) == 0);
    require(settings->header_timeout_ms >= 100 && settings->write_timeout_ms >= 100);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[64];
    int fd = memfd_create("jalond.conf", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd); /* fits */
    struct settings settings;
    struct problem problem;
    problem_init(&problem);
    if (settings_load(&settings, path, &problem)) {
        require(problem.kind != PROBLEM_NONE && problem.detail[0]);
    } else {
        check(&settings);
        settings_done(&settings);
    }
    (void)close(fd);
    return 0;
}
