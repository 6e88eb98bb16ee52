#include "core/base/buffer.h"

#include "tests/unit/redirector/reading.h"

struct good_row {
    const char *name;
    struct slice text;
    enum http_method method;
    const char *path, *query, *host, *body; /* query NULL: none */
    bool is_keep_alive;
};

static const struct good_row good[] = {
    {"origin form", TEXT("GET /4fK2bQ9xYz1A HTTP/1.1\r\n" HOST "\r\n"), HTTP_GET_METHOD,
     "/4fK2bQ9xYz1A", NULL, "go.example.com", "", true},
    {"query", TEXT("GET /a?b=c&d=%20 HTTP/1.1\r\n" HOST "\r\n"), HTTP_GET_METHOD, "/a", "b=c&d=%20",
     "go.example.com", "", true},
    {"empty query", TEXT("GET /a? HTTP/1.1\r\n" HOST "\r\n"), HTTP_GET_METHOD, "/a", "",
     "go.example.com", "", true},
    {"second question mark", TEXT("GET /a?b?c HTTP/1.1\r\n" HOST "\r\n"), HTTP_GET_METHOD, "/a",
     "b?c", "go.example.com", "", true},
    {"what browsers leave unencoded", TEXT("GET /a?{x}|^`[\\]\"<> HTTP/1.1\r\n" HOST "\r\n"),
     HTTP_GET_METHOD, "/a", "{x}|^`[\\]\"<>", "go.example.com", "", true},
    {"two slashes are a path", TEXT("GET //evil.example HTTP/1.1\r\n" HOST "\r\n"), HTTP_GET_METHOD,
     "//evil.example", NULL, "go.example.com", "", true},
    {"head", TEXT("HEAD / HTTP/1.1\r\n" HOST "\r\n"), HTTP_HEAD_METHOD, "/", NULL, "go.example.com",
     "", true},
    {"a method that is known and not served", TEXT("DELETE /x HTTP/1.1\r\n" HOST "\r\n"),
     HTTP_OTHER_METHOD, "/x", NULL, "go.example.com", "", true},
    {"options asterisk", TEXT("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), HTTP_OPTIONS_METHOD, "*", NULL,
     "go.example.com", "", true},
    {"absolute form replaces Host",
     TEXT("GET http://other.example:8080/x?y HTTP/1.1\r\n" HOST "\r\n"), HTTP_GET_METHOD, "/x", "y",
     "other.example:8080", "", true},
    {"absolute form, https and upper case", TEXT("GET HTTPS://o.example/ HTTP/1.1\r\n" HOST "\r\n"),
     HTTP_GET_METHOD, "/", NULL, "o.example", "", true},
    {"absolute form without a path", TEXT("GET http://o.example HTTP/1.1\r\n" HOST "\r\n"),
     HTTP_GET_METHOD, "/", NULL, "o.example", "", true},
    {"absolute form, query without a path", TEXT("GET http://o.example?q HTTP/1.1\r\n" HOST "\r\n"),
     HTTP_GET_METHOD, "/", "q", "o.example", "", true},
    {"IPv6 host", TEXT("GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n"), HTTP_GET_METHOD, "/",
     NULL, "[2001:db8::1]:8080", "", true},
    {"no white space after the colon", TEXT("GET / HTTP/1.1\r\nHost:a.example\r\n\r\n"),
     HTTP_GET_METHOD, "/", NULL, "a.example", "", true},
    {"much white space around a value", TEXT("GET / HTTP/1.1\r\nHost: \t a.example \t \r\n\r\n"),
     HTTP_GET_METHOD, "/", NULL, "a.example", "", true},
    {"empty values", TEXT("GET / HTTP/1.1\r\n" HOST "X:\r\nY: \r\nUser-Agent:\r\n\r\n"),
     HTTP_GET_METHOD, "/", NULL, "go.example.com", "", true},
    {"obs-text in a value", TEXT("GET / HTTP/1.1\r\n" HOST "X: caf\xc3\xa9 \xff\r\n\r\n"),
     HTTP_GET_METHOD, "/", NULL, "go.example.com", "", true},
    {"every tchar in a name", TEXT("GET / HTTP/1.1\r\n" HOST "!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n"),
     HTTP_GET_METHOD, "/", NULL, "go.example.com", "", true},
    {"an empty line before it", TEXT("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), HTTP_GET_METHOD, "/",
     NULL, "go.example.com", "", true},
    {"connection close", TEXT("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"),
     HTTP_GET_METHOD, "/", NULL, "go.example.com", "", false},
    {"close among others", TEXT("GET / HTTP/1.1\r\n" HOST "Connection: TE, Close\r\n\r\n"),
     HTTP_GET_METHOD, "/", NULL, "go.example.com", "", false},
    {"close in a second field",
     TEXT("GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\nConnection: close\r\n\r\n"),
     HTTP_GET_METHOD, "/", NULL, "go.example.com", "", false},
    {"an upgrade is not taken up",
     TEXT("GET / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
     HTTP_GET_METHOD, "/", NULL, "go.example.com", "", true},
    {"HTTP/1.0", TEXT("GET / HTTP/1.0\r\n\r\n"), HTTP_GET_METHOD, "/", NULL, "", "", false},
    {"HTTP/1.0 keep-alive", TEXT("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
     HTTP_GET_METHOD, "/", NULL, "", "", true},
    {"content-length",
     TEXT("POST /v1/links HTTP/1.1\r\n" HOST "Content-Length: 7\r\n\r\n{\"a\":1}"),
     HTTP_POST_METHOD, "/v1/links", NULL, "go.example.com", "{\"a\":1}", true},
    {"content-length of nothing", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"),
     HTTP_POST_METHOD, "/", NULL, "go.example.com", "", true},
    {"leading zeros in a length",
     TEXT("PATCH / HTTP/1.1\r\n" HOST "Content-Length: 003\r\n\r\nabc"), HTTP_PATCH_METHOD, "/",
     NULL, "go.example.com", "abc", true},
    {"a body that looks like a request",
     TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
     HTTP_POST_METHOD, "/", NULL, "go.example.com", "GET / HTTP/1.1\r\n\r\n", true},
    {"chunked, RFC 9112 section 7.1 in small",
     TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
          "4\r\nWiki\r\n7\r\npedia i\r\nB\r\nn \r\nchunks.\r\n0\r\n\r\n"),
     HTTP_POST_METHOD, "/", NULL, "go.example.com", "Wikipedia in \r\nchunks.", true},
    {"chunked in capitals, with extensions and a trailer",
     TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"
          "00000000000000000a;name=value\r\n0123456789\r\n000;x\r\nExpires: never\r\nX-Y:\r\n\r\n"),
     HTTP_POST_METHOD, "/", NULL, "go.example.com", "0123456789", true},
    {"chunked of nothing",
     TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
          "0\r\n\r\n"),
     HTTP_POST_METHOD, "/", NULL, "go.example.com", "", false},
};

static void check_good(const struct good_row *row)
{
    const struct http_request *request = &outcome.request;
    if (outcome.read != HTTP_READ_DONE)
        fail_msg("%s: read %d, status %d", row->name, outcome.read, outcome.status);
    bool is_same = request->method == row->method && slice_is(request->path, row->path) &&
                   slice_is(request->query, row->query ? row->query : "") &&
                   request->has_query == (row->query != NULL) &&
                   slice_is(request->host, row->host) && slice_is(request->body, row->body) &&
                   request->is_keep_alive == row->is_keep_alive && outcome.used == row->text.size;
    if (!is_same)
        fail_msg("%s: path %.*s, query %.*s, host %.*s, body %.*s, used %zu of %zu", row->name,
                 SLICE_ARG(request->path), SLICE_ARG(request->query), SLICE_ARG(request->host),
                 SLICE_ARG(request->body), outcome.used, row->text.size);
}

static void good_requests_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        read_whole(good[i].text);
        check_good(&good[i]);
        read_bytewise(good[i].text);
        check_good(&good[i]);
    }
}

