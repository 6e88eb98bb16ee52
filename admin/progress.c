#include "admin/progress.h"
#include "admin/terminal.h"
#include "core/base/clock.h"

#define BAR_WIDTH 30
#define REDRAW_MS 100

void progress_start(struct progress *progress, const char *what)
{
    *progress = (struct progress){.what = what, .is_shown = terminal_is(stderr)};
}

static void draw_bar(const char *what, uint64_t done, uint64_t total)
{
    char bar[BAR_WIDTH + 1];
    double part = (double)done / (double)total;
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < (int)(part * BAR_WIDTH) ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r%s [%s] %3d %%", what, bar, (int)(part * 100));
}

void progress_at(struct progress *progress, uint64_t done, uint64_t total)
{
    if (!progress->is_shown)
        return;
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - progress->last_ms < REDRAW_MS)
        return;
    progress->last_ms = now_ms;
    if (total && done <= total)
        draw_bar(progress->what, done, total);
    else
        fprintf(stderr, "\r%s %llu", progress->what, (unsigned long long)done);
    (void)fflush(stderr); /* nothing to do about it */
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown && progress->last_ms)
        fputs("\r\033[K", stderr);
}
