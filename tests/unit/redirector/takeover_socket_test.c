#include "redirector/takeover_socket.h"

#include "tests/unit/redirector/data_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

static char *folder;

struct pair { /* both ends of a connection */
    int listen_fd, old, new;
};

static struct pair open_pair(const char *data_folder)
{
    struct pair pair;
    int pid;
    assert_int_equal(takeover_socket_listen(&pair.listen_fd, data_folder), JALON_OK);
    assert_int_equal(takeover_socket_publish(data_folder), JALON_OK);
    assert_int_equal(takeover_socket_connect(&pair.new, data_folder), JALON_OK);
    assert_int_equal(takeover_socket_accept(&pair.old, &pid, pair.listen_fd), JALON_OK);
    assert_int_equal(pid, getpid());
    return pair;
}

static void close_pair(struct pair *pair)
{
    (void)close(pair->listen_fd);
    (void)close(pair->old);
    (void)close(pair->new);
}

static bool exists(const char *name, mode_t *ret_mode)
{
    char path[PATH_MAX];
    struct stat status;
    (void)snprintf(path, sizeof path, "%.400s/%s", folder, name); /* fits */
    if (lstat(path, &status) != 0)
        return false;
    *ret_mode = status.st_mode;
    return true;
}

static void it_is_found_when_it_is_published(void **state)
{
    (void)state;
    int fd, client;
    mode_t mode;
    char new_name[64];
    (void)snprintf(new_name, sizeof new_name, "jalond.sock.%d.new", (int)getpid()); /* fits */
    assert_int_equal(takeover_socket_connect(&client, folder), JALON_NOT_FOUND);
    assert_int_equal(takeover_socket_listen(&fd, folder), JALON_OK);
    assert_int_equal(takeover_socket_connect(&client, folder), JALON_NOT_FOUND);
    assert_int_equal(takeover_socket_publish(folder), JALON_OK);
    assert_false(exists(new_name, &mode));
    assert_true(exists("jalond.sock", &mode));
    assert_int_equal(mode, S_IFSOCK | 0600);
    assert_int_equal(takeover_socket_connect(&client, folder), JALON_OK);
    assert_int_equal(close(client), 0);

    /* Of a process that was killed. */
    assert_int_equal(close(fd), 0);
    assert_int_equal(takeover_socket_connect(&client, folder), JALON_NOT_FOUND);
    assert_int_equal(takeover_socket_listen(&fd, folder), JALON_OK);
    assert_int_equal(close(fd), 0);
    assert_int_equal(takeover_socket_listen(&fd, folder), JALON_OK);
    assert_true(exists(new_name, &mode));
    takeover_socket_remove_new(folder, getpid());
    assert_false(exists(new_name, &mode));
    assert_true(exists("jalond.sock", &mode));
    takeover_socket_remove(folder);
    assert_false(exists("jalond.sock", &mode));
    assert_int_equal(close(fd), 0);
}

static void a_folder_may_have_a_long_path(void **state)
{
    (void)state;
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%.300s/%0120d", folder, 0);
    assert_true(size > 120 && mkdir(path, 0700) == 0);
    struct pair pair = open_pair(path);
    close_pair(&pair);
}

static void nobody_is_waited_for(void **state)
{
    (void)state;
    struct pair pair = open_pair(folder);
    struct takeover_message message;
    int fds[TAKEOVER_FDS_MAX], fd, pid;
    size_t count = 1;
    assert_int_equal(takeover_socket_accept(&fd, &pid, pair.listen_fd), JALON_NOT_FOUND);
    assert_int_equal(takeover_receive(&message, fds, &count, pair.old), JALON_NOT_FOUND);
    assert_int_equal(count, 0);
    /* Nor one that does not read. */
    struct takeover_message hello = {.kind = TAKEOVER_HELLO};
    int err = JALON_OK;
    for (int i = 0; i < 100000 && !err; i++)
        err = takeover_send(pair.new, &hello, NULL, 0);
    assert_int_equal(err, JALON_UNAVAILABLE);
    close_pair(&pair);
}