static void bytes_behind_a_request_are_left_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char text[1024];
        memcpy(text, good[i].text.data, good[i].text.size);
        memcpy(text + good[i].text.size, "\r\n\0GARBAGE", 10);
        read_whole(slice_of(text, good[i].text.size + 10));
        check_good(&good[i]);
    }
}

/* GET, a target of `target` bytes, `fields` fields, the last of them padded so that the head takes `size`. */
static struct slice build(char *text, size_t target, unsigned fields, size_t size)
{
    struct buffer out;
    buffer_over(&out, text, 65536);
    buffer_append_string(&out, "GET /");
    for (size_t i = 1; i < target; i++)
        buffer_append_byte(&out, 'a');
    buffer_append_string(&out, " HTTP/1.1\r\n" HOST);
    for (unsigned i = 2; i < fields; i++)
        buffer_printf(&out, "X%u: y\r\n", i);
    buffer_append_string(&out, "Pad: ");
    while (out.size + 4 < size)
        buffer_append_byte(&out, 'p');
    buffer_append_string(&out, "\r\n\r\n");
    assert_int_equal(buffer_error(&out), JALON_OK);
    return buffer_slice(&out);
}

static void bounds_hold_to_the_byte(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t target;
        unsigned fields;
        size_t size;
        int status; /* 0: taken */
    } rows[] = {
        {"longest target", HTTP_TARGET_MAX, 2, 0, 0},
        {"target too long", HTTP_TARGET_MAX + 1, 2, 0, 414},
        {"target far too long", 20000, 2, 0, 414},
        {"most fields", 1, HTTP_FIELDS_MAX, 0, 0},
        {"too many fields", 1, HTTP_FIELDS_MAX + 1, 0, 431},
        {"far too many fields", 1, 1000, 0, 431},
        {"largest head", 1, 2, HTTP_HEAD_MAX, 0},
        {"head too large", 1, 2, HTTP_HEAD_MAX + 1, 431},
        {"head far too large", 1, 2, 60000, 431},
    };
    static char text[65536];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice request = build(text, rows[i].target, rows[i].fields, rows[i].size);
        read_whole(request);
        enum http_read expected = rows[i].status ? HTTP_READ_BAD : HTTP_READ_DONE;
        if (outcome.read != expected || outcome.status != rows[i].status)
            fail_msg("%s: read %d, status %d", rows[i].name, outcome.read, outcome.status);
        read_bytewise(request);
        if (outcome.read != expected || outcome.status != rows[i].status)
            fail_msg("%s, byte by byte: read %d, status %d", rows[i].name, outcome.read,
                     outcome.status);
    }
}

