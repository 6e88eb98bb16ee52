#include "redirector/session.h"

#include "redirector/answer.h"
#include "redirector/counters.h"
#include "redirector/resolver.h"
#include "redirector/route.h"
#include "redirector/worker.h"

#include <stdlib.h>

#define INPUT_SIZE 16384        /* read at once; most requests are whole in it */
#define OUTPUT_MAX (128u << 20) /* a report of every creator there is */
#define OUTPUT_HIGH (64u << 10) /* send before answering further pipelined requests */
#define OUTPUT_KEPT (64u << 10) /* memory of an output buffer kept for the next */
#define BLOCK_MIN 512
#define SPARE_MAX 64

struct work { /* a worker's; one is enough while nothing is parked or blocked */
    struct work *next;
    struct exchange exchange;
    struct buffer out;
    char input[INPUT_SIZE];
};

static struct work *work_take(struct worker *worker)
{
    struct work *work = worker->spare_work;
    if (work) {
        worker->spare_work = work->next;
        worker->spare_count--;
        return work;
    }
    work = malloc(sizeof *work);
    if (work)
        buffer_init(&work->out, OUTPUT_MAX);
    return work;
}

static void work_give(struct worker *worker, struct work *work)
{
    if (!work)
        return;
    if (work->out.capacity > OUTPUT_KEPT) {
        buffer_done(&work->out);
        buffer_init(&work->out, OUTPUT_MAX);
    }
    buffer_clear(&work->out);
    if (worker->spare_count == SPARE_MAX) {
        buffer_done(&work->out);
        free(work);
        return;
    }
    work->next = worker->spare_work;
    worker->spare_work = work;
    worker->spare_count++;
}

void session_free_spare(struct worker *worker)
{
    while (worker->spare_work) {
        struct work *work = worker->spare_work;
        worker->spare_work = work->next;
        buffer_done(&work->out);
        free(work);
    }
    worker->spare_count = 0;
}

static void begin_request(struct session *session)
{
    session->reader = (struct http_reader){
        .body_max = session->listener == LISTENER_API ? HTTP_BODY_MAX : HTTP_PUBLIC_BODY_MAX};
}

void session_init(struct session *session, struct worker *worker, enum listener_kind listener,
                  const struct address *peer)
{
    *session = (struct session){.worker = worker, .listener = (uint8_t)listener, .peer = *peer};
    begin_request(session);
}

static void drop_input(struct session *session)
{
    if (session->is_own_block)
        free(session->bytes);
    session->bytes = NULL;
    session->is_own_block = false;
    session->used = session->size = session->capacity = 0;
}

void session_done(struct session *session)
{
    drop_input(session);
    work_give(session->worker, session->work);
    session->work = NULL;
}

/* Moves the beginning of a request into a block of its own, or into a larger one. */
static int enlarge_block(struct session *session, size_t capacity)
{
    uint32_t left = session->size - session->used;
    char *block = malloc(capacity);
    if (!block)
        return JALON_NO_MEMORY;
    memcpy(block, session->bytes + session->used, left);
    drop_input(session);
    session->bytes = block;
    session->is_own_block = true;
    session->size = left;
    session->capacity = (uint32_t)capacity;
    return JALON_OK;
}

/* Room for all of it where that is known, else for twice what is there: bounded, as the reader bounds a request. */
static size_t wanted_capacity(const struct session *session)
{
    const struct http_reader *reader = &session->reader;
    size_t left = session->size - session->used;
    size_t whole = (size_t)reader->start + reader->head_size + reader->body_size;
    if (reader->head_size && reader->framing == HTTP_BODY_LENGTH && whole > left)
        return whole;
    return 2 * left > BLOCK_MIN ? 2 * left : BLOCK_MIN;
}

char *session_room(struct session *session, size_t *ret_size)
{
    if (!session->work)
        session->work = work_take(session->worker);
    if (!session->work)
        return NULL;
    if (!session->bytes) {
        session->bytes = session->work->input;
        session->capacity = INPUT_SIZE;
    }
    if (session->size == session->capacity &&
        enlarge_block(session, wanted_capacity(session)) != JALON_OK)
        return NULL;
    *ret_size = session->capacity - session->size;
    return session->bytes + session->size;
}

static void finished(struct exchange *exchange, void *context);

static void prepare(struct session *session, struct exchange *exchange)
{
    struct worker *worker = session->worker;
    exchange_reset(exchange);
    exchange->worker = worker;
    exchange->listener = session->listener;
    exchange->peer = session->peer;
    exchange->out = &session->work->out;
    /* A drain ends with the last of the requests that are here already: the client sent them in good faith. */
    bool is_last = session->used == session->size;
    exchange->is_closing = !exchange->request.is_keep_alive || (worker->is_draining && is_last);
    exchange->finished = finished;
    exchange->context = session;
    session->answer_start = (uint32_t)session->work->out.size;
    session->is_finished = false;
}

