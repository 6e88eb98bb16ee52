/* progress.h - how far a long command is, on stderr, for people only: nothing off a terminal. */
#ifndef ADMIN_PROGRESS_H
#define ADMIN_PROGRESS_H
#include "core/base/buffer.h"

struct progress {
    const char *what, *things; /* "exporting", "clicks" */
    bool is_shown;
    int64_t start_ms, last_ms; /* when it began and when it was drawn, by clock_monotonic_ms() */
    uint64_t count;            /* of things so far: its owner's */
    uint64_t done, total;      /* as last told */
};

/* `things`: what `count` counts, NULL where nothing is counted. */
void progress_start(struct progress *progress, const char *what, const char *things);
/* total 0: unknown, and shown is what is counted, or done. Cheap: draws ten times a second at most. */
void progress_at(struct progress *progress, uint64_t done, uint64_t total);
/* The same as last told, with what was counted since. */
void progress_again(struct progress *progress);
void progress_end(struct progress *progress); /* wipes the line */

/* The line after so many milliseconds: "exporting [####......]  40 %, 512 000 clicks a second, 12 s left". */
void progress_write(struct buffer *out, const struct progress *progress, uint64_t done,
                    uint64_t total, int64_t spent_ms);
#endif
