#include "redirector/http_head.h"

#include "core/traffic/address.h"

#include <endian.h>

#define EMPTY_LINES_MAX 4 /* RFC 9112 section 2.2 asks for one to be forgiven */
#define LINE_OVERHEAD 32  /* of a request line beside its target */
#define METHOD_MAX 20

/* tchar, RFC 9110 section 5.6.2 */
static const char token_bytes[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,         ['&'] = 1,         ['\''] = 1,
    ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,         ['^'] = 1,         ['_'] = 1,
    ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['a' ... 'z'] = 1, ['A' ... 'Z'] = 1};

bool http_is_token(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if (!token_bytes[(unsigned char)s.data[i]])
            return false;
    return s.size > 0;
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* The first control byte of sixteen, or 16: the vectors of GCC and Clang, on any machine. */
typedef unsigned char bytes_16 __attribute__((vector_size(16)));

static size_t find_control_of_16(const char *at)
{
    bytes_16 bytes;
    memcpy(&bytes, at, sizeof bytes);
    bytes_16 found = (bytes_16)((bytes < 0x20) & (bytes != '\t')) | (bytes_16)(bytes == 0x7f);
    uint64_t halves[2];
    memcpy(halves, &found, sizeof halves);
    if (halves[0])
        return (size_t)__builtin_ctzll(le64toh(halves[0])) / 8;
    return halves[1] ? 8 + (size_t)__builtin_ctzll(le64toh(halves[1])) / 8 : 16;
}

size_t http_find_control(struct slice s, size_t start)
{
    size_t i = start;
    for (size_t found = 16; i + 16 <= s.size; i += 16) {
        found = find_control_of_16(s.data + i);
        if (found < 16)
            return i + found;
    }
    for (; i < s.size; i++)
        if (is_control(s.data[i]))
            return i;
    return s.size;
}

static enum http_read bad(struct http_reader *reader, int status)
{
    reader->status = (uint16_t)status;
    return HTTP_READ_BAD;
}

static enum http_read is_within_bounds(struct http_reader *reader, size_t size)
{
    if (reader->lines == 0 && size - reader->start > HTTP_TARGET_MAX + LINE_OVERHEAD)
        return bad(reader, 414);
    if (size - reader->start > HTTP_HEAD_MAX || reader->lines > HTTP_FIELDS_MAX + 1)
        return bad(reader, 431);
    return HTTP_READ_MORE;
}

static bool has_version(struct slice line)
{
    struct slice method = slice_take(&line, ' ');
    struct slice target = slice_take(&line, ' ');
    return method.size && target.size && slice_starts(line, SLICE("HTTP/"));
}

/* One line is whole: [reader->line, end). */
static enum http_read take_line(struct http_reader *reader, const char *bytes, size_t end)
{
    bool is_empty = end == reader->line;
    if (is_empty && reader->lines == 0) {
        reader->start = (uint32_t)end + 2;
        return reader->start > 2 * EMPTY_LINES_MAX ? bad(reader, 400) : HTTP_READ_MORE;
    }
    if (is_empty) {
        reader->head_size = (uint32_t)end + 2 - reader->start;
        return HTTP_READ_DONE;
    }
    /* A folded field (RFC 9112 section 5.2), or white space before the first (section 2.2). */
    if (bytes[reader->line] == ' ' || bytes[reader->line] == '\t')
        return bad(reader, 400);
    /* HTTP/0.9 (or no request line at all) has no fields to wait for. */
    if (reader->lines == 0 && !has_version(slice_of(bytes + reader->line, end - reader->line)))
        return bad(reader, 400);
    reader->lines++;
    return HTTP_READ_MORE;
}

enum http_read http_head_find(struct http_reader *reader, const char *bytes, size_t size)
{
    enum http_read result = HTTP_READ_MORE;
    while (result == HTTP_READ_MORE) {
        size_t at = http_find_control(slice_of(bytes, size), reader->scanned);
        reader->scanned = (uint32_t)at;
        result = is_within_bounds(reader, at);
        if (result == HTTP_READ_BAD || at == size)
            return result;
        if (bytes[at] != '\r')
            return bad(reader, 400);
        if (at + 1 == size)
            return HTTP_READ_MORE; /* the CR is looked at again with what follows it */
        if (bytes[at + 1] != '\n')
            return bad(reader, 400);
        result = take_line(reader, bytes, at);
        reader->scanned = reader->line = (uint32_t)at + 2;
    }
    if (result == HTTP_READ_DONE && reader->head_size > HTTP_HEAD_MAX)
        return bad(reader, 431);
    return result;
}

static bool is_digits(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    return true;
}

static bool is_port(struct slice s) /* after its colon; may be empty */
{
    uint64_t port;
    return s.size == 0 || slice_to_u64(&port, s, 65535) == JALON_OK;
}

static bool is_name(struct slice s) /* DNS name or IPv4 address */
{
    for (size_t i = 0; i < s.size; i++) {
        char c = s.data[i];
        bool is_alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alphanumeric && c != '-' && c != '.' && c != '_')
            return false;
    }
    return s.size > 0 && s.size <= 255;
}

