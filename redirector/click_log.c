#include "redirector/click_log.h"

#include "redirector/exchange.h"

#include <stdlib.h>

#define LINK_PAYLOAD_MAX 16384

struct click_log {
    struct journal *journal;
    uint64_t nonce_keys[2];
    uint64_t nonce_next;
    struct exchange *first, *last; /* waiting, in order of their offset */
    char link_payload[LINK_PAYLOAD_MAX];
};

int click_log_open(struct click_log **ret_log, const struct click_log_options *options)
{
    if (options->worker_index >= CLICK_LOG_WORKERS_MAX)
        return JALON_BAD_ARGUMENT;
    struct click_log *log = calloc(1, sizeof *log);
    if (!log)
        return JALON_NO_MEMORY;
    int err = journal_open(&log->journal, &options->journal);
    if (err) {
        free(log);
        return err;
    }
    memcpy(log->nonce_keys, options->nonce_keys, sizeof log->nonce_keys);
    log->nonce_next = options->worker_index;
    *ret_log = log;
    return JALON_OK;
}

struct click_log *click_log_free(struct click_log *log)
{
    if (!log)
        return NULL;
    journal_free(log->journal);
    free(log);
    return NULL;
}

struct journal *click_log_journal(struct click_log *log)
{
    return log->journal;
}

/* A bijection of 64 bits (splitmix64's finaliser between two keys): numbers that differ stay different. */
uint64_t click_log_nonce(struct click_log *log)
{
    uint64_t x = log->nonce_next + log->nonce_keys[0];
    log->nonce_next += CLICK_LOG_WORKERS_MAX;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31 ^ log->nonce_keys[1];
}

int click_log_append(struct click_log *log, const struct click_record *click)
{
    char memory[CLICK_RECORD_MAX];
    struct buffer record;
    buffer_over(&record, memory, sizeof memory);
    click_record_write(&record, click);
    int err = buffer_error(&record);
    if (err)
        return err;
    return journal_append(log->journal, JOURNAL_CLICK, buffer_slice(&record));
}

int click_log_append_link(struct click_log *log, uint64_t link_id, struct slice json)
{
    struct buffer payload;
    buffer_over(&payload, log->link_payload, sizeof log->link_payload);
    for (unsigned shift = 0; shift < 64; shift += 8)
        buffer_append_byte(&payload, (char)(link_id >> shift));
    buffer_append(&payload, json);
    int err = buffer_error(&payload);
    if (err)
        return err;
    return journal_append(log->journal, JOURNAL_LINK, buffer_slice(&payload));
}

uint16_t click_log_segment(const struct click_log *log)
{
    return (uint16_t)(journal_segment(log->journal) % UINT16_MAX + 1);
}

void click_log_wait(struct click_log *log, struct exchange *exchange, int64_t deadline_ms)
{
    exchange->synced_at = journal_end(log->journal);
    exchange->deadline_ms = deadline_ms;
    exchange->next_parked = NULL;
    if (log->last)
        log->last->next_parked = exchange;
    else
        log->first = exchange;
    log->last = exchange;
}

bool click_log_has_waiting(const struct click_log *log)
{
    return log->first != NULL;
}

void click_log_resume(struct click_log *log, int64_t monotonic_ms)
{
    uint64_t synced = journal_synced(log->journal);
    while (log->first) {
        struct exchange *exchange = log->first;
        bool is_synced = exchange->synced_at <= synced;
        if (!is_synced && exchange->deadline_ms > monotonic_ms)
            return;
        log->first = exchange->next_parked;
        if (!log->first)
            log->last = NULL;
        exchange->next_parked = NULL;
        if (!is_synced)
            exchange->out->error =
                JALON_IO; /* becomes a 500: the promise of `always` can't be kept */
        exchange_finish(exchange);
    }
}