static bool is_same_file(int a, int b)
{
    struct stat left, right;
    return fstat(a, &left) == 0 && fstat(b, &right) == 0 && left.st_ino == right.st_ino &&
           left.st_dev == right.st_dev;
}

static void descriptors_come_with_their_message(void **state)
{
    (void)state;
    struct pair pair = open_pair(folder);
    struct takeover_message sockets = {.kind = TAKEOVER_SOCKETS, .total = 100};
    int given[2] = {STDIN_FILENO, pair.listen_fd}, fds[TAKEOVER_FDS_MAX];
    struct takeover_message message;
    size_t count;
    sockets.count = 2;
    sockets.socket_kinds[1] = 1;
    assert_int_equal(takeover_send(pair.old, &sockets, given, 2), JALON_OK);
    assert_int_equal(takeover_receive(&message, fds, &count, pair.new), JALON_OK);
    assert_int_equal(count, 2);
    assert_memory_equal(&message, &sockets, sizeof message);
    for (int i = 0; i < 2; i++) {
        assert_true(is_same_file(fds[i], given[i]));
        assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
        assert_int_equal(close(fds[i]), 0);
    }
    close_pair(&pair);
}

/* As many as a process can send: what is not taken is closed, by us or by the kernel. */
static void descriptors_that_are_not_wanted_are_closed(void **state)
{
    (void)state;
    enum { MANY = 253 };
    static const size_t counts[] = {1, TAKEOVER_FDS_MAX, TAKEOVER_FDS_MAX + 1, MANY};
    struct pair pair = open_pair(folder);
    int next = dup(STDIN_FILENO); /* the lowest number that is free */
    assert_int_equal(close(next), 0);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(MANY * sizeof(int))] = {0};
        char text[] = "JLTK\x01\x01";
        struct iovec part = {text, 6};
        struct msghdr header = {.msg_iov = &part,
                                .msg_iovlen = 1,
                                .msg_control = control,
                                .msg_controllen = CMSG_SPACE(counts[i] * sizeof(int))};
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(counts[i] * sizeof(int));
        for (size_t n = 0; n < counts[i]; n++)
            ((int *)(void *)CMSG_DATA(rights))[n] = STDIN_FILENO;
        assert_int_equal(sendmsg(pair.new, &header, 0), 6);

        struct takeover_message message;
        int fds[TAKEOVER_FDS_MAX], again;
        size_t count;
        assert_int_equal(takeover_receive(&message, fds, &count, pair.old), JALON_MALFORMED);
        assert_int_equal(count, 0);
        again = dup(STDIN_FILENO);
        assert_int_equal(again, next);
        assert_int_equal(close(again), 0);
    }
    close_pair(&pair);
}

static void the_last_word_is_heard(void **state)
{
    (void)state;
    struct pair pair = open_pair(folder);
    struct takeover_message hello = {.kind = TAKEOVER_HELLO},
                            no = {.kind = TAKEOVER_REFUSED, .text = "no"}, message;
    int fds[TAKEOVER_FDS_MAX];
    size_t count;
    /* The old one closes without having read what the new one said. */
    assert_int_equal(takeover_send(pair.new, &hello, NULL, 0), JALON_OK);
    assert_int_equal(takeover_send(pair.old, &no, NULL, 0), JALON_OK);
    assert_int_equal(close(pair.old), 0);
    assert_int_equal(takeover_send(pair.new, &hello, NULL, 0), JALON_UNAVAILABLE);
    assert_int_equal(takeover_receive(&message, fds, &count, pair.new), JALON_OK);
    assert_string_equal(message.text, "no");
    assert_int_equal(takeover_receive(&message, fds, &count, pair.new), JALON_UNAVAILABLE);
    assert_int_equal(close(pair.new) | close(pair.listen_fd), 0);
}

static int set_up(void **state)
{
    (void)state;
    folder = data_folder_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    data_folder_remove(folder);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_found_when_it_is_published),
        TEST(a_folder_may_have_a_long_path),
        TEST(nobody_is_waited_for),
        TEST(descriptors_come_with_their_message),
        TEST(descriptors_that_are_not_wanted_are_closed),
        TEST(the_last_word_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
