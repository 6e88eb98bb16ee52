#include "core/store/put_log.h"

#include "core/store/effect.h"
#include "core/store/put_call.h"
#include "core/store/store_handle.h"

#include <signal.h>
#include <stdlib.h>

static int effects_of(const struct put_log *log, struct buffer *effects, struct redo_entry *entries,
                      size_t *ends, size_t *ret_count)
{
    struct argument_list command;
    size_t applied = 0;
    argument_list_init(&command, STORE_COMMAND_MAX);
    for (size_t i = 0; i < log->count; i++) {
        if (log->outcomes[i] != JALON_OK)
            continue;
        put_call_write_effect(&command, &log->puts[i]);
        effect_append(effects, &command);
        ends[applied++] = effects->size;
    }
    argument_list_done(&command);
    for (size_t i = 0; i < applied; i++) {
        size_t start = i ? ends[i - 1] : 0;
        entries[i].effect = slice_of(effects->data + start, ends[i] - start);
    }
    *ret_count = applied;
    return buffer_error(effects);
}

static void *append(void *context)
{
    struct put_log *log = context;
    size_t applied = 0;
    struct buffer effects;
    buffer_init(&effects, 2 * (size_t)STORE_COMMAND_MAX);
    struct redo_entry *entries = calloc(log->count, sizeof *entries);
    size_t *ends = calloc(log->count, sizeof *ends);
    log->is_current = true;
    log->err =
        entries && ends ? effects_of(log, &effects, entries, ends, &applied) : JALON_NO_MEMORY;
    if (!log->err && applied)
        log->err =
            redo_append(log->redo, slice_of_string(log->run), entries, applied, &log->is_current);
    free(entries);
    free(ends);
    buffer_done(&effects);
    return NULL;
}

/* A signal is for the thread that the program expects it on. */
static bool start_thread(struct put_log *log)
{
    sigset_t all, before;
    (void)sigfillset(&all); /* cannot fail */
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    int err = pthread_create(&log->thread, NULL, append, log);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err == 0;
}

void put_log_start(struct put_log *log, bool is_apart)
{
    log->is_apart = is_apart && start_thread(log);
    if (!log->is_apart)
        (void)append(log); /* log->err says how it went */
}

int put_log_end(struct put_log *log, bool *ret_is_current)
{
    if (log->is_apart)
        (void)pthread_join(log->thread, NULL); /* ours, and joined once */
    log->is_apart = false;
    *ret_is_current = log->is_current;
    return log->err;
}