static void a_body_is_taken_up_to_its_bound(void **state)
{
    (void)state;
    char *text = calloc(1, HTTP_BODY_MAX + 200);
    assert_non_null(text);
    size_t head = (size_t)snprintf(text, 200, POST "Content-Length: %d\r\n\r\n", HTTP_BODY_MAX);
    read_whole(slice_of(text, head + HTTP_BODY_MAX));
    assert_int_equal(outcome.read, HTTP_READ_DONE);
    assert_int_equal(outcome.request.body.size, HTTP_BODY_MAX);
    read_whole(slice_of(text, head + HTTP_BODY_MAX - 1));
    assert_int_equal(outcome.read, HTTP_READ_MORE);

    head = (size_t)snprintf(text, 200, CHUNKED "%x\r\n", HTTP_BODY_MAX);
    memset(text + head, 'x', HTTP_BODY_MAX);
    memcpy(text + head + HTTP_BODY_MAX, "\r\n0\r\n\r\n", 7);
    read_whole(slice_of(text, head + HTTP_BODY_MAX + 6));
    assert_int_equal(outcome.read, HTTP_READ_MORE);
    read_whole(slice_of(text, head + HTTP_BODY_MAX + 7));
    assert_int_equal(outcome.read, HTTP_READ_DONE);
    assert_int_equal(outcome.request.body.size, HTTP_BODY_MAX);
    free(text);
}

/* `head`, then `unit` again and again up to `size` bytes. */
static void read_repeated(struct slice head, struct slice unit, size_t size)
{
    struct buffer text;
    buffer_init(&text, size + unit.size + head.size);
    buffer_append(&text, head);
    while (text.size < size)
        buffer_append(&text, unit);
    assert_int_equal(buffer_error(&text), JALON_OK);
    read_whole(buffer_slice(&text));
    buffer_done(&text);
}

static void chunks_and_trailers_are_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct slice head, unit;
        size_t size;
        int status;
    } rows[] = {
        {"chunks that add up to too much", TEXT(CHUNKED), TEXT("10\r\n0123456789abcdef\r\n"),
         400000, 413},
        {"chunks of one byte", TEXT(CHUNKED), TEXT("1\r\na\r\n"), 700000, 413},
        {"chunks of one byte with long extensions", TEXT(CHUNKED),
         TEXT("1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\na\r\n"), 600000,
         413},
        {"an endless extension", TEXT(CHUNKED "1;"), TEXT("x"), 2000, 400},
        {"an endless chunk size", TEXT(CHUNKED), TEXT("0"), 2000, 400},
        {"an endless trailer", TEXT(CHUNKED "0\r\n"), TEXT("A: b\r\n"), 6000, 431},
        {"an endless trailer field", TEXT(CHUNKED "0\r\nA: "), TEXT("b"), 6000, 431},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        read_repeated(rows[i].head, rows[i].unit, rows[i].size);
        if (outcome.read != HTTP_READ_BAD || outcome.status != rows[i].status)
            fail_msg("%s: read %d, status %d", rows[i].name, outcome.read, outcome.status);
    }
}

