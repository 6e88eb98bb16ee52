/* Order of things, so that nothing that was answered is lost when Redis comes back older:
 *
 *   a write    Redis says yes (in run R) -> append and fdatasync here -> is R still the run seen? -> answer
 *   a new run  replay all entries -> lock -> replay what was appended meanwhile -> mark the run seen -> unlock
 *
 * Appending and asking for the run seen happen under the lock: a write that was applied in a run that is gone
 * either stands in the log before the replay's last look at it, or learns that it must be replayed.
 *
 * Two locks: `mutex` within the process, for a moment only; the flock on DIR/redo/lock between processes (and
 * between a replay and the writer of the same process), held while the file is written, not while it is synced. Whoever
 * finds no writer at work becomes it and writes for all that are waiting (group commit).
 *
 * A file is left for a new one past 16 MiB or 6 h, or when its fdatasync failed. The new one begins with the marks
 * (highest of each name), so each file alone holds them all. Files not written to for 24 h, and the
 * oldest past 256 MiB in total, are deleted: no Redis comes back that old. */
#include "core/store/redo.h"

#include "core/base/clock.h"
#include "core/store/folder.h"
#include "core/store/redo_file.h"
#include "core/store/redo_marks.h"
#include "core/store/redo_rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES ((uint64_t)16 << 20)
#define FILE_AGE_S (6 * 3600)
#define KEEP_AGE_S (24 * 3600)
#define KEEP_FILES 16 /* of 16 MiB */
#define PENDING_MAX (48U << 20)
#define LOCK "lock"
#define SEEN "seen"

struct waiter {
    struct waiter *next;
    struct slice run;
    int result;
    bool is_done, is_current;
};

struct redo {
    char folder[FOLDER_PATH_MAX]; /* DIR/redo */
    int folder_fd;
    /* Under `mutex`. */
    pthread_mutex_t mutex;
    pthread_cond_t written;
    struct buffer pending; /* entries, unsealed */
    struct waiter *waiters;
    bool is_writing;
    /* The writer's. */
    struct buffer writing;
    int lock_fd, fd; /* fd: the last file's; -1: not open */
    uint64_t number, end;
    bool is_suspect; /* an fdatasync failed: no more into this file */
};

