#include "admin/progress.h"
#include "admin/terminal.h"
#include "core/base/clock.h"

#define BAR_WIDTH 30
#define REDRAW_MS 100
#define LINE_MAX_BYTES 256
#define SETTLE_MS 1000 /* before that a rate says little */

void progress_start(struct progress *progress, const char *what, const char *things)
{
    *progress = (struct progress){
        .what = what,
        .things = things,
        .is_shown = terminal_is(stderr),
        .start_ms = clock_monotonic_ms(),
    };
}

static void write_bar(struct buffer *out, double part)
{
    buffer_append(out, SLICE(" ["));
    for (int i = 0; i < BAR_WIDTH; i++)
        buffer_append_byte(out, i < (int)(part * BAR_WIDTH) ? '#' : '.');
    buffer_printf(out, "] %3d %%", (int)(part * 100));
}

/* "512 000": groups of three, as in the tables. */
static void write_grouped(struct buffer *out, uint64_t number)
{
    if (number >= 1000) {
        write_grouped(out, number / 1000);
        buffer_printf(out, " %03u", (unsigned)(number % 1000));
    } else {
        buffer_append_u64(out, number);
    }
}

static void write_left(struct buffer *out, uint64_t seconds)
{
    buffer_append(out, SLICE(", "));
    if (seconds >= 3600)
        buffer_printf(out, "%llu h ", (unsigned long long)(seconds / 3600));
    if (seconds >= 60)
        buffer_printf(out, "%u min ", (unsigned)(seconds / 60 % 60));
    buffer_printf(out, "%u s left", (unsigned)(seconds % 60));
}

/* Where no end is known. */
static void write_count(struct buffer *out, const struct progress *progress, uint64_t done)
{
    buffer_append_byte(out, ' ');
    write_grouped(out, progress->things ? progress->count : done);
    if (progress->things)
        buffer_printf(out, " %s", progress->things);
}

static void write_rate(struct buffer *out, const struct progress *progress, bool is_named,
                       int64_t spent_ms)
{
    buffer_append(out, SLICE(", "));
    write_grouped(out, progress->count * 1000 / (uint64_t)spent_ms);
    if (is_named)
        buffer_printf(out, " %s", progress->things);
    buffer_append(out, SLICE(" a second"));
}

void progress_write(struct buffer *out, const struct progress *progress, uint64_t done,
                    uint64_t total, int64_t spent_ms)
{
    bool is_known = total && done <= total;
    buffer_append_string(out, progress->what);
    if (is_known)
        write_bar(out, (double)done / (double)total);
    else
        write_count(out, progress, done);
    if (spent_ms < SETTLE_MS)
        return;
    if (progress->things && progress->count)
        write_rate(out, progress, is_known, spent_ms);
    if (is_known && done)
        write_left(out,
                   (uint64_t)((double)spent_ms * (double)(total - done) / (double)done / 1000));
}

void progress_at(struct progress *progress, uint64_t done, uint64_t total)
{
    if (!progress->is_shown)
        return;
    progress->done = done;
    progress->total = total;
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - progress->last_ms < REDRAW_MS)
        return;
    progress->last_ms = now_ms;
    char space[LINE_MAX_BYTES];
    struct buffer line;
    buffer_over(&line, space, sizeof space);
    progress_write(&line, progress, done, total, now_ms - progress->start_ms);
    /* What a longer line left behind it is wiped. */
    fprintf(stderr, "\r%.*s\033[K", SLICE_ARG(buffer_slice(&line)));
    (void)fflush(stderr); /* nothing to do about it */
}

void progress_again(struct progress *progress)
{
    progress_at(progress, progress->done, progress->total);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown && progress->last_ms)
        fputs("\r\033[K", stderr);
}
