/* http_chunks.h - finds the end of a chunked body (RFC 9112 section 7.1), strictly and without decoding it. */
#ifndef REDIRECTOR_HTTP_CHUNKS_H
#define REDIRECTOR_HTTP_CHUNKS_H
#include "redirector/http_request.h"

/* Goes on at reader->scanned. DONE: reader->scanned is behind the body's last byte and reader->body_size what it
 * decodes to. BAD sets reader->status. */
enum http_read http_chunks_find(struct http_reader *reader, const char *bytes, size_t size);
#endif
