/* redis.c - see redis.h.
 *
 *   away ──redis_tick: it is time──▶ connecting ──on_connect, hear_hello──▶ ready
 *    ▲                                   │                                     │
 *    └──────────drop: refused, timed out, an error, end of the stream──────────┘
 *
 * Connecting is the socket's and then the first answers: AUTH, SELECT, PING, EXISTS of a proof, and SUBSCRIBE for a
 * subscriber. A server that is loading says so to PING, and counts as not there; one of a cluster that is not in charge of
 * its keys any more, or finds the cluster down, says so to EXISTS. hiredis frees its context itself after a loss,
 * having answered every open question with NULL; `context` is set to NULL before, so that nothing is sent on the
 * dying one. */
#include "redirector/redis.h"

#include "core/base/buffer.h"
#include "core/store/client_tls.h"
#include "core/store/cluster_map.h"
#include "core/store/command_text.h"
#include "core/store/store_url.h"
#include "redirector/log.h"
#include "redirector/worker.h"

#include <event2/event.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_PAUSE_MS 50
#define COMMAND_MAX (256u << 20)
#define COMMAND_KEPT (1u << 20) /* memory kept for the next command */

struct call { /* an open question; answers come in the order of the questions */
    struct call *next;
    struct redis *redis;
    redis_heard *heard; /* NULL: part of the hello */
    void *context;
    uint64_t tag;
    int64_t sent_ms;
};

struct redis {
    struct redis_options options;
    redisAsyncContext *context; /* NULL: away */
    struct event *readable, *writable;
    bool is_ready;
    bool is_writing, wants_write;
    bool has_told; /* the loss was logged already, or nothing was ever there */
    unsigned hello_left;
    int64_t connecting_since_ms, retry_at_ms;
    unsigned pause_ms;
    struct call *first, *last; /* open */
    struct call *spare;
    struct buffer command; /* the one that is being sent */
};

int redis_new(struct redis **ret_redis, const struct redis_options *options)
{
    struct redis *redis = calloc(1, sizeof *redis);
    if (!redis)
        return JALON_NO_MEMORY;
    redis->options = *options;
    buffer_init(&redis->command, COMMAND_MAX);
    *ret_redis = redis;
    return JALON_OK;
}

static int64_t now_of(const struct redis *redis)
{
    return redis->options.worker->monotonic_ms;
}

bool redis_is_connected(const struct redis *redis)
{
    return redis->is_ready;
}

/* hiredis's hooks into the loop */

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct redis *redis = context;
    worker_turn(redis->options.worker);
    redisAsyncHandleRead(redis->context);
}

/* What does not fit into the socket waits for it to become writable. */
static void write_out(struct redis *redis)
{
    redis->is_writing = true;
    redis->wants_write = false;
    redisAsyncHandleWrite(redis->context);
    redis->is_writing = false;
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct redis *redis = context;
    worker_turn(redis->options.worker);
    write_out(redis);
}

void redis_flush(struct redis *redis)
{
    if (redis->context && redis->wants_write)
        write_out(redis);
}

static void hook_add_read(void *context)
{
    struct redis *redis = context;
    (void)event_add(redis->readable, NULL); /* a failure shows as a time-out */
}

static void hook_del_read(void *context)
{
    struct redis *redis = context;
    (void)event_del(redis->readable);
}

static void hook_add_write(void *context)
{
    struct redis *redis = context;
    bool is_connected = redis->context && (redis->context->c.flags & REDIS_CONNECTED);
    if (is_connected && !redis->is_writing)
        redis->wants_write = true; /* redis_flush() writes it, all of a turn at once */
    else
        (void)event_add(redis->writable, NULL); /* as above */
}

static void hook_del_write(void *context)
{
    struct redis *redis = context;
    (void)event_del(redis->writable);
}

static void hook_cleanup(void *context)
{
    struct redis *redis = context;
    if (redis->readable)
        event_free(redis->readable);
    if (redis->writable)
        event_free(redis->writable);
    redis->readable = redis->writable = NULL;
}

