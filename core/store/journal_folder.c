#include "core/store/journal_folder.h"

#include "core/base/encoding.h"
#include "core/store/journal.h"
#include "core/store/journal_format.h"
#include "core/store/schema.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096

int journal_folder_path(char ret_path[FOLDER_PATH_MAX], const char *folder, uint64_t incarnation)
{
    char name[LINK_ID_TEXT + 1];
    link_id_format(name, incarnation);
    return folder_path(ret_path, folder, name);
}

void journal_segment_name(char ret_name[32], uint64_t number)
{
    (void)snprintf(ret_name, 32, "%08llu.seg", (unsigned long long)number); /* fits */
}

static bool read_number(uint64_t *ret_number, const char *name)
{
    struct slice rest = slice_of_string(name);
    if (slice_to_u64(ret_number, slice_take(&rest, '.'), JOURNAL_NUMBER_MAX))
        return false;
    char canonical[32];
    journal_segment_name(canonical, *ret_number);
    return strcmp(canonical, name) == 0;
}

/* A listing of its own: the position of a shared descriptor would be shared too. */
static int list_start(DIR **ret_list, int folder_fd)
{
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return JALON_IO;
    DIR *list = fdopendir(fd);
    if (!list) {
        (void)close(fd);
        return JALON_NO_MEMORY;
    }
    *ret_list = list;
    return JALON_OK;
}

int journal_segment_find(uint64_t *ret_number, int folder_fd, uint64_t from)
{
    DIR *list;
    int err = list_start(&list, folder_fd);
    if (err)
        return err;
    uint64_t best = UINT64_MAX, number;
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list))
        if (read_number(&number, entry->d_name) && number >= from && number < best)
            best = number;
    (void)closedir(list);
    if (best == UINT64_MAX)
        return JALON_NOT_FOUND;
    *ret_number = best;
    return JALON_OK;
}

static int read_header(struct journal_header *ret_header, int folder_fd, const char *name)
{
    int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return JALON_IO;
    uint8_t bytes[JOURNAL_HEADER_BYTES];
    size_t size;
    int err = file_read_at(fd, bytes, sizeof bytes, 0, &size);
    (void)close(fd);
    return err ? err : journal_header_read(ret_header, slice_of(bytes, size));
}

int journal_segment_size(uint64_t *ret_bytes, int folder_fd, uint64_t incarnation)
{
    DIR *list;
    int err = list_start(&list, folder_fd);
    if (err)
        return err;
    uint64_t number, bytes = 0, largest = JOURNAL_SEGMENT_MIN;
    for (struct dirent *entry = readdir(list); entry && !bytes; entry = readdir(list)) {
        struct journal_header header;
        struct stat status;
        if (!read_number(&number, entry->d_name))
            continue;
        if (read_header(&header, folder_fd, entry->d_name) == JALON_OK &&
            header.incarnation == incarnation && header.number == number)
            bytes = header.segment_bytes;
        else if (fstatat(folder_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            while (largest < (uint64_t)status.st_size && largest < JOURNAL_SEGMENT_MAX)
                largest *= 2;
    }
    (void)closedir(list);
    *ret_bytes = bytes ? bytes : largest;
    return JALON_OK;
}

struct found {
    uint64_t incarnation;
    int64_t created_ms;
};

static int by_age(const void *a, const void *b)
{
    const struct found *left = a, *right = b;
    if (left->created_ms != right->created_ms)
        return left->created_ms < right->created_ms ? -1 : 1;
    return left->incarnation < right->incarnation ? -1 : left->incarnation > right->incarnation;
}

int journal_segment_header(struct journal_header *ret_header, int folder_fd, uint64_t number)
{
    char name[32];
    journal_segment_name(name, number);
    return read_header(ret_header, folder_fd, name);
}

int64_t journal_oldest_ms(int folder_fd)
{
    uint64_t number;
    struct journal_header header;
    if (journal_segment_find(&number, folder_fd, 0) ||
        journal_segment_header(&header, folder_fd, number))
        return 0;
    return header.created_ms;
}

static int64_t created_ms(int journal_fd, const char *name)
{
    int fd = openat(journal_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    int64_t oldest_ms = journal_oldest_ms(fd);
    (void)close(fd);
    return oldest_ms;
}

static int collect(struct found *found, size_t capacity, size_t *ret_count, DIR *list)
{
    size_t count = 0;
    int err = JALON_OK;
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
        uint64_t incarnation;
        if (link_id_parse(&incarnation, slice_of_string(entry->d_name)))
            continue;
        if (count == capacity) {
            err = JALON_FULL;
            break;
        }
        found[count].incarnation = incarnation;
        found[count++].created_ms = created_ms(dirfd(list), entry->d_name);
    }
    qsort(found, count, sizeof *found, by_age);
    *ret_count = count;
    return err;
}

int journal_list(uint64_t *ret_incarnations, size_t capacity, size_t *ret_count, const char *folder)
{
    DIR *list = opendir(folder);
    if (!list && errno != ENOENT)
        return JALON_IO;
    if (!list) {
        *ret_count = 0;
        return JALON_OK;
    }
    struct found *found = calloc(capacity + 1, sizeof *found);
    int err = found ? collect(found, capacity, ret_count, list) : JALON_NO_MEMORY;
    for (size_t i = 0; found && i < *ret_count; i++)
        ret_incarnations[i] = found[i].incarnation;
    free(found);
    (void)closedir(list);
    return err;
}

int journal_open_dead(int *ret_fd, const char *folder, uint64_t incarnation, int lock)
{
    char path[FOLDER_PATH_MAX];
    int err = journal_folder_path(path, folder, incarnation);
    if (err)
        return err;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? JALON_NOT_FOUND : JALON_IO;
    if (flock(fd, lock | LOCK_NB) != 0) {
        err = errno == EWOULDBLOCK ? JALON_LOCKED : JALON_IO;
        (void)close(fd);
        return err;
    }
    *ret_fd = fd;
    return JALON_OK;
}

static int remove_files(int folder_fd)
{
    DIR *list;
    int err = list_start(&list, folder_fd);
    if (err)
        return err;
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list))
        if (entry->d_name[0] != '.' && unlinkat(folder_fd, entry->d_name, 0) != 0 &&
            errno != ENOENT)
            err = JALON_IO;
    (void)closedir(list);
    return err;
}

