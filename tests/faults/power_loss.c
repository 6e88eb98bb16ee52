/* power_loss.c - preloaded into a program, keeps what the death of the machine would leave of a folder: each file as its last
 * fsync or fdatasync found it (empty before the first), each folder with the names that its last fsync found. What was
 * not synced may be on a disk or not; here it never is, which is the worst that a promise can be held against.
 *
 *     POWER_LOSS_FOLDER  the folder, absolute       POWER_LOSS_SHADOW  where that is kept, with files/ and folders/ in it
 *     POWER_LOSS_START   set: all that is in the folder at the program's start is on disk
 *
 *     SHADOW/files/ID         a file's bytes; ID is inode and birth, as inodes are used again
 *     SHADOW/folders/PATH     lines `ID TYPE NAME`, TYPE being f or d; in PATH each / is a %
 *
 * Both are taken before the program's own sync and put in place after it, so that a kill in between leaves the older one.
 * power_loss.py puts a folder back from them. */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define TEXT 4096

typedef int sync_call(int fd);

/* The folder that is watched and its shadow; false: none is. */
static int is_watching(const char **ret_folder, const char **ret_shadow)
{
    *ret_folder = getenv("POWER_LOSS_FOLDER");
    *ret_shadow = getenv("POWER_LOSS_SHADOW");
    return *ret_folder && *ret_shadow;
}

static void fail(const char *what)
{
    perror(what);
    _exit(98);
}

static void write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written <= 0)
            fail("power_loss: write");
        bytes += written;
        size -= (size_t)written;
    }
}

static void write_id(char ret_id[64], int folder_fd, const char *name)
{
    struct statx status;
    int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
    if (statx(folder_fd, name, flags, STATX_INO | STATX_BTIME, &status) != 0) {
        ret_id[0] = '\0'; /* removed meanwhile */
        return;
    }
    (void)snprintf(ret_id, 64, "%llu.%lld.%u", (unsigned long long)status.stx_ino,
                   (long long)status.stx_btime.tv_sec, status.stx_btime.tv_nsec); /* fits */
}

/* A file of the shadow that is not in place yet. */
static int new_shadow(char ret_path[TEXT + 32], const char *final)
{
    (void)snprintf(ret_path, TEXT + 32, "%s.%d", final, (int)gettid()); /* fits */
    int fd = open(ret_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        fail(ret_path);
    return fd;
}

static void copy_file(int to, int fd)
{
    static __thread char bytes[65536];
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd); /* fits */
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        fail("power_loss: open");
    for (ssize_t got; (got = read(from, bytes, sizeof bytes)) > 0;)
        write_all(to, bytes, (size_t)got);
    (void)close(from);
}

static void list_folder(int to, int fd)
{
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = own < 0 ? NULL : fdopendir(own);
    if (!list)
        fail("power_loss: folder");
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
        char id[64], line[TEXT];
        write_id(id, fd, entry->d_name);
        int is_kept = entry->d_type == DT_REG || entry->d_type == DT_DIR;
        if (!is_kept || !*id || !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        int size = snprintf(line, sizeof line, "%s %c %s\n", id,
                            entry->d_type == DT_DIR ? 'd' : 'f', entry->d_name);
        write_all(to, line, (size_t)size);
    }
    (void)closedir(list);
}

struct kept { /* what a sync makes durable, until it is in place */
    int lock_fd;
    char from[TEXT + 32], to[TEXT];
};

/* Two programs may sync one file: who looked first puts in place first, or the newer look would be lost. */
static int lock(const char *final)
{
    char path[TEXT + 32];
    (void)snprintf(path, sizeof path, "%s.lock", final); /* fits */
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        fail(path);
    return fd;
}

/* 0: nothing of the folder that is watched. */
static int keep(struct kept *ret_kept, int fd)
{
    const char *folder, *shadow;
    char link[64], path[TEXT];
    struct stat status;
    if (!is_watching(&folder, &shadow) || fstat(fd, &status) != 0)
        return 0;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd); /* fits */
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0 || strncmp(path, folder, strlen(folder)) != 0)
        return 0;
    path[size] = '\0';
    if (S_ISDIR(status.st_mode)) {
        for (char *at = path; *at; at++)
            *at = *at == '/' ? '%' : *at;
        (void)snprintf(ret_kept->to, TEXT, "%.900s/folders/%.900s", shadow, path);
    } else {
        char id[64];
        write_id(id, fd, "");
        (void)snprintf(ret_kept->to, TEXT, "%.900s/files/%s", shadow, id);
    }
    ret_kept->lock_fd = lock(ret_kept->to);
    int to = new_shadow(ret_kept->from, ret_kept->to);
    (S_ISDIR(status.st_mode) ? list_folder : copy_file)(to, fd);
    (void)close(to);
    return 1;
}

static void put_in_place(const struct kept *kept)
{
    if (rename(kept->from, kept->to) != 0)
        fail("power_loss: rename");
    (void)close(kept->lock_fd); /* lets go of the lock */
}

static int sync_and_keep(const char *name, int fd)
{
    struct kept kept;
    sync_call *call;
    *(void **)&call = dlsym(RTLD_NEXT, name);
    int is_kept = keep(&kept, fd);
    int result = call(fd);
    if (is_kept && result == 0)
        put_in_place(&kept);
    else if (is_kept)
        (void)close(kept.lock_fd); /* a disk that fails keeps what it had */
    return result;
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    return sync_and_keep("fsync", fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    return sync_and_keep("fdatasync", fd);
}

static int keep_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)ftw;
    if (type != FTW_F && type != FTW_D && type != FTW_DP)
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    struct kept kept;
    struct stat opened;
    if (fd < 0)
        return 0; /* a socket */
    int is_kind = fstat(fd, &opened) == 0 && (S_ISREG(opened.st_mode) || S_ISDIR(opened.st_mode));
    if (is_kind && keep(&kept, fd))
        put_in_place(&kept);
    (void)close(fd);
    return 0;
}

__attribute__((constructor)) static void start(void)
{
    const char *folder, *shadow;
    if (getenv("POWER_LOSS_START") && is_watching(&folder, &shadow))
        (void)nftw(folder, keep_one, 16, FTW_PHYS); /* what it can't visit is not there */
}
