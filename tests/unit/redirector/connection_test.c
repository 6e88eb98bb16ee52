/* Each state's time, on real sockets and a clock of our own. (HANDSHAKE: tests/integration/test_tls.py.) */
#include "redirector/connection.h"

#include "redirector/session.h"
#include "tests/unit/redirector/small_worker.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER_MS 1000
#define BODY_MS 2000
#define IDLE_MS 3000
#define WRITE_MS 4000
#define SHUT_MS 200
#define LINGER_MS 3000
#define PARKED_MS 60000

#define HEALTH "GET /healthz HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define CLOSE "GET /healthz HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
#define LOOK_UP "GET /marie-trail HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define PART_OF_BODY "POST /healthz HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nab"

static struct small_worker small;
static struct worker *const worker = &small.worker;
static int client;

static const struct address peer = {{[10] = 0xff, 0xff, 192, 0, 2, 1}};

static int set_up(void **state)
{
    (void)state;
    small_worker_start(&small);
    small_worker_know_campaign(&small, CAMPAIGN_JSON);
    struct settings *settings = &small.snapshot.settings;
    settings->header_timeout_ms = HEADER_MS;
    settings->body_timeout_ms = BODY_MS;
    settings->idle_timeout_ms = IDLE_MS;
    settings->write_timeout_ms = WRITE_MS;
    settings->max_connections = 4;
    worker->is_in_turn = true; /* the clock is the test's */
    worker->base = event_base_new();
    assert_non_null(worker->base);
    assert_int_equal(connection_list_new(&worker->connections, worker), JALON_OK);
    client = -1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (client >= 0)
        close(client);
    worker->connections = connection_list_free(worker->connections);
    session_free_spare(worker);
    event_base_free(worker->base);
    small_worker_end(&small);
    return 0;
}

static int connect_one(void)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(connection_open(worker, pair[1], LISTENER_PUBLIC, &peer), JALON_OK);
    return pair[0];
}

/* All that has happened until now. */
static void run_loop(void)
{
    for (int i = 0; i < 100; i++) {
        assert_true(event_base_loop(worker->base, EVLOOP_NONBLOCK) >= 0);
        connection_turn(worker);
    }
}

static void say(struct slice text)
{
    assert_int_equal(send(client, text.data, text.size, MSG_NOSIGNAL), text.size);
    run_loop();
}

static void pass(int64_t ms)
{
    worker->monotonic_ms += ms;
    connection_tick(worker);
    run_loop();
}

/* What the client finds in its socket. Returns whether the other side will send no more. */
static bool listen_to(int fd, char ret_text[4096])
{
    size_t size = 0;
    for (;;) {
        ssize_t got = recv(fd, ret_text + size, 4095 - size, 0);
        if (got > 0)
            size += (size_t)got;
        ret_text[size] = '\0';
        if (got <= 0)
            return got == 0 || errno != EAGAIN;
    }
}

/* One row a state: how it is entered, its time, and what the client hears at the end of it. */
static void test_each_state_has_its_time(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct slice text;
        int64_t time_ms;
        const char *heard;
    } rows[] = {
        {"fresh", {0}, HEADER_MS, ""},
        {"head", SLICE_INIT("GET /healthz HT"), HEADER_MS, "HTTP/1.1 408 "},
        {"head behind a request", SLICE_INIT(HEALTH "GET /"), HEADER_MS, "HTTP/1.1 408 "},
        {"body", SLICE_INIT(PART_OF_BODY), BODY_MS, "HTTP/1.1 408 "},
        {"idle", SLICE_INIT(HEALTH), IDLE_MS, "HTTP/1.1 200 "},
        {"parked", SLICE_INIT(LOOK_UP), PARKED_MS, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[4096];
        uint64_t before = counter_get(&small.counters, timeouts);
        client = connect_one();
        if (rows[i].text.size)
            say(rows[i].text);
        pass(rows[i].time_ms - 1);
        assert_false(listen_to(client, text)); /* still open */
        bool is_heard = strstr(text, rows[i].heard) != NULL;
        pass(1);
        char more[4096];
        if (!listen_to(client, more))
            fail_msg("%s: still open", rows[i].name);
        if (!is_heard && !strstr(more, rows[i].heard))
            fail_msg("%s: heard %s%s", rows[i].name, text, more);
        assert_int_equal(counter_get(&small.counters, timeouts), before + 1);
        close(client);
        pass(SHUT_MS);
        client = -1;
        if (slice_is(rows[i].text, LOOK_UP)) /* someone else's until it is answered */
            resolver_hear_link(worker->resolver, small.asked[0], SLICE_NONE);
        assert_int_equal(connection_count(worker->connections), 0);
    }
}

