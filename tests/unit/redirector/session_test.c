#include "redirector/session.h"

#include "redirector/clerk.h"
#include "redirector/counters.h"
#include "redirector/server.h"
#include "redirector/worker.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct server server;
static struct worker worker;
static struct counters counters;
static struct session session;
static struct buffer sent; /* what the client has got */
static unsigned resumed_count;

static void count_resumed(struct session *resumed)
{
    assert_ptr_equal(resumed, &session);
    resumed_count++;
}

static void open_session(enum listener_kind listener)
{
    const struct address peer = {{[10] = 0xff, 0xff, 192, 0, 2, 1}};
    session_init(&session, &worker, listener, &peer);
    session.resumed = count_resumed;
}

static int set_up(void **state)
{
    (void)state;
    counters = (struct counters){0};
    server = (struct server){.workers = &worker, .worker_count = 1};
    worker = (struct worker){
        .server = &server, .counters = &counters, .now_ms = 784111777000 /* RFC 9110, 5.6.7 */};
    resumed_count = 0;
    buffer_init(&sent, 16u << 20);
    open_session(LISTENER_PUBLIC);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    session_done(&session);
    session_free_spare(&worker);
    buffer_done(&sent);
    return 0;
}

/* The client takes all that may be sent. */
static void send_output(void)
{
    struct slice output = session_output(&session);
    buffer_append(&sent, output);
    if (output.size)
        session_sent(&session, output.size);
}

static enum session_next give(struct slice text)
{
    enum session_next next = SESSION_READS;
    while (next == SESSION_READS && text.size) {
        size_t room;
        char *bytes = session_room(&session, &room);
        assert_non_null(bytes);
        struct slice piece = slice_first(text, room);
        memcpy(bytes, piece.data, piece.size);
        session_take(&session, piece.size);
        next = session_run(&session);
        text = slice_from(text, piece.size);
        send_output();
    }
    return next;
}

static unsigned count_of(const char *needle)
{
    struct slice all = buffer_slice(&sent), text = slice_of_string(needle);
    unsigned count = 0;
    for (size_t i = 0; i + text.size <= all.size; i++)
        count += memcmp(all.data + i, text.data, text.size) == 0;
    return count;
}

#define HEALTH "GET /healthz HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define HEALTHY                                                                                    \
    "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"                                   \
    "X-Content-Type-Options: nosniff\r\nContent-Type: text/plain; charset=utf-8\r\n"               \
    "Content-Length: 3\r\n\r\nok\n"

static void a_request_is_answered(void **state)
{
    (void)state;
    assert_int_equal(give(SLICE(HEALTH)), SESSION_READS);
    assert_true(slice_is(buffer_slice(&sent), HEALTHY));
    assert_int_equal(counter_get(&counters, requests_public), 1);
}

static void pipelined_requests_share_one_output(void **state)
{
    (void)state;
    size_t room;
    char *bytes = session_room(&session, &room);
    struct slice three = SLICE(HEALTH HEALTH HEALTH);
    memcpy(bytes, three.data, three.size);
    session_take(&session, three.size);
    assert_int_equal(session_run(&session), SESSION_READS);
    assert_true(slice_is(session_output(&session), HEALTHY HEALTHY HEALTHY));
}

static void a_request_may_come_byte_by_byte(void **state)
{
    (void)state;
    struct slice text = SLICE("POST /nothing HTTP/1.1\r\nHost: a.example\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" HEALTH);
    open_session(LISTENER_API);
    for (size_t i = 0; i < text.size; i++) {
        assert_int_equal(give(slice_of(text.data + i, 1)), SESSION_READS);
        assert_int_equal(session_rest(&session), JALON_OK);
        assert_null(session.work);
    }
    assert_int_equal(count_of("HTTP/1.1 404 Not Found\r\n"), 1);
    assert_int_equal(count_of("HTTP/1.1 200 OK\r\n"), 1);
    assert_false(session_is_begun(&session));
}

static void an_idle_session_owns_nothing(void **state)
{
    (void)state;
    (void)give(SLICE(HEALTH)); /* seen elsewhere */
    assert_int_equal(session_rest(&session), JALON_OK);
    assert_null(session.work);
    assert_null(session.bytes);
    assert_true(sizeof session <= 256);
}

