/* tls.h - TLS on a non-blocking socket (RFC 8446, RFC 5246), TLS 1.2 and later. The only file beside core/sign that
 * knows OpenSSL. */
#ifndef REDIRECTOR_TLS_H
#define REDIRECTOR_TLS_H
#include "core/base/problem.h"

#include <sys/types.h>

struct tls_context; /* certificate and key; read-only once made, shared by threads */
struct tls_stream;  /* one connection's; belongs to one thread */

/* Reads a PEM certificate chain and its key. JALON_INVALID, and *problem names the file and why. */
CHECKED int tls_context_new(struct tls_context **ret_context, const char *certificate_file,
                            const char *key_file, struct problem *problem);
struct tls_context *tls_context_free(struct tls_context *context); /* streams keep what they need */

CHECKED int tls_stream_new(struct tls_stream **ret_stream, struct tls_context *context, int fd);
struct tls_stream *tls_stream_free(struct tls_stream *stream); /* not the descriptor */

enum tls_need { TLS_DONE, TLS_NEEDS_READ, TLS_NEEDS_WRITE, TLS_ENDED };

/* TLS_DONE when the handshake is through, TLS_ENDED when it failed. */
enum tls_need tls_stream_accept(struct tls_stream *stream);
/* Like recv() and send(): bytes moved, 0 at the peer's end (read), -1 with errno EAGAIN or an error. */
ssize_t tls_stream_read(struct tls_stream *stream, void *bytes, size_t size);
ssize_t tls_stream_write(struct tls_stream *stream, const void *bytes, size_t size);
/* Bytes of a record that is opened already: no event tells of them. */
bool tls_stream_holds_bytes(const struct tls_stream *stream);
/* Says close_notify, as far as the socket takes it now. */
void tls_stream_end(struct tls_stream *stream);
#endif