/* A byte now and then prolongs neither head nor body. */
static void test_bytes_prolong_nothing(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        int64_t time_ms;
    } rows[] = {{SLICE_INIT("GET /"), HEADER_MS}, {SLICE_INIT(PART_OF_BODY), BODY_MS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[4096];
        client = connect_one();
        say(rows[i].text);
        for (int n = 0; n < 2; n++) {
            pass(rows[i].time_ms / 2 - 1);
            say(SLICE("a"));
            assert_false(listen_to(client, text));
        }
        pass(2);
        assert_true(listen_to(client, text));
        assert_non_null(strstr(text, "HTTP/1.1 408 "));
        close(client);
        client = -1;
        run_loop();
    }
}

#define ICON "GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n"
#define TEN(text) text text text text text text text text text text

/* Asks for so much that the socket takes no more; what it took already is many times what a socket holds of answers. */
static void ask_until_blocked(void)
{
    static const char requests[] = TEN(TEN(ICON));
    unsigned long answered;
    do {
        answered = counter_get(&small.counters, requests_public);
        while (send(client, requests, sizeof requests - 1, MSG_NOSIGNAL) == sizeof requests - 1)
            continue;
        run_loop();
    } while (counter_get(&small.counters, requests_public) != answered);
}

static void test_writing_has_its_time_from_the_last_byte_taken(void **state)
{
    (void)state;
    char text[4096];
    client = connect_one();
    ask_until_blocked();
    pass(WRITE_MS - 1);
    assert_int_equal(connection_count(worker->connections), 1);
    uint64_t answered = counter_get(&small.counters, requests_public);
    while (counter_get(&small.counters, requests_public) ==
           answered) { /* until there is room again */
        assert_true(recv(client, text, sizeof text, 0) > 0);
        run_loop();
    }
    pass(WRITE_MS - 1);
    assert_int_equal(connection_count(worker->connections), 1);
    pass(1);
    assert_int_equal(connection_count(worker->connections), 0);
}

static void test_lingering_has_its_time(void **state)
{
    (void)state;
    char text[4096];
    client = connect_one();
    say(SLICE(CLOSE));
    assert_true(listen_to(client, text)); /* our half is shut */
    pass(LINGER_MS - 1);
    say(SLICE("what comes behind it is dropped, and prolongs nothing"));
    assert_int_equal(connection_count(worker->connections), 1);
    pass(1);
    assert_int_equal(connection_count(worker->connections), 0);
}

static void test_lingering_ends_with_the_client(void **state)
{
    (void)state;
    client = connect_one();
    say(SLICE(CLOSE));
    close(client);
    client = -1;
    pass(SHUT_MS - 1);
    assert_int_equal(connection_count(worker->connections), 1);
    pass(1);
    assert_int_equal(connection_count(worker->connections), 0);
}

static void test_lingering_ends_with_a_client_that_takes_longer(void **state)
{
    (void)state;
    client = connect_one();
    say(SLICE(CLOSE));
    pass(SHUT_MS);
    assert_int_equal(connection_count(worker->connections), 1);
    close(client);
    client = -1;
    run_loop(); /* an event by now */
    assert_int_equal(connection_count(worker->connections), 0);
}

/* The request and the end of it are one edge to the loop. */
static void test_a_client_that_ends_behind_its_request(void **state)
{
    (void)state;
    client = connect_one();
    run_loop();
    struct slice text = SLICE(HEALTH);
    assert_int_equal(send(client, text.data, text.size, MSG_NOSIGNAL), text.size);
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    run_loop();
    char answer[4096];
    assert_true(listen_to(client, answer));
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    assert_int_equal(connection_count(worker->connections), 0);
}

/* How much of a client's pipeline is held at once: what one read takes, and the answers of about as much. */
static void test_a_pipeline_whose_answers_nobody_reads(void **state)
{
    (void)state;
    client = connect_one();
    ask_until_blocked();
    uint64_t answered = counter_get(&small.counters, requests_public);
    run_loop();
    assert_int_equal(counter_get(&small.counters, requests_public), answered);
    assert_int_equal(worker->spare_count, 0); /* its work is with it, and nothing else is */
    char text[4096];
    while (recv(client, text, sizeof text, 0) > 0)
        run_loop();
    assert_true(counter_get(&small.counters, requests_public) > answered);
}

static bool is_open(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

static int open_one_more(int *ret_fd)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    *ret_fd = pair[0];
    return connection_open(worker, pair[1], LISTENER_PUBLIC, &peer);
}

static void speak(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    run_loop();
}

/* Four are all that there may be. Who has taken a second or more over something makes room for one more, the slowest
 * first; who is idle does so at once. */
