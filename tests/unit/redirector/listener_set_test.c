#include "redirector/listener_set.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define HERE "127.0.0.1:0"

static int check(const char *public_addresses, const char *api, bool is_plaintext,
                 const char *certificate, struct problem *problem)
{
    struct settings settings = {.public_addresses = (char *)public_addresses,
                                .api_addresses = (char *)api,
                                .is_api_plaintext = is_plaintext,
                                .certificate = (char *)certificate};
    problem_init(problem);
    return listener_check(&settings, problem);
}

static void addresses_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
    } rows[] = {
        {"127.0.0.1:8080", JALON_OK},
        {"127.0.0.1:0", JALON_OK},
        {"0.0.0.0:65535", JALON_OK},
        {"[::1]:8080", JALON_OK},
        {"127.0.0.1:80, 127.0.0.2:80", JALON_OK},
        {"", JALON_INVALID},
        {"8080", JALON_INVALID},
        {":8080", JALON_INVALID},
        {"127.0.0.1", JALON_INVALID},
        {"127.0.0.1:", JALON_INVALID},
        {"127.0.0.1:65536", JALON_INVALID},
        {"127.0.0.1:-1", JALON_INVALID},
        {"127.0.0.1:+1", JALON_INVALID},
        {"127.0.0.1: 80", JALON_INVALID},
        {"127.0.0.1:http", JALON_INVALID},
        {"127.0.0.1:80,,127.0.0.1:81", JALON_INVALID},
        {"127.0.0.1:80;127.0.0.1:81", JALON_INVALID},
        {"http://127.0.0.1:80", JALON_INVALID},
        {"[::1:80", JALON_INVALID},
        {"[]:80", JALON_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct problem problem;
        int err = check(rows[i].text, HERE, false, NULL, &problem);
        if (err != rows[i].error)
            fail_msg("\"%s\": %s, %s", rows[i].text, jalon_error_name(err), problem.detail);
        if (err)
            assert_non_null(strstr(problem.detail, "server.public"));
    }
}

static void tokens_are_not_taken_in_the_clear_from_afar(void **state)
{
    (void)state;
    static const struct {
        const char *api;
        bool is_plaintext;
        const char *certificate;
        int error;
    } rows[] = {
        {"127.0.0.1:8081", false, NULL, JALON_OK},
        {"127.8.9.10:8081", false, "", JALON_OK},
        {"[::1]:8081", false, NULL, JALON_OK},
        {"0.0.0.0:8081", true, NULL, JALON_OK},
        {"0.0.0.0:8081", false, "x.pem", JALON_OK},
        {"0.0.0.0:8081", false, NULL, JALON_INVALID},
        {"0.0.0.0:8081", false, "", JALON_INVALID},
        {"192.0.2.1:8081", false, NULL, JALON_INVALID},
        {"[::]:8081", false, NULL, JALON_INVALID},
        {"127.0.0.1:8081,192.0.2.1:8081", false, NULL, JALON_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct problem problem;
        int err = check(HERE, rows[i].api, rows[i].is_plaintext, rows[i].certificate, &problem);
        if (err != rows[i].error)
            fail_msg("\"%s\": %s, %s", rows[i].api, jalon_error_name(err), problem.detail);
    }
}

static struct listener_set *open_from(const char *public_addresses, unsigned workers,
                                      struct listener_offer *offer, int *ret_err)
{
    struct settings settings = {.public_addresses = (char *)public_addresses,
                                .api_addresses = (char *)HERE};
    struct problem problem;
    struct listener_set *set = NULL;
    problem_init(&problem);
    *ret_err = listener_set_open(&set, &settings, workers, offer, &problem);
    assert_true((*ret_err != JALON_OK) == (problem.kind != PROBLEM_NONE));
    return set;
}

static struct listener_set *open_set(const char *public_addresses, unsigned workers, int *ret_err)
{
    return open_from(public_addresses, workers, NULL, ret_err);
}

/* The nth socket of that worker, counted from 0; NULL: it has fewer. */
static struct listener_socket *socket_of(struct listener_set *set, unsigned worker, unsigned n)
{
    struct listener_socket *socket = listener_set_first(set);
    for (; socket; socket = socket->next)
        if (socket->worker == worker && n-- == 0)
            return socket;
    return NULL;
}

static in_port_t port_of(int fd)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

static void workers_share_a_port_that_was_free(void **state)
{
    (void)state;
    int err;
    struct listener_set *set = open_set(HERE ", 127.0.0.2:0", 3, &err);
    assert_int_equal(err, JALON_OK);
    int first = socket_of(set, 0, 0)->fd, api = socket_of(set, 0, 2)->fd;
    for (unsigned worker = 0; worker < 3; worker++) {
        assert_int_equal(socket_of(set, worker, 0)->kind, LISTENER_PUBLIC);
        assert_true(socket_of(set, worker, 0)->is_listening);
        assert_int_equal(port_of(socket_of(set, worker, 0)->fd), port_of(first));
        assert_int_equal(socket_of(set, worker, 2)->kind, LISTENER_API);
        assert_int_equal(port_of(socket_of(set, worker, 2)->fd), port_of(api));
        assert_null(socket_of(set, worker, 3));
    }
    assert_true(port_of(api) != port_of(first));
    assert_null(socket_of(set, 3, 0));

    char memory[256], expected[64];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    listener_set_write(set, &text);
    (void)snprintf(expected, sizeof expected,
                   "public 127.0.0.1:%d\npublic 127.0.0.2:", port_of(first));
    assert_true(slice_starts(buffer_slice(&text), slice_of_string(expected)));
    assert_non_null(strstr(buffer_string(&text), "\napi 127.0.0.1:"));
    listener_set_free(set);
}

static void a_socket_that_its_worker_closed_stays_closed(void **state)
{
    (void)state;
    int err;
    struct listener_set *set = open_set(HERE, 1, &err);
    struct listener_socket *socket = socket_of(set, 0, 0);
    int fd = socket->fd;
    listener_socket_close(socket);
    assert_int_equal(socket->fd, -1);
    assert_int_equal(dup2(STDIN_FILENO, fd), fd); /* somebody else has the number now */
    listener_set_free(set);
    assert_int_equal(close(fd), 0);
}

/* Whoever listens already, with SO_REUSEPORT or without: we are told, and take none of his connections. */
static void a_port_that_is_taken_is_an_error(void **state)
{
    (void)state;
    for (int is_reusing = 0; is_reusing <= 1; is_reusing++) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int on = 1, err, fd = socket(AF_INET, SOCK_STREAM, 0);
        if (is_reusing)
            assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(listen(fd, 1), 0);
        char text[32];
        (void)snprintf(text, sizeof text, "127.0.0.1:%d", port_of(fd));
        assert_null(open_set(text, 2, &err));
        assert_int_equal(err, JALON_EXISTS);
        assert_int_equal(close(fd), 0);
        listener_set_free(open_set(text, 2, &err));
        assert_int_equal(err, JALON_OK);
    }
}