static const char *reason_of(const redisAsyncContext *context)
{
    if (context->errstr && *context->errstr)
        return context->errstr;
    return context->c.errstr[0] ? context->c.errstr : "the connection was lost";
}

/* The connection is over; hiredis is about to free its context. */
static void take_loss(struct redis *redis, const char *why)
{
    if (!redis->context)
        return;
    bool was_ready = redis->is_ready;
    redis->context = NULL;
    redis->is_ready = redis->wants_write = false;
    redis->pause_ms = redis->pause_ms == 0 ? FIRST_PAUSE_MS : redis->pause_ms * 2;
    if (redis->pause_ms > redis->options.pause_ms)
        redis->pause_ms = redis->options.pause_ms;
    redis->retry_at_ms = now_of(redis) + redis->pause_ms;
    if (!redis->has_told)
        log_warn("store (%s): %s; connecting again", redis->options.name, why);
    redis->has_told = true;
    if (was_ready)
        redis->options.lost(redis->options.context);
}

/* Ours: hiredis answers the open questions and frees the context, at once or when its callback returns. */
static void drop(struct redis *redis, const char *why)
{
    redisAsyncContext *context = redis->context;
    if (!context)
        return;
    take_loss(redis, why);
    redisAsyncFree(context);
}

void redis_break(struct redis *redis, const char *why)
{
    drop(redis, why);
}

struct redis *redis_free(struct redis *redis)
{
    if (!redis)
        return NULL;
    redis->has_told = true;
    drop(redis, "closed");
    for (struct call *call = redis->spare, *next; call; call = next) {
        next = call->next;
        free(call);
    }
    buffer_done(&redis->command);
    free(redis);
    return NULL;
}

/* questions and answers */

static struct call *open_call(struct redis *redis, redis_heard *heard, void *context, uint64_t tag)
{
    struct call *call = redis->spare;
    if (call)
        redis->spare = call->next;
    else
        call = malloc(sizeof *call);
    if (!call)
        return NULL;
    *call = (struct call){
        .redis = redis, .heard = heard, .context = context, .tag = tag, .sent_ms = now_of(redis)};
    if (redis->last)
        redis->last->next = call;
    else
        redis->first = call;
    redis->last = call;
    return call;
}

/* Answers come in order, so the call is the first; a loss answers all in order, too. */
static void close_call(struct redis *redis, struct call *call)
{
    struct call **at = &redis->first;
    struct call *before = NULL;
    while (*at != call) {
        before = *at;
        at = &(*at)->next;
    }
    *at = call->next;
    if (redis->last == call)
        redis->last = before;
    call->next = redis->spare;
    redis->spare = call;
}

static void become_ready(struct redis *redis)
{
    redis->is_ready = true;
    redis->pause_ms = 0;
    if (redis->has_told)
        log_info("store (%s): connected", redis->options.name);
    redis->has_told = false;
    redis->options.connected(redis->options.context);
}

/* A key that is just being moved to another node is no reason to go. */
static bool is_refusal(const redisReply *reply)
{
    struct cluster_redirection said;
    return reply->type == REDIS_REPLY_ERROR &&
           (cluster_redirection_read(&said, slice_of(reply->str, reply->len)) != JALON_OK ||
            (said.word != CLUSTER_ASK && said.word != CLUSTER_TRY_AGAIN));
}

static void hear_hello(struct redis *redis, const redisReply *reply)
{
    if (is_refusal(reply)) {
        char why[REDIS_TEXT_MAX];
        (void)snprintf(why, sizeof why, "refused: %.*s", (int)(reply->len < 200 ? reply->len : 200),
                       reply->str); /* cut to fit */
        drop(redis, why);
        return;
    }
    if (--redis->hello_left == 0 && !redis->options.channels)
        become_ready(redis);
}

static void on_answer(redisAsyncContext *context, void *reply, void *call_context)
{
    struct call *call = call_context;
    struct redis *redis = call->redis;
    redis_heard *heard = call->heard;
    void *heard_context = call->context;
    uint64_t tag = call->tag;
    close_call(redis, call);
    if (!reply && redis->context == context)
        take_loss(redis, reason_of(context));
    if (heard)
        heard(heard_context, tag, reply);
    else if (reply && redis->context == context)
        hear_hello(redis, reply);
}

