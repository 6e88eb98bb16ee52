#include "core/store/client.h"

#include "core/store/client_tls.h"
#include "core/store/reply_error.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct client {
    redisContext *context;
    bool is_broken;
};

static struct timeval timeval_of(unsigned timeout_ms)
{
    return (struct timeval){.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
}

static int connect_socket(redisContext **ret_context, const struct store_url *url,
                          unsigned timeout_ms)
{
    if (url->kind == STORE_TCP || url->kind == STORE_TLS) {
        *ret_context = redisConnectWithTimeout(url->host, (int)url->port, timeval_of(timeout_ms));
        return *ret_context ? JALON_OK : JALON_NO_MEMORY;
    }
    struct socket_path path;
    int err = socket_path_open(&path, url->path);
    if (err)
        return err;
    *ret_context = redisConnectUnixWithTimeout(path.text, timeval_of(timeout_ms));
    socket_path_close(&path);
    return *ret_context ? JALON_OK : JALON_NO_MEMORY;
}

static int unavailable(struct problem *problem, const struct store_url *url, const char *reason)
{
    char where[FOLDER_PATH_MAX];
    store_url_describe(url, where);
    (void)problem_set(problem, PROBLEM_UNAVAILABLE, "the store at %.180s does not answer: %s",
                      where, reason); /* the code is ours */
    return JALON_UNAVAILABLE;
}

static int log_in(struct client *client, const struct store_url *url, struct problem *problem)
{
    if (!*url->password)
        return JALON_OK;
    struct reply *reply;
    int err = *url->user ? client_say(client, &reply, "AUTH", url->user, url->password, NULL)
                         : client_say(client, &reply, "AUTH", url->password, NULL);
    if (!err)
        (void)reply_free(reply);
    if (err == JALON_INVALID)
        return problem_set(problem, PROBLEM_INVALID,
                           "the store refuses the user or password of store.redis: correct them");
    return err ? unavailable(problem, url, "no answer to the login") : JALON_OK;
}

static int select_database(struct client *client, const struct store_url *url,
                           struct problem *problem)
{
    if (!url->database)
        return JALON_OK;
    char number[16];
    (void)snprintf(number, sizeof number, "%u", url->database); /* fits */
    struct reply *reply;
    int err = client_say(client, &reply, "SELECT", number, NULL);
    if (!err)
        (void)reply_free(reply);
    if (err && err != JALON_UNAVAILABLE)
        return problem_set(problem, PROBLEM_INVALID,
                           "the store has no database %s: correct store.redis", number);
    return err ? unavailable(problem, url, "no answer") : JALON_OK;
}

static int start(struct client *client, const struct store_url *url, unsigned timeout_ms,
                 struct problem *problem)
{
    int err = connect_socket(&client->context, url, timeout_ms);
    if (err == JALON_NO_MEMORY)
        return problem_from_error(problem, err);
    if (err)
        return unavailable(problem, url, "its socket's folder can't be opened");
    if (client->context->err)
        return unavailable(problem, url, client->context->errstr);
    if (redisSetTimeout(client->context, timeval_of(timeout_ms)) != REDIS_OK)
        return unavailable(problem, url, "its time-out can't be set");
    if (url->kind == STORE_TCP || url->kind == STORE_TLS)
        (void)redisEnableKeepAlive(client->context); /* a nicety */
    err = url->kind == STORE_TLS ? client_tls_start(client->context, url->host, problem) : JALON_OK;
    if (!err)
        err = log_in(client, url, problem);
    return err ? err : select_database(client, url, problem);
}

int client_open(struct client **ret_client, const struct store_url *url, unsigned timeout_ms,
                struct problem *problem)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return problem_from_error(problem, JALON_NO_MEMORY);
    int err = start(client, url, timeout_ms, problem);
    if (err) {
        (void)client_free(client);
        return err;
    }
    *ret_client = client;
    return JALON_OK;
}

struct client *client_free(struct client *client)
{
    if (!client)
        return NULL;
    if (client->context)
        redisFree(client->context);
    free(client);
    return NULL;
}

bool client_is_alive(const struct client *client)
{
    if (client->is_broken || client->context->err)
        return false;
    struct pollfd pollfd = {.fd = client->context->fd, .events = POLLRDHUP};
    return poll(&pollfd, 1, 0) == 0;
}

int client_send(struct client *client, struct argument_list *command)
{
    int argc;
    const char **argv;
    const size_t *sizes;
    int err = argument_lists_argv(&command, 1, &argc, &argv, &sizes);
    if (err)
        return err;
    if (client->is_broken)
        return JALON_UNAVAILABLE;
    if (redisAppendCommandArgv(client->context, argc, argv, sizes) == REDIS_OK)
        return JALON_OK;
    client->is_broken = true;
    return JALON_NO_MEMORY;
}

int client_receive(struct client *client, struct reply **ret_reply)
{
    void *reply = NULL;
    if (client->is_broken)
        return JALON_UNAVAILABLE;
    if (redisGetReply(client->context, &reply) != REDIS_OK || !reply) {
        /* Answers that come late would be taken for those of later commands: never use it again. */
        client->is_broken = true;
        return JALON_UNAVAILABLE;
    }
    *ret_reply = reply;
    return JALON_OK;
}

int client_call(struct client *client, struct argument_list *command, struct reply **ret_reply)
{
    int err = client_send(client, command);
    return err ? err : client_receive(client, ret_reply);
}

int client_say(struct client *client, struct reply **ret_reply, ...)
{
    struct argument_list command;
    argument_list_init(&command, 1U << 20);
    va_list arguments;
    va_start(arguments, ret_reply);
    for (const char *text = va_arg(arguments, const char *); text;
         text = va_arg(arguments, const char *))
        argument_list_add_string(&command, text);
    va_end(arguments);
    struct reply *reply;
    int err = client_call(client, &command, &reply);
    argument_list_done(&command);
    if (err)
        return err;
    if (reply_kind(reply) == REPLY_ERROR) {
        err = reply_error_read(reply_text(reply));
        (void)reply_free(reply);
        return err;
    }
    *ret_reply = reply;
    return JALON_OK;
}

static const redisReply *inner(const struct reply *reply)
{
    return (const redisReply *)(const void *)reply;
}

struct reply *reply_free(struct reply *reply)
{
    if (reply)
        freeReplyObject(reply);
    return NULL;
}

enum reply_kind reply_kind(const struct reply *reply)
{
    switch (inner(reply)->type) {
    case REDIS_REPLY_ERROR:
        return REPLY_ERROR;
    case REDIS_REPLY_NIL:
        return REPLY_NIL;
    case REDIS_REPLY_INTEGER:
        return REPLY_INTEGER;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return REPLY_TEXT;
    case REDIS_REPLY_ARRAY:
        return REPLY_LIST;
    default:
        return REPLY_OTHER;
    }
}

int64_t reply_integer(const struct reply *reply)
{
    return reply_kind(reply) == REPLY_INTEGER ? inner(reply)->integer : 0;
}

struct slice reply_text(const struct reply *reply)
{
    bool is_text = reply_kind(reply) == REPLY_TEXT || reply_kind(reply) == REPLY_ERROR;
    return is_text ? slice_of(inner(reply)->str, (size_t)inner(reply)->len) : SLICE_NONE;
}

size_t reply_count(const struct reply *reply)
{
    return reply_kind(reply) == REPLY_LIST ? inner(reply)->elements : 0;
}

const struct reply *reply_at(const struct reply *reply, size_t index)
{
    return (const struct reply *)(const void *)inner(reply)->element[index];
}
