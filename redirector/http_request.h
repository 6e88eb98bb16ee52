/* http_request.h - one HTTP/1.x request, read strictly (RFC 9110, RFC 9112) by llhttp and by what llhttp is too lax
 * for: a pure function over the connection's own buffer, done / need more / bad. No allocation. */
#ifndef REDIRECTOR_HTTP_REQUEST_H
#define REDIRECTOR_HTTP_REQUEST_H
#include "core/base/slice.h"

#define HTTP_TARGET_MAX 8192      /* 414 over it */
#define HTTP_HEAD_MAX 16384       /* 431 over it; request line included */
#define HTTP_FIELDS_MAX 100       /* 431 over it */
#define HTTP_BODY_MAX 262144      /* 413 over it, on the API listener; times 16 still in 32 bits */
#define HTTP_PUBLIC_BODY_MAX 8192 /* on the public one, where no body is of use */
#define HTTP_TRAILER_MAX 4096     /* 431 over it */
#define HTTP_JOINED_MAX 512       /* of a list that came as several fields: its last elements */

enum http_method {
    HTTP_GET_METHOD,
    HTTP_HEAD_METHOD,
    HTTP_POST_METHOD,
    HTTP_PATCH_METHOD,
    HTTP_OPTIONS_METHOD,
    HTTP_OTHER_METHOD /* PUT, DELETE, TRACE */
};

struct
    http_request { /* slices borrow from the connection's buffer, valid until the exchange is finished */
    enum http_method method;
    struct slice path, query; /* path starts with '/', or is "*" (OPTIONS); query without '?' */
    bool has_query;
    struct slice host; /* absolute form's authority, else the Host field */
    struct slice user_agent, referer, authorization, content_type, x_forwarded_for, forwarded,
        traceparent;
    bool is_prefetch;  /* Sec-Purpose, Purpose or X-Moz say prefetch or prerender */
    bool is_encoded;   /* Content-Encoding is another than identity */
    struct slice body; /* without its chunks */
    bool is_keep_alive;
    bool is_http_1_0;
    bool expects_continue;
    /* x_forwarded_for and forwarded borrow from here when they came as several fields */
    char joined_x_forwarded_for[HTTP_JOINED_MAX], joined_forwarded[HTTP_JOINED_MAX];
};

enum http_framing { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

/* How far the reading of a request got: offsets only, so the bytes may move between calls. Zeroed at each request's
 * start. */
struct http_reader {
    uint32_t body_max;  /* set by the caller */
    uint32_t start;     /* of the request line: empty lines before it are skipped */
    uint32_t scanned;   /* bytes before it need no second look */
    uint32_t line;      /* start of the line that `scanned` is in */
    uint32_t lines;     /* whole ones in the head so far */
    uint32_t head_size; /* from `start`; 0 until the head is whole */
    uint32_t body_size; /* Content-Length, or chunk bytes so far */
    uint32_t chunk_left;
    uint32_t trailer; /* where it starts */
    uint16_t status;  /* of the answer to a bad request */
    uint8_t framing;  /* enum http_framing, once the head is whole */
    uint8_t chunk_state;
    bool expects_continue; /* the head is whole and its sender waits for "100 Continue" */
};

enum http_read { HTTP_READ_DONE, HTTP_READ_MORE, HTTP_READ_BAD };

/* Looks at `size` bytes, those of earlier calls included. DONE: *ret_request is whole and took *ret_used bytes; a
 * chunked body has been decoded in place. MORE: call again with more bytes behind these. BAD: answer
 * reader->status and close, as where the next request starts is not known. */
enum http_read http_request_read(struct http_reader *reader, struct http_request *ret_request,
                                 char *bytes, size_t size, size_t *ret_used);
#endif
