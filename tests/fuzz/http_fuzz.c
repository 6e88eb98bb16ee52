/* Feeds the HTTP reader: bytes as one piece, and the same in pieces of a size that the first byte chooses, each time at
 * another address. Both have to come to the same end, and what is read has to be fit for a handler. */
#include "redirector/http_head.h"
#include "redirector/http_request.h"

#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(truth)                                                                             \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            fprintf(stderr, "not so: %s\n", #truth);                                               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct reading {
    struct http_reader reader;
    struct http_request request;
    enum http_read result;
    size_t used;
    char *bytes;
};

/* Reads the first `size` bytes, in memory of just that size. */
static void read_on(struct reading *reading, struct slice text, size_t size)
{
    free(reading->bytes);
    reading->bytes = malloc(size ? size : 1);
    REQUIRE(reading->bytes);
    if (size)
        memcpy(reading->bytes, text.data, size);
    reading->result = http_request_read(&reading->reader, &reading->request, reading->bytes, size,
                                        &reading->used);
}

static void require_visible(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        REQUIRE(text.data[i] > 0x20 && text.data[i] < 0x7f);
}

static void require_fit(const struct reading *reading, size_t size)
{
    const struct http_request *request = &reading->request;
    REQUIRE(reading->used <= size && reading->used >= request->body.size);
    REQUIRE(request->body.size <= reading->reader.body_max);
    REQUIRE(request->path.size && (request->path.data[0] == '/' || slice_is(request->path, "*")));
    REQUIRE(request->path.size + request->query.size <= HTTP_TARGET_MAX);
    REQUIRE(request->is_http_1_0 ? true : http_is_host(request->host));
    require_visible(request->path);
    require_visible(request->query);
    REQUIRE(http_find_control(request->user_agent, 0) == request->user_agent.size);
    REQUIRE(http_find_control(request->x_forwarded_for, 0) == request->x_forwarded_for.size);
    REQUIRE(request->x_forwarded_for.size <= HTTP_HEAD_MAX);
}

/* The request at the start of `text`; how many bytes it took, 0 when there is none. */
static size_t read_both_ways(struct slice text, size_t step)
{
    struct reading whole = {.reader.body_max = 4096}, pieces = whole;
    read_on(&whole, text, text.size);
    size_t size = 0;
    do {
        size = text.size - size < step ? text.size : size + step;
        read_on(&pieces, text, size);
    } while (pieces.result == HTTP_READ_MORE && size < text.size);

    REQUIRE(whole.result == pieces.result);
    size_t used = 0;
    if (whole.result == HTTP_READ_BAD)
        REQUIRE(whole.reader.status == pieces.reader.status && whole.reader.status >= 400);
    if (whole.result == HTTP_READ_DONE) {
        REQUIRE(whole.used == pieces.used);
        REQUIRE(slice_equal(whole.request.body, pieces.request.body));
        REQUIRE(slice_equal(whole.request.path, pieces.request.path));
        REQUIRE(slice_equal(whole.request.host, pieces.request.host));
        require_fit(&whole, text.size);
        used = whole.used;
    }
    free(whole.bytes);
    free(pieces.bytes);
    return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return 0;
    struct slice text = slice_of(bytes + 1, size - 1);
    size_t used;
    do {
        used = read_both_ways(text, 1 + bytes[0] % 64);
        text = slice_from(text, used);
    } while (used && text.size);
    return 0;
}