static void our_own_port_is_taken_for_the_next(void **state)
{
    (void)state;
    int err;
    struct listener_set *set = open_set(HERE, 2, &err);
    char text[32];
    (void)snprintf(text, sizeof text, "127.0.0.1:%d", port_of(socket_of(set, 1, 0)->fd));
    assert_null(open_set(text, 2, &err));
    assert_int_equal(err, JALON_EXISTS);
    listener_set_free(set);
}

/* taking over */

/* Copies of all sockets of a set, as another process would get them. */
static struct listener_offer offer_of(struct listener_set *set)
{
    struct listener_offer offer = {0};
    for (struct listener_socket *socket = listener_set_first(set); socket; socket = socket->next)
        assert_int_equal(listener_offer_add(&offer, dup(socket->fd), socket->kind), JALON_OK);
    return offer;
}

static size_t left_in(const struct listener_offer *offer)
{
    size_t count = 0;
    for (size_t i = 0; i < offer->count; i++)
        count += offer->sockets[i].fd >= 0;
    return count;
}

static bool is_same_socket(int a, int b)
{
    uint64_t left = 0, right = 1;
    socklen_t size = sizeof left;
    assert_int_equal(getsockopt(a, SOL_SOCKET, SO_COOKIE, &left, &size), 0);
    assert_int_equal(getsockopt(b, SOL_SOCKET, SO_COOKIE, &right, &size), 0);
    return left == right;
}

static unsigned count_connections(struct listener_set *set)
{
    unsigned count = 0;
    for (struct listener_socket *socket = listener_set_first(set); socket; socket = socket->next)
        for (int fd; (fd = accept(socket->fd, NULL, NULL)) >= 0; count++)
            assert_int_equal(close(fd), 0);
    return count;
}

static int connect_to(in_port_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(fd, "G", 1, MSG_NOSIGNAL), 1); /* who is silent waits in the kernel */
    return fd;
}

/* Whatever the numbers of workers: every socket goes on, each worker has one at least, and a connection that was queued
 * before, or comes while nobody accepts, is there afterwards. */
