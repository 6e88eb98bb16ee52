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

static struct listener_set *open_set(const char *public_addresses, unsigned workers, int *ret_err)
{
    struct settings settings = {.public_addresses = (char *)public_addresses,
                                .api_addresses = (char *)HERE};
    struct problem problem;
    struct listener_set *set = NULL;
    problem_init(&problem);
    *ret_err = listener_set_open(&set, &settings, workers, &problem);
    assert_true((*ret_err != JALON_OK) == (problem.kind != PROBLEM_NONE));
    return set;
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
    int err, fds[3], beyond;
    enum listener_kind kind;
    struct listener_set *set = open_set(HERE ", 127.0.0.2:0", 3, &err);
    assert_int_equal(err, JALON_OK);
    for (unsigned worker = 0; worker < 3; worker++) {
        assert_true(listener_set_take(set, 0, worker, &fds[worker], &kind));
        assert_int_equal(kind, LISTENER_PUBLIC);
        assert_int_equal(port_of(fds[worker]), port_of(fds[0]));
    }
    assert_true(listener_set_take(set, 2, 0, &beyond, &kind));
    assert_int_equal(kind, LISTENER_API);
    assert_true(port_of(beyond) != port_of(fds[0]));
    (void)close(beyond); /* only looked at */
    assert_false(listener_set_take(set, 3, 0, &beyond, &kind));
    assert_false(listener_set_take(set, 0, 3, &beyond, &kind));

    char memory[256], expected[64];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    listener_set_write(set, &text);
    (void)snprintf(expected, sizeof expected,
                   "public 127.0.0.1:%d\npublic 127.0.0.2:", port_of(fds[0]));
    assert_true(slice_starts(buffer_slice(&text), slice_of_string(expected)));
    assert_non_null(strstr(buffer_string(&text), "\napi 127.0.0.1:"));
    listener_set_free(set);
    for (int i = 0; i < 3; i++)
        assert_int_equal(close(fds[i]), 0); /* they were the workers', not the set's */
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
    int err, fd;
    enum listener_kind kind;
    struct listener_set *set = open_set(HERE, 2, &err);
    assert_true(listener_set_take(set, 0, 1, &fd, &kind));
    char text[32];
    (void)snprintf(text, sizeof text, "127.0.0.1:%d", port_of(fd));
    assert_null(open_set(text, 2, &err));
    assert_int_equal(err, JALON_EXISTS);
    assert_int_equal(close(fd), 0);
    listener_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(tokens_are_not_taken_in_the_clear_from_afar),
        cmocka_unit_test(workers_share_a_port_that_was_free),
        cmocka_unit_test(a_port_that_is_taken_is_an_error),
        cmocka_unit_test(our_own_port_is_taken_for_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