static int write_command(struct buffer *out, int argc, const char *const *argv, const size_t *sizes)
{
    if (out->capacity > COMMAND_KEPT) {
        buffer_done(out);
        buffer_init(out, COMMAND_MAX);
    }
    buffer_clear(out);
    command_text_begin(out, (size_t)argc);
    for (int i = 0; i < argc; i++)
        command_text_argument(out, sizes ? slice_of(argv[i], sizes[i]) : slice_of_string(argv[i]));
    return buffer_error(out);
}

static int queue_command(struct redis *redis, struct call *call, int argc, const char *const *argv,
                         const size_t *sizes)
{
    struct buffer *command = &redis->command;
    int err = write_command(command, argc, argv, sizes);
    if (!err && redisAsyncFormattedCommand(redis->context, on_answer, call, command->data,
                                           command->size) != REDIS_OK)
        err = JALON_UNAVAILABLE;
    if (err)
        close_call(redis, call);
    return err;
}

int redis_send(struct redis *redis, int argc, const char *const *argv, const size_t *sizes,
               redis_heard *heard, void *context, uint64_t tag)
{
    if (!redis->is_ready)
        return JALON_UNAVAILABLE;
    struct call *call = open_call(redis, heard, context, tag);
    return call ? queue_command(redis, call, argc, argv, sizes) : JALON_NO_MEMORY;
}

static void say(struct redis *redis, int argc, const char **argv)
{
    struct call *call = open_call(redis, NULL, NULL, 0);
    if (!call)
        return; /* the hello never ends, which is a time-out */
    if (queue_command(redis, call, argc, argv, NULL) == JALON_OK)
        redis->hello_left++;
}

static void on_message(redisAsyncContext *context, void *reply_context, void *redis_context)
{
    struct redis *redis = redis_context;
    const redisReply *reply = reply_context;
    if (!reply) {
        if (redis->context == context)
            take_loss(redis, reason_of(context));
        return;
    }
    if (redis->context != context || reply->type != REDIS_REPLY_ARRAY || reply->elements < 3)
        return;
    if (reply->element[2]->type == REDIS_REPLY_INTEGER) { /* subscribed to so many now */
        if (!redis->is_ready && redis->hello_left == 0 &&
            reply->element[2]->integer == (long long)redis->options.channel_count)
            become_ready(redis);
        return;
    }
    if (reply->element[2]->type == REDIS_REPLY_STRING)
        redis->options.message(redis->options.context,
                               slice_of(reply->element[1]->str, reply->element[1]->len),
                               slice_of(reply->element[2]->str, reply->element[2]->len));
}

static void say_hello(struct redis *redis, const struct redis_address *address)
{
    redis->hello_left = 0;
    if (*address->password && *address->user)
        say(redis, 3, (const char *[]){"AUTH", address->user, address->password});
    else if (*address->password)
        say(redis, 2, (const char *[]){"AUTH", address->password});
    if (address->database) {
        char database[16];
        (void)snprintf(database, sizeof database, "%u", address->database); /* fits */
        say(redis, 2, (const char *[]){"SELECT", database});
    }
    say(redis, 1, (const char *[]){"PING"});
    if (*address->proof)
        say(redis, 2, (const char *[]){"EXISTS", address->proof});
    for (size_t i = 0; i < redis->options.channel_count; i++)
        if (redisAsyncCommand(redis->context, on_message, redis, "SUBSCRIBE %s",
                              redis->options.channels[i]) != REDIS_OK)
            return; /* the hello never ends, which is a time-out */
}

/* connecting */

static void on_connect(const redisAsyncContext *context, int status)
{
    struct redis *redis = context->data;
    if (status != REDIS_OK && redis->context == context)
        take_loss(redis, reason_of(context));
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
    (void)status; /* closed is closed */
    struct redis *redis = context->data;
    if (redis->context == context)
        take_loss(redis, reason_of(context));
}

