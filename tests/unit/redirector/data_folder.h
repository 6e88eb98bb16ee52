/* data_folder.h - a new folder for a test, removed with all that is in it. */
#ifndef TESTS_DATA_FOLDER_H
#define TESTS_DATA_FOLDER_H
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline char *data_folder_new(void) /* freed by data_folder_remove() */
{
    char *path = malloc(PATH_MAX);
    const char *above = getenv("TMPDIR");
    if (!path || snprintf(path, PATH_MAX, "%s/jalon-test-XXXXXX", above ? above : "/tmp") < 0 ||
        !mkdtemp(path))
        _exit(99);
    return path;
}

static inline int data_folder_remove_one(const char *path, const struct stat *status, int kind,
                                         struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static inline void data_folder_remove(char *folder)
{
    if (nftw(folder, data_folder_remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        _exit(99);
    free(folder);
}
#endif
