#include "tests/unit/redirector/reading.h"

struct bad_row {
    const char *name;
    struct slice text;
    int status;
};

static const struct bad_row bad[] = {
    /* lengths */
    {"two content-lengths", TEXT(POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), 400},
    {"two equal content-lengths", TEXT(POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
     400},
    {"a list of lengths", TEXT(POST "Content-Length: 3, 3\r\n\r\nabc"), 400},
    {"length with a plus", TEXT(POST "Content-Length: +3\r\n\r\nabc"), 400},
    {"length with a minus", TEXT(POST "Content-Length: -3\r\n\r\nabc"), 400},
    {"length in hex", TEXT(POST "Content-Length: 0x3\r\n\r\nabc"), 400},
    {"length with a space inside", TEXT(POST "Content-Length: 1 0\r\n\r\nabc"), 400},
    {"length with a fraction", TEXT(POST "Content-Length: 3.0\r\n\r\nabc"), 400},
    {"length with letters behind", TEXT(POST "Content-Length: 3a\r\n\r\nabc"), 400},
    {"empty length", TEXT(POST "Content-Length:\r\n\r\n"), 400},
    {"length in quotes", TEXT(POST "Content-Length: \"3\"\r\n\r\nabc"), 400},
    {"length over the bound", TEXT(POST "Content-Length: 262145\r\n\r\n"), 413},
    {"length over 32 bits", TEXT(POST "Content-Length: 4294967297\r\n\r\n"), 413},
    {"length over 64 bits", TEXT(POST "Content-Length: 18446744073709551617\r\n\r\n"), 413},
    {"length of forty digits",
     TEXT(POST "Content-Length: 9999999999999999999999999999999999999999\r\n\r\n"), 413},
    {"both lengths", TEXT(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     400},
    {"both lengths, the other way round",
     TEXT(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"), 400},
    {"both lengths, zero",
     TEXT(POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n"), 400},
    /* codings */
    {"unknown coding", TEXT(POST "Transfer-Encoding: gzip\r\n\r\n"), 501},
    {"identity is none any more", TEXT(POST "Transfer-Encoding: identity\r\n\r\n"), 501},
    {"known behind unknown", TEXT(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501},
    {"chunked is not the last", TEXT(POST "Transfer-Encoding: chunked, gzip\r\n\r\n"), 400},
    {"chunked twice", TEXT(POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), 400},
    {"chunked in two fields",
     TEXT(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
    {"chunked, then identity in a second field",
     TEXT(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"), 400},
    {"almost chunked", TEXT(POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 501},
    {"chunked with a parameter", TEXT(POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"), 501},
    {"chunked in quotes", TEXT(POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"), 400},
    {"chunked behind a comma", TEXT(POST "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"), 400},
    {"empty coding", TEXT(POST "Transfer-Encoding:\r\n\r\n"), 400},
    {"chunked with a vertical tab",
     TEXT(POST "Transfer-Encoding: \x0b"
               "chunked\r\n\r\n0\r\n\r\n"),
     400},
    {"chunked in HTTP/1.0",
     TEXT("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
    /* white space and folding */
    {"space before the colon", TEXT(GET "Host : a.example\r\n\r\n"), 400},
    {"tab before the colon", TEXT(GET "Host\t: a.example\r\n\r\n"), 400},
    {"space before a length's colon", TEXT(POST "Content-Length : 3\r\n\r\nabc"), 400},
    {"folded field", TEXT(GET HOST "X: a\r\n b\r\n\r\n"), 400},
    {"folded with a tab", TEXT(GET HOST "X: a\r\n\tb\r\n\r\n"), 400},
    {"folded coding", TEXT(POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"), 400},
    {"white space before the first field", TEXT(GET " " HOST "\r\n"), 400},
    {"space in a name", TEXT(GET HOST "X Y: z\r\n\r\n"), 400},
    {"no colon", TEXT(GET HOST "nonsense\r\n\r\n"), 400},
    {"no name", TEXT(GET HOST ": x\r\n\r\n"), 400},
    {"a separator in a name", TEXT(GET HOST "X(y): z\r\n\r\n"), 400},
    {"a name in quotes", TEXT(GET HOST "\"X\": z\r\n\r\n"), 400},
    {"no ASCII in a name", TEXT(GET HOST "X\xc3\xa9: z\r\n\r\n"), 400},
    /* bare CR, LF, NUL */
    {"bare LF behind the request line", TEXT("GET / HTTP/1.1\n" HOST "\r\n"), 400},
    {"bare LF behind a field", TEXT(GET "Host: a.example\n\r\n"), 400},
    {"bare LF as the empty line", TEXT(GET HOST "\n"), 400},
    {"only bare LFs", TEXT("GET / HTTP/1.1\nHost: a\n\n"), 400},
    {"bare CR behind the request line", TEXT("GET / HTTP/1.1\r" HOST "\r\n"), 400},
    {"bare CR in a value", TEXT(GET HOST "X: a\rb\r\n\r\n"), 400},
    {"two CRs", TEXT(GET HOST "X: a\r\r\n\r\n"), 400},
    {"bare CR as the empty line", TEXT(GET HOST "\rX"), 400},
    {"NUL in a value", TEXT(GET HOST "X: a\0b\r\n\r\n"), 400},
    {"NUL in a name", TEXT(GET HOST "X\0: b\r\n\r\n"), 400},
    {"NUL in the target", TEXT("GET /a\0b HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"DEL in a value", TEXT(GET HOST "X: a\x7f\r\n\r\n"), 400},
    {"escape in a value", TEXT(GET HOST "X: \x1b[2J\r\n\r\n"), 400},
    {"too many empty lines first", TEXT("\r\n\r\n\r\n\r\n\r\n" GET HOST "\r\n"), 400},
    {"TLS on a clear port", TEXT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400},
    /* Host */
    {"no host", TEXT(GET "\r\n"), 400},
    {"no host though the target has one", TEXT("GET http://a.example/ HTTP/1.1\r\n\r\n"), 400},
    {"two hosts", TEXT(GET "Host: a.example\r\nHost: b.example\r\n\r\n"), 400},
    {"two equal hosts", TEXT(GET HOST HOST "\r\n"), 400},
    {"empty host", TEXT(GET "Host:\r\n\r\n"), 400},
    {"a list of hosts", TEXT(GET "Host: a.example, b.example\r\n\r\n"), 400},
    {"host with a path", TEXT(GET "Host: a.example/x\r\n\r\n"), 400},
    {"host with a user", TEXT(GET "Host: me@a.example\r\n\r\n"), 400},
    {"host with a space", TEXT(GET "Host: a example\r\n\r\n"), 400},
    {"host with a bad port", TEXT(GET "Host: a.example:80x\r\n\r\n"), 400},
    {"host with a large port", TEXT(GET "Host: a.example:65536\r\n\r\n"), 400},
    {"host with a negative port", TEXT(GET "Host: a.example:-1\r\n\r\n"), 400},
    {"host with two ports", TEXT(GET "Host: a.example:80:80\r\n\r\n"), 400},
    {"host of a port only", TEXT(GET "Host: :80\r\n\r\n"), 400},
    {"IPv6 without its bracket", TEXT(GET "Host: [::1\r\n\r\n"), 400},
    {"IPv6 without both", TEXT(GET "Host: ::1\r\n\r\n"), 400},
    {"no address in brackets", TEXT(GET "Host: [a.example]\r\n\r\n"), 400},
    {"bytes behind the brackets", TEXT(GET "Host: [::1]80\r\n\r\n"), 400},
    {"percent in a host", TEXT(GET "Host: a%00.example\r\n\r\n"), 400},
    {"no ASCII in a host", TEXT(GET "Host: caf\xc3\xa9.example\r\n\r\n"), 400},
    {"a bad host beside absolute form", TEXT("GET http://a.example/ HTTP/1.1\r\nHost: b b\r\n\r\n"),
     400},
    /* targets */
    {"no target", TEXT("GET HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"empty target", TEXT("GET  HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"two spaces before the target", TEXT("GET  / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"two spaces behind the target", TEXT("GET /  HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"tab before the target", TEXT("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"space in the target", TEXT("GET /a b HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"tab in the target", TEXT("GET /a\tb HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"fragment", TEXT("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"no ASCII in the target", TEXT("GET /caf\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"no slash", TEXT("GET a HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"asterisk for GET", TEXT("GET * HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"more than an asterisk", TEXT("OPTIONS *x HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"authority form for GET", TEXT("GET a.example:80 HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"authority form for CONNECT", TEXT("CONNECT a.example:443 HTTP/1.1\r\n" HOST "\r\n"), 405},
    {"CONNECT to a path", TEXT("CONNECT / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"CONNECT without a port", TEXT("CONNECT a.example HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"absolute form of another scheme", TEXT("GET ftp://a.example/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"absolute form with a user", TEXT("GET http://me@a.example/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"absolute form without a host", TEXT("GET http:///a HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"absolute form, bad port", TEXT("GET http://a:b/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    /* versions and methods */
    {"HTTP/2.0", TEXT("GET / HTTP/2.0\r\n" HOST "\r\n"), 505},
    {"the preface of HTTP/2", TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505},
    {"HTTP/1.2", TEXT("GET / HTTP/1.2\r\n" HOST "\r\n"), 505},
    {"HTTP/0.9 with a version", TEXT("GET / HTTP/0.9\r\n\r\n"), 505},
    {"HTTP/9.9", TEXT("GET / HTTP/9.9\r\n" HOST "\r\n"), 505},
    {"HTTP/0.9", TEXT("GET /\r\n\r\n"), 400},
    {"HTTP/0.9 has no more to wait for", TEXT("GET /\r\n"), 400},
    {"no request line", TEXT("Host: a.example\r\n"), 400},
    {"a version in lower case", TEXT("GET / http/1.1\r\n" HOST "\r\n"), 400},
    {"a version of two digits", TEXT("GET / HTTP/1.10\r\n" HOST "\r\n"), 400},
    {"a version without a point", TEXT("GET / HTTP/11\r\n" HOST "\r\n"), 400},
    {"a version of one number", TEXT("GET / HTTP/1\r\n" HOST "\r\n"), 400},
    {"a version with a sign", TEXT("GET / HTTP/+1.1\r\n" HOST "\r\n"), 400},
    {"a space behind the version", TEXT("GET / HTTP/1.1 \r\n" HOST "\r\n"), 400},
    {"another protocol", TEXT("GET / ICE/1.0\r\n" HOST "\r\n"), 400},
    {"another protocol of eight bytes", TEXT("GET / RTSP/1.0\r\n" HOST "\r\n"), 400},
    {"unknown method", TEXT("BREW / HTTP/1.1\r\n" HOST "\r\n"), 501},
    {"a method that llhttp knows", TEXT("MKCOL / HTTP/1.1\r\n" HOST "\r\n"), 501},
    {"a method in lower case", TEXT("get / HTTP/1.1\r\n" HOST "\r\n"), 501},
    {"a very long method", TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n" HOST "\r\n"),
     501},
    {"no method", TEXT(" / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"a separator in a method", TEXT("G:T / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"an answer", TEXT("HTTP/1.1 200 OK\r\n\r\n"), 400},
    /* others */
    {"unknown expectation", TEXT(POST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\na"), 417},
    {"two authorizations", TEXT(GET HOST "Authorization: a\r\nAuthorization: b\r\n\r\n"), 400},
    {"two content types", TEXT(POST "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n"), 400},
    /* chunks */
    {"an extension without a name",
     TEXT(POST "Transfer-Encoding: chunked\r\n\r\n1;=\r\nx\r\n0\r\n\r\n"), 400},
    {"a second extension without a name",
     TEXT(POST "Transfer-Encoding: chunked\r\n\r\n1;a=\"\\\";\";=b\r\nx\r\n0\r\n\r\n"), 400},
    {"chunk size with a sign", TEXT(CHUNKED "+1\r\na\r\n0\r\n\r\n"), 400},
    {"negative chunk size", TEXT(CHUNKED "-1\r\na\r\n0\r\n\r\n"), 400},
    {"chunk size with 0x", TEXT(CHUNKED "0x1\r\na\r\n0\r\n\r\n"), 400},
    {"space before a chunk size", TEXT(CHUNKED " 1\r\na\r\n0\r\n\r\n"), 400},
    {"space behind a chunk size", TEXT(CHUNKED "1 \r\na\r\n0\r\n\r\n"), 400},
    {"space before an extension", TEXT(CHUNKED "1 ;x\r\na\r\n0\r\n\r\n"), 400},
    {"underscore in a chunk size", TEXT(CHUNKED "1_0\r\na\r\n0\r\n\r\n"), 400},
    {"no chunk size", TEXT(CHUNKED "\r\na\r\n0\r\n\r\n"), 400},
    {"no digit", TEXT(CHUNKED "g\r\na\r\n0\r\n\r\n"), 400},
    {"only an extension", TEXT(CHUNKED ";x\r\na\r\n0\r\n\r\n"), 400},
    {"a chunk longer than its size", TEXT(CHUNKED "1\r\nab\r\n0\r\n\r\n"), 400},
    {"a chunk shorter than its size", TEXT(CHUNKED "3\r\nab\r\n0\r\n\r\n"), 400},
    {"bare LF behind a chunk size", TEXT(CHUNKED "1\na\r\n0\r\n\r\n"), 400},
    {"bare CR behind a chunk size", TEXT(CHUNKED "1\ra\r\n0\r\n\r\n"), 400},
    {"bare LF behind a chunk", TEXT(CHUNKED "1\r\na\n0\r\n\r\n"), 400},
    {"NUL in an extension", TEXT(CHUNKED "1;\0\r\na\r\n0\r\n\r\n"), 400},
    {"bare LF in an extension", TEXT(CHUNKED "1;a\nb\r\na\r\n0\r\n\r\n"), 400},
    {"bare LF as the last line", TEXT(CHUNKED "0\r\n\n"), 400},
    {"a trailer without a colon", TEXT(CHUNKED "0\r\nnonsense\r\n\r\n"), 400},
    {"a trailer with a space in its name", TEXT(CHUNKED "0\r\nX : y\r\n\r\n"), 400},
    {"a folded trailer", TEXT(CHUNKED "0\r\nX: y\r\n z\r\n\r\n"), 400},
    {"a request where a chunk size should be", TEXT(CHUNKED "GET / HTTP/1.1\r\n\r\n"), 400},
    {"a chunk of more than 32 bits", TEXT(CHUNKED "100000000\r\na"), 413},
    {"a chunk of more than 64 bits", TEXT(CHUNKED "fffffffffffffffffff\r\na"), 413},
    {"a chunk over the bound", TEXT(CHUNKED "40001\r\na"), 413},
};

static void bad_requests_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        read_whole(bad[i].text);
        if (outcome.read != HTTP_READ_BAD || outcome.status != bad[i].status)
            fail_msg("%s: read %d, status %d", bad[i].name, outcome.read, outcome.status);
        read_bytewise(bad[i].text);
        if (outcome.read != HTTP_READ_BAD || outcome.status != bad[i].status)
            fail_msg("%s, byte by byte: read %d, status %d", bad[i].name, outcome.read,
                     outcome.status);
    }
}

static void a_control_byte_anywhere_in_a_head_is_no_request(void **state)
{
    (void)state;
    static const char template[] = "GET /path?q HTTP/1.1\r\nHost: a.example\r\nX-Y: zz\r\n\r\n";
    const size_t size = sizeof template - 1;
    const size_t values[] = {28, 36, 43, 48}; /* of Host and of X-Y: HTAB may stand there */
    for (size_t at = 0; at < size; at++) {
        for (int byte = 0; byte <= 0x7f; byte = byte == 0x1f ? 0x7f : byte + 1) {
            bool is_in_value = (at >= values[0] - 1 && at <= values[1]) ||
                               (at >= values[2] - 1 && at <= values[3]);
            if (byte == template[at] || (byte == '\t' && is_in_value))
                continue;
            char text[sizeof template];
            memcpy(text, template, sizeof text);
            text[at] = (char)byte;
            read_whole(slice_of(text, size));
            if (outcome.read == HTTP_READ_DONE)
                fail_msg("byte %d at %zu is let through", byte, at);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(a_control_byte_anywhere_in_a_head_is_no_request),
    };
    return cmocka_run_group_tests(tests, map_pages, unmap_pages);
}
