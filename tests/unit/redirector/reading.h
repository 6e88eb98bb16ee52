/* reading.h - for the tests of http_request: reads a request that ends at a guard page. */
#ifndef TESTS_READING_H
#define TESTS_READING_H
#include "redirector/http_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* Input ends where the next page can't be touched: reading one byte too many is a crash. */
struct guarded {
    char *pages;
    size_t size; /* of those that may be touched */
};

static struct guarded guarded;

static int map_pages(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    guarded.size = 256 * page;
    guarded.pages =
        mmap(NULL, guarded.size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guarded.pages == MAP_FAILED)
        return -1;
    return mprotect(guarded.pages + guarded.size, page, PROT_NONE);
}

static int unmap_pages(void **state)
{
    (void)state;
    return munmap(guarded.pages, guarded.size);
}

static char *at_guard(struct slice text)
{
    char *start = guarded.pages + guarded.size - text.size;
    if (text.size)
        memcpy(start, text.data, text.size);
    return start;
}

struct outcome {
    enum http_read read;
    int status;
    size_t used;
    struct http_request request;
};

static struct outcome outcome; /* of the last reading: its request may borrow from itself */

static void read_whole(struct slice text)
{
    struct http_reader reader = {.body_max = HTTP_BODY_MAX};
    outcome = (struct outcome){.used = SIZE_MAX};
    outcome.read =
        http_request_read(&reader, &outcome.request, at_guard(text), text.size, &outcome.used);
    outcome.status = reader.status;
}

/* One byte more each time, and each time at another address. */
static void read_bytewise(struct slice text)
{
    struct http_reader reader = {.body_max = HTTP_BODY_MAX};
    outcome = (struct outcome){.read = HTTP_READ_MORE};
    size_t size = 0;
    while (outcome.read == HTTP_READ_MORE && size < text.size) {
        size++;
        outcome.read = http_request_read(&reader, &outcome.request,
                                         at_guard(slice_first(text, size)), size, &outcome.used);
    }
    outcome.status = reader.status;
    if (outcome.read == HTTP_READ_DONE)
        assert_int_equal(outcome.used, size);
}

#define HOST "Host: go.example.com\r\n"
#define TEXT(literal) SLICE_INIT(literal)
#define GET "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#endif