static void test_who_is_slow_makes_room(void **state)
{
    (void)state;
    int fds[4], more[4];
    for (int i = 0; i < 4; i++) {
        fds[i] = connect_one();
        speak(fds[i], "GET /");
        worker->monotonic_ms += 10;
    }
    worker->monotonic_ms += 1000 - 41;
    assert_false(connection_has_room(worker));
    assert_int_equal(open_one_more(&more[0]), JALON_FULL);
    close(more[0]);

    worker->monotonic_ms += 1; /* the first one's second is over */
    assert_true(connection_has_room(worker));
    assert_int_equal(open_one_more(&more[0]), JALON_OK);
    assert_false(is_open(fds[0]));
    assert_true(is_open(fds[1]) && is_open(fds[2]) && is_open(fds[3]));
    assert_int_equal(open_one_more(&more[1]), JALON_FULL); /* the second one's is not */
    close(more[1]);

    worker->monotonic_ms += 500;
    char text[4096];
    speak(more[0], HEALTH);
    assert_false(listen_to(more[0], text)); /* and is idle now */
    assert_int_equal(open_one_more(&more[1]), JALON_OK);
    assert_false(is_open(more[0]));
    assert_true(is_open(fds[1]) && is_open(fds[2]) && is_open(fds[3]));

    speak(fds[2], "a"); /* a byte is no progress */
    assert_int_equal(open_one_more(&more[2]), JALON_OK);
    assert_int_equal(open_one_more(&more[3]), JALON_OK);
    assert_true(!is_open(fds[1]) && !is_open(fds[2]) && is_open(fds[3]) && is_open(more[1]));
    for (int i = 0; i < 4; i++) {
        close(fds[i]);
        close(more[i]);
    }
}

/* Its request was read in this turn and is not answered yet: it does not make room for others. */
static void test_who_has_just_asked_is_not_idle(void **state)
{
    (void)state;
    small.snapshot.settings.max_connections = 1;
    int more;
    client = connect_one();
    say(SLICE(HEALTH));
    char text[4096];
    assert_false(listen_to(client, text));
    struct slice again = SLICE(HEALTH);
    assert_int_equal(send(client, again.data, again.size, MSG_NOSIGNAL), again.size);
    assert_true(event_base_loop(worker->base, EVLOOP_NONBLOCK) >= 0);
    assert_int_equal(open_one_more(&more), JALON_FULL);
    close(more);
    run_loop();
    assert_false(listen_to(client, text));
    assert_memory_equal(text, "HTTP/1.1 200 ", 13);
}

/* Of what is slow, whatever it is slow at. What is parked is ours to finish. */
static void test_whatever_they_are_slow_at(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        bool makes_room;
    } rows[] = {
        {"fresh", "", true},     {"head", "GET /", true},    {"body", PART_OF_BODY, true},
        {"linger", CLOSE, true}, {"parked", LOOK_UP, false},
    };
    small.snapshot.settings.max_connections = 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int more;
        client = connect_one();
        speak(client, rows[i].text);
        worker->monotonic_ms += 999;
        assert_int_equal(open_one_more(&more), JALON_FULL);
        close(more);
        worker->monotonic_ms++;
        if (connection_has_room(worker) != rows[i].makes_room)
            fail_msg("%s: has%s room", rows[i].name, rows[i].makes_room ? " no" : "");
        assert_int_equal(open_one_more(&more), rows[i].makes_room ? JALON_OK : JALON_FULL);
        close(more);
        close(client);
        client = -1;
        run_loop();
    }
    resolver_hear_link(worker->resolver, small.asked[0], SLICE_NONE);
    run_loop();
    client = connect_one();
    ask_until_blocked();
    worker->monotonic_ms += 1000;
    assert_true(connection_has_room(worker));
}

/* Descriptors that the system allows the process: the journal, the store and the like come first. */
static void test_descriptors_bound_connections(void **state)
{
    (void)state;
    small.snapshot.settings.max_connections = 1000;
    small.server.worker_count = 2;
    small.server.descriptors = 64 + 2 * 32 + 2 * 3; /* three for each worker's clients */
    int fds[3], more;
    for (int i = 0; i < 3; i++)
        fds[i] = connect_one();
    assert_false(connection_has_room(worker));
    assert_int_equal(open_one_more(&more), JALON_FULL);
    small.server.descriptors = 1; /* hopeless: one at a time, rather than none */
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close(more);
    run_loop();
    client = connect_one();
    assert_int_equal(open_one_more(&more), JALON_FULL);
    close(more);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_state_has_its_time),
        TEST(test_bytes_prolong_nothing),
        TEST(test_writing_has_its_time_from_the_last_byte_taken),
        TEST(test_lingering_has_its_time),
        TEST(test_lingering_ends_with_the_client),
        TEST(test_lingering_ends_with_a_client_that_takes_longer),
        TEST(test_a_client_that_ends_behind_its_request),
        TEST(test_a_pipeline_whose_answers_nobody_reads),
        TEST(test_who_is_slow_makes_room),
        TEST(test_who_has_just_asked_is_not_idle),
        TEST(test_whatever_they_are_slow_at),
        TEST(test_descriptors_bound_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
