/* click_log.h - where a worker's clicks are written before they are answered: its journal, and the nonces that make
 * click ids unique. With journal.sync = always an exchange waits here until its click is on disk. */
#ifndef REDIRECTOR_CLICK_LOG_H
#define REDIRECTOR_CLICK_LOG_H
#include "core/store/click_record.h"
#include "core/store/journal.h"

#define CLICK_LOG_WORKERS_MAX 1024 /* in one process, for nonces */

struct click_log;
struct exchange;

struct click_log_options {
    struct journal_options journal;
    const uint64_t *nonce_keys; /* two, random, the same for all workers of the process */
    unsigned worker_index;      /* < CLICK_LOG_WORKERS_MAX */
};

CHECKED int click_log_open(struct click_log **ret_log, const struct click_log_options *options);
struct click_log *click_log_free(struct click_log *log); /* accepts NULL; nobody waits */
struct journal *click_log_journal(struct click_log *log);

/* Never the same twice in this process, whatever the worker; over processes, as good as random. Says nothing about
 * how many there were. */
uint64_t click_log_nonce(struct click_log *log);

/* A memcpy each; no allocation. JALON_FULL: the journal is at its bound. */
CHECKED int click_log_append(struct click_log *log, const struct click_record *click);
CHECKED int click_log_append_link(struct click_log *log, uint64_t link_id, struct slice json);
/* The journal's segment that is written now, never 0. They come round after 65 535, when the first is long gone. */
uint16_t click_log_segment(const struct click_log *log);

/* journal.sync = always: finishes the exchange, whose answer is written, when all that was appended until now is on
 * disk. Past deadline_ms (monotonic) the answer is given up as a failure. */
void click_log_wait(struct click_log *log, struct exchange *exchange, int64_t deadline_ms);
bool click_log_has_waiting(const struct click_log *log);
void click_log_resume(struct click_log *log, int64_t monotonic_ms);
#endif
