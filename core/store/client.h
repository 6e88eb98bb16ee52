/* client.h - the store's servers, blocking, and their answers: the house's only door to blocking hiredis. One connection, or
 * one to each primary of a Redis Cluster, which then look like one. Belongs to one thread. The program ignores
 * SIGPIPE. */
#ifndef STORE_CLIENT_H
#define STORE_CLIENT_H
#include "core/store/argument_list.h"
#include "core/store/store_url.h"

struct client;

/* Connects within timeout_ms (each later answer has as long), logs in, selects the database; of a cluster, to each node
 * that serves slots. JALON_UNAVAILABLE, JALON_INVALID (wrong password), JALON_UNSUPPORTED (no cluster where one is
 * meant); *problem says more. */
CHECKED int client_open(struct client **ret_client, const struct store_url *url,
                        unsigned timeout_ms, struct problem *problem);
/* The same; the nodes in `known` (NULL: none) can be asked about a cluster as those in `url` can. */
CHECKED int client_open_again(struct client **ret_client, const struct store_url *url,
                              const struct cluster_map *known, unsigned timeout_ms,
                              struct problem *problem);
struct client *client_free(struct client *client); /* accepts NULL */
/* false after an error, when a server has hung up meanwhile, and when a cluster's primaries are others by now: of no more
 * use. */
bool client_is_alive(const struct client *client);

enum reply_kind { REPLY_ERROR, REPLY_NIL, REPLY_INTEGER, REPLY_TEXT, REPLY_LIST, REPLY_OTHER };
struct reply; /* one answer, or an element of a list */

/* Queues the command; it goes out with the next client_receive(). In a cluster it goes to the node of its first key, one
 * without a key to any node. What a node refuses as another's is sent again there: commands of one key are carried out
 * in the order sent, except for one that was put off in the middle of a slot's migration (TRYAGAIN). */
CHECKED int client_send(struct client *client, struct argument_list *command);
/* Sends what is queued now, so that the servers are at work on it while the caller is at others' answers. */
CHECKED int client_flush(struct client *client);
/* The next answer, which the caller ends with reply_free(). JALON_UNAVAILABLE: no answer; whether the command was
 * carried out is not known. An error reply is an answer. */
CHECKED int client_receive(struct client *client, struct reply **ret_reply);
CHECKED int client_call(struct client *client, struct argument_list *command,
                        struct reply **ret_reply);
/* As client_call() of the arguments up to a NULL; an error reply is returned as reply_error_read() calls it. */
CHECKED int client_say(struct client *client, struct reply **ret_reply, ...)
    __attribute__((sentinel));

/* The servers behind it, by number: the primaries first (one where there is no cluster), then nodes that slots are on
 * the way to. Nothing is under way when they are spoken to. */
unsigned client_primary_count(const struct client *client);
unsigned client_node_count(const struct client *client);
CHECKED int client_say_at(struct client *client, unsigned node, struct reply **ret_reply, ...)
    __attribute__((sentinel));
/* The node that gave the last answer. */
unsigned client_last_node(const struct client *client);

/* The map that a cluster's client goes by; NULL where there is no cluster. Valid until it is next used. */
const struct cluster_map *client_map(const struct client *client);
/* Asks one of the nodes for the map again. When the primaries are others the client is not alive afterwards. */
CHECKED int client_look(struct client *client);
/* Is it the error of a command that no node took: not carried out, as the primaries are others by now? */
bool client_was_refused(const struct client *client, const struct reply *reply);

struct reply *reply_free(struct reply *reply); /* accepts NULL */
enum reply_kind reply_kind(const struct reply *reply);
int64_t reply_integer(const struct reply *reply);   /* of REPLY_INTEGER; else 0 */
struct slice reply_text(const struct reply *reply); /* of REPLY_TEXT, REPLY_ERROR; else empty */
size_t reply_count(const struct reply *reply);      /* of REPLY_LIST; else 0 */
const struct reply *reply_at(const struct reply *reply, size_t index);
#endif
