#include "redirector/answer.h"

#include "redirector/page.h"
#include "redirector/problem_json.h"
#include "redirector/worker.h"

#define PAGE_MAX 4096

/* Status, reason, fields that go with it, and what to tell whom HTTP itself refuses. */
static const struct {
    int status;
    const char *line, *fields, *title, *sentence;
} statuses[] = {
    {200, "HTTP/1.1 200 OK\r\n", "", "", ""},
    {201, "HTTP/1.1 201 Created\r\n", "", "", ""},
    {204, "HTTP/1.1 204 No Content\r\n", "", "", ""},
    {302, "HTTP/1.1 302 Found\r\n", "", "", ""},
    {400, "HTTP/1.1 400 Bad Request\r\n", "", "Malformed request",
     "The request is not well-formed HTTP/1.1 (RFC 9110, RFC 9112)."},
    {401, "HTTP/1.1 401 Unauthorized\r\n", "WWW-Authenticate: Bearer realm=\"jalon\"\r\n", "", ""},
    {403, "HTTP/1.1 403 Forbidden\r\n",
     "WWW-Authenticate: Bearer realm=\"jalon\", error=\"insufficient_scope\"\r\n", "", ""},
    {404, "HTTP/1.1 404 Not Found\r\n", "", "Not found", "There is nothing at this address."},
    {405, "HTTP/1.1 405 Method Not Allowed\r\n", "", "Method not allowed",
     "This address does not take that method; the Allow field names those it takes."},
    {408, "HTTP/1.1 408 Request Timeout\r\n", "", "Request time-out",
     "The request did not arrive in time."},
    {409, "HTTP/1.1 409 Conflict\r\n", "", "", ""},
    {410, "HTTP/1.1 410 Gone\r\n", "", "", ""},
    {413, "HTTP/1.1 413 Content Too Large\r\n", "", "Content too large",
     "The request's body is larger than is taken here."},
    {414, "HTTP/1.1 414 URI Too Long\r\n", "", "Address too long",
     "The request's target is longer than is taken here."},
    {415, "HTTP/1.1 415 Unsupported Media Type\r\n", "Accept: application/json\r\n", "", ""},
    {417, "HTTP/1.1 417 Expectation Failed\r\n", "", "Expectation failed",
     "The only expectation that is understood is 100-continue."},
    {422, "HTTP/1.1 422 Unprocessable Content\r\n", "", "", ""},
    {429, "HTTP/1.1 429 Too Many Requests\r\n", "Retry-After: 60\r\n", "", ""},
    {431, "HTTP/1.1 431 Request Header Fields Too Large\r\n", "", "Header fields too large",
     "The request's header fields are more or larger than are taken here."},
    {500, "HTTP/1.1 500 Internal Server Error\r\n", "", "Internal error",
     "Something went wrong here; the request may be tried again."},
    {501, "HTTP/1.1 501 Not Implemented\r\n", "", "Not implemented",
     "The request's method or transfer coding is not known here."},
    {503, "HTTP/1.1 503 Service Unavailable\r\n", "Retry-After: 2\r\n", "Unavailable",
     "This can't be done just now; try again shortly."},
    {505, "HTTP/1.1 505 HTTP Version Not Supported\r\n", "", "HTTP version not supported",
     "Only HTTP/1.1 and HTTP/1.0 are spoken here."},
};

#define STATUS_COUNT (sizeof statuses / sizeof *statuses)

static size_t index_of(int status)
{
    for (size_t i = 0; i < STATUS_COUNT; i++)
        if (statuses[i].status == status)
            return i;
    return index_of(500);
}

void answer_begin(struct exchange *exchange, int status, const char *fields)
{
    struct buffer *out = exchange->out;
    size_t index = index_of(status);
    exchange->status = statuses[index].status;
    buffer_append_string(out, statuses[index].line);
    buffer_append_string(out, "Date: ");
    buffer_append(out, worker_date(exchange->worker));
    buffer_append_string(out, "\r\n");
    if (exchange->is_closing)
        buffer_append_string(out, "Connection: close\r\n");
    else if (exchange->request.is_http_1_0)
        buffer_append_string(out, "Connection: keep-alive\r\n");
    buffer_append_string(out, statuses[index].fields);
    buffer_append_string(out, fields);
}

