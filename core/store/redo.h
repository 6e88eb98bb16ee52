/* redo.h - the set-up journal: the effect of each write that Redis said yes to, synced before the caller is answered;
 * replayed when Redis comes back older. One log a folder, shared by processes under a lock.
 * Format: top of redo_file.c. Who does what in which order: top of redo.c. */
#ifndef STORE_REDO_H
#define STORE_REDO_H
#include "core/base/slice.h"

#define REDO_FOLDER "redo" /* in the data folder */
#define REDO_RUN_MAX 128
#define REDO_WHERE_MAX 64

struct redo; /* thread-safe: clerks share one, and share its fdatasyncs (group commit) */

/* `folder`: the data folder. JALON_IO. */
CHECKED int redo_open(struct redo **ret_redo, const char *folder);
struct redo *redo_free(struct redo *redo); /* accepts NULL; no call is under way */

struct redo_entry {
    struct slice effect; /* the arguments of a command, serialised (effect.h) */
    /* A mark outlives its file: of each name the one of the highest value is kept for ever. Empty: none. */
    struct slice mark;
    uint64_t mark_value;
};

/* Appends the entries, which took effect in the server run `run`, and returns when they are on disk.
 * *ret_is_current: false when the log was meanwhile replayed to another run, which may not have them: replay
 * before the caller is answered. JALON_IO, JALON_TOO_LONG, JALON_NO_MEMORY. */
CHECKED int redo_append(struct redo *redo, struct slice run, const struct redo_entry *entries,
                        size_t count, bool *ret_is_current);

/* Each effect kept, in order. ret_damage: "" or "file:offset" of the first damage met; what is intact around it is
 * visited. An entry cut off at the log's end (a crash) is none. A visit's error ends the walk and is returned. */
typedef int redo_visit(void *context, struct slice effect);
CHECKED int redo_each(struct redo *redo, redo_visit *visit, void *context,
                      char ret_damage[REDO_WHERE_MAX]);

/* Rewrites the log without the effects that `drop` picks: what they held is on disk no more. Marks stay, and so does the
 * age of what is kept. Writers wait meanwhile. JALON_IO; the same again goes on. */
typedef bool redo_drop(void *context, struct slice effect);
CHECKED int redo_rewrite(struct redo *redo, redo_drop *drop, void *context);

/* As redo_each(), then marks `run` as seen, with nothing appended in between. `finish` (may be NULL) is called before
 * the mark: its error is returned instead. */
typedef int redo_finish(void *context);
CHECKED int redo_replay(struct redo *redo, struct slice run, redo_visit *visit, redo_finish *finish,
                        void *context, char ret_damage[REDO_WHERE_MAX]);

/* Is `run` the server run that was last replayed to? */
bool redo_has_seen(struct redo *redo, struct slice run);
#endif
