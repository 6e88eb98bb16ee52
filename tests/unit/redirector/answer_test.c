#include "redirector/answer.h"

#include "redirector/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define RFC_MOMENT_MS 784111777000 /* RFC 9110 section 5.6.7: Sun, 06 Nov 1994 08:49:37 GMT */

struct case_of_answer {
    struct worker worker;
    struct exchange exchange;
    struct buffer out;
    char memory[16384];
};

static struct case_of_answer at;

static int set_up(void **state)
{
    (void)state;
    at = (struct case_of_answer){.worker.now_ms = RFC_MOMENT_MS};
    buffer_over(&at.out, at.memory, sizeof at.memory);
    at.exchange.worker = &at.worker;
    at.exchange.out = &at.out;
    at.exchange.request.method = HTTP_GET_METHOD;
    return 0;
}

static bool says(const char *text)
{
    return slice_contains_nocase(buffer_slice(&at.out), slice_of_string(text));
}

static struct slice body(void)
{
    struct slice out = buffer_slice(&at.out);
    for (size_t i = 0; i + 4 <= out.size; i++)
        if (memcmp(out.data + i, "\r\n\r\n", 4) == 0)
            return slice_from(out, i + 4);
    fail_msg("no end of head in %.*s", SLICE_ARG(out));
    return SLICE_NONE;
}

static void a_redirect_is_exactly_this(void **state)
{
    (void)state;
    answer_redirect_begin(&at.exchange);
    buffer_append_string(&at.out, "https://shop.example.com/?jclid=x");
    answer_redirect_end(&at.exchange);
    assert_true(slice_is(buffer_slice(&at.out),
                         "HTTP/1.1 302 Found\r\n"
                         "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                         "Cache-Control: private, no-store\r\n"
                         "Referrer-Policy: strict-origin-when-cross-origin\r\n"
                         "Content-Length: 0\r\n"
                         "Location: https://shop.example.com/?jclid=x\r\n\r\n"));
    assert_int_equal(at.exchange.status, 302);
}

static void the_date_follows_the_clock(void **state)
{
    (void)state;
    assert_true(slice_is(worker_date(&at.worker), "Sun, 06 Nov 1994 08:49:37 GMT"));
    at.worker.now_ms += 999;
    assert_true(slice_is(worker_date(&at.worker), "Sun, 06 Nov 1994 08:49:37 GMT"));
    at.worker.now_ms += 1;
    assert_true(slice_is(worker_date(&at.worker), "Sun, 06 Nov 1994 08:49:38 GMT"));
    at.worker.now_ms = 951782400000; /* date -u -d @951782400: a leap day */
    assert_true(slice_is(worker_date(&at.worker), "Tue, 29 Feb 2000 00:00:00 GMT"));
}

static void closing_is_said(void **state)
{
    (void)state;
    at.exchange.is_closing = true;
    answer_bytes(&at.exchange, 200, "text/plain", SLICE("ok\n"));
    assert_true(says("\r\nConnection: close\r\n"));
}

static void keeping_is_said_to_http_1_0_only(void **state)
{
    (void)state;
    answer_bytes(&at.exchange, 200, "text/plain", SLICE("ok\n"));
    assert_false(says("Connection:"));
    buffer_clear(&at.out);
    at.exchange.request.is_http_1_0 = true;
    answer_bytes(&at.exchange, 200, "text/plain", SLICE("ok\n"));
    assert_true(says("\r\nConnection: keep-alive\r\n"));
}

static void head_gets_the_same_head_and_no_body(void **state)
{
    (void)state;
    answer_page(&at.exchange, 404, "Unknown link", "There is no such link.");
    size_t size = at.out.size - body().size;
    char with_body[4096];
    memcpy(with_body, at.out.data, size);
    buffer_clear(&at.out);
    at.exchange.request.method = HTTP_HEAD_METHOD;
    answer_page(&at.exchange, 404, "Unknown link", "There is no such link.");
    assert_true(slice_equal(buffer_slice(&at.out), slice_of(with_body, size)));
    assert_int_equal(body().size, 0);
}

static void a_page_loads_nothing_and_escapes(void **state)
{
    (void)state;
    answer_page(&at.exchange, 410, "<b>", "a & b < c > d");
    assert_true(says("HTTP/1.1 410 Gone\r\n"));
    assert_true(says("Content-Type: text/html; charset=utf-8\r\n"));
    assert_true(says("Content-Security-Policy: default-src 'none'"));
    assert_true(says("<h1>&lt;b&gt;</h1>"));
    assert_true(says("a &amp; b &lt; c &gt; d"));
    assert_true(says("prefers-color-scheme:dark"));
    assert_false(says("<script"));
    assert_false(says("http:"));
    assert_false(says("https:"));
}

static void content_length_is_the_body(void **state)
{
    (void)state;
    answer_json(&at.exchange, 201, SLICE("{\"code\":\"x\"}"));
    assert_true(says("HTTP/1.1 201 Created\r\n"));
    assert_true(says("\r\nContent-Length: 12\r\n"));
    assert_true(slice_is(body(), "{\"code\":\"x\"}"));
}