bool http_is_host(struct slice s)
{
    if (s.size && s.data[0] == '[') {
        size_t end = slice_find(s, ']', 0);
        struct slice port = slice_from(s, end + 1);
        struct address address;
        return end < s.size && address_parse(&address, slice_first(s, end + 1)) == JALON_OK &&
               (port.size == 0 || (port.data[0] == ':' && is_port(slice_from(port, 1))));
    }
    size_t colon = slice_find(s, ':', 0);
    return is_name(slice_first(s, colon)) && is_port(slice_from(s, colon + 1));
}

/* "HTTP/1.1", RFC 9112 section 2.3 */
static int read_version(struct http_request *request, struct slice version)
{
    if (version.size != 8 || !slice_starts(version, SLICE("HTTP/")) || version.data[6] != '.' ||
        !is_digits(slice_of(version.data + 5, 1)) || !is_digits(slice_of(version.data + 7, 1)))
        return 400;
    if (version.data[5] != '1' || version.data[7] > '1')
        return 505;
    request->is_http_1_0 = version.data[7] == '0';
    return 0;
}

static int read_method(struct http_request *request, struct slice name)
{
    static const struct {
        struct slice name;
        enum http_method method;
    } methods[] = {
        {SLICE_INIT("GET"), HTTP_GET_METHOD},         {SLICE_INIT("HEAD"), HTTP_HEAD_METHOD},
        {SLICE_INIT("POST"), HTTP_POST_METHOD},       {SLICE_INIT("PATCH"), HTTP_PATCH_METHOD},
        {SLICE_INIT("OPTIONS"), HTTP_OPTIONS_METHOD}, {SLICE_INIT("PUT"), HTTP_OTHER_METHOD},
        {SLICE_INIT("DELETE"), HTTP_OTHER_METHOD},    {SLICE_INIT("TRACE"), HTTP_OTHER_METHOD}};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (!slice_equal(methods[i].name, name))
            continue;
        request->method = methods[i].method;
        return 0;
    }
    return 501; /* RFC 9110 section 15.6.2: not recognised */
}

/* What may stand in a target: visible ASCII but '#'. Wider than RFC 3986, as browsers leave some of it
 * unencoded (WHATWG URL); nothing that another recipient could take for a delimiter of the line. */
static bool is_target(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if ((unsigned char)s.data[i] <= 0x20 || (unsigned char)s.data[i] >= 0x7f ||
            s.data[i] == '#')
            return false;
    return s.size > 0;
}

static void read_path(struct http_request *request, struct slice s)
{
    size_t mark = slice_find(s, '?', 0);
    request->path = mark == 0 ? SLICE("/") : slice_first(s, mark);
    request->has_query = mark < s.size;
    request->query = slice_from(s, mark + 1);
}

/* http://authority/path (RFC 9112 section 3.2.2): the authority replaces Host. */
static int read_absolute(struct http_request *request, struct slice target)
{
    struct slice rest = slice_from(target, slice_starts_nocase(target, SLICE("https:")) ? 8 : 7);
    size_t end = 0;
    while (end < rest.size && rest.data[end] != '/' && rest.data[end] != '?')
        end++;
    request->host = slice_first(rest, end);
    if (!http_is_host(request->host))
        return 400;
    read_path(request, slice_from(rest, end));
    if (request->path.size == 0)
        request->path = SLICE("/");
    return 0;
}

static int read_target(struct http_request *request, struct slice target)
{
    if (target.size > HTTP_TARGET_MAX)
        return 414;
    if (!is_target(target))
        return 400;
    if (target.data[0] == '/') {
        read_path(request, target);
        return 0;
    }
    if (slice_is(target, "*")) {
        request->path = target;
        return request->method == HTTP_OPTIONS_METHOD ? 0 : 400;
    }
    if (slice_starts_nocase(target, SLICE("http://")) ||
        slice_starts_nocase(target, SLICE("https://")))
        return read_absolute(request, target);
    return 400; /* authority form is CONNECT's only */
}

int http_head_line(struct http_request *request, struct slice line)
{
    struct slice method = slice_take(&line, ' ');
    struct slice target = slice_take(&line, ' ');
    if (!http_is_token(method))
        return 400;
    if (target.size > HTTP_TARGET_MAX)
        return 414;
    int status = read_version(request, line);
    if (status)
        return status;
    if (slice_is(method, "CONNECT")) {
        size_t colon = slice_find(
            target, ':', target.size && target.data[0] == '[' ? slice_find(target, ']', 0) : 0);
        return http_is_host(target) && colon + 1 < target.size ? 405 : 400;
    }
    status = method.size > METHOD_MAX ? 501 : read_method(request, method);
    return status ? status : read_target(request, target);
}
