/* client.h - one blocking connection to Redis, and its answers: the house's only door to blocking hiredis. Belongs to
 * one thread. The program ignores SIGPIPE. */
#ifndef STORE_CLIENT_H
#define STORE_CLIENT_H
#include "core/store/argument_list.h"
#include "core/store/store_url.h"

struct client;

/* Connects within timeout_ms (each later answer has as long), logs in, selects the database. JALON_UNAVAILABLE,
 * JALON_INVALID (wrong password); *problem says more. */
CHECKED int client_open(struct client **ret_client, const struct store_url *url,
                        unsigned timeout_ms, struct problem *problem);
struct client *client_free(struct client *client); /* accepts NULL */
/* false after an error, and when the server has hung up meanwhile: of no more use. */
bool client_is_alive(const struct client *client);

enum reply_kind { REPLY_ERROR, REPLY_NIL, REPLY_INTEGER, REPLY_TEXT, REPLY_LIST, REPLY_OTHER };
struct reply; /* one answer, or an element of a list */

/* Queues the command; it goes out with the next client_receive(). */
CHECKED int client_send(struct client *client, struct argument_list *command);
/* The next answer, which the caller ends with reply_free(). JALON_UNAVAILABLE: no answer; whether the command was
 * carried out is not known. An error reply is an answer. */
CHECKED int client_receive(struct client *client, struct reply **ret_reply);
CHECKED int client_call(struct client *client, struct argument_list *command,
                        struct reply **ret_reply);
/* As client_call() of the arguments up to a NULL; an error reply is returned as reply_error_read() calls it. */
CHECKED int client_say(struct client *client, struct reply **ret_reply, ...)
    __attribute__((sentinel));

struct reply *reply_free(struct reply *reply); /* accepts NULL */
enum reply_kind reply_kind(const struct reply *reply);
int64_t reply_integer(const struct reply *reply);   /* of REPLY_INTEGER; else 0 */
struct slice reply_text(const struct reply *reply); /* of REPLY_TEXT, REPLY_ERROR; else empty */
size_t reply_count(const struct reply *reply);      /* of REPLY_LIST; else 0 */
const struct reply *reply_at(const struct reply *reply, size_t index);
#endif
