/* pace.c - a load generator for one core, for HTTP redirects.
 *
 * Closed loop (rate 0): each connection sends its next request when it has its answer: the server's capacity.
 * Open loop: requests are due at a constant rate, answers or not, and each one's latency counts from when it was *due*, so
 * that a server's pause is felt by all that would have come meanwhile (no coordinated omission).
 * At the end nothing new is sent and every answer is waited for: what was answered is known exactly.
 *
 *     pace port=N paths=FILE agents=FILE [connections=64] [seconds=S | requests=N] [rate=R] [zipf=1]
 *          [turn=1] [close=1] [method=GET] [expect=TEXT] [seed=1]
 *
 * turn: paths one after the other instead of by chance. close: a new connection each. expect: text that each answer
 * must hold. Prints one JSON object. */
#include "histogram.h"
#include "material.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX 8192
#define EVENTS_MAX 256
#define NS 1000000000
#define DRAIN_NS ((uint64_t)10 * NS)

enum state {
    CLOSED,
    CONNECTING,
    FREE,
    WAITING,
    ENDING
}; /* ENDING: answered, the server is to close */

struct connection {
    int fd;
    enum state state;
    uint64_t due_ns;
    size_t request_size, size;
    char request[REQUEST_MAX], answer[ANSWER_MAX];
};

struct run {
    struct material_options material_options;
    struct material material;
    const char *expect;
    int port, epoll;
    size_t connection_count;
    struct connection *connections;
    struct connection **free; /* open loop: a stack of those that wait for work */
    size_t free_count;
    double rate, seconds;
    uint64_t requests; /* to send; UINT64_MAX: as many as go into `seconds` */
    uint64_t start_ns, end_ns, sent, answered, redirects, wrong, lost, answer_bytes;
    struct histogram latency, lag;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

static bool is_over(const struct run *run, uint64_t now)
{
    return run->sent >= run->requests || (run->requests == UINT64_MAX && now >= run->end_ns);
}

static void connection_open(struct run *run, struct connection *connection)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)run->port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0)
        err(1, "socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        err(1, "connect");
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event))
        err(1, "epoll");
    connection->fd = fd;
    connection->state = CONNECTING;
    connection->size = 0;
}

static void free_remove(struct run *run, const struct connection *connection)
{
    for (size_t i = 0; i < run->free_count; i++)
        if (run->free[i] == connection) {
            run->free[i] = run->free[--run->free_count];
            return;
        }
}

static void connection_close(struct run *run, struct connection *connection)
{
    if (connection->state == WAITING)
        run->lost++;
    if (connection->state == FREE)
        free_remove(run, connection);
    close(connection->fd);
    connection->state = CLOSED;
}

/* Loopback takes a request whole: one that is not taken whole is a lost one. */
static void connection_send(struct run *run, struct connection *connection, uint64_t due_ns,
                            uint64_t now)
{
    connection->request_size = material_next(&run->material, connection->request);
    connection->due_ns = due_ns;
    connection->size = 0;
    connection->state = WAITING;
    run->sent++;
    histogram_add(&run->lag, now - due_ns);
    if (send(connection->fd, connection->request, connection->request_size, MSG_NOSIGNAL) !=
        (ssize_t)connection->request_size)
        connection_close(run, connection);
}

/* Size of the whole answer, or 0 while its head is not there. */
static size_t answer_size(const struct connection *connection)
{
    const char *after = memmem(connection->answer, connection->size, "\r\n\r\n", 4);
    if (!after)
        return 0;
    size_t head = (size_t)(after - connection->answer) + 4;
    const char *length = memmem(connection->answer, head, "ontent-", 7);
    for (; length;
         length = memmem(length, head - (size_t)(length - connection->answer), "ontent-", 7)) {
        length += 7;
        if (!strncasecmp(length, "length: ", 8))
            return head + strtoul(length + 8, NULL, 10);
    }
    return head;
}

static void judge(struct run *run, const struct connection *connection, size_t size, uint64_t now)
{
    run->answered++;
    run->answer_bytes += size;
    histogram_add(&run->latency, now - connection->due_ns);
    bool is_redirect = size > 12 && !memcmp(connection->answer + 9, "302", 3);
    run->redirects += is_redirect;
    if (!is_redirect ||
        (run->expect && !memmem(connection->answer, size, run->expect, strlen(run->expect))))
        run->wrong++;
}

/* Work for a connection that has none: in a closed loop at once, in an open one when a request is due. */
static void connection_rest(struct run *run, struct connection *connection, uint64_t now)
{
    connection->state = FREE;
    if (run->rate > 0)
        run->free[run->free_count++] = connection;
    else if (!is_over(run, now))
        connection_send(run, connection, now, now);
}

static void connection_end(struct run *run, struct connection *connection, uint64_t now)
{
    connection_close(run, connection);
    if (!is_over(run, now))
        connection_open(run, connection);
}

static void connection_read(struct run *run, struct connection *connection)
{
    for (;;) {
        ssize_t got = recv(connection->fd, connection->answer + connection->size,
                           sizeof connection->answer - connection->size, 0);
        uint64_t now = now_ns();
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            connection_end(run, connection, now);
            return;
        }
        if (connection->state != WAITING)
            continue;
        connection->size += (size_t)got;
        size_t size = answer_size(connection);
        if (size == 0 || connection->size < size)
            continue;
        judge(run, connection, size, now);
        if (run->material_options.is_closing) {
            connection->state = ENDING;
            continue;
        }
        connection_rest(run, connection, now);
        return; /* the answer was all there was */
    }
}