static void a_problem_is_json(void **state)
{
    (void)state;
    struct problem problem;
    problem_init(&problem);
    (void)problem_field(&problem, "target", "\"javascript:\" is no target\n\x01\\");
    (void)problem_field(&problem, "channel", "caf\xc3\xa9");
    answer_problem(&at.exchange, &problem);
    assert_true(says("HTTP/1.1 422 Unprocessable Content\r\n"));
    assert_true(says("Content-Type: application/problem+json\r\n"));
    /* RFC 8259 section 7, RFC 9457 section 3 */
    assert_true(slice_is(body(),
                         "{\"type\":\"about:blank\",\"title\":\"Invalid content\",\"status\":422,"
                         "\"detail\":\"some fields are not valid; errors names them\","
                         "\"errors\":[{\"pointer\":\"/target\",\"detail\":"
                         "\"\\\"javascript:\\\" is no target\\u000a\\u0001\\\\\"},"
                         "{\"pointer\":\"/channel\",\"detail\":\"caf\xc3\xa9\"}]}"));
}

static void bytes_that_are_no_utf8_do_not_pass(void **state)
{
    (void)state;
    struct problem problem;
    problem_init(&problem);
    (void)problem_set(&problem, PROBLEM_MALFORMED, "\"%s\" is no name", "a\xff\xc3z");
    answer_problem(&at.exchange, &problem);
    assert_true(slice_is_utf8(body()));
    assert_true(says("\\\"a??z\\\" is no name"));
}

static void the_largest_problem_is_whole(void **state)
{
    (void)state;
    char worst[400];
    memset(worst, 1, sizeof worst - 1);
    worst[sizeof worst - 1] = '\0';
    struct problem problem;
    problem_init(&problem);
    (void)problem_set(&problem, PROBLEM_INVALID, "%s", worst);
    for (int i = 0; i < PROBLEM_FIELDS_MAX; i++)
        (void)problem_field(&problem, worst, "%s", worst);
    char memory[65536];
    buffer_over(&at.out, memory, sizeof memory);
    answer_problem(&at.exchange, &problem);
    assert_int_equal(buffer_error(&at.out), JALON_OK);
    assert_true(says("}]}"));
}

static void statuses_bring_their_fields(void **state)
{
    (void)state;
    static const struct {
        enum problem_kind kind;
        const char *field;
    } rows[] = {
        {PROBLEM_UNAUTHORIZED, "\r\nWWW-Authenticate: Bearer realm=\"jalon\"\r\n"},
        {PROBLEM_FORBIDDEN, "error=\"insufficient_scope\"\r\n"},
        {PROBLEM_UNAVAILABLE, "\r\nRetry-After: "},
        {PROBLEM_MEDIA_TYPE, "\r\nAccept: application/json\r\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct problem problem;
        problem_init(&problem);
        (void)problem_set(&problem, rows[i].kind, "x");
        buffer_clear(&at.out);
        answer_problem(&at.exchange, &problem);
        if (!says(rows[i].field))
            fail_msg("%s is missing in %.*s", rows[i].field, SLICE_ARG(buffer_slice(&at.out)));
    }
}

static void every_refusal_has_words(void **state)
{
    (void)state;
    static const int statuses[] = {400, 404, 408, 413, 414, 417, 431, 500, 501, 503, 505};
    for (int listener = LISTENER_PUBLIC; listener <= LISTENER_API; listener++) {
        for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
            buffer_clear(&at.out);
            at.exchange.listener = (enum listener_kind)listener;
            answer_refusal(&at.exchange, statuses[i]);
            assert_int_equal(at.exchange.status, statuses[i]);
            assert_true(body().size > 40);
            assert_true(says(listener == LISTENER_API ? "application/problem+json" : "text/html"));
            assert_false(says("\"detail\":\"\""));
            assert_false(says("<p></p>"));
        }
    }
}

static void methods_are_told(void **state)
{
    (void)state;
    at.exchange.request.method = HTTP_POST_METHOD;
    answer_methods(&at.exchange, 1u << HTTP_GET_METHOD | 1u << HTTP_HEAD_METHOD);
    assert_true(says("HTTP/1.1 405 Method Not Allowed\r\n"));
    assert_true(says("\r\nAllow: OPTIONS, GET, HEAD\r\n"));
    buffer_clear(&at.out);
    at.exchange.request.method = HTTP_OPTIONS_METHOD;
    answer_methods(&at.exchange, 1u << HTTP_POST_METHOD);
    assert_true(slice_is(buffer_slice(&at.out), "HTTP/1.1 204 No Content\r\n"
                                                "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                                "Allow: OPTIONS, POST\r\n\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_redirect_is_exactly_this, set_up),
        cmocka_unit_test_setup(the_date_follows_the_clock, set_up),
        cmocka_unit_test_setup(closing_is_said, set_up),
        cmocka_unit_test_setup(keeping_is_said_to_http_1_0_only, set_up),
        cmocka_unit_test_setup(head_gets_the_same_head_and_no_body, set_up),
        cmocka_unit_test_setup(a_page_loads_nothing_and_escapes, set_up),
        cmocka_unit_test_setup(content_length_is_the_body, set_up),
        cmocka_unit_test_setup(a_problem_is_json, set_up),
        cmocka_unit_test_setup(bytes_that_are_no_utf8_do_not_pass, set_up),
        cmocka_unit_test_setup(the_largest_problem_is_whole, set_up),
        cmocka_unit_test_setup(statuses_bring_their_fields, set_up),
        cmocka_unit_test_setup(every_refusal_has_words, set_up),
        cmocka_unit_test_setup(methods_are_told, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
