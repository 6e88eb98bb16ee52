/* Opening (main's thread): each address is first bound by a socket without SO_REUSEPORT, which fails where anyone
 * listens already, be it with SO_REUSEPORT; that same socket then allows others beside it and becomes
 * worker 0's, so there is no moment in which the port is free. A port 0 is chosen by that first bind and
 * used for the rest.
 *
 * Of what is offered an address gets every socket bound to it: one left out would be closed by its other owner one
 * day, and what the kernel has queued on it reset. More sockets than workers: a worker has several. More workers: further
 * sockets are bound beside. A port 0 keeps the port it had. */
#include "redirector/listener_set.h"
#include "core/base/array.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096
#define ADDRESS_TEXT 128

struct endpoint { /* an address of one listener */
    struct endpoint *next;
    enum listener_kind kind;
    struct sockaddr_storage address;
    socklen_t address_size;
    struct listener_socket sockets[];
};

struct listener_set {
    struct endpoint *first, **last;
    struct listener_socket *first_socket, **last_socket;
};

/* what is offered */

static bool is_listening_for_tcp(int fd)
{
    int is_listening = 0, domain = 0, type = 0;
    socklen_t size = sizeof(int);
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 && is_listening &&
           getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           (domain == AF_INET || domain == AF_INET6) &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
           (fcntl(fd, F_GETFL) & O_NONBLOCK);
}

int listener_offer_add(struct listener_offer *offer, int fd, enum listener_kind kind)
{
    if (!is_listening_for_tcp(fd))
        return JALON_INVALID;
    int err = array_reserve((void **)&offer->sockets, &offer->capacity, offer->count + 1,
                            sizeof *offer->sockets);
    if (err)
        return err;
    offer->sockets[offer->count++] = (struct offered_socket){fd, kind};
    return JALON_OK;
}

void listener_offer_done(struct listener_offer *offer)
{
    for (size_t i = 0; i < offer->count; i++)
        if (offer->sockets[i].fd >= 0)
            (void)close(offer->sockets[i].fd); /* our copy: its owner has another */
    free(offer->sockets);
    *offer = (struct listener_offer){0};
}

static in_port_t *port_of(struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
                                          : &((struct sockaddr_in *)address)->sin_port;
}

static bool is_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family)
        return false;
    struct address left = listener_set_address(a), right = listener_set_address(b);
    return memcmp(left.bytes, right.bytes, sizeof left.bytes) == 0 &&
           (a->ss_family != AF_INET6 || ((const struct sockaddr_in6 *)a)->sin6_scope_id ==
                                            ((const struct sockaddr_in6 *)b)->sin6_scope_id);
}

/* Is it bound to the endpoint's address? A port that was 0 is the socket's then. */
static bool is_wanted(const struct offered_socket *offered, struct endpoint *endpoint)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    if (offered->fd < 0 || offered->kind != endpoint->kind ||
        getsockname(offered->fd, (struct sockaddr *)&address, &size) != 0 ||
        !is_same_host(&address, &endpoint->address))
        return false;
    if (*port_of(&endpoint->address) == 0)
        *port_of(&endpoint->address) = *port_of(&address);
    return *port_of(&endpoint->address) == *port_of(&address);
}

/* "127.0.0.1:8080", "[::1]:0", "localhost:80": the first address that the name has. */
static int resolve(struct slice text, struct sockaddr_storage *ret_address, socklen_t *ret_size)
{
    char host[ADDRESS_TEXT];
    size_t colon = text.size;
    while (colon && text.data[colon - 1] != ':')
        colon--;
    uint64_t port;
    if (colon < 2 || slice_to_u64(&port, slice_from(text, colon), 65535) != JALON_OK)
        return JALON_MALFORMED;
    struct slice name = slice_first(text, colon - 1);
    if (name.data[0] == '[' && name.data[name.size - 1] == ']')
        name = slice_of(name.data + 1, name.size - 2);
    if (slice_to_string(host, sizeof host, name) != JALON_OK)
        return JALON_MALFORMED;

    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return JALON_NOT_FOUND;
    memcpy(ret_address, found->ai_addr, found->ai_addrlen);
    *ret_size = found->ai_addrlen;
    freeaddrinfo(found);
    *port_of(ret_address) = htons((uint16_t)port);
    return JALON_OK;
}

struct address listener_set_address(const struct sockaddr_storage *socket_address)
{
    struct address address = {{0}};
    if (socket_address->ss_family == AF_INET6) {
        memcpy(address.bytes, &((const struct sockaddr_in6 *)socket_address)->sin6_addr, 16);
        return address;
    }
    address.bytes[10] = address.bytes[11] = 0xff;
    memcpy(address.bytes + 12, &((const struct sockaddr_in *)socket_address)->sin_addr, 4);
    return address;
}

