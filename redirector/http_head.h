/* http_head.h - what must hold in a request's head before llhttp reads it, and where llhttp is too lax. */
#ifndef REDIRECTOR_HTTP_HEAD_H
#define REDIRECTOR_HTTP_HEAD_H
#include "redirector/http_request.h"

/* Advances over the head's lines, each ended by CRLF and free of control bytes, up to the empty one. DONE sets
 * reader->head_size; BAD sets reader->status. */
enum http_read http_head_find(struct http_reader *reader, const char *bytes, size_t size);

/* Checks "METHOD SP TARGET SP VERSION" and fills method, path, query, is_http_1_0, and host where the target is in
 * absolute form. 0, or the status to answer. */
int http_head_line(struct http_request *request, struct slice line);

bool http_is_token(struct slice s); /* RFC 9110 section 5.6.2: 1*tchar */
/* uri-host [":" port]: a DNS name, an IPv4 address or an IPv6 address in brackets. */
bool http_is_host(struct slice s);

/* Index from `start` of the first control byte other than HTAB; s.size when there is none. */
size_t http_find_control(struct slice s, size_t start);
#endif
