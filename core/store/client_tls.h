/* client_tls.h - TLS on a connection of hiredis (>= 1.0), against the system's certificate authorities. */
#ifndef STORE_CLIENT_TLS_H
#define STORE_CLIENT_TLS_H
#include "core/base/problem.h"

struct redisContext;

/* JALON_UNAVAILABLE; *problem says more. JALON_UNSUPPORTED where hiredis has no TLS. */
CHECKED int client_tls_start(struct redisContext *context, const char *host,
                             struct problem *problem);
#endif
