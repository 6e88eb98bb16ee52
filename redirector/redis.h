/* redis.h - one connection of a worker to the store, asynchronous (hiredis over libevent): it connects, signs in, waits for
 * answers no longer than it must, and after a loss connects again with growing pauses. Each question is
 * answered exactly once. Belongs to the worker's thread. State diagram: top of redis.c. */
#ifndef REDIRECTOR_REDIS_H
#define REDIRECTOR_REDIS_H
#include "core/base/slice.h"

#define REDIS_TEXT_MAX 512

struct worker;
struct redis;
struct redis_reply; /* read by the functions below; lives for the call */

enum redis_scheme { REDIS_UNIX, REDIS_TCP, REDIS_TLS };

struct redis_address { /* no name to look up in it: a worker never waits for DNS */
    enum redis_scheme scheme;
    char host[REDIS_TEXT_MAX]; /* numeric, or the socket's path */
    char name[REDIS_TEXT_MAX]; /* of TLS: whom the certificate must name */
    int port;
    char user[REDIS_TEXT_MAX], password[REDIS_TEXT_MAX]; /* "" for none */
    unsigned database;
    char proof[REDIS_TEXT_MAX]; /* a key that the server must be in charge of; "" for none */
};

/* reply NULL: the connection was lost, the command may or may not have been carried out. */
typedef void redis_heard(void *context, uint64_t tag, const struct redis_reply *reply);

struct redis_options {
    struct worker *worker;
    const char *name;            /* for the log */
    const char *const *channels; /* a subscriber's; NULL for a connection that commands */
    size_t channel_count;
    unsigned timeout_ms; /* of connecting, and of the oldest answer */
    unsigned pause_ms;   /* the longest one between attempts to connect */
    /* Where to, asked at each attempt. JALON_UNAVAILABLE: not known yet. */
    int (*find_address)(void *context, struct redis_address *ret_address);
    void (*connected)(void *context); /* commands may be sent; a subscriber hears all from now on */
    void (*lost)(
        void *context); /* after connected(); each open question is answered with NULL next */
    void (*message)(void *context, struct slice channel, struct slice text); /* subscriber */
    void *context;
};

/* Not connected yet: redis_tick() does it. */
CHECKED int redis_new(struct redis **ret_redis, const struct redis_options *options);
struct redis *
redis_free(struct redis *redis); /* accepts NULL; open questions are answered with NULL */
bool redis_is_connected(const struct redis *redis);

/* JALON_UNAVAILABLE when it is not connected, and `heard` is not called then. Copies the arguments. */
CHECKED int redis_send(struct redis *redis, int argc, const char *const *argv, const size_t *sizes,
                       redis_heard *heard, void *context, uint64_t tag);

void redis_flush(struct redis *redis); /* at the end of each loop turn: what was sent goes out */
void redis_tick(struct redis *redis);  /* time-outs, attempts to connect */
void redis_break(struct redis *redis, const char *why); /* drops the connection; another follows */

enum redis_kind { REDIS_NIL, REDIS_ERROR, REDIS_TEXT, REDIS_NUMBER, REDIS_LIST };
enum redis_kind redis_reply_kind(const struct redis_reply *reply);
struct slice
redis_reply_text(const struct redis_reply *reply); /* of REDIS_TEXT and REDIS_ERROR; else empty */
long long redis_reply_number(const struct redis_reply *reply); /* of REDIS_NUMBER; else 0 */
size_t redis_reply_count(const struct redis_reply *reply);     /* of REDIS_LIST; else 0 */
const struct redis_reply *redis_reply_at(const struct redis_reply *reply, size_t index);
#endif
