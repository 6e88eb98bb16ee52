/* allocations.h - counts what a thread allocates, in libraries too. For one source file of a test: it takes the place
 * of malloc(). */
#ifndef TESTS_ALLOCATIONS_H
#define TESTS_ALLOCATIONS_H
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Volatile, as compilers know that no malloc() and no strdup() changes a variable of ours. */
static _Thread_local volatile unsigned long allocations_so_far;

#if defined(__has_feature)
#define HAS_SANITIZER(name) __has_feature(name)
#else
#define HAS_SANITIZER(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    HAS_SANITIZER(address_sanitizer) || HAS_SANITIZER(thread_sanitizer)
/* Sanitizers bring their own malloc, and it must stay. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                              void (*freed)(const volatile void *));

static void allocations_hear_malloc(const volatile void *memory, size_t size)
{
    (void)memory, (void)size;
    allocations_so_far++;
}

static void allocations_hear_free(const volatile void *memory)
{
    (void)memory;
}

static inline void allocations_hook(void)
{
    if (!__sanitizer_install_malloc_and_free_hooks(allocations_hear_malloc, allocations_hear_free))
        _exit(99);
}
#else
/* glibc takes these in the place of its own; hidden, only the test's own calls would come here. */
#define IN_PLACE_OF_GLIBC __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

IN_PLACE_OF_GLIBC void *malloc(size_t size)
{
    allocations_so_far++;
    return __libc_malloc(size);
}

IN_PLACE_OF_GLIBC void *calloc(size_t count, size_t size)
{
    allocations_so_far++;
    return __libc_calloc(count, size);
}

IN_PLACE_OF_GLIBC void *realloc(void *memory, size_t size)
{
    allocations_so_far++;
    return __libc_realloc(memory, size);
}

static inline void allocations_hook(void)
{
}
#endif

/* Before anything is counted. Ends the test when what a library allocates is not heard. */
static inline void allocations_watch(void)
{
    allocations_hook();
    unsigned long before = allocations_so_far;
    char *volatile text = strdup("allocated inside of libc");
    if (!text || allocations_so_far != before + 1)
        _exit(99);
    free(text);
}
#endif
