/* journal.h - append-only, memory-mapped, checksummed file of clicks on their way to Redis. Format, files and
 * who may touch what from which thread: top of journal.c.
 *
 * A journal is one *incarnation*: opened fresh at each start of a worker, never appended to again. An
 * offset counts bytes of the whole incarnation, over all its segments. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H
#include "core/base/slice.h"

struct journal;

enum journal_entry_kind {
    JOURNAL_CLICK = 1, /* payload: click_record */
    JOURNAL_LINK =
        2, /* payload: link id (8 bytes, little-endian), JSON record of a portable link */
};

#define JOURNAL_FOLDER "journal" /* in the data folder */

struct journal_options {
    const char *folder;     /* DIR/journal; made when missing */
    uint64_t segment_bytes; /* a power of two, from 64 KiB */
    uint64_t max_bytes;     /* of all segments of this journal; at least two */
};

/* A new incarnation with a random id. Its first segment is allocated (posix_fallocate) and mapped; the
 * second is made by the first journal_tend(). JALON_FULL when the disk is, JALON_BAD_ARGUMENT, JALON_IO. */
CHECKED int journal_open(struct journal **ret_journal, const struct journal_options *options);
struct journal *journal_free(struct journal *journal); /* unmaps; the files stay */

uint64_t journal_incarnation(const struct journal *journal);
uint64_t journal_end(const struct journal *journal); /* offset behind the last entry */
uint64_t journal_segment(
    const struct journal *journal); /* number of the one that it is in; worker's thread */

/* Copies the entry to the end: a memcpy. JALON_FULL when the next segment is not there yet or not to be had
 * (the sync thread makes it ahead of need). JALON_TOO_LONG over 32 KiB. Worker's thread. */
CHECKED int journal_append(struct journal *journal, enum journal_entry_kind kind,
                           struct slice payload);

/* Sync thread: fdatasyncs what was appended since, deletes segments that end before `released` (the least
 * position shipped to, over all partitions; it may go back when Redis lost its tail) and have done so for
 * keep_ms, and makes the next segment ahead of need; where there is no room for it, shipped segments are deleted before
 * keep_ms. now_ms: of a clock that never goes back. JALON_FULL when there is no room for the next segment. JALON_IO: the
 * disk failed; after a failed fdatasync journal_synced() stays where it was for good. */
CHECKED int journal_tend(struct journal *journal, bool is_sync, uint64_t released, int64_t keep_ms,
                         int64_t now_ms);
uint64_t journal_synced(const struct journal *journal); /* all before this offset is on disk */
bool journal_is_low(const struct journal *journal);     /* under a quarter of max_bytes is left */

/* Reading: an incarnation, our own while it grows or one found in the folder. No bytes in the files can make
 * it crash. Belongs to one thread. */
struct journal_reader;
struct journal_entry {
    enum journal_entry_kind kind;
    struct slice payload;  /* borrows from the mapping until the next call */
    uint64_t offset, next; /* where it starts, and where the one behind it does */
};

/* `folder` as in journal_options. JALON_NOT_FOUND: no segment is in it. */
CHECKED int journal_reader_open(struct journal_reader **ret_reader, const char *folder,
                                uint64_t incarnation);
struct journal_reader *journal_reader_free(struct journal_reader *reader);
uint64_t journal_reader_first(const struct journal_reader *reader); /* oldest offset kept */
int64_t journal_reader_first_ms(
    const struct journal_reader *reader); /* when its segment was made; 0: can't be told */
/* Of a dead incarnation whose end was met: the offset behind its last segment. */
uint64_t journal_reader_end(const struct journal_reader *reader);
/* To `offset`, where an entry starts (as `next` of the one before it told), or 0: the start. One past the
 * end is fine: there is nothing more then. JALON_NOT_FOUND when it is before journal_reader_first(). */
CHECKED int journal_reader_seek(struct journal_reader *reader, uint64_t offset);
/* JALON_NOT_FOUND at the end (for now, while the writer lives). JALON_DAMAGED: bytes that pass no checksum,
 * missing or cut segments; *ret_where, when not NULL, is as journal_reader_where() gives it. Each
 * damage is told once: the next call goes on with the first intact entry behind it. */
CHECKED int journal_reader_next(struct journal_reader *reader, struct journal_entry *ret_entry,
                                const char **ret_where);

/* Where `offset` stands on disk: "INCARNATION/NNNNNNNN.seg:BYTE", in DIR/journal. Valid until the next call. */
const char *journal_reader_where(struct journal_reader *reader, uint64_t offset);

/* The incarnations in the folder, oldest first; none when there is no folder. JALON_FULL past `capacity`,
 * with *ret_count set and that many written. */
CHECKED int journal_list(uint64_t *ret_incarnations, size_t capacity, size_t *ret_count,
                         const char *folder);
/* Gives back the room that a dead incarnation's segments never used. JALON_LOCKED when its writer lives; where the
 * filesystem can't, it stays as it is. */
CHECKED int journal_trim(const char *folder, uint64_t incarnation);
/* What all incarnations together take on disk. */
CHECKED int journal_folder_bytes(uint64_t *ret_bytes, const char *folder);
/* Deletes a dead incarnation. JALON_LOCKED while its writer or a reader lives. */
CHECKED int journal_remove(const char *folder, uint64_t incarnation);
/* Deletes what a dead incarnation holds, all of which was shipped, and leaves a mark: an empty segment behind the last. A
 * store that loses all this asks for what is before the mark, so that the loss is found. One that never held anything
 * leaves no mark. JALON_LOCKED as above. */
CHECKED int journal_retire(const char *folder, uint64_t incarnation, int64_t now_ms);
bool journal_is_mark(const char *folder,
                     uint64_t incarnation); /* is a mark all that is left of it? */
#endif