void answer_redirect_begin(struct exchange *exchange)
{
    answer_begin(exchange, 302,
                 "Cache-Control: private, no-store\r\n"
                 "Referrer-Policy: strict-origin-when-cross-origin\r\n"
                 "Content-Length: 0\r\n"
                 "Location: ");
}

void answer_redirect_end(struct exchange *exchange)
{
    buffer_append_string(exchange->out, "\r\n\r\n");
}

static void write_body(struct exchange *exchange, int status, const char *fields,
                       const char *content_type, struct slice body)
{
    struct buffer *out = exchange->out;
    answer_begin(exchange, status, fields);
    buffer_append_string(out, "X-Content-Type-Options: nosniff\r\nContent-Type: ");
    buffer_append_string(out, content_type);
    buffer_append_string(out, "\r\nContent-Length: ");
    buffer_append_u64(out, body.size);
    buffer_append_string(out, "\r\n\r\n");
    if (exchange->request.method != HTTP_HEAD_METHOD)
        buffer_append(out, body);
}

void answer_bytes(struct exchange *exchange, int status, const char *content_type,
                  struct slice body)
{
    write_body(exchange, status, "", content_type, body);
}

void answer_json(struct exchange *exchange, int status, struct slice json)
{
    write_body(exchange, status, "Cache-Control: no-store\r\n", "application/json", json);
}

static void write_page(struct exchange *exchange, int status, const char *fields,
                       const char *heading, const char *sentence)
{
    char memory[PAGE_MAX];
    struct buffer page;
    buffer_over(&page, memory, sizeof memory);
    page_write(&page, heading, sentence);
    write_body(exchange, status, fields, "text/html; charset=utf-8", buffer_slice(&page));
}

void answer_page(struct exchange *exchange, int status, const char *heading, const char *sentence)
{
    write_page(exchange, status, PAGE_FIELDS, heading, sentence);
}

static void write_problem(struct exchange *exchange, int status, const char *fields,
                          const char *title, const struct problem *problem)
{
    char memory[PROBLEM_JSON_MAX];
    struct buffer json;
    buffer_over(&json, memory, sizeof memory);
    problem_json_write(&json, status, title, problem);
    write_body(exchange, status, fields, "application/problem+json", buffer_slice(&json));
}

void answer_problem(struct exchange *exchange, const struct problem *problem)
{
    write_problem(exchange, problem_status(problem), "Cache-Control: no-store\r\n",
                  problem_title(problem), problem);
}

static void refuse(struct exchange *exchange, int status, const char *fields)
{
    size_t index = index_of(status);
    if (exchange->listener == LISTENER_PUBLIC) {
        char page_fields[512];
        struct buffer all;
        buffer_over(&all, page_fields, sizeof page_fields);
        buffer_append_string(&all, PAGE_FIELDS);
        buffer_append_string(&all, fields);
        write_page(exchange, status, buffer_string(&all), statuses[index].title,
                   statuses[index].sentence);
        return;
    }
    struct problem problem;
    problem_init(&problem);
    (void)problem_set(&problem, PROBLEM_MALFORMED, "%s", statuses[index].sentence); /* words only */
    write_problem(exchange, status, fields, statuses[index].title, &problem);
}

void answer_refusal(struct exchange *exchange, int status)
{
    refuse(exchange, status, "");
}

void answer_methods(struct exchange *exchange, unsigned methods)
{
    static const char *const names[] = {"GET", "HEAD", "POST", "PATCH", "OPTIONS"};
    char memory[64];
    struct buffer allow;
    buffer_over(&allow, memory, sizeof memory);
    buffer_append_string(&allow, "Allow: OPTIONS");
    for (unsigned i = 0; i < HTTP_OPTIONS_METHOD; i++)
        if (methods & 1u << i)
            buffer_printf(&allow, ", %s", names[i]);
    buffer_append_string(&allow, "\r\n");
    const char *field = buffer_string(&allow);
    if (exchange->request.method != HTTP_OPTIONS_METHOD) {
        refuse(exchange, 405, field);
        return;
    }
    answer_begin(exchange, 204, field);
    buffer_append_string(exchange->out, "\r\n");
}
