#include "core/store/client_connection.h"

#include "core/store/client_reply.h"
#include "core/store/client_tls.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SAY_MAX (1U << 20)    /* bytes */
#define TEXT_MAX (256U << 20) /* bytes */

struct client_connection {
    redisContext *context;
    redisReplyObjectFunctions reply_functions;
    struct buffer text; /* of the command that is being queued */
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

static int log_in(struct client_connection *connection, const struct store_url *url,
                  struct problem *problem)
{
    if (!*url->password)
        return JALON_OK;
    struct reply *reply;
    int err = *url->user ? client_connection_say(connection, &reply, "AUTH", url->user,
                                                 url->password, NULL)
                         : client_connection_say(connection, &reply, "AUTH", url->password, NULL);
    if (!err)
        (void)reply_free(reply);
    if (err == JALON_INVALID)
        return problem_set(problem, PROBLEM_INVALID,
                           "the store refuses the user or password of store.redis: correct them");
    return err ? unavailable(problem, url, "no answer to the login") : JALON_OK;
}

static int select_database(struct client_connection *connection, const struct store_url *url,
                           struct problem *problem)
{
    if (!url->database)
        return JALON_OK;
    char number[16];
    (void)snprintf(number, sizeof number, "%u", url->database); /* fits */
    struct reply *reply;
    int err = client_connection_say(connection, &reply, "SELECT", number, NULL);
    if (!err)
        (void)reply_free(reply);
    if (err && err != JALON_UNAVAILABLE)
        return problem_set(problem, PROBLEM_INVALID,
                           "the store has no database %s: correct store.redis", number);
    return err ? unavailable(problem, url, "no answer") : JALON_OK;
}

static int start(struct client_connection *connection, const struct store_url *url,
                 unsigned timeout_ms, struct problem *problem)
{
    int err = connect_socket(&connection->context, url, timeout_ms);
    if (err == JALON_NO_MEMORY)
        return problem_from_error(problem, err);
    if (err)
        return unavailable(problem, url, "its socket's folder can't be opened");
    if (connection->context->err)
        return unavailable(problem, url, connection->context->errstr);
    connection->reply_functions = reply_functions();
    connection->context->reader->fn = &connection->reply_functions;
    if (redisSetTimeout(connection->context, timeval_of(timeout_ms)) != REDIS_OK)
        return unavailable(problem, url, "its time-out can't be set");
    if (url->kind == STORE_TCP || url->kind == STORE_TLS)
        (void)redisEnableKeepAlive(connection->context); /* a nicety */
    err = url->kind == STORE_TLS ? client_tls_start(connection->context, url->host, problem)
                                 : JALON_OK;
    if (!err)
        err = log_in(connection, url, problem);
    return err ? err : select_database(connection, url, problem);
}

int client_connection_open(struct client_connection **ret_connection, const struct store_url *url,
                           unsigned timeout_ms, struct problem *problem)
{
    struct client_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return problem_from_error(problem, JALON_NO_MEMORY);
    buffer_init(&connection->text, TEXT_MAX);
    int err = start(connection, url, timeout_ms, problem);
    if (err) {
        (void)client_connection_free(connection);
        return err;
    }
    *ret_connection = connection;
    return JALON_OK;
}

struct client_connection *client_connection_free(struct client_connection *connection)
{
    if (!connection)
        return NULL;
    if (connection->context)
        redisFree(connection->context);
    buffer_done(&connection->text);
    free(connection);
    return NULL;
}

bool client_connection_is_alive(const struct client_connection *connection)
{
    if (connection->is_broken || connection->context->err)
        return false;
    struct pollfd pollfd = {.fd = connection->context->fd, .events = POLLRDHUP};
    return poll(&pollfd, 1, 0) == 0;
}

int client_connection_send(struct client_connection *connection, struct argument_list *command)
{
    buffer_clear(&connection->text);
    int err = argument_list_write(&connection->text, command);
    return err ? err : client_connection_send_text(connection, buffer_slice(&connection->text));
}

int client_connection_send_text(struct client_connection *connection, struct slice text)
{
    if (connection->is_broken)
        return JALON_UNAVAILABLE;
    if (redisAppendFormattedCommand(connection->context, text.data, text.size) == REDIS_OK)
        return JALON_OK;
    connection->is_broken = true;
    return JALON_NO_MEMORY;
}

int client_connection_flush(struct client_connection *connection)
{
    int is_done = 0;
    while (!connection->is_broken && !is_done)
        if (redisBufferWrite(connection->context, &is_done) != REDIS_OK)
            connection->is_broken = true;
    return connection->is_broken ? JALON_UNAVAILABLE : JALON_OK;
}

int client_connection_receive(struct client_connection *connection, struct reply **ret_reply)
{
    void *reply = NULL;
    if (connection->is_broken)
        return JALON_UNAVAILABLE;
    if (redisGetReply(connection->context, &reply) != REDIS_OK || !reply) {
        /* Answers that come late would be taken for those of later commands: never use it again. */
        connection->is_broken = true;
        return JALON_UNAVAILABLE;
    }
    *ret_reply = reply;
    return JALON_OK;
}

int client_connection_say(struct client_connection *connection, struct reply **ret_reply, ...)
{
    struct argument_list command;
    argument_list_init(&command, SAY_MAX);
    va_list arguments;
    va_start(arguments, ret_reply);
    argument_list_add_strings(&command, arguments);
    va_end(arguments);
    struct reply *reply;
    int err = client_connection_send(connection, &command);
    if (!err)
        err = client_connection_receive(connection, &reply);
    argument_list_done(&command);
    return err ? err : reply_unless_error(ret_reply, reply);
}
