#include "core/store/client_tls.h"

#ifdef JALON_HAS_HIREDIS_SSL
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_library(void)
{
    (void)redisInitOpenSSL(); /* OpenSSL 3 needs none of it; it never fails */
}

int client_tls_start(struct redisContext *context, const char *host, struct problem *problem)
{
    (void)pthread_once(&once, start_library);
    redisSSLContextError reason = REDIS_SSL_CTX_NONE;
    redisSSLContext *tls = redisCreateSSLContext(NULL, NULL, NULL, NULL, host, &reason);
    if (!tls) {
        (void)problem_set(problem, PROBLEM_UNAVAILABLE, "TLS to %s: %s", host,
                          redisSSLContextGetError(reason)); /* the code is ours */
        return JALON_UNAVAILABLE;
    }
    int result = redisInitiateSSLWithContext(context, tls);
    redisFreeSSLContext(tls); /* the connection holds what it needs of it */
    if (result == REDIS_OK)
        return JALON_OK;
    (void)problem_set(problem, PROBLEM_UNAVAILABLE, "TLS to %s: %s", host, context->errstr);
    return JALON_UNAVAILABLE;
}
#else
int client_tls_start(struct redisContext *context, const char *host, struct problem *problem)
{
    (void)context; /* there is nothing to do with it */
    (void)problem_set(problem, PROBLEM_INVALID, "TLS to %s: this hiredis has none", host);
    return JALON_UNSUPPORTED;
}
#endif
