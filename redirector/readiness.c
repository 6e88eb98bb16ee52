#include "redirector/readiness.h"

#include "redirector/answer.h"
#include "redirector/counters.h"
#include "redirector/flusher.h"
#include "redirector/keeper.h"
#include "redirector/server.h"
#include "redirector/worker.h"

#define METRICS_MAX 65536
#define WORKERS_MAX 1024

bool readiness_write(struct buffer *out, struct server *server)
{
    bool is_ready = true;
    if (!atomic_load_explicit(&server->is_listening, memory_order_acquire)) {
        buffer_append_string(out, "not listening: starting or draining\n");
        is_ready = false;
    }
    unsigned informed = atomic_load_explicit(&server->informed_count, memory_order_acquire);
    if (!keeper_has_store(server->keeper) || informed < server->worker_count) {
        buffer_append_string(out, "store: it has not answered yet\n");
        is_ready = false;
    }
    if (flusher_is_low(server->flusher)) {
        buffer_append_string(out, "journal: near its bound, the store must take clicks\n");
        is_ready = false;
    }
    if (is_ready)
        buffer_append_string(out, "ready\n");
    return is_ready;
}

void readiness_answer(struct exchange *exchange)
{
    char memory[512];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    bool is_ready = readiness_write(&text, exchange->worker->server);
    answer_bytes(exchange, is_ready ? 200 : 503, "text/plain; charset=utf-8", buffer_slice(&text));
    exchange_finish(exchange);
}

void metrics_answer(struct exchange *exchange)
{
    struct server *server = exchange->worker->server;
    struct counters *all[WORKERS_MAX];
    unsigned count = server->worker_count < WORKERS_MAX ? server->worker_count : WORKERS_MAX;
    for (unsigned i = 0; i < count; i++)
        all[i] = &server->counters[i];
    struct buffer text;
    buffer_init(&text, METRICS_MAX);
    counters_write(&text, all, count);
    if (buffer_error(&text))
        answer_refusal(exchange, 500);
    else
        answer_bytes(exchange, 200, "text/plain; version=0.0.4; charset=utf-8",
                     buffer_slice(&text));
    buffer_done(&text);
    exchange_finish(exchange);
}
