/* Opening (main's thread): each address is first bound by a socket without SO_REUSEPORT, which fails where anyone
 * listens already, be it with SO_REUSEPORT; that same socket then allows others beside it and becomes
 * worker 0's, so there is no moment in which the port is free. A port 0 is chosen by that first bind and
 * used for the rest. */
#include "redirector/listener_set.h"

#include <errno.h>
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
    unsigned count;
    int fds[]; /* one a worker; -1 once it is the worker's */
};

struct listener_set {
    struct endpoint *first, **last;
};

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
    if (ret_address->ss_family == AF_INET)
        ((struct sockaddr_in *)ret_address)->sin_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in6 *)ret_address)->sin6_port = htons((uint16_t)port);
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
    /* The accepted sockets inherit TCP_NODELAY: no call a connection. */
    bool is_set = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
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
};

static int open_endpoint(void *context, const struct sockaddr_storage *address, socklen_t size,
                         const char *text, struct problem *problem)
{
    struct opening *opening = context;
    size_t fds_size = opening->workers * sizeof(int);
    struct endpoint *endpoint = calloc(1, sizeof *endpoint + fds_size);
    if (!endpoint)
        return problem_from_error(problem, JALON_NO_MEMORY);
    endpoint->kind = opening->kind;
    endpoint->address = *address;
    endpoint->address_size = size;
    *opening->set->last = endpoint;
    opening->set->last = &endpoint->next;

    for (unsigned i = 0; i < opening->workers; i++) {
        int err = bind_socket(endpoint, i == 0, &endpoint->fds[i]);
        if (!err)
            endpoint->count++;
        if (!err && listen(endpoint->fds[i], BACKLOG) != 0)
            err = errno == EADDRINUSE ? JALON_EXISTS : JALON_IO;
        if (!err)
            continue;
        const char *why =
            err == JALON_EXISTS
                ? "another program listens there already: stop it, or choose another port"
                : strerror(errno);
        (void)problem_set(problem, PROBLEM_INVALID, "can't listen on %s: %s", text, why);
        return err;
    }
    return JALON_OK;
}

int listener_set_open(struct listener_set **ret_set, const struct settings *settings,
                      unsigned workers, struct problem *problem)
{
    int err = listener_check(settings, problem);
    if (err)
        return err;
    struct listener_set *set = calloc(1, sizeof *set);
    if (!set)
        return problem_from_error(problem, JALON_NO_MEMORY);
    set->last = &set->first;
    struct opening opening = {set, LISTENER_PUBLIC, workers};
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

struct listener_set *listener_set_free(struct listener_set *set)
{
    if (!set)
        return NULL;
    while (set->first) {
        struct endpoint *endpoint = set->first;
        set->first = endpoint->next;
        for (unsigned i = 0; i < endpoint->count; i++)
            if (endpoint->fds[i] >= 0)
                (void)close(endpoint->fds[i]); /* nobody accepted from it */
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

bool listener_set_take(struct listener_set *set, size_t index, unsigned worker, int *ret_fd,
                       enum listener_kind *ret_kind)
{
    struct endpoint *endpoint = set->first;
    while (endpoint && index--)
        endpoint = endpoint->next;
    if (!endpoint || worker >= endpoint->count)
        return false;
    *ret_fd = endpoint->fds[worker];
    *ret_kind = endpoint->kind;
    endpoint->fds[worker] = -1;
    return true;
}
