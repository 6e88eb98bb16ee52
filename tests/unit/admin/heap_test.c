/* What malloc gives lies in a mapping that is to have huge pages: "hg" among the VmFlags of proc_pid_smaps(5). */
#include "admin/heap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <setjmp.h>
#include <cmocka.h>

#define BLOCKS 48
#define BLOCK ((size_t)1 << 20)
#define EARLY 3 /* lie before the heap's first place for a huge page, or across it */
#define SMALL 100
#define HUGE_PAGE ((size_t)2 << 20)

struct mapping {
    bool is_heap, is_advised;
};

static struct mapping mapping_of(uintptr_t memory)
{
    FILE *smaps = fopen("/proc/self/smaps", "re");
    assert_non_null(smaps);
    struct mapping found = {false, false};
    bool is_it = false;
    char line[512];
    while (fgets(line, sizeof line, smaps)) {
        uintptr_t start, end;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &start, &end) == 2) {
            is_it = memory >= start && memory < end;
            found.is_heap |= is_it && strstr(line, "[heap]");
        }
        found.is_advised |= is_it && strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg");
    }
    assert_int_equal(fclose(smaps), 0);
    return found;
}

static bool has_huge_pages(void)
{
    void *memory =
        mmap(NULL, HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    bool has = madvise(memory, HUGE_PAGE, MADV_HUGEPAGE) == 0;
    assert_int_equal(munmap(memory, HUGE_PAGE), 0);
    return has;
}

static void take_blocks(char *blocks[BLOCKS], char *smalls[BLOCKS])
{
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(BLOCK);
        smalls[i] = malloc(SMALL);
        assert_non_null(blocks[i]);
        assert_non_null(smalls[i]);
    }
}

static size_t count_advised(char *blocks[BLOCKS])
{
    size_t advised = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        advised += mapping_of((uintptr_t)blocks[i]).is_advised;
    return advised;
}

static void free_blocks(char *blocks[BLOCKS])
{
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}

static void what_comes_next_has_huge_pages(void **state)
{
    (void)state;
    char *blocks[BLOCKS], *smalls[BLOCKS];
    void *before = malloc(SMALL);
    bool is_glibc = mapping_of((uintptr_t)before).is_heap; /* a sanitizer's malloc has no heap */
    free(before);
    if (!is_glibc || !has_huge_pages())
        skip();
    heap_use_huge_pages();
    take_blocks(blocks, smalls);
    size_t first = count_advised(blocks);
    free_blocks(blocks);
    free_blocks(smalls);
    take_blocks(blocks, smalls); /* what was free at the heap's end is there still */
    size_t again = count_advised(blocks), small = count_advised(smalls);
    free_blocks(blocks);
    free_blocks(smalls);
    assert_true(first >= BLOCKS - EARLY);
    assert_true(again >= BLOCKS - EARLY);
    assert_true(small >= BLOCKS - EARLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_next_has_huge_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
