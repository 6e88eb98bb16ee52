/* listener_set.h - the addresses that the process listens on: opened once in main, a socket each worker by
 * SO_REUSEPORT, so that the kernel spreads connections over workers; or taken over from another process. How: top of
 * listener_set.c. */
#ifndef REDIRECTOR_LISTENER_SET_H
#define REDIRECTOR_LISTENER_SET_H
#include "core/base/buffer.h"
#include "core/base/problem.h"
#include "core/store/settings.h"
#include "redirector/exchange.h"

struct listener_set;
struct sockaddr_storage;

/* Are server.public and server.api lists of address:port, and is an API listener off loopback behind TLS or
 * allowed by server.api_plaintext? For --check and reload; opens nothing. JALON_INVALID. */
CHECKED int listener_check(const struct settings *settings, struct problem *problem);

/* Sockets that another process listens on, for this one to take over. */
struct listener_offer {
    size_t count, capacity;
    struct offered_socket {
        int fd; /* -1: taken */
        enum listener_kind kind;
    } * sockets;
};
/* The descriptor is the offer's then. JALON_INVALID: it is no socket that listens for TCP without blocking, and still the
 * caller's. JALON_NO_MEMORY. */
CHECKED int listener_offer_add(struct listener_offer *offer, int fd, enum listener_kind kind);
void listener_offer_done(struct listener_offer *offer); /* closes what was not taken */

/* One of a worker's sockets. The set's, but `fd` is touched by the worker's thread alone while that runs. */
struct listener_socket {
    struct listener_socket *next; /* of all addresses */
    int fd;                       /* -1: closed */
    enum listener_kind kind;
    unsigned worker;
    bool is_listening;
};

/* Opens every address for `workers` workers: those offered (NULL: none) are taken out of the offer, the rest is bound
 * anew. An address where someone else listens already is an error: JALON_EXISTS, in words in *problem. JALON_INVALID,
 * JALON_IO. Sockets that join others in an address that was offered do not listen before listener_set_listen(), as a
 * connection that is queued on one is reset when this process ends too early. */
CHECKED int listener_set_open(struct listener_set **ret_set, const struct settings *settings,
                              unsigned workers, struct listener_offer *offer,
                              struct problem *problem);
CHECKED int listener_set_listen(struct listener_set *set, struct problem *problem);
struct listener_set *listener_set_free(struct listener_set *set); /* closes what is still open */

/* The content of DIR/jalond.listen: "name address:port" a line. */
void listener_set_write(const struct listener_set *set, struct buffer *out);

/* An IPv4 or IPv6 socket address. */
struct address listener_set_address(const struct sockaddr_storage *socket_address);

/* The first of all sockets; NULL: there is none. Workers may have several of one address, and one at least. */
struct listener_socket *listener_set_first(struct listener_set *set);
/* Its worker: no new connection is begun any more, those that are being made and those in the queue are. False: it can't. */
bool listener_socket_shut(const struct listener_socket *socket);
void listener_socket_close(struct listener_socket *socket); /* its worker, which accepts no more */
#endif