/* An answer that did not fit into its buffer is none. */
static void complete(struct session *session)
{
    struct exchange *exchange = &session->work->exchange;
    struct buffer *out = exchange->out;
    if (buffer_error(out)) {
        out->size = session->answer_start;
        out->error = JALON_OK;
        exchange->is_closing = true;
        answer_refusal(exchange, 500);
    }
    session->is_closing = exchange->is_closing;
    session->is_parked = false;
}

static void finished(struct exchange *exchange, void *context)
{
    struct session *session = context;
    (void)exchange; /* it is session->work->exchange */
    session->is_finished = true;
    if (session->is_handling)
        return;
    complete(session);
    session->resumed(session);
}

static enum session_next refuse(struct session *session, int status)
{
    struct exchange *exchange = &session->work->exchange;
    exchange->request = (struct http_request){.method = HTTP_OTHER_METHOD};
    prepare(session, exchange);
    exchange->is_closing = true;
    counter_add(session->worker->counters, bad_requests, 1);
    if (status == 405)
        answer_methods(exchange, 1u << HTTP_GET_METHOD | 1u << HTTP_HEAD_METHOD);
    else
        answer_refusal(exchange, status);
    session->is_handling = true;
    exchange_finish(exchange);
    session->is_handling = false;
    complete(session);
    return SESSION_CLOSES;
}

/* False: the exchange is parked. */
static bool answer(struct session *session)
{
    struct exchange *exchange = &session->work->exchange;
    if (session->listener == LISTENER_PUBLIC)
        counter_add(session->worker->counters, requests_public, 1);
    else
        counter_add(session->worker->counters, requests_api, 1);
    prepare(session, exchange);
    session->is_handling = true;
    route_exchange(exchange);
    session->is_handling = false;
    session->is_parked = !session->is_finished;
    if (session->is_finished)
        complete(session);
    return session->is_finished;
}

/* RFC 9110 section 10.1.1: not when the body is on its way already. */
static void say_continue(struct session *session)
{
    struct http_reader *reader = &session->reader;
    bool has_body = session->size - session->used > reader->start + reader->head_size;
    if (reader->expects_continue && !has_body)
        buffer_append_string(&session->work->out, "HTTP/1.1 100 Continue\r\n\r\n");
    reader->expects_continue = false;
}

enum session_next session_run(struct session *session)
{
    while (!session->is_closing) {
        struct work *work = session->work;
        if (session->used == session->size)
            return SESSION_READS;
        if (work->out.size - session->sent >= OUTPUT_HIGH)
            return SESSION_FULL;
        size_t used = 0;
        enum http_read result =
            http_request_read(&session->reader, &work->exchange.request,
                              session->bytes + session->used, session->size - session->used, &used);
        if (result == HTTP_READ_BAD)
            return refuse(session, session->reader.status);
        if (result == HTTP_READ_MORE) {
            say_continue(session);
            return SESSION_READS;
        }
        session->used += (uint32_t)used;
        begin_request(session);
        if (!answer(session))
            return SESSION_PARKED;
    }
    return SESSION_CLOSES;
}

void session_take(struct session *session, size_t size)
{
    session->size += (uint32_t)size;
}

void session_expect(const struct session *session, bool is_next)
{
    static const struct slice start = SLICE_INIT("GET /");
    struct slice bytes = slice_of(session->bytes + session->used, session->size - session->used);
    if (session->listener == LISTENER_PUBLIC && slice_starts(bytes, start))
        resolver_expect(session->worker->resolver, slice_from(bytes, start.size), is_next);
}

bool session_is_begun(const struct session *session)
{
    return session->size > session->used;
}

bool session_is_in_body(const struct session *session)
{
    return session->reader.head_size > 0;
}

/* Only for a session that reads: a refusal needs its work, which a resting one has given back. */
static enum session_next end_with(struct session *session, int status)
{
    session->is_closing = true;
    if (!session_is_begun(session))
        return SESSION_CLOSES;
    if (!session->work)
        session->work = work_take(session->worker);
    return session->work ? refuse(session, status) : SESSION_CLOSES;
}

enum session_next session_take_end(struct session *session)
{
    return end_with(session, 400);
}

enum session_next session_take_timeout(struct session *session)
{
    return end_with(session, 408);
}

struct slice session_output(const struct session *session)
{
    if (!session->work)
        return SLICE_NONE;
    /* What a parked exchange has written already is not to be sent before it is finished. */
    size_t end = session->is_parked ? session->answer_start : session->work->out.size;
    return slice_of(session->work->out.data + session->sent, end - session->sent);
}

void session_sent(struct session *session, size_t size)
{
    session->sent += (uint32_t)size;
    if (session->is_parked || session->sent < session->work->out.size)
        return;
    session->sent = 0;
    buffer_clear(&session->work->out);
}

int session_rest(struct session *session)
{
    uint32_t left = session->size - session->used;
    if (left == 0) {
        drop_input(session);
    } else if (session->is_own_block) {
        memmove(session->bytes, session->bytes + session->used, left);
        session->used = 0;
        session->size = left;
    } else {
        int err = enlarge_block(session, wanted_capacity(session));
        if (err)
            return err;
    }
    work_give(session->worker, session->work);
    session->work = NULL;
    return JALON_OK;
}