static bool is_loopback(const struct sockaddr_storage *socket_address)
{
    struct address address = listener_set_address(socket_address);
    struct network v4, v6;
    return network_parse(&v4, SLICE("127.0.0.0/8")) == JALON_OK &&
           network_parse(&v6, SLICE("::1")) == JALON_OK &&
           (network_contains(&v4, &address) || network_contains(&v6, &address));
}

/* Calls `visit` for each address in the list, comma-separated. */
typedef int endpoint_visit(void *context, const struct sockaddr_storage *address, socklen_t size,
                           const char *text, struct problem *problem);

static int each_address(const char *name, const char *list, endpoint_visit *visit, void *context,
                        struct problem *problem)
{
    struct slice rest = slice_of_string(list);
    do {
        struct slice text = slice_trim(slice_take(&rest, ','));
        struct sockaddr_storage address = {0};
        socklen_t size = 0;
        char copy[ADDRESS_TEXT];
        int err = slice_to_string(copy, sizeof copy, text);
        if (!err)
            err = resolve(text, &address, &size);
        if (err)
            return problem_set(problem, PROBLEM_INVALID,
                               "%s: \"%.*s\" is no address:port such as 127.0.0.1:8080", name,
                               SLICE_ARG(slice_first(text, ADDRESS_TEXT)));
        err = visit(context, &address, size, copy, problem);
        if (err)
            return err;
    } while (rest.size);
    return JALON_OK;
}

static int check_any(void *context, const struct sockaddr_storage *address, socklen_t size,
                     const char *text, struct problem *problem)
{
    (void)context, (void)address, (void)size, (void)text, (void)problem;
    return JALON_OK;
}

static int check_api(void *context, const struct sockaddr_storage *address, socklen_t size,
                     const char *text, struct problem *problem)
{
    const struct settings *settings = context;
    (void)size;
    bool has_tls = settings->certificate && *settings->certificate;
    if (has_tls || settings->is_api_plaintext || is_loopback(address))
        return JALON_OK;
    return problem_set(problem, PROBLEM_INVALID,
                       "server.api: %s is off loopback and would take tokens in the clear: set "
                       "server.certificate and server.key, or server.api_plaintext = yes",
                       text);
}

int listener_check(const struct settings *settings, struct problem *problem)
{
    int err = each_address("server.public", settings->public_addresses, check_any, NULL, problem);
    if (err)
        return err;
    return each_address("server.api", settings->api_addresses, check_api, (void *)settings,
                        problem);
}

static int bind_socket(struct endpoint *endpoint, bool is_first, int *ret_fd)
{
    int on = 1;
    int fd = socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return JALON_IO;
    struct sockaddr *address = (struct sockaddr *)&endpoint->address;
    socklen_t size = endpoint->address_size;
    bool is_v6 = endpoint->address.ss_family == AF_INET6;
    /* The accepted sockets inherit TCP_NODELAY: no call a connection. A client is handed over with its first bytes, or
     * after a second or so without any: one wake-up a connection in place of two. */
    bool is_set = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
                  setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof on) == 0 &&
                  (!is_v6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
                  (is_first || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0);
    if (!is_set || bind(fd, address, size) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        getsockname(fd, address, &size) != 0) {
        int reason = errno;
        (void)close(fd); /* nothing is on it */
        errno = reason;
        return reason == EADDRINUSE ? JALON_EXISTS : JALON_IO;
    }
    *ret_fd = fd;
    return JALON_OK;
}

struct opening {
    struct listener_set *set;
    enum listener_kind kind;
    unsigned workers;
    struct listener_offer *offer; /* may be NULL */
};

static void add_socket(struct listener_set *set, struct listener_socket *socket)
{
    *set->last_socket = socket;
    set->last_socket = &socket->next;
}

/* Those of the offer that are bound to the endpoint's address, into its first sockets; how many. */
static unsigned take_offered(struct opening *opening, struct endpoint *endpoint)
{
    struct listener_offer *offer = opening->offer;
    unsigned count = 0;
    for (size_t i = 0; offer && i < offer->count; i++) {
        struct offered_socket *offered = &offer->sockets[i];
        if (!is_wanted(offered, endpoint))
            continue;
        struct listener_socket *socket = &endpoint->sockets[count];
        *socket = (struct listener_socket){.fd = offered->fd,
                                           .kind = endpoint->kind,
                                           .worker = count % opening->workers,
                                           .is_listening = true};
        offered->fd = -1;
        add_socket(opening->set, socket);
        count++;
    }
    return count;
}

static int listen_on(struct listener_socket *socket)
{
    if (listen(socket->fd, BACKLOG) != 0)
        return errno == EADDRINUSE ? JALON_EXISTS : JALON_IO;
    socket->is_listening = true;
    return JALON_OK;
}