static void connection_meet(struct run *run, struct connection *connection, uint32_t events)
{
    if (connection->state == CONNECTING && events & EPOLLOUT) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error)
            errx(1, "connect: %s", strerror(error));
        connection_rest(run, connection, now_ns());
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && connection->state != CLOSED)
        connection_read(run, connection);
}

static uint64_t due_ns(const struct run *run, uint64_t index)
{
    return run->start_ns + (uint64_t)((double)index * (double)NS / run->rate);
}

/* Sends what is due and has a connection; what is due and has none is sent, late, when one comes free. How long
 * nothing is due, -1 when nothing will be. */
static int64_t send_due(struct run *run)
{
    uint64_t now = now_ns();
    while (run->free_count && !is_over(run, now)) {
        uint64_t due = due_ns(run, run->sent);
        if (due > now)
            return (int64_t)(due - now);
        connection_send(run, run->free[--run->free_count], due, now);
        now = now_ns();
    }
    return -1;
}

static bool is_drained(const struct run *run)
{
    return run->answered + run->lost >= run->sent;
}

static void run_load(struct run *run)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t over_ns = 0; /* since when nothing new is sent; 0: it is */
    for (;;) {
        int64_t wait_ns = run->rate > 0 ? send_due(run) : -1;
        uint64_t now = now_ns();
        bool is_ending = is_over(run, now);
        if (is_ending && !over_ns)
            over_ns = now;
        if (is_ending && (is_drained(run) || now > over_ns + DRAIN_NS))
            return;
        if (wait_ns < 0 || is_ending)
            wait_ns = 10000000;
        const struct timespec timeout = {wait_ns / NS, wait_ns % NS};
        int count = epoll_pwait2(run->epoll, events, EVENTS_MAX, &timeout, NULL);
        for (int i = 0; i < count; i++)
            connection_meet(run, events[i].data.ptr, events[i].events);
    }
}

static void run_start(struct run *run)
{
    material_init(&run->material, &run->material_options);
    run->connections = calloc(run->connection_count, sizeof *run->connections);
    run->free = calloc(run->connection_count, sizeof(struct connection *));
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!run->connections || !run->free || run->epoll < 0)
        err(1, "connections");
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL,
                0UL); /* without it, requests are late: shown as lag */
    if (run->rate > 0 && run->requests == UINT64_MAX)
        run->requests = (uint64_t)(run->rate * run->seconds);
    run->start_ns = now_ns();
    run->end_ns = run->start_ns + (uint64_t)(run->seconds * NS);
    for (size_t i = 0; i < run->connection_count; i++)
        connection_open(run, &run->connections[i]);
}

static double own_cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double us(uint64_t ns)
{
    return (double)ns / 1000;
}

static void print_result(const struct run *run, double cpu_s)
{
    const struct histogram *latency = &run->latency;
    printf("{\"sent\": %ju, \"answered\": %ju, \"redirects\": %ju, \"wrong\": %ju, \"lost\": %ju, "
           "\"unanswered\": %ju, \"seconds\": %.6f, \"cpu_s\": %.6f, \"answer_bytes\": %.1f, ",
           (uintmax_t)run->sent, (uintmax_t)run->answered, (uintmax_t)run->redirects,
           (uintmax_t)run->wrong, (uintmax_t)run->lost,
           (uintmax_t)(run->sent - run->answered - run->lost),
           (double)(now_ns() - run->start_ns) / 1e9, cpu_s,
           run->answered ? (double)run->answer_bytes / (double)run->answered : 0.0);
    printf("\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"max_us\": %.1f, "
           "\"lag_p99_us\": %.1f}\n",
           us(histogram_quantile(latency, 0.5)), us(histogram_quantile(latency, 0.99)),
           us(histogram_quantile(latency, 0.999)), us(latency->largest_ns),
           us(histogram_quantile(&run->lag, 0.99)));
}

static bool read_option(struct run *run, const char *name, const char *value)
{
    struct material_options *material = &run->material_options;
    if (!strcmp(name, "port"))
        run->port = (int)strtoul(value, NULL, 10);
    else if (!strcmp(name, "paths"))
        material->paths_file = value;
    else if (!strcmp(name, "agents"))
        material->agents_file = value;
    else if (!strcmp(name, "connections"))
        run->connection_count = strtoul(value, NULL, 10);
    else if (!strcmp(name, "seconds"))
        run->seconds = strtod(value, NULL);
    else if (!strcmp(name, "requests"))
        run->requests = strtoull(value, NULL, 10);
    else if (!strcmp(name, "rate"))
        run->rate = strtod(value, NULL);
    else if (!strcmp(name, "zipf"))
        material->zipf = strtod(value, NULL);
    else if (!strcmp(name, "turn"))
        material->is_in_turn = value[0] == '1';
    else if (!strcmp(name, "close"))
        material->is_closing = value[0] == '1';
    else if (!strcmp(name, "method"))
        material->method = value;
    else if (!strcmp(name, "expect"))
        run->expect = value;
    else if (!strcmp(name, "seed"))
        material->seed = strtoull(value, NULL, 10);
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    static struct run run = {.connection_count = 64,
                             .seconds = 1,
                             .requests = UINT64_MAX,
                             .material_options = {.method = "GET", .zipf = 1, .seed = 1}};
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (value)
            *value++ = '\0';
        if (!value || !read_option(&run, argv[i], value))
            errx(2, "%s: unknown; see the top of pace.c", argv[i]);
    }
    if (!run.port || !run.material_options.paths_file || !run.material_options.agents_file)
        errx(2, "port, paths and agents are needed");
    run_start(&run);
    double cpu_s = own_cpu_s();
    run_load(&run);
    print_result(&run, own_cpu_s() - cpu_s);
    return 0;
}
