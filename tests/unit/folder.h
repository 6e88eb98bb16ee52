/* folder.h - a new folder for a test's files, removed with them. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline char *folder_new(void) /* freed by folder_remove() */
{
    char *path = malloc(PATH_MAX);
    const char *above = getenv("TMPDIR");
    if (!path || snprintf(path, PATH_MAX, "%s/jalon-test-XXXXXX", above ? above : "/tmp") < 0 ||
        !mkdtemp(path))
        _exit(99);
    return path;
}

/* The path of `name` in the folder; the last four results stay valid. */
static inline const char *folder_file(const char *folder, const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
        _exit(99);
    return path;
}

static inline size_t folder_count(const char *folder) /* files in it */
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    for (const struct dirent *entry; dir && (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    if (dir)
        (void)closedir(dir); /* only read */
    return count;
}

static inline void folder_remove(char *folder) /* files only, no folders within */
{
    DIR *dir = opendir(folder);
    for (const struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            (void)unlink(folder_file(folder, entry->d_name)); /* what stays makes rmdir fail */
    if (dir)
        (void)closedir(dir);
    if (rmdir(folder))
        _exit(99);
    free(folder);
}
#endif
