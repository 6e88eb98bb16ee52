/* guard_page.h - a copy of bytes that ends where memory ends: whoever reads one byte too far dies. */
#ifndef TESTS_GUARD_PAGE_H
#define TESTS_GUARD_PAGE_H
#include "core/base/slice.h"

#include <sys/mman.h>
#include <unistd.h>

struct guard_page {
    char *memory;
    size_t size; /* of what can be read */
};

static inline struct guard_page guard_page_new(size_t size_max)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct guard_page guard = {.size = (size_max + page - 1) / page * page + page};
    guard.memory = mmap(NULL, guard.size + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guard.memory == MAP_FAILED || mprotect(guard.memory, guard.size, PROT_READ | PROT_WRITE))
        _exit(99);
    return guard;
}

/* Valid until the next call; `bytes.size` is at most the size_max of guard_page_new(). */
static inline struct slice guard_page_copy(const struct guard_page *guard, struct slice bytes)
{
    char *at = guard->memory + guard->size - bytes.size;
    if (bytes.size)
        memcpy(at, bytes.data, bytes.size);
    return slice_of(at, bytes.size);
}

static inline void guard_page_free(struct guard_page *guard)
{
    (void)munmap(guard->memory, guard->size + (size_t)sysconf(_SC_PAGESIZE)); /* a test's end */
}
#endif