/* What works on one request works on the next: no memory is taken from the system for it. */
static void a_warm_session_takes_no_memory(void **state)
{
    (void)state;
    (void)give(SLICE(HEALTH)); /* the first one warms it */
    assert_int_equal(session_rest(&session), JALON_OK);
    struct work *work = worker.spare_work;
    assert_non_null(work);
    assert_int_equal(worker.spare_count, 1);
    for (int i = 0; i < 100; i++) {
        size_t room;
        char *bytes = session_room(&session, &room);
        assert_ptr_equal(session.work, work);
        struct slice text = SLICE(HEALTH);
        memcpy(bytes, text.data, text.size);
        session_take(&session, text.size);
        assert_int_equal(session_run(&session), SESSION_READS);
        assert_false(session.is_own_block);
        struct slice output = session_output(&session);
        session_sent(&session, output.size);
        assert_int_equal(session_rest(&session), JALON_OK);
    }
    assert_ptr_equal(worker.spare_work, work);
    assert_int_equal(worker.spare_count, 1);
}

static void a_slow_head_is_kept_small(void **state)
{
    (void)state;
    (void)give(SLICE("GET / HTTP/1.1\r\nHost: a")); /* not whole */
    assert_true(session_is_begun(&session));
    assert_false(session_is_in_body(&session));
    assert_int_equal(session_rest(&session), JALON_OK);
    assert_null(session.work);
    assert_true(session.capacity <= 512);
}

static void a_large_body_is_read(void **state)
{
    (void)state;
    open_session(LISTENER_API);
    assert_int_equal(give(SLICE("POST /nothing HTTP/1.1\r\nHost: a.example\r\n"
                                "Content-Length: 200000\r\n\r\n")),
                     SESSION_READS);
    assert_true(session_is_in_body(&session));
    char piece[1000] = {0};
    for (int i = 0; i < 200; i++) {
        assert_int_equal(sent.size, 0);
        assert_int_equal(session_rest(&session), JALON_OK);
        assert_int_equal(give(slice_of(piece, sizeof piece)), SESSION_READS);
    }
    assert_int_equal(count_of("HTTP/1.1 404 Not Found\r\n"), 1);
}

static void bad_bytes_end_it(void **state)
{
    (void)state;
    assert_int_equal(give(SLICE(HEALTH "nonsense\r\n\r\n" HEALTH)), SESSION_CLOSES);
    assert_int_equal(count_of("HTTP/1.1 200 OK\r\n"), 1);
    assert_int_equal(count_of("HTTP/1.1 400 Bad Request\r\n"), 1);
    assert_int_equal(count_of("Connection: close\r\n"), 1);
    assert_int_equal(counter_get(&counters, bad_requests), 1);
    assert_int_equal(session_run(&session), SESSION_CLOSES); /* and nothing more is answered */
    assert_int_equal(session_output(&session).size, 0);
}