static void sockets_are_taken_over(void **state)
{
    (void)state;
    static const struct {
        unsigned before, after;
    } rows[] = {{1, 1}, {2, 2}, {2, 3}, {3, 1}, {1, 4}, {5, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum { CLIENTS = 40 };
        int err, clients[CLIENTS];
        unsigned before = rows[i].before, after = rows[i].after;
        struct listener_set *old = open_set(HERE, before, &err);
        in_port_t port = port_of(socket_of(old, 0, 0)->fd);
        for (unsigned n = 0; n < CLIENTS / 2; n++)
            clients[n] = connect_to(port);
        struct listener_offer offer = offer_of(old);
        struct listener_set *new = open_from(HERE, after, &offer, &err);
        assert_int_equal(err, JALON_OK);
        assert_int_equal(left_in(&offer), 0);
        listener_offer_done(&offer);
        for (unsigned n = CLIENTS / 2; n < CLIENTS; n++)
            clients[n] = connect_to(port);

        unsigned shared = 0;
        struct listener_socket *theirs = listener_set_first(old);
        for (struct listener_socket *ours = listener_set_first(new); ours; ours = ours->next) {
            assert_true(ours->worker < after);
            if (ours->kind != LISTENER_PUBLIC)
                continue;
            assert_int_equal(port_of(ours->fd), port);
            assert_true(ours->is_listening == (shared < before));
            if (ours->is_listening)
                assert_true(is_same_socket(ours->fd, theirs->fd));
            if (!ours->is_listening)
                continue;
            theirs = theirs->next;
            shared++;
        }
        assert_int_equal(shared, before);
        for (unsigned worker = 0; worker < after; worker++)
            assert_non_null(socket_of(new, worker, 1)); /* of both listeners */

        listener_set_free(old);
        struct problem problem;
        problem_init(&problem);
        assert_int_equal(listener_set_listen(new, &problem), JALON_OK);
        assert_int_equal(count_connections(new), CLIENTS);
        for (unsigned n = 0; n < CLIENTS; n++)
            assert_int_equal(close(clients[n]), 0);
        listener_set_free(new);
    }
}

/* A socket is only taken for the address and the listener that it was: the rest is left, and bound anew. */
static void an_address_that_changed_is_bound_anew(void **state)
{
    (void)state;
    int err;
    struct listener_set *old = open_set("127.0.0.1:0, 127.0.0.2:0", 2, &err);
    assert_int_equal(err, JALON_OK);
    char kept[64], other[64];
    (void)snprintf(kept, sizeof kept, "127.0.0.2:%d", port_of(socket_of(old, 0, 1)->fd));
    (void)snprintf(other, sizeof other, "127.0.0.1:%d", port_of(socket_of(old, 0, 0)->fd));

    static const struct {
        const char *addresses;
        size_t left;
    } rows[] = {
        {"127.0.0.2:0", 2},              /* one is not wanted any more */
        {"127.0.0.3:0", 4},              /* both */
        {"127.0.0.2:0, 127.0.0.3:0", 2}, /* one is new */
        {"127.0.0.1:0, 127.0.0.2:0", 0}, /* as before */
        {"127.0.0.2:0, 127.0.0.1:0", 0}, /* in another order */
        {"127.0.0.1:0, 127.0.0.1:0", 2}, /* the second one gets a port of its own */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct listener_offer offer = offer_of(old);
        struct listener_set *new = open_from(rows[i].addresses, 2, &offer, &err);
        assert_int_equal(err, JALON_OK);
        assert_int_equal(left_in(&offer), rows[i].left);
        listener_offer_done(&offer);
        listener_set_free(new);
    }

    struct listener_offer offer = offer_of(old);
    struct listener_set *new = open_from(kept, 2, &offer, &err);
    assert_int_equal(err, JALON_OK);
    assert_int_equal(left_in(&offer), 2);
    assert_true(is_same_socket(socket_of(new, 0, 0)->fd, socket_of(old, 0, 1)->fd));
    listener_set_free(new);
    listener_offer_done(&offer);

    /* The same address for another listener: the connections queued there are not its own. */
    offer = offer_of(old);
    for (size_t i = 0; i < offer.count; i++)
        offer.sockets[i].kind = LISTENER_API;
    assert_null(open_from(other, 2, &offer, &err));
    assert_int_equal(err, JALON_EXISTS);
    listener_offer_done(&offer);
    listener_set_free(old);
}

static void what_does_not_listen_is_no_offer(void **state)
{
    (void)state;
    struct listener_offer offer = {0};
    int pair[2], fds[5], on = 1;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    fds[0] = pair[0];
    fds[1] = STDIN_FILENO;
    fds[2] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    fds[3] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); /* does not listen */
    fds[4] = socket(AF_INET, SOCK_STREAM, 0);                 /* would block its worker */
    assert_int_equal(setsockopt(fds[4], SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    assert_int_equal(listen(fds[4], 1), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(listener_offer_add(&offer, fds[i], LISTENER_PUBLIC), JALON_INVALID);
    assert_int_equal(listener_offer_add(&offer, -1, LISTENER_PUBLIC), JALON_INVALID);
    assert_int_equal(offer.count, 0);
    for (int i = 2; i < 5; i++)
        assert_int_equal(close(fds[i]), 0);
    assert_int_equal(close(pair[0]) | close(pair[1]), 0);
    listener_offer_done(&offer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(tokens_are_not_taken_in_the_clear_from_afar),
        cmocka_unit_test(workers_share_a_port_that_was_free),
        cmocka_unit_test(a_socket_that_its_worker_closed_stays_closed),
        cmocka_unit_test(a_port_that_is_taken_is_an_error),
        cmocka_unit_test(our_own_port_is_taken_for_the_next),
        cmocka_unit_test(sockets_are_taken_over),
        cmocka_unit_test(an_address_that_changed_is_bound_anew),
        cmocka_unit_test(what_does_not_listen_is_no_offer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
