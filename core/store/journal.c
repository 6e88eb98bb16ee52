/* One journal is one folder, DIR/journal/INCARNATION (16 hex digits), of segments (journal_format.c). Who has
 * it open for writing holds an flock on the folder: that is how a reader tells a live one from a dead one.
 *
 * Two threads, each with its own line of the struct:
 *
 *     worker        journal_append, journal_end       current, at; writes `end`, takes `next`
 *     sync thread   journal_tend                      active, prepared, first; writes `next`, `synced`, `is_low`
 *
 * The life of a segment: prepared (tend: allocated, mapped, offered in `next`) -> current (append: taken, `next`
 * = NULL) -> active, when tend sees it taken; the one before it is then unmapped and closed -> synced for good, by
 * name -> deleted (tend).
 *
 * Memory orders: the worker stores next = NULL with release after its last touch of the old segment; tend's
 * acquire of NULL may therefore unmap it. The worker stores `end` with release after the entry; tend loads
 * `end` with acquire *before* it looks at `next`, so the segments it syncs hold all before that end. An
 * entry's head is stored with release after its payload, for readers (journal_format.c). */
#include "core/store/journal.h"

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/store/journal_folder.h"
#include "core/store/journal_format.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct segment {
    uint64_t number;
    int fd;
    char *bytes; /* mapped */
};

struct journal {
    char folder[FOLDER_PATH_MAX];
    int folder_fd; /* holds the lock */
    uint64_t incarnation, segment_bytes;
    uint64_t segments_max;
    /* Handed over. */
    _Atomic(struct segment *) next;
    /* The worker's line. */
    alignas(64) struct segment *current;
    uint64_t at; /* in `current` */
    _Atomic uint64_t end;
    /* The sync thread's line. */
    alignas(64) struct segment *active;
    struct segment *prepared; /* offered in `next`, or taken since */
    uint64_t first;           /* number of the oldest segment kept */
    int64_t *released_at_ms;  /* by number % segments_max; 0: not released */
    uint64_t unsynced;        /* all segments before this one are on disk */
    bool is_broken;           /* an fdatasync failed: what it should have written may be gone */
    _Atomic uint64_t synced;
    _Atomic bool is_low;
};

static struct segment *segment_free(struct segment *segment, size_t bytes)
{
    if (!segment)
        return NULL;
    if (segment->bytes)
        (void)munmap(segment->bytes, bytes); /* cannot fail on what mmap gave */
    if (segment->fd >= 0)
        (void)close(segment->fd); /* synced before, where that was asked for */
    free(segment);
    return NULL;
}

static int allocate(int fd, uint64_t bytes)
{
    int reason;
    do
        reason = posix_fallocate(fd, 0, (off_t)bytes);
    while (reason == EINTR);
    if (reason == 0)
        return JALON_OK;
    errno = reason;
    return reason == ENOSPC || reason == EDQUOT || reason == EFBIG ? JALON_FULL : JALON_IO;
}

