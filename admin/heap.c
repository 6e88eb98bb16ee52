/* heap.c - huge pages for the heap. glibc's own way is a tunable in the environment, which a program can't set for itself; and as it
 * lets the heap grow by small steps, no step has room for a huge page. */
#include "admin/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE ((uintptr_t)2 << 20)
#define ROOM (64 << 20)
#define USUAL_PAD (128 << 10)             /* glibc's own: it grows by that */
#define LARGEST_MMAP_THRESHOLD (32 << 20) /* glibc takes no larger one */

void heap_use_huge_pages(void)
{
    mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD); /* arrays are to lie in the heap, too */
    mallopt(M_TRIM_THRESHOLD, 2 * ROOM);               /* what is free at its end stays there */
    mallopt(M_TOP_PAD, ROOM);
    void *room = malloc(2 * USUAL_PAD); /* more than there is: the heap grows */
    mallopt(M_TOP_PAD, USUAL_PAD);
    uintptr_t start = ((uintptr_t)room + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    uintptr_t end = (uintptr_t)sbrk(0);
    if (room && end > start)
        (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
    free(room);
}