static int bind_rest(struct opening *opening, struct endpoint *endpoint, unsigned offered)
{
    int err = JALON_OK;
    for (unsigned i = offered; !err && i < opening->workers; i++) {
        struct listener_socket *socket = &endpoint->sockets[i];
        *socket = (struct listener_socket){.kind = endpoint->kind, .worker = i};
        err = bind_socket(endpoint, i == 0, &socket->fd);
        if (err)
            return err;
        add_socket(opening->set, socket);
        if (offered == 0)
            err = listen_on(socket);
    }
    return err;
}

static int open_endpoint(void *context, const struct sockaddr_storage *address, socklen_t size,
                         const char *text, struct problem *problem)
{
    struct opening *opening = context;
    size_t sockets = opening->workers + (opening->offer ? opening->offer->count : 0);
    struct endpoint *endpoint =
        calloc(1, sizeof *endpoint + sockets * sizeof(struct listener_socket));
    if (!endpoint)
        return problem_from_error(problem, JALON_NO_MEMORY);
    endpoint->kind = opening->kind;
    endpoint->address = *address;
    endpoint->address_size = size;
    *opening->set->last = endpoint;
    opening->set->last = &endpoint->next;

    int err = bind_rest(opening, endpoint, take_offered(opening, endpoint));
    if (!err)
        return JALON_OK;
    const char *why = err == JALON_EXISTS
                          ? "another program listens there already: stop it, or choose another port"
                          : strerror(errno);
    (void)problem_set(problem, PROBLEM_INVALID, "can't listen on %s: %s", text, why);
    return err;
}

int listener_set_open(struct listener_set **ret_set, const struct settings *settings,
                      unsigned workers, struct listener_offer *offer, struct problem *problem)
{
    int err = listener_check(settings, problem);
    if (err)
        return err;
    struct listener_set *set = calloc(1, sizeof *set);
    if (!set)
        return problem_from_error(problem, JALON_NO_MEMORY);
    set->last = &set->first;
    set->last_socket = &set->first_socket;
    struct opening opening = {set, LISTENER_PUBLIC, workers, offer};
    err =
        each_address("server.public", settings->public_addresses, open_endpoint, &opening, problem);
    opening.kind = LISTENER_API;
    if (!err)
        err = each_address("server.api", settings->api_addresses, open_endpoint, &opening, problem);
    if (err) {
        listener_set_free(set);
        return err;
    }
    *ret_set = set;
    return JALON_OK;
}

int listener_set_listen(struct listener_set *set, struct problem *problem)
{
    for (struct listener_socket *socket = set->first_socket; socket; socket = socket->next)
        if (!socket->is_listening && listen_on(socket) != JALON_OK)
            return problem_set(problem, PROBLEM_INTERNAL, "a further worker can't listen: %s",
                               strerror(errno));
    return JALON_OK;
}

struct listener_set *listener_set_free(struct listener_set *set)
{
    if (!set)
        return NULL;
    for (struct listener_socket *socket = set->first_socket; socket; socket = socket->next)
        listener_socket_close(socket);
    while (set->first) {
        struct endpoint *endpoint = set->first;
        set->first = endpoint->next;
        free(endpoint);
    }
    free(set);
    return NULL;
}

void listener_set_write(const struct listener_set *set, struct buffer *out)
{
    for (const struct endpoint *endpoint = set->first; endpoint; endpoint = endpoint->next) {
        char host[NI_MAXHOST], port[NI_MAXSERV];
        const struct sockaddr *address = (const struct sockaddr *)&endpoint->address;
        if (getnameinfo(address, endpoint->address_size, host, sizeof host, port, sizeof port,
                        NI_NUMERICHOST | NI_NUMERICSERV) != 0)
            continue; /* numbers of a bound socket: it does not happen */
        bool is_v6 = endpoint->address.ss_family == AF_INET6;
        buffer_printf(out, is_v6 ? "%s [%s]:%s\n" : "%s %s:%s\n",
                      endpoint->kind == LISTENER_API ? "api" : "public", host, port);
    }
}

struct listener_socket *listener_set_first(struct listener_set *set)
{
    return set->first_socket;
}

bool listener_socket_shut(const struct listener_socket *socket)
{
    /* Of a segment's flags (RFC 9293 section 3.1, byte 13) SYN without ACK is a client that begins: dropped, as if it
     * were lost. All else belongs to a connection that the kernel has said yes to. */
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),          BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    };
    const struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
    return setsockopt(socket->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

void listener_socket_close(struct listener_socket *socket)
{
    if (socket->fd >= 0)
        (void)close(socket->fd); /* nobody accepts from it */
    socket->fd = -1;
}
