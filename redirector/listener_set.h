/* listener_set.h - the addresses that the process listens on: opened once in main, a socket each worker by
 * SO_REUSEPORT, so that the kernel spreads connections over workers. How: top of listener_set.c. */
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

/* Binds every address for `workers` workers and listens. An address where someone else listens already is an error:
 * JALON_EXISTS, in words in *problem. JALON_INVALID, JALON_IO. */
CHECKED int listener_set_open(struct listener_set **ret_set, const struct settings *settings,
                              unsigned workers, struct problem *problem);
struct listener_set *listener_set_free(struct listener_set *set); /* closes what no worker took */

/* The content of DIR/jalond.listen: "name address:port" a line. */
void listener_set_write(const struct listener_set *set, struct buffer *out);

/* An IPv4 or IPv6 socket address. */
struct address listener_set_address(const struct sockaddr_storage *socket_address);

/* A worker takes its socket of address `index`, counted from 0: the descriptor is its own then. False past the last. */
bool listener_set_take(struct listener_set *set, size_t index, unsigned worker, int *ret_fd,
                       enum listener_kind *ret_kind);
#endif
