#include "redirector/http_request.h"

#include "redirector/http_chunks.h"
#include "redirector/http_fields.h"
#include "redirector/http_head.h"

#include <llhttp.h>

#include <stddef.h>

/* A head, or a whole chunked message, as llhttp reads it. What it sees must agree with what http_head.c and
 * http_chunks.c saw, or the request is refused: two readings of one message are how requests are smuggled. */
struct reading {
    struct http_fields fields;
    struct slice name, value;
    uint32_t field_count;
    int status; /* first refusal; 0: none */
    char *body; /* where the next decoded bytes go; NULL: stop behind the head */
    size_t body_size;
    bool is_complete;
};

static void extend(struct slice *span, const char *at, size_t size)
{
    if (span->data && span->data + span->size == at)
        span->size += size;
    else
        *span = slice_of(at, size);
}

static int on_field(llhttp_t *parser, const char *at, size_t size)
{
    struct reading *reading = parser->data;
    extend(&reading->name, at, size);
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t size)
{
    struct reading *reading = parser->data;
    extend(&reading->value, at, size);
    return 0;
}

static int on_value_complete(llhttp_t *parser)
{
    struct reading *reading = parser->data;
    reading->field_count++;
    if (!reading->body)
        reading->status =
            http_fields_take(&reading->fields, reading->name, slice_trim(reading->value));
    reading->name = reading->value = SLICE_NONE;
    return reading->status ? -1 : 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    const struct reading *reading = parser->data;
    return reading->body ? 0 : HPE_PAUSED;
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct reading *reading = parser->data;
    memmove(reading->body + reading->body_size, at, size); /* downwards, behind the parser */
    reading->body_size += size;
    return 0;
}

static int on_complete(llhttp_t *parser)
{
    struct reading *reading = parser->data;
    reading->is_complete = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t callbacks = {.on_header_field = on_field,
                                            .on_header_value = on_value,
                                            .on_header_value_complete = on_value_complete,
                                            .on_headers_complete = on_headers_complete,
                                            .on_body = on_body,
                                            .on_message_complete = on_complete};

static llhttp_errno_t read_with_llhttp(struct reading *reading, const char *bytes, size_t size)
{
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &callbacks);
    parser.data = reading;
    return llhttp_execute(&parser, bytes, size);
}

/* A length that llhttp can't hold is no malformed one. */
static bool is_long_number(struct slice value)
{
    value = slice_trim(slice_first(value, slice_find(value, '\r', 0)));
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
    return value.size > 10;
}

static int refusal(const struct reading *reading, llhttp_errno_t error, struct slice head)
{
    if (reading->status)
        return reading->status;
    if (error != HPE_INVALID_CONTENT_LENGTH || !reading->name.data)
        return 400;
    size_t behind = (size_t)(reading->name.data - head.data) + reading->name.size + 1;
    return is_long_number(slice_from(head, behind)) ? 413 : 400;
}

static int read_head(struct http_reader *reader, struct http_request *request, struct slice head)
{
    memset(request, 0, offsetof(struct http_request, joined_x_forwarded_for));
    int status = http_head_line(request, slice_first(head, slice_find(head, '\r', 0)));
    if (status)
        return status;

    struct reading reading = {.fields = {.request = request, .reader = reader}};
    reader->framing = HTTP_BODY_NONE;
    reader->body_size = 0;
    llhttp_errno_t error = read_with_llhttp(&reading, head.data, head.size);
    if (error != HPE_PAUSED)
        return refusal(&reading, error, head);
    if (reading.field_count + 1 != reader->lines)
        return 400;
    return http_fields_end(&reading.fields);
}

static enum http_read bad(struct http_reader *reader, int status)
{
    reader->status = (uint16_t)status;
    return HTTP_READ_BAD;
}

static enum http_read find_body_end(struct http_reader *reader, const char *bytes, size_t size)
{
    if (reader->framing == HTTP_BODY_CHUNKED)
        return http_chunks_find(reader, bytes, size);
    size_t end = (size_t)reader->start + reader->head_size + reader->body_size;
    if (size < end)
        return HTTP_READ_MORE;
    reader->scanned = (uint32_t)end;
    return HTTP_READ_DONE;
}

/* Decodes the chunks in place: what they decode to is shorter than they are. */
static int read_chunks(struct http_reader *reader, struct http_request *request, char *bytes)
{
    struct slice message = slice_of(bytes + reader->start, reader->scanned - reader->start);
    struct reading reading = {.body = bytes + reader->start + reader->head_size};
    llhttp_errno_t error = read_with_llhttp(&reading, message.data, message.size);
    bool is_same =
        error == HPE_PAUSED && reading.is_complete && reading.body_size == reader->body_size;
    if (!is_same)
        return 400;
    request->body = slice_of(reading.body, reading.body_size);
    return 0;
}

enum http_read http_request_read(struct http_reader *reader, struct http_request *ret_request,
                                 char *bytes, size_t size, size_t *ret_used)
{
    bool is_head_new = reader->head_size == 0;
    if (is_head_new) {
        enum http_read result = http_head_find(reader, bytes, size);
        if (result != HTTP_READ_DONE)
            return result;
        int status =
            read_head(reader, ret_request, slice_of(bytes + reader->start, reader->head_size));
        if (status)
            return bad(reader, status);
    }
    enum http_read result = find_body_end(reader, bytes, size);
    if (result != HTTP_READ_DONE)
        return result;

    /* The bytes may have moved since the head was read: its slices are made again. */
    uint32_t body_size = reader->body_size;
    struct slice head = slice_of(bytes + reader->start, reader->head_size);
    int status = is_head_new ? 0 : read_head(reader, ret_request, head);
    reader->body_size = body_size;
    if (status == 0 && reader->framing == HTTP_BODY_CHUNKED)
        status = read_chunks(reader, ret_request, bytes);
    else
        ret_request->body = slice_of(bytes + reader->start + reader->head_size, body_size);
    if (status)
        return bad(reader, status);
    *ret_used = reader->scanned;
    return HTTP_READ_DONE;
}