/* Allocates and maps `name`, and writes its header. What it made is the caller's, also on failure. */
static int segment_fill(struct segment *segment, const struct journal *journal, const char *name)
{
    segment->fd = openat(journal->folder_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (segment->fd < 0)
        return errno == ENOSPC || errno == EDQUOT ? JALON_FULL : JALON_IO;
    int err = allocate(segment->fd, journal->segment_bytes);
    if (err)
        return err;
    char *bytes =
        mmap(NULL, journal->segment_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, segment->fd, 0);
    if (bytes == MAP_FAILED)
        return JALON_NO_MEMORY;
    segment->bytes = bytes;
    struct journal_header header = {
        .incarnation = journal->incarnation,
        .number = segment->number,
        .segment_bytes = journal->segment_bytes,
        .created_ms = clock_wall_ms(),
    };
    journal_header_write((uint8_t *)bytes, &header);
    return fsync(segment->fd) == 0 ? JALON_OK : JALON_IO;
}

/* A segment gets its name when it is whole, so that no reader and no crash meets half of one. */
static int segment_new(struct segment **ret_segment, const struct journal *journal, uint64_t number)
{
    struct segment *segment = calloc(1, sizeof *segment);
    if (!segment)
        return JALON_NO_MEMORY;
    segment->number = number;
    char temporary[32], name[32];
    (void)snprintf(temporary, sizeof temporary, "%08llu.new",
                   (unsigned long long)number); /* fits */
    journal_segment_name(name, number);
    int err = segment_fill(segment, journal, temporary);
    if (!err && (renameat(journal->folder_fd, temporary, journal->folder_fd, name) != 0 ||
                 fsync(journal->folder_fd) != 0))
        err = JALON_IO;
    if (err) {
        int reason = errno;
        (void)unlinkat(journal->folder_fd, temporary,
                       0); /* the first error is the one that counts */
        (void)segment_free(segment, journal->segment_bytes);
        errno = reason;
        return err;
    }
    *ret_segment = segment;
    return JALON_OK;
}

static int make_incarnation(struct journal *journal, const char *folder)
{
    int err = folder_make(folder);
    if (err)
        return err;
    err = random_bytes(&journal->incarnation, sizeof journal->incarnation);
    if (err)
        return err;
    err = journal_folder_path(journal->folder, folder, journal->incarnation);
    if (err)
        return err;
    if (mkdir(journal->folder, 0700) != 0)
        return errno == ENOSPC || errno == EDQUOT ? JALON_FULL : JALON_IO;
    journal->folder_fd = open(journal->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->folder_fd < 0 || flock(journal->folder_fd, LOCK_EX | LOCK_NB) != 0)
        return JALON_IO;
    return folder_sync(folder);
}

static int journal_start(struct journal *journal, const struct journal_options *options)
{
    journal->released_at_ms = calloc(journal->segments_max, sizeof *journal->released_at_ms);
    if (!journal->released_at_ms)
        return JALON_NO_MEMORY;
    int err = make_incarnation(journal, options->folder);
    if (err)
        return err;
    err = segment_new(&journal->active, journal, 0);
    if (err) {
        (void)rmdir(journal->folder); /* nothing is in it */
        return err;
    }
    journal->current = journal->active;
    journal->at = JOURNAL_HEADER_BYTES;
    atomic_store_explicit(&journal->end, journal->at, memory_order_relaxed);
    return JALON_OK;
}

int journal_open(struct journal **ret_journal, const struct journal_options *options)
{
    uint64_t bytes = options->segment_bytes;
    bool is_size =
        bytes >= JOURNAL_SEGMENT_MIN && bytes <= JOURNAL_SEGMENT_MAX && !(bytes & (bytes - 1));
    if (!is_size || options->max_bytes / 2 < bytes)
        return JALON_BAD_ARGUMENT;
    struct journal *journal = aligned_alloc(alignof(struct journal), sizeof *journal);
    if (!journal)
        return JALON_NO_MEMORY;
    *journal = (struct journal){
        .folder_fd = -1,
        .segment_bytes = bytes,
        .segments_max = options->max_bytes / bytes,
    };
    int err = journal_start(journal, options);
    if (err) {
        int reason = errno;
        (void)journal_free(journal);
        errno = reason;
        return err;
    }
    *ret_journal = journal;
    return JALON_OK;
}

struct journal *journal_free(struct journal *journal)
{
    if (!journal)
        return NULL;
    (void)segment_free(journal->prepared, journal->segment_bytes);
    (void)segment_free(journal->active, journal->segment_bytes);
    if (journal->folder_fd >= 0)
        (void)close(journal->folder_fd); /* lets go of the lock */
    free(journal->released_at_ms);
    free(journal);
    return NULL;
}

uint64_t journal_incarnation(const struct journal *journal)
{
    return journal->incarnation;
}

uint64_t journal_end(const struct journal *journal)
{
    return atomic_load_explicit(&journal->end, memory_order_acquire);
}

uint64_t journal_segment(const struct journal *journal)
{
    return journal->current->number;
}

uint64_t journal_synced(const struct journal *journal)
{
    return atomic_load_explicit(&journal->synced, memory_order_acquire);
}

bool journal_is_low(const struct journal *journal)
{
    return atomic_load_explicit(&journal->is_low, memory_order_relaxed);
}

static void write_entry(struct journal *journal, uint8_t kind, struct slice payload)
{
    char *at = journal->current->bytes + journal->at;
    uint64_t offset = journal->current->number * journal->segment_bytes + journal->at;
    uint64_t head = journal_head(journal->incarnation, offset, kind, payload);
    if (kind != JOURNAL_PAD && payload.size)
        memcpy(at + JOURNAL_HEAD_BYTES, payload.data, payload.size);
    atomic_store_explicit((_Atomic uint64_t *)(void *)at, htole64(head), memory_order_release);
    journal->at += journal_entry_bytes(payload.size);
}

static int move_to_next(struct journal *journal)
{
    struct segment *next = atomic_load_explicit(&journal->next, memory_order_acquire);
    if (!next)
        return JALON_FULL;
    uint64_t rest = journal->segment_bytes - journal->at;
    if (rest)
        write_entry(journal, JOURNAL_PAD, slice_of(NULL, rest - JOURNAL_HEAD_BYTES));
    journal->current = next;
    journal->at = JOURNAL_HEADER_BYTES;
    atomic_store_explicit(&journal->next, NULL, memory_order_release);
    return JALON_OK;
}

int journal_append(struct journal *journal, enum journal_entry_kind kind, struct slice payload)
{
    if (payload.size > JOURNAL_PAYLOAD_MAX)
        return JALON_TOO_LONG;
    if (journal_entry_bytes(payload.size) > journal->segment_bytes - journal->at) {
        int err = move_to_next(journal);
        if (err)
            return err;
    }
    write_entry(journal, (uint8_t)kind, payload);
    uint64_t end = journal->current->number * journal->segment_bytes + journal->at;
    atomic_store_explicit(&journal->end, end, memory_order_release);
    return JALON_OK;
}

static int sync_file(struct journal *journal, int fd)
{
    if (fdatasync(fd) != 0)
        journal->is_broken = true;
    return journal->is_broken ? JALON_IO : JALON_OK;
}

/* A segment that was left by a call that was not to sync; it may be deleted since. */
static int sync_by_name(struct journal *journal, uint64_t number)
{
    char name[32];
    journal_segment_name(name, number);
    int fd = openat(journal->folder_fd, name, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? JALON_OK : JALON_IO;
    int err = sync_file(journal, fd);
    (void)close(fd); /* synced, or told */
    return err;
}

/* Takes over the segment that the worker moved to, if it did. */
static void follow_worker(struct journal *journal)
{
    if (!journal->prepared || atomic_load_explicit(&journal->next, memory_order_acquire))
        return;
    (void)segment_free(journal->active, journal->segment_bytes);
    journal->active = journal->prepared;
    journal->prepared = NULL;
}

/* Makes all before `end`, which the active segment is the last of, durable. */
static int sync_to(struct journal *journal, uint64_t end)
{
    int err = JALON_OK;
    for (; !err && journal->unsynced < journal->active->number; journal->unsynced++)
        err = sync_by_name(journal, journal->unsynced);
    if (!err && end != journal_synced(journal))
        err = sync_file(journal, journal->active->fd);
    if (!err && !journal->is_broken)
        atomic_store_explicit(&journal->synced, end, memory_order_release);
    return journal->is_broken ? JALON_IO : err;
}

static int64_t *released_at(struct journal *journal, uint64_t number)
{
    return &journal->released_at_ms[number % journal->segments_max];
}

static void delete_first(struct journal *journal)
{
    char name[32];
    journal_segment_name(name, journal->first);
    /* One that can't be removed is left to journal_remove(), and counted as gone. */
    (void)unlinkat(journal->folder_fd, name, 0);
    *released_at(journal, journal->first) = 0;
    journal->first++;
}

/* Notes which segments were released when, and deletes those that were long enough ago. Redis may ask for
 * an earlier position again: a release is taken back then. */
static void release(struct journal *journal, uint64_t released, int64_t keep_ms, int64_t now_ms)
{
    uint64_t unreleased = journal->active->number;
    for (uint64_t number = journal->first; number < journal->active->number; number++) {
        bool is_released = (number + 1) * journal->segment_bytes <= released;
        int64_t *at = released_at(journal, number);
        if (!is_released)
            *at = 0;
        else if (*at == 0)
            *at = now_ms ? now_ms : 1;
        if (!is_released && number < unreleased)
            unreleased = number;
    }
    while (journal->first < unreleased && now_ms - *released_at(journal, journal->first) >= keep_ms)
        delete_first(journal);
    uint64_t held = journal->active->number - unreleased + 1;
    bool is_low = (journal->segments_max - held) * 4 < journal->segments_max;
    atomic_store_explicit(&journal->is_low, is_low, memory_order_relaxed);
}

/* What was shipped and is only kept in case Redis loses its tail gives way to clicks that were not. */
static bool make_room(struct journal *journal)
{
    if (journal->first >= journal->active->number || *released_at(journal, journal->first) == 0)
        return false;
    delete_first(journal);
    return true;
}

static int prepare_next(struct journal *journal)
{
    uint64_t number = journal->active->number + 1;
    if (number > JOURNAL_NUMBER_MAX)
        return JALON_FULL;
    while (number - journal->first + 1 > journal->segments_max)
        if (!make_room(journal))
            return JALON_FULL;
    struct segment *segment;
    int err = segment_new(&segment, journal, number);
    while (err == JALON_FULL && make_room(journal))
        err = segment_new(&segment, journal, number);
    if (err)
        return err;
    journal->prepared = segment;
    atomic_store_explicit(&journal->next, segment, memory_order_release);
    return JALON_OK;
}

int journal_tend(struct journal *journal, bool is_sync, uint64_t released, int64_t keep_ms,
                 int64_t now_ms)
{
    uint64_t end = journal_end(journal);
    follow_worker(journal);
    int err = is_sync ? sync_to(journal, end) : JALON_OK;
    release(journal, released, keep_ms, now_ms);
    if (journal->prepared)
        return err;
    int prepared = prepare_next(journal);
    return prepared ? prepared : err;
}
