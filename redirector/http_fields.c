#include "redirector/http_fields.h"

#include "redirector/http_head.h"

static int take_host(struct http_fields *fields, struct slice value)
{
    if (fields->has_host || !http_is_host(value))
        return 400;
    fields->has_host = true;
    if (!fields->request->host.size) /* absolute form's authority wins, RFC 9112 section 3.2.2 */
        fields->request->host = value;
    return 0;
}

/* One field, digits only: a second one is refused even if equal (RFC 9112 section 6.3 allows either). */
static int take_length(struct http_fields *fields, struct slice value)
{
    if (fields->has_length || value.size == 0)
        return 400;
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] < '0' || value.data[i] > '9')
            return 400;
    uint64_t length;
    if (slice_to_u64(&length, value, fields->reader->body_max) != JALON_OK)
        return 413;
    fields->has_length = true;
    fields->reader->body_size = (uint32_t)length;
    fields->reader->framing = HTTP_BODY_LENGTH;
    return 0;
}

/* "chunked" and nothing else is understood. A coding after chunked, or chunked twice, leaves the body's end unknown:
 * 400 (RFC 9112 section 6.3); one that is not known is 501 (section 6.1). */
static int take_coding(struct http_fields *fields, struct slice value)
{
    if (fields->has_coding)
        return 400;
    fields->has_coding = true;
    fields->reader->framing = HTTP_BODY_CHUNKED;
    if (slice_equal_nocase(value, SLICE("chunked")))
        return 0;
    bool is_chunked = false;
    do {
        struct slice coding = slice_trim(slice_take(&value, ','));
        struct slice name = slice_trim(slice_first(coding, slice_find(coding, ';', 0)));
        if (is_chunked || !http_is_token(name))
            return 400;
        is_chunked = slice_equal_nocase(name, SLICE("chunked"));
    } while (value.size);
    return 501;
}

static int take_connection(struct http_fields *fields, struct slice value)
{
    while (value.size) {
        struct slice option = slice_trim(slice_take(&value, ','));
        fields->is_close_asked |= slice_equal_nocase(option, SLICE("close"));
        fields->is_keep_alive_asked |= slice_equal_nocase(option, SLICE("keep-alive"));
    }
    return 0;
}

static int take_expect(struct http_fields *fields, struct slice value)
{
    if (!slice_equal_nocase(value, SLICE("100-continue")))
        return 417;
    fields->request->expects_continue = true;
    return 0;
}

/* Nothing is decoded here: whoever has a use for the body refuses an encoded one (RFC 9110 section 8.4). */
static int take_encoding(struct http_fields *fields, struct slice value)
{
    fields->request->is_encoded |= !slice_equal_nocase(value, SLICE("identity"));
    return 0;
}

static int take_authorization(struct http_fields *fields, struct slice value)
{
    if (fields->has_authorization)
        return 400;
    fields->has_authorization = true;
    fields->request->authorization = value;
    return 0;
}

static int take_type(struct http_fields *fields, struct slice value)
{
    if (fields->has_type)
        return 400;
    fields->has_type = true;
    fields->request->content_type = value;
    return 0;
}

static int take_first(struct slice *slot, struct slice value)
{
    if (!slot->data)
        *slot = value;
    return 0;
}

static int take_agent(struct http_fields *fields, struct slice value)
{
    return take_first(&fields->request->user_agent, value);
}

static int take_referer(struct http_fields *fields, struct slice value)
{
    return take_first(&fields->request->referer, value);
}

static int take_traceparent(struct http_fields *fields, struct slice value)
{
    return take_first(&fields->request->traceparent, value);
}

static int take_purpose(struct http_fields *fields, struct slice value)
{
    fields->request->is_prefetch |= slice_contains_nocase(value, SLICE("prefetch")) ||
                                    slice_contains_nocase(value, SLICE("prerender"));
    return 0;
}

/* Several fields of one name are one list (RFC 9110 section 5.3). Whole elements are dropped from the left when
 * there is no room: half of an address would be another address. */
static int join(struct slice *list, char *memory, struct slice value)
{
    if (list->size == 0) {
        *list = value;
        return 0;
    }
    struct slice old = *list;
    while (old.size && old.size + 1 + value.size > HTTP_JOINED_MAX)
        (void)slice_take(&old, ','); /* dropped */
    if (old.size == 0) {
        *list = value;
        return 0;
    }
    memmove(memory, old.data, old.size);
    memory[old.size] = ',';
    if (value.size)
        memcpy(memory + old.size + 1, value.data, value.size);
    *list = slice_of(memory, old.size + 1 + value.size);
    return 0;
}

static int take_x_forwarded_for(struct http_fields *fields, struct slice value)
{
    return join(&fields->request->x_forwarded_for, fields->request->joined_x_forwarded_for, value);
}

static int take_forwarded(struct http_fields *fields, struct slice value)
{
    return join(&fields->request->forwarded, fields->request->joined_forwarded, value);
}

/* A place of its own for each, by its first letter and its length: the compiler warns of two at one. */
#define PLACES 32
#define PLACE(first, size) (((size_t)(first) + 14 * (size)) % PLACES)
#define ROW(first, name, take) [PLACE(first, sizeof(name) - 1)] = {SLICE_INIT(name), take}

static const struct {
    struct slice name;
    int (*take)(struct http_fields *fields, struct slice value);
} rows[PLACES] = {
    ROW('h', "host", take_host),
    ROW('u', "user-agent", take_agent),
    ROW('c', "connection", take_connection),
    ROW('r', "referer", take_referer),
    ROW('c', "content-length", take_length),
    ROW('t', "transfer-encoding", take_coding),
    ROW('c', "content-type", take_type),
    ROW('c', "content-encoding", take_encoding),
    ROW('a', "authorization", take_authorization),
    ROW('e', "expect", take_expect),
    ROW('x', "x-forwarded-for", take_x_forwarded_for),
    ROW('f', "forwarded", take_forwarded),
    ROW('t', "traceparent", take_traceparent),
    ROW('s', "sec-purpose", take_purpose),
    ROW('p', "purpose", take_purpose),
    ROW('x', "x-moz", take_purpose),
};

int http_fields_take(struct http_fields *fields, struct slice name, struct slice value)
{
    /* The first byte in lower case, when it is a letter. */
    size_t place = name.size ? PLACE((unsigned char)name.data[0] | 0x20, name.size) : 0;
    if (rows[place].take && slice_equal_nocase(rows[place].name, name))
        return rows[place].take(fields, value);
    return http_is_token(name) ? 0 : 400;
}

int http_fields_end(struct http_fields *fields)
{
    struct http_request *request = fields->request;
    if (!fields->has_host && !request->is_http_1_0)
        return 400;
    /* Framing that another recipient could read otherwise: RFC 9112 section 6.1. */
    if (fields->has_coding && (fields->has_length || request->is_http_1_0))
        return 400;
    if (request->is_http_1_0)
        request->expects_continue = false; /* RFC 9110 section 10.1.1 */
    request->is_keep_alive =
        !fields->is_close_asked && (!request->is_http_1_0 || fields->is_keep_alive_asked);
    fields->reader->expects_continue = request->expects_continue;
    return 0;
}
