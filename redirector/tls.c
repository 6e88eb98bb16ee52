#include "redirector/tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>
#include <stdlib.h>

/* A context and a stream are OpenSSL's own; the names keep its types out of the rest of the house. */
static SSL_CTX *context_of(struct tls_context *context)
{
    return (SSL_CTX *)context;
}

static SSL *stream_of(struct tls_stream *stream)
{
    return (SSL *)stream;
}

static const char *last_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "unknown reason";
}

static int select_http(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                       const unsigned char *in, unsigned in_size, void *context)
{
    static const unsigned char spoken[] = "\x08http/1.1";
    (void)ssl, (void)context;
    int chosen = SSL_select_next_proto((unsigned char **)out, out_size, spoken, sizeof spoken - 1,
                                       in, in_size);
    /* A client that speaks only others is told so (RFC 7301 section 3.2). */
    return chosen == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void configure(SSL_CTX *context)
{
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION); /* a version it knows */
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_PRIORITIZE_CHACHA);
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    /* A read ends with its record, be it one that carries nothing for us: a client that sends key updates without end
     * waits for its turn, too. */
    (void)SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_alpn_select_cb(context, select_http, NULL);
}

static int load(SSL_CTX *context, const char *certificate_file, const char *key_file,
                struct problem *problem)
{
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1)
        return problem_set(problem, PROBLEM_INVALID,
                           "server.certificate: %s is no PEM certificate chain: %s",
                           certificate_file, last_reason());
    if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) == 1)
        return JALON_OK;
    int reason = ERR_GET_REASON(ERR_peek_last_error());
    if (reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH)
        return problem_set(problem, PROBLEM_INVALID,
                           "server.key: %s does not belong to server.certificate", key_file);
    return problem_set(problem, PROBLEM_INVALID, "server.key: %s is no PEM private key: %s",
                       key_file, last_reason());
}

int tls_context_new(struct tls_context **ret_context, const char *certificate_file,
                    const char *key_file, struct problem *problem)
{
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context)
        return problem_from_error(problem, JALON_NO_MEMORY);
    configure(context);
    int err = load(context, certificate_file, key_file, problem);
    ERR_clear_error();
    if (err) {
        SSL_CTX_free(context);
        return err;
    }
    *ret_context = (struct tls_context *)context;
    return JALON_OK;
}

struct tls_context *tls_context_free(struct tls_context *context)
{
    SSL_CTX_free(context_of(context));
    return NULL;
}

int tls_stream_new(struct tls_stream **ret_stream, struct tls_context *context, int fd)
{
    SSL *ssl = SSL_new(context_of(context)); /* it counts itself in the context */
    if (!ssl || SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        ERR_clear_error();
        return JALON_NO_MEMORY;
    }
    SSL_set_accept_state(ssl);
    *ret_stream = (struct tls_stream *)ssl;
    return JALON_OK;
}

struct tls_stream *tls_stream_free(struct tls_stream *stream)
{
    SSL_free(stream_of(stream));
    return NULL;
}

enum tls_need tls_stream_accept(struct tls_stream *stream)
{
    ERR_clear_error();
    int result = SSL_do_handshake(stream_of(stream));
    if (result == 1)
        return TLS_DONE;
    int reason = SSL_get_error(stream_of(stream), result);
    ERR_clear_error();
    if (reason == SSL_ERROR_WANT_READ)
        return TLS_NEEDS_READ;
    return reason == SSL_ERROR_WANT_WRITE ? TLS_NEEDS_WRITE : TLS_ENDED;
}

/* What SSL_read() and SSL_write() say, in the words of recv() and send(). */
static ssize_t result_of(struct tls_stream *stream, int result)
{
    if (result > 0)
        return result;
    int reason = SSL_get_error(stream_of(stream), result);
    ERR_clear_error();
    if (reason == SSL_ERROR_ZERO_RETURN)
        return 0;
    bool is_waiting = reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
    errno = is_waiting ? EAGAIN : ECONNRESET;
    return -1;
}

static int int_of(size_t size)
{
    return size > INT_MAX ? INT_MAX : (int)size;
}

ssize_t tls_stream_read(struct tls_stream *stream, void *bytes, size_t size)
{
    ERR_clear_error();
    return result_of(stream, SSL_read(stream_of(stream), bytes, int_of(size)));
}

bool tls_stream_holds_bytes(const struct tls_stream *stream)
{
    return SSL_pending((const SSL *)stream) > 0;
}

ssize_t tls_stream_write(struct tls_stream *stream, const void *bytes, size_t size)
{
    ERR_clear_error();
    return result_of(stream, SSL_write(stream_of(stream), bytes, int_of(size)));
}

void tls_stream_end(struct tls_stream *stream)
{
    ERR_clear_error();
    (void)SSL_shutdown(stream_of(stream)); /* a courtesy: the socket is shut down next */
    ERR_clear_error();
}
