/* floor.c - the least that an HTTP server on sockets can do: one thread, epoll, one recv, the end of the head found,
 * one send of an answer that was made beforehand. What a redirector costs above it is its own.
 *
 *     floor PORT SIZE [close]
 *
 * SIZE is the answer's size in bytes. "close" ends each connection behind its answer. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 65536
#define HEAD_MAX 4096
#define EVENTS_MAX 512

struct connection {
    size_t size;
    char head[HEAD_MAX];
};

static struct connection *connections[CONNECTIONS_MAX];
static char answer[4096];
static size_t answer_size;
static bool is_closing;

static void make_answer(size_t size)
{
    static const char start[] = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
                                "Location: https://shop.example.com/trail?";
    if (size < sizeof start + 4 || size > sizeof answer)
        errx(2, "an answer of %zu bytes is not possible", size);
    memset(answer, 'x', size);
    memcpy(answer, start, sizeof start - 1);
    memcpy(answer + size - 4, "\r\n\r\n", 4);
    answer_size = size;
}

static int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) || listen(fd, 4096))
        err(1, "port %d", port);
    return fd;
}

static void end(int fd)
{
    close(fd);
    free(connections[fd]);
    connections[fd] = NULL;
}

static void accept_all(int listener, int epoll)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        if (fd >= CONNECTIONS_MAX || !(connections[fd] = malloc(sizeof **connections))) {
            close(fd);
            continue;
        }
        connections[fd]->size = 0;
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void serve(int fd)
{
    struct connection *connection = connections[fd];
    ssize_t got = recv(fd, connection->head + connection->size,
                       sizeof connection->head - connection->size, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        end(fd);
        return;
    }
    connection->size += (size_t)got;
    char *after = memmem(connection->head, connection->size, "\r\n\r\n", 4);
    if (!after)
        return;
    after += 4;
    connection->size -= (size_t)(after - connection->head);
    memmove(connection->head, after, connection->size);
    if (send(fd, answer, answer_size, MSG_NOSIGNAL) < 0 || is_closing)
        end(fd);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        errx(2, "usage: floor PORT SIZE [close]");
    is_closing = argc > 3;
    make_answer((size_t)strtoul(argv[2], NULL, 10));
    int listener = listen_on((int)strtoul(argv[1], NULL, 10));
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event))
        err(1, "epoll");
    struct epoll_event events[EVENTS_MAX];
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(listener, epoll);
            else
                serve(events[i].data.fd);
        }
    }
}