int journal_remove(const char *folder, uint64_t incarnation)
{
    char path[FOLDER_PATH_MAX];
    int fd, err = journal_folder_path(path, folder, incarnation);
    if (!err)
        err = journal_open_dead(&fd, folder, incarnation, LOCK_EX);
    if (err)
        return err;
    err = remove_files(fd);
    if (!err && rmdir(path) != 0)
        err = JALON_IO;
    (void)close(fd);
    return err;
}

/* At memcmp()'s speed: most of a segment is never written to. */
static bool is_zero(const char *bytes, size_t size)
{
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* Where the zeros begin that the file ends with, from the next page on. */
static int find_zeros(int fd, uint64_t size, uint64_t *ret_start)
{
    char bytes[65536];
    while (size) {
        size_t piece = size % sizeof bytes ? size % sizeof bytes : sizeof bytes, got;
        int err = file_read_at(fd, bytes, piece, size - piece, &got);
        if (err)
            return err;
        if (is_zero(bytes, got))
            got = 0;
        while (got && bytes[got - 1] == 0)
            got--;
        size -= piece;
        if (got) {
            *ret_start = (size + got + PAGE - 1) / PAGE * PAGE;
            return JALON_OK;
        }
    }
    *ret_start = 0;
    return JALON_OK;
}

/* Zeros take no room and still read as zeros: to a reader nothing changes. */
static int trim_segment(int folder_fd, const char *name)
{
    int fd = openat(folder_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return JALON_IO;
    struct stat status;
    uint64_t start = 0, size = 0;
    int err = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? JALON_OK : JALON_IO;
    bool is_sparse = !err && status.st_blocks * 512 < status.st_size; /* trimmed before */
    if (!err && !is_sparse) {
        size = (uint64_t)status.st_size;
        err = find_zeros(fd, size, &start);
    }
    if (!err && start < size)
        /* Not every filesystem can; then it stays as large as it is. */
        (void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)start,
                        (off_t)(size - start));
    (void)close(fd);
    return err;
}

int journal_trim(const char *folder, uint64_t incarnation)
{
    int fd, err = journal_open_dead(&fd, folder, incarnation, LOCK_SH);
    if (err)
        return err;
    uint64_t number = 0;
    err = journal_segment_find(&number, fd, 0);
    while (!err) {
        char name[32];
        journal_segment_name(name, number);
        err = trim_segment(fd, name);
        if (!err)
            err = journal_segment_find(&number, fd, number + 1);
    }
    (void)close(fd);
    return err == JALON_NOT_FOUND ? JALON_OK : err;
}

static uint64_t incarnation_bytes(int journal_fd, const char *name)
{
    DIR *list;
    uint64_t bytes = 0;
    int fd = openat(journal_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0; /* removed meanwhile */
    if (list_start(&list, fd) == JALON_OK) {
        struct stat status;
        for (struct dirent *entry = readdir(list); entry; entry = readdir(list))
            if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISREG(status.st_mode))
                bytes += (uint64_t)status.st_blocks * 512;
        (void)closedir(list);
    }
    (void)close(fd);
    return bytes;
}

int journal_folder_bytes(uint64_t *ret_bytes, const char *folder)
{
    DIR *list = opendir(folder);
    if (!list && errno != ENOENT)
        return JALON_IO;
    uint64_t bytes = 0, incarnation;
    for (struct dirent *entry = list ? readdir(list) : NULL; entry; entry = readdir(list))
        if (link_id_parse(&incarnation, slice_of_string(entry->d_name)) == JALON_OK)
            bytes += incarnation_bytes(dirfd(list), entry->d_name);
    if (list)
        (void)closedir(list);
    *ret_bytes = bytes;
    return JALON_OK;
}
