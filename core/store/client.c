/* Where there is no cluster, all goes straight to the one connection. */
#include "core/store/client_cluster.h"
#include "core/store/client_connection.h"
#include "core/store/client_reply.h"

#include <stdarg.h>
#include <stdlib.h>

#define SAY_MAX (1U << 20) /* bytes */

struct client {
    struct client_connection *connection; /* NULL: a cluster */
    struct client_cluster *cluster;
};

int client_open_again(struct client **ret_client, const struct store_url *url,
                      const struct cluster_map *known, unsigned timeout_ms, struct problem *problem)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return problem_from_error(problem, JALON_NO_MEMORY);
    int err = url->kind == STORE_CLUSTER
                  ? client_cluster_open(&client->cluster, url, known, timeout_ms, problem)
                  : client_connection_open(&client->connection, url, timeout_ms, problem);
    if (err) {
        (void)client_free(client);
        return err;
    }
    *ret_client = client;
    return JALON_OK;
}

int client_open(struct client **ret_client, const struct store_url *url, unsigned timeout_ms,
                struct problem *problem)
{
    return client_open_again(ret_client, url, NULL, timeout_ms, problem);
}

struct client *client_free(struct client *client)
{
    if (!client)
        return NULL;
    (void)client_connection_free(client->connection);
    (void)client_cluster_free(client->cluster);
    free(client);
    return NULL;
}

bool client_is_alive(const struct client *client)
{
    return client->connection ? client_connection_is_alive(client->connection)
                              : client_cluster_is_alive(client->cluster);
}

int client_send(struct client *client, struct argument_list *command)
{
    return client->connection ? client_connection_send(client->connection, command)
                              : client_cluster_send(client->cluster, command);
}

int client_flush(struct client *client)
{
    return client->connection ? client_connection_flush(client->connection)
                              : client_cluster_flush(client->cluster);
}

int client_receive(struct client *client, struct reply **ret_reply)
{
    return client->connection ? client_connection_receive(client->connection, ret_reply)
                              : client_cluster_receive(client->cluster, ret_reply);
}

int client_call(struct client *client, struct argument_list *command, struct reply **ret_reply)
{
    int err = client_send(client, command);
    return err ? err : client_receive(client, ret_reply);
}

int client_say(struct client *client, struct reply **ret_reply, ...)
{
    struct argument_list command;
    argument_list_init(&command, SAY_MAX);
    va_list arguments;
    va_start(arguments, ret_reply);
    argument_list_add_strings(&command, arguments);
    va_end(arguments);
    struct reply *reply;
    int err = client_call(client, &command, &reply);
    argument_list_done(&command);
    return err ? err : reply_unless_error(ret_reply, reply);
}

int client_say_at(struct client *client, unsigned node, struct reply **ret_reply, ...)
{
    struct argument_list command;
    argument_list_init(&command, SAY_MAX);
    va_list arguments;
    va_start(arguments, ret_reply);
    argument_list_add_strings(&command, arguments);
    va_end(arguments);
    struct reply *reply;
    int err = client->connection ? client_connection_send(client->connection, &command)
                                 : client_cluster_send_at(client->cluster, node, &command);
    if (!err)
        err = client_receive(client, &reply);
    argument_list_done(&command);
    return err ? err : reply_unless_error(ret_reply, reply);
}

unsigned client_primary_count(const struct client *client)
{
    return client->connection ? 1 : client_cluster_primary_count(client->cluster);
}

unsigned client_node_count(const struct client *client)
{
    return client->connection ? 1 : client_cluster_node_count(client->cluster);
}

unsigned client_last_node(const struct client *client)
{
    return client->connection ? 0 : client_cluster_last_node(client->cluster);
}

const struct cluster_map *client_map(const struct client *client)
{
    return client->connection ? NULL : client_cluster_map(client->cluster);
}

int client_look(struct client *client)
{
    return client->connection ? JALON_OK : client_cluster_look(client->cluster);
}

bool client_was_refused(const struct client *client, const struct reply *reply)
{
    struct cluster_redirection redirection;
    return client->cluster && reply_kind(reply) == REPLY_ERROR &&
           cluster_redirection_read(&redirection, reply_text(reply)) == JALON_OK &&
           (redirection.word == CLUSTER_MOVED || redirection.word == CLUSTER_ASK);
}