static int hook_in(struct redis *redis)
{
    redisAsyncContext *context = redis->context;
    redis->readable = event_new(redis->options.worker->base, context->c.fd, EV_READ | EV_PERSIST,
                                on_readable, redis);
    redis->writable = event_new(redis->options.worker->base, context->c.fd, EV_WRITE | EV_PERSIST,
                                on_writable, redis);
    if (!redis->readable || !redis->writable) {
        hook_cleanup(redis);
        return JALON_NO_MEMORY;
    }
    context->data = redis;
    context->ev.data = redis;
    context->ev.addRead = hook_add_read;
    context->ev.delRead = hook_del_read;
    context->ev.addWrite = hook_add_write;
    context->ev.delWrite = hook_del_write;
    context->ev.cleanup = hook_cleanup;
    (void)redisAsyncSetConnectCallback(context, on_connect); /* fails only when one is set */
    (void)redisAsyncSetDisconnectCallback(context, on_disconnect);
    return JALON_OK;
}

static redisAsyncContext *connect_unix(const char *path)
{
    struct socket_path reachable;
    if (socket_path_open(&reachable, path) != JALON_OK)
        return NULL;
    redisAsyncContext *context = redisAsyncConnectUnix(reachable.text);
    socket_path_close(&reachable);
    return context;
}

static void start_connecting(struct redis *redis)
{
    struct redis_address address;
    redis->retry_at_ms = now_of(redis) + redis->options.pause_ms;
    if (redis->options.find_address(redis->options.context, &address) != JALON_OK)
        return;
    redis->context = address.scheme == REDIS_UNIX ? connect_unix(address.host)
                                                  : redisAsyncConnect(address.host, address.port);
    if (!redis->context)
        return;
    redis->connecting_since_ms = now_of(redis);
    if (redis->context->err) {
        drop(redis, redis->context->errstr);
        return;
    }
    struct problem problem;
    problem_init(&problem);
    int err = hook_in(redis);
    if (!err && address.scheme == REDIS_TLS)
        err = client_tls_start(&redis->context->c, address.name, &problem);
    if (err)
        drop(redis, problem.detail[0] ? problem.detail : jalon_error_text(err));
    else
        say_hello(redis, &address);
}

void redis_tick(struct redis *redis)
{
    int64_t now = now_of(redis);
    int64_t timeout = redis->options.timeout_ms;
    if (!redis->context) {
        if (now >= redis->retry_at_ms)
            start_connecting(redis);
    } else if (!redis->is_ready && now - redis->connecting_since_ms > timeout) {
        drop(redis, "no answer in time");
    } else if (redis->first && now - redis->first->sent_ms > timeout) {
        drop(redis, "no answer in time");
    }
}

/* replies */

static const redisReply *reply_of(const struct redis_reply *reply)
{
    return (const redisReply *)(const void *)reply;
}

enum redis_kind redis_reply_kind(const struct redis_reply *reply)
{
    switch (reply_of(reply)->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return REDIS_TEXT;
    case REDIS_REPLY_INTEGER:
        return REDIS_NUMBER;
    case REDIS_REPLY_ARRAY:
        return REDIS_LIST;
    case REDIS_REPLY_ERROR:
        return REDIS_ERROR;
    default:
        return REDIS_NIL;
    }
}

struct slice redis_reply_text(const struct redis_reply *reply)
{
    enum redis_kind kind = redis_reply_kind(reply);
    return kind == REDIS_TEXT || kind == REDIS_ERROR
               ? slice_of(reply_of(reply)->str, reply_of(reply)->len)
               : SLICE_NONE;
}

long long redis_reply_number(const struct redis_reply *reply)
{
    return redis_reply_kind(reply) == REDIS_NUMBER ? reply_of(reply)->integer : 0;
}

size_t redis_reply_count(const struct redis_reply *reply)
{
    return redis_reply_kind(reply) == REDIS_LIST ? reply_of(reply)->elements : 0;
}

const struct redis_reply *redis_reply_at(const struct redis_reply *reply, size_t index)
{
    return (const struct redis_reply *)(const void *)reply_of(reply)->element[index];
}