static int prepare(struct redo *redo, const char *folder)
{
    int err = folder_path(redo->folder, folder, REDO_FOLDER);
    if (!err)
        err = folder_make(redo->folder);
    if (!err)
        err = folder_sync(folder);
    if (err)
        return err;
    redo->folder_fd = open(redo->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    redo->lock_fd = openat(redo->folder_fd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return redo->folder_fd < 0 || redo->lock_fd < 0 ? JALON_IO : JALON_OK;
}

int redo_open(struct redo **ret_redo, const char *folder)
{
    struct redo *redo = calloc(1, sizeof *redo);
    if (!redo)
        return JALON_NO_MEMORY;
    redo->folder_fd = redo->lock_fd = redo->fd = -1;
    buffer_init(&redo->pending, PENDING_MAX);
    buffer_init(&redo->writing, PENDING_MAX);
    (void)pthread_mutex_init(&redo->mutex, NULL); /* cannot fail with default attributes on Linux */
    (void)pthread_cond_init(&redo->written, NULL);
    int err = prepare(redo, folder);
    if (err) {
        int reason = errno;
        (void)redo_free(redo);
        errno = reason;
        return err;
    }
    *ret_redo = redo;
    return JALON_OK;
}

static void close_file(struct redo *redo)
{
    if (redo->fd >= 0)
        (void)close(redo->fd); /* synced, or known to be suspect */
    redo->fd = -1;
}

struct redo *redo_free(struct redo *redo)
{
    if (!redo)
        return NULL;
    close_file(redo);
    if (redo->lock_fd >= 0)
        (void)close(redo->lock_fd);
    if (redo->folder_fd >= 0)
        (void)close(redo->folder_fd);
    buffer_done(&redo->pending);
    buffer_done(&redo->writing);
    (void)pthread_cond_destroy(&redo->written);
    (void)pthread_mutex_destroy(&redo->mutex);
    free(redo);
    return NULL;
}

static int lock_file(int fd)
{
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR)
            return JALON_IO;
    return JALON_OK;
}

static size_t read_seen(char ret_run[REDO_RUN_MAX], int folder_fd)
{
    int fd = openat(folder_fd, SEEN, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return 0;
    size_t size;
    if (file_read_at(fd, ret_run, REDO_RUN_MAX, 0, &size))
        size = 0;
    (void)close(fd);
    return size;
}

bool redo_has_seen(struct redo *redo, struct slice run)
{
    char seen[REDO_RUN_MAX];
    size_t size = read_seen(seen, redo->folder_fd);
    return size && slice_equal(slice_of(seen, size), run);
}

/* Opens the last file, checks what others appended since we last looked, and cuts a torn tail off. */
static int check_tail(struct redo *redo)
{
    struct buffer content;
    int err = redo_file_read(&content, redo->folder_fd, redo->number);
    if (err)
        return err;
    struct redo_walk walk;
    struct redo_entry entry;
    size_t from = redo->end <= content.size ? redo->end : 0;
    redo_walk_start(&walk, buffer_slice(&content), redo->number, from);
    while (redo_walk_next(&walk, &entry))
        ; /* only the end of what is intact matters here */
    redo->end = walk.intact;
    /* A file without its header is left as it is, be it damaged or of a later version. */
    if (!walk.is_header_intact)
        redo->is_suspect = true;
    else if (content.size != walk.intact && ftruncate(redo->fd, (off_t)walk.intact) != 0)
        err = JALON_IO;
    buffer_done(&content);
    return err;
}

static int open_last(struct redo *redo, uint64_t last)
{
    if (redo->fd < 0 || redo->number != last) {
        char name[32];
        redo_file_name(name, last);
        close_file(redo);
        redo->fd = openat(redo->folder_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (redo->fd < 0)
            return JALON_IO;
        redo->number = last;
        redo->end = 0;
        redo->is_suspect = false;
    }
    struct stat status;
    if (fstat(redo->fd, &status) != 0)
        return JALON_IO;
    return (uint64_t)status.st_size == redo->end ? JALON_OK : check_tail(redo);
}

static int64_t file_age_s(int folder_fd, uint64_t number)
{
    char name[32];
    redo_file_name(name, number);
    struct stat status;
    if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    return clock_wall_ms() / 1000 - status.st_mtim.tv_sec;
}

static void delete_old(struct redo *redo, uint64_t first)
{
    for (; first < redo->number; first++) {
        bool is_kept =
            first + KEEP_FILES > redo->number && file_age_s(redo->folder_fd, first) < KEEP_AGE_S;
        if (is_kept)
            return;
        char name[32];
        redo_file_name(name, first);
        (void)unlinkat(redo->folder_fd, name, 0); /* tried again at the next turn */
    }
}

/* A file gets its name when its header and marks are on disk. */
static int create_file(struct redo *redo, uint64_t number, struct slice content)
{
    char name[32];
    redo_file_name(name, number);
    int err = folder_write(redo->folder, name, content, 0600);
    if (err)
        return err;
    close_file(redo);
    redo->fd = openat(redo->folder_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (redo->fd < 0)
        return JALON_IO;
    redo->number = number;
    redo->end = content.size;
    redo->is_suspect = false;
    return JALON_OK;
}

static int turn_to_new_file(struct redo *redo, uint64_t first, uint64_t number)
{
    struct buffer content;
    buffer_init(&content, PENDING_MAX);
    redo_header_append(&content, number, clock_wall_ms());
    int err =
        number > first ? redo_marks_append(&content, redo->folder_fd, first, number - 1) : JALON_OK;
    if (!err)
        err = buffer_error(&content);
    if (!err) {
        size_t size = content.size - REDO_HEADER_BYTES;
        redo_entries_seal(content.data + REDO_HEADER_BYTES, size, number, REDO_HEADER_BYTES);
        err = create_file(redo, number, buffer_slice(&content));
    }
    buffer_done(&content);
    if (!err)
        delete_old(redo, first);
    return err;
}

static bool is_full(struct redo *redo)
{
    uint8_t header[REDO_HEADER_BYTES];
    size_t size;
    if (redo->is_suspect || redo->end >= FILE_BYTES)
        return true;
    if (file_read_at(redo->fd, header, sizeof header, 0, &size) || size < sizeof header)
        return true;
    return clock_wall_ms() - redo_header_created_ms(header) > (int64_t)FILE_AGE_S * 1000;
}

/* Makes fd, number and end those of a file that can be appended to. */
static int ready_file(struct redo *redo)
{
    uint64_t first, last;
    int err = redo_file_range(&first, &last, redo->folder_fd);
    if (err == JALON_NOT_FOUND)
        return turn_to_new_file(redo, 1, 1);
    if (!err)
        err = open_last(redo, last);
    if (err)
        return err;
    return is_full(redo) ? turn_to_new_file(redo, first, last + 1) : JALON_OK;
}

/* Under the flock. */
static int write_pending(struct redo *redo)
{
    int err = ready_file(redo);
    if (err)
        return err;
    redo_entries_seal(redo->writing.data, redo->writing.size, redo->number, redo->end);
    err = file_write_at(redo->fd, buffer_slice(&redo->writing), redo->end);
    if (err) {
        int reason = errno;
        if (ftruncate(redo->fd, (off_t)redo->end) != 0)
            redo->is_suspect = true;
        errno = reason;
        return err;
    }
    redo->end += redo->writing.size;
    return JALON_OK;
}

static int write_and_sync(struct redo *redo, char ret_seen[REDO_RUN_MAX], size_t *ret_seen_size)
{
    int err = lock_file(redo->lock_fd);
    if (err)
        return err;
    err = write_pending(redo);
    *ret_seen_size = read_seen(ret_seen, redo->folder_fd);
    (void)flock(redo->lock_fd, LOCK_UN); /* cannot fail on a lock that we hold */
    if (!err && fdatasync(redo->fd) != 0) {
        /* The kernel may have dropped what it could not write: a later sync that succeeds proves nothing. */
        redo->is_suspect = true;
        err = JALON_IO;
    }
    return err;
}

/* Called with the mutex held; lets go of it while the disk works. */
static void write_for_all(struct redo *redo)
{
    struct buffer taken = redo->pending;
    redo->pending = redo->writing;
    redo->writing = taken;
    struct waiter *waiters = redo->waiters;
    redo->waiters = NULL;
    redo->is_writing = true;
    (void)pthread_mutex_unlock(&redo->mutex);

    char seen[REDO_RUN_MAX];
    size_t seen_size = 0;
    int err = write_and_sync(redo, seen, &seen_size);
    buffer_clear(&redo->writing);

    (void)pthread_mutex_lock(&redo->mutex);
    redo->is_writing = false;
    for (struct waiter *waiter = waiters; waiter; waiter = waiter->next) {
        waiter->result = err;
        waiter->is_current = slice_equal(waiter->run, slice_of(seen, seen_size));
        waiter->is_done = true;
    }
    (void)pthread_cond_broadcast(&redo->written);
}

static int append_pending(struct redo *redo, const struct redo_entry *entries, size_t count)
{
    size_t before = redo->pending.size;
    for (size_t i = 0; i < count; i++)
        redo_entry_append(&redo->pending, &entries[i]);
    int err = buffer_error(&redo->pending);
    if (!err)
        return JALON_OK;
    redo->pending.size = before; /* what others put there before us stays */
    redo->pending.error = JALON_OK;
    return err == JALON_FULL ? JALON_TOO_LONG : err;
}

static int wait_for_disk(struct redo *redo, struct waiter *waiter)
{
    waiter->next = redo->waiters;
    redo->waiters = waiter;
    while (!waiter->is_done) {
        if (redo->is_writing)
            (void)pthread_cond_wait(&redo->written, &redo->mutex);
        else
            write_for_all(redo);
    }
    return waiter->result;
}

int redo_append(struct redo *redo, struct slice run, const struct redo_entry *entries, size_t count,
                bool *ret_is_current)
{
    for (size_t i = 0; i < count; i++)
        if (entries[i].effect.size > REDO_EFFECT_MAX || entries[i].mark.size > UINT16_MAX)
            return JALON_TOO_LONG;
    struct waiter waiter = {.run = run};
    (void)pthread_mutex_lock(&redo->mutex);
    int err = append_pending(redo, entries, count);
    if (!err)
        err = wait_for_disk(redo, &waiter);
    (void)pthread_mutex_unlock(&redo->mutex);
    if (!err)
        *ret_is_current = waiter.is_current;
    return err;
}

/* With a descriptor of its own: the writer of this process is to be kept out too. */
static int lock_apart(struct redo *redo, int *ret_fd)
{
    int fd = openat(redo->folder_fd, LOCK, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return JALON_IO;
    int err = lock_file(fd);
    if (err)
        (void)close(fd); /* nothing was written */
    else
        *ret_fd = fd;
    return err;
}

/* How far a replay has come. */
struct place {
    uint64_t number;
    size_t at;
};

static int visit_file(struct redo *redo, struct place *place, redo_visit *visit, void *context,
                      char ret_damage[REDO_WHERE_MAX])
{
    struct buffer content;
    int err = redo_file_read(&content, redo->folder_fd, place->number);
    if (err)
        return err == JALON_NOT_FOUND ? JALON_OK : err; /* deleted meanwhile */
    struct redo_walk walk;
    struct redo_entry entry;
    redo_walk_start(&walk, buffer_slice(&content), place->number, place->at);
    while (!err && redo_walk_next(&walk, &entry))
        err = visit(context, entry.effect);
    place->at = walk.intact;
    buffer_done(&content);
    if (!*ret_damage && (walk.damage_at || !walk.is_header_intact))
        redo_where(ret_damage, place->number, walk.damage_at);
    return err;
}

static int visit_from(struct redo *redo, struct place *place, redo_visit *visit, void *context,
                      char ret_damage[REDO_WHERE_MAX])
{
    uint64_t first, last;
    int err = redo_file_range(&first, &last, redo->folder_fd);
    if (err)
        return err == JALON_NOT_FOUND ? JALON_OK : err;
    if (place->number < first)
        *place = (struct place){.number = first};
    for (;; *place = (struct place){.number = place->number + 1}) {
        err = visit_file(redo, place, visit, context, ret_damage);
        if (err || place->number >= last)
            return err;
    }
}

int redo_each(struct redo *redo, redo_visit *visit, void *context, char ret_damage[REDO_WHERE_MAX])
{
    struct place place = {0};
    *ret_damage = '\0';
    return visit_from(redo, &place, visit, context, ret_damage);
}

int redo_replay(struct redo *redo, struct slice run, redo_visit *visit, redo_finish *finish,
                void *context, char ret_damage[REDO_WHERE_MAX])
{
    if (run.size > REDO_RUN_MAX)
        return JALON_TOO_LONG;
    struct place place = {0};
    *ret_damage = '\0';
    int err = visit_from(redo, &place, visit, context, ret_damage);
    if (err)
        return err;
    /* What looks damaged may just have been in the middle of being written: all again, under the lock. */
    if (*ret_damage)
        place = (struct place){0};
    *ret_damage = '\0';
    int fd = -1;
    err = lock_apart(redo, &fd);
    if (!err)
        err = visit_from(redo, &place, visit, context, ret_damage);
    if (!err && finish)
        err = finish(context);
    if (!err)
        err = folder_write(redo->folder, SEEN, run, 0600);
    if (fd >= 0)
        (void)close(fd); /* lets go of the lock */
    return err;
}

int redo_rewrite(struct redo *redo, redo_drop *drop, void *context)
{
    int fd = -1;
    int err = lock_apart(redo, &fd);
    if (!err)
        err = redo_files_rewrite(redo->folder, redo->folder_fd, drop, context);
    if (fd >= 0)
        (void)close(fd); /* lets go of the lock */
    return err;
}
