/* client_connection.h - one blocking connection to one server, for client_*.c only. Belongs to one thread. */
#ifndef STORE_CLIENT_CONNECTION_H
#define STORE_CLIENT_CONNECTION_H
#include "core/store/client.h"

struct client_connection;

/* `url` is of any kind but STORE_CLUSTER. As client_open(). */
CHECKED int client_connection_open(struct client_connection **ret_connection,
                                   const struct store_url *url, unsigned timeout_ms,
                                   struct problem *problem);
struct client_connection *client_connection_free(struct client_connection *connection);
bool client_connection_is_alive(const struct client_connection *connection);

/* Queues a command. */
CHECKED int client_connection_send(struct client_connection *connection,
                                   struct argument_list *command);
/* Queues what is on the wire already a command. */
CHECKED int client_connection_send_text(struct client_connection *connection, struct slice text);
/* Sends all that is queued, without waiting for an answer. */
CHECKED int client_connection_flush(struct client_connection *connection);
/* Sends what is queued and waits for the next answer. JALON_UNAVAILABLE: of no more use. */
CHECKED int client_connection_receive(struct client_connection *connection,
                                      struct reply **ret_reply);

/* The arguments up to a NULL as a command and its answer; an error reply is returned as reply_error_read() calls it. */
CHECKED int client_connection_say(struct client_connection *connection, struct reply **ret_reply,
                                  ...) __attribute__((sentinel));
#endif