static void fields_are_found(void **state)
{
    (void)state;
    read_whole(SLICE("GET / HTTP/1.1\r\n" HOST "USER-AGENT: Mozilla/5.0\r\nuser-agent: second\r\n"
                     "Referer: https://a.example/\r\nAuthorization: Bearer x\r\n"
                     "Content-Type: application/json\r\nTraceparent: 00-1-2-3\r\n"
                     "Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n\r\n"));
    const struct http_request *request = &outcome.request;
    assert_int_equal(outcome.read, HTTP_READ_DONE);
    assert_true(slice_is(request->user_agent, "Mozilla/5.0"));
    assert_true(slice_is(request->referer, "https://a.example/"));
    assert_true(slice_is(request->authorization, "Bearer x"));
    assert_true(slice_is(request->content_type, "application/json"));
    assert_true(slice_is(request->traceparent, "00-1-2-3"));
    assert_true(slice_is(request->forwarded, "for=192.0.2.1"));
    assert_true(slice_is(request->x_forwarded_for, "192.0.2.2"));
    assert_false(request->is_prefetch);
}

static void several_fields_of_forwarded_addresses_are_one_list(void **state)
{
    (void)state;
    read_whole(SLICE(GET HOST "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2, 192.0.2.3"
                              "\r\nX-Forwarded-For: 192.0.2.4\r\n\r\n"));
    assert_true(
        slice_is(outcome.request.x_forwarded_for, "192.0.2.1,192.0.2.2, 192.0.2.3,192.0.2.4"));

    char text[4096];
    struct buffer out;
    buffer_over(&out, text, sizeof text);
    buffer_append_string(&out, GET HOST);
    for (unsigned i = 0; i < 90; i++)
        buffer_printf(&out, "X-Forwarded-For: 192.0.2.%u\r\n", 100 + i);
    buffer_append_string(&out, "\r\n");
    read_whole(buffer_slice(&out));
    struct slice list = outcome.request.x_forwarded_for;
    assert_int_equal(outcome.read, HTTP_READ_DONE);
    assert_in_range(list.size, HTTP_JOINED_MAX - 16, HTTP_JOINED_MAX);
    assert_true(slice_starts(list, SLICE("192.0.2."))); /* no half of an address */
    assert_true(slice_is(slice_from(list, list.size - 9), "2.0.2.189"));
}

static void prefetches_are_seen(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        bool is_prefetch;
    } rows[] = {
        {TEXT(GET HOST "Sec-Purpose: prefetch;prerender\r\n\r\n"), true},
        {TEXT(GET HOST "Sec-Purpose: prefetch\r\n\r\n"), true},
        {TEXT(GET HOST "Purpose: Prefetch\r\n\r\n"), true},
        {TEXT(GET HOST "X-Moz: prefetch\r\n\r\n"), true},
        {TEXT(GET HOST "Purpose: preview\r\n\r\n"), false},
        {TEXT(GET HOST "X-Other: prefetch\r\n\r\n"), false},
        {TEXT(GET HOST "Sec-Fetch-Mode: navigate\r\n\r\n"), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        read_whole(rows[i].text);
        assert_int_equal(outcome.request.is_prefetch, rows[i].is_prefetch);
    }
}

static void expectations_are_told(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        bool expects;
    } rows[] = {
        {TEXT(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n"), true},
        {TEXT(POST "Content-Length: 1\r\n\r\n"), false},
        {TEXT("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_reader reader = {.body_max = 10};
        struct http_request request;
        size_t used;
        assert_int_equal(
            http_request_read(&reader, &request, at_guard(rows[i].text), rows[i].text.size, &used),
            HTTP_READ_MORE);
        assert_int_equal(reader.expects_continue, rows[i].expects);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_requests_are_read),
        cmocka_unit_test(bytes_behind_a_request_are_left_alone),
        cmocka_unit_test(bounds_hold_to_the_byte),
        cmocka_unit_test(a_body_is_taken_up_to_its_bound),
        cmocka_unit_test(chunks_and_trailers_are_bounded),
        cmocka_unit_test(fields_are_found),
        cmocka_unit_test(several_fields_of_forwarded_addresses_are_one_list),
        cmocka_unit_test(prefetches_are_seen),
        cmocka_unit_test(expectations_are_told),
    };
    return cmocka_run_group_tests(tests, map_pages, unmap_pages);
}