static void who_asks_for_close_gets_it(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct slice text;
        enum session_next next;
    } rows[] = {
        {"close",
         SLICE_INIT("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" HEALTH),
         SESSION_CLOSES},
        {"HTTP/1.0", SLICE_INIT("GET /healthz HTTP/1.0\r\n\r\n" HEALTH), SESSION_CLOSES},
        {"HTTP/1.0 that keeps",
         SLICE_INIT("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), SESSION_READS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        session_done(&session);
        open_session(LISTENER_PUBLIC);
        buffer_clear(&sent);
        if (give(rows[i].text) != rows[i].next || count_of("HTTP/1.1 200 OK\r\n") != 1)
            fail_msg("%s: %.*s", rows[i].name, SLICE_ARG(buffer_slice(&sent)));
        bool is_closing = rows[i].next == SESSION_CLOSES;
        assert_int_equal(count_of("Connection: close\r\n"), is_closing);
        assert_int_equal(count_of("Connection: keep-alive\r\n"), !is_closing);
    }
}

static void a_draining_worker_closes(void **state)
{
    (void)state;
    worker.is_draining = true;
    assert_int_equal(give(SLICE(HEALTH)), SESSION_CLOSES);
    assert_int_equal(count_of("Connection: close\r\n"), 1);
}

/* Those that came with the last one it takes are answered, too: nobody would ask again on the client's behalf. */
static void a_draining_worker_answers_what_is_here(void **state)
{
    (void)state;
    worker.is_draining = true;
    assert_int_equal(give(SLICE(HEALTH HEALTH HEALTH "GET /healthz HTT")), SESSION_READS);
    assert_int_equal(count_of("HTTP/1.1 200 OK\r\n"), 3);
    assert_int_equal(count_of("Connection: close\r\n"), 0);
    assert_int_equal(session_rest(&session), JALON_OK);
    assert_int_equal(give(SLICE("P/1.1\r\nHost: a\r\n\r\n" HEALTH)), SESSION_CLOSES);
    assert_int_equal(count_of("HTTP/1.1 200 OK\r\n"), 5);
    assert_int_equal(count_of("Connection: close\r\n"), 1);
}

static void continue_is_said_once(void **state)
{
    (void)state;
    open_session(LISTENER_API);
    assert_int_equal(give(SLICE("POST /nothing HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                                "Content-Length: 4\r\n\r\n")),
                     SESSION_READS);
    assert_true(slice_is(buffer_slice(&sent), "HTTP/1.1 100 Continue\r\n\r\n"));
    assert_int_equal(session_rest(&session), JALON_OK);
    assert_int_equal(give(SLICE("ab")), SESSION_READS);
    assert_int_equal(session_rest(&session), JALON_OK);
    assert_int_equal(give(SLICE("cd")), SESSION_READS);
    assert_int_equal(count_of("HTTP/1.1 100"), 1);
    assert_int_equal(count_of("HTTP/1.1 404"), 1);
}

static void continue_is_not_said_to_who_did_not_wait(void **state)
{
    (void)state;
    open_session(LISTENER_API);
    (void)give(SLICE("POST /nothing HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                     "Content-Length: 4\r\n\r\nab")); /* counted below */
    (void)give(SLICE("cd"));
    assert_int_equal(count_of("HTTP/1.1 100"), 0);
    assert_int_equal(count_of("HTTP/1.1 404"), 1);
}

static void a_body_over_the_bound_is_refused_before_it_comes(void **state)
{
    (void)state;
    open_session(LISTENER_API);
    assert_int_equal(give(SLICE("POST /v1/links HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                                "Content-Length: 262145\r\n\r\n")),
                     SESSION_CLOSES);
    assert_int_equal(count_of("HTTP/1.1 413"), 1);
    assert_int_equal(count_of("HTTP/1.1 100"), 0);
    assert_int_equal(count_of("application/problem+json"), 1);
}

static void methods_are_answered(void **state)
{
    (void)state;
    static const struct {
        const char *text, *answer, *allow;
    } rows[] = {
        {"POST /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 ",
         "Allow: OPTIONS, GET, HEAD\r\n"},
        {"DELETE /abc HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 ",
         "Allow: OPTIONS, GET, HEAD\r\n"},
        {"OPTIONS /abc HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 204 ",
         "Allow: OPTIONS, GET, HEAD\r\n"},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 204 ", "Allow: OPTIONS, GET, HEAD\r\n"},
        {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 ",
         "Allow: OPTIONS, GET, HEAD\r\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        session_done(&session);
        open_session(LISTENER_PUBLIC);
        buffer_clear(&sent);
        (void)give(slice_of_string(rows[i].text)); /* the answer is looked at */
        if (count_of(rows[i].answer) != 1 || count_of(rows[i].allow) != 1)
            fail_msg("%s: %.*s", rows[i].text, SLICE_ARG(buffer_slice(&sent)));
    }
}

static void each_listener_has_its_own_paths(void **state)
{
    (void)state;
    static const char *const not_on_api[] = {"/robots.txt", "/favicon.ico", "/o/x", "/4fK2bQ9xYz1A",
                                             "/"};
    open_session(LISTENER_API);
    for (size_t i = 0; i < sizeof not_on_api / sizeof *not_on_api; i++) {
        char text[128];
        struct buffer request;
        buffer_over(&request, text, sizeof text);
        buffer_printf(&request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", not_on_api[i]);
        buffer_clear(&sent);
        assert_int_equal(give(buffer_slice(&request)), SESSION_READS);
        assert_int_equal(count_of("HTTP/1.1 404 Not Found\r\n"), 1);
    }
}

static void time_outs_are_told_to_who_has_begun(void **state)
{
    (void)state;
    assert_int_equal(session_take_timeout(&session), SESSION_CLOSES);
    assert_int_equal(session_output(&session).size, 0);

    session_done(&session);
    open_session(LISTENER_PUBLIC);
    (void)give(SLICE("GET / HT")); /* not whole */
    assert_int_equal(session_rest(&session), JALON_OK);
    assert_int_equal(session_take_timeout(&session), SESSION_CLOSES);
    send_output();
    assert_int_equal(count_of("HTTP/1.1 408 Request Timeout\r\n"), 1);
    assert_int_equal(count_of("Connection: close\r\n"), 1);
}

static void an_end_in_the_middle_is_refused(void **state)
{
    (void)state;
    (void)give(SLICE("GET / HT")); /* not whole */
    assert_int_equal(session_take_end(&session), SESSION_CLOSES);
    send_output();
    assert_int_equal(count_of("HTTP/1.1 400 Bad Request\r\n"), 1);
}

/* A client that sends requests and takes no answer can't make us keep more than so much. */
static void pipelining_is_bounded_by_output(void **state)
{
    (void)state;
    struct slice icon = SLICE("GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n");
    size_t room, count = 0;
    enum session_next next = SESSION_READS;
    while (next == SESSION_READS) {
        char *bytes = session_room(&session, &room);
        assert_non_null(bytes);
        size_t used = 0;
        for (; used + icon.size <= room; used += icon.size, count++)
            memcpy(bytes + used, icon.data, icon.size);
        assert_true(used > 0);
        session_take(&session, used);
        next = session_run(&session);
    }
    assert_int_equal(next, SESSION_FULL);
    assert_in_range(session_output(&session).size, 64 << 10, 68 << 10);
    assert_true(session_is_begun(&session));
    for (int turns = 0; next == SESSION_FULL && turns < 10; turns++) {
        send_output();
        next = session_run(&session);
    }
    send_output();
    assert_int_equal(next, SESSION_READS);
    assert_int_equal(count_of("HTTP/1.1 200 OK\r\n"), count);
}

static void run_clerks(void)
{
    struct pollfd done = {.fd = clerk_done_fd(server.clerks, 0), .events = POLLIN};
    assert_int_equal(poll(&done, 1, 10000), 1);
    clerk_collect(server.clerks, 0);
}

#define LINK_ADD                                                                                   \
    "POST /v1/links HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"                     \
    "Content-Length: 2\r\n\r\n{}"

static void a_parked_exchange_holds_back_those_behind_it(void **state)
{
    (void)state;
    assert_int_equal(clerk_pool_new(&server.clerks, &server, 1), JALON_OK);
    open_session(LISTENER_API);
    assert_int_equal(give(SLICE(HEALTH LINK_ADD HEALTH)), SESSION_PARKED);
    assert_true(slice_is(buffer_slice(&sent), HEALTHY)); /* those before it are not held back */

    run_clerks(); /* no token: answered without a store */
    assert_int_equal(resumed_count, 1);
    assert_int_equal(session_run(&session), SESSION_READS);
    send_output();
    assert_int_equal(count_of("HTTP/1.1 401 Unauthorized\r\n"), 1);
    assert_int_equal(count_of("HTTP/1.1 200 OK\r\n"), 2);
    server.clerks = clerk_pool_free(server.clerks);
}

static void a_token_is_asked_for_in_every_wrong_way(void **state)
{
    (void)state;
    static const char *const wrong[] = {"Basic dTpw", "Bearer",  "Bearer ",
                                        "bearer\t",   "Token x", ""};
    assert_int_equal(clerk_pool_new(&server.clerks, &server, 2), JALON_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[256];
        struct buffer request;
        buffer_over(&request, text, sizeof text);
        buffer_printf(&request, "GET /v1/codes/X HTTP/1.1\r\nHost: a\r\nAuthorization: %s\r\n\r\n",
                      wrong[i]);
        session_done(&session);
        open_session(LISTENER_API);
        buffer_clear(&sent);
        assert_int_equal(give(buffer_slice(&request)), SESSION_PARKED);
        run_clerks();
        send_output();
        assert_int_equal(count_of("HTTP/1.1 401 Unauthorized\r\n"), 1);
    }
    server.clerks = clerk_pool_free(server.clerks);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_answered),
        TEST(pipelined_requests_share_one_output),
        TEST(a_request_may_come_byte_by_byte),
        TEST(an_idle_session_owns_nothing),
        TEST(a_warm_session_takes_no_memory),
        TEST(a_slow_head_is_kept_small),
        TEST(a_large_body_is_read),
        TEST(bad_bytes_end_it),
        TEST(who_asks_for_close_gets_it),
        TEST(a_draining_worker_closes),
        TEST(a_draining_worker_answers_what_is_here),
        TEST(continue_is_said_once),
        TEST(continue_is_not_said_to_who_did_not_wait),
        TEST(a_body_over_the_bound_is_refused_before_it_comes),
        TEST(methods_are_answered),
        TEST(each_listener_has_its_own_paths),
        TEST(time_outs_are_told_to_who_has_begun),
        TEST(an_end_in_the_middle_is_refused),
        TEST(pipelining_is_bounded_by_output),
        TEST(a_parked_exchange_holds_back_those_behind_it),
        TEST(a_token_is_asked_for_in_every_wrong_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
