/* progress.h - how far a long command is, on stderr, for people only: nothing off a terminal. */
#ifndef ADMIN_PROGRESS_H
#define ADMIN_PROGRESS_H
#include "core/base/slice.h"

struct progress {
    const char *what;
    bool is_shown;
    int64_t last_ms; /* when it was drawn, by clock_monotonic_ms() */
};

void progress_start(struct progress *progress, const char *what);
/* total 0: unknown, only `done` is shown. Cheap: draws ten times a second at most. */
void progress_at(struct progress *progress, uint64_t done, uint64_t total);
void progress_end(struct progress *progress); /* wipes the line */
#endif
