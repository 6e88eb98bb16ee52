/* readiness.h - is this process fit to get traffic? Ready: it listens, the store has answered once, and no journal
 * is near its bound. A store, or a primary of a cluster, that went away later does not make it unready, as redirects go on. */
#ifndef REDIRECTOR_READINESS_H
#define REDIRECTOR_READINESS_H
#include "core/base/buffer.h"

struct exchange;
struct server;

/* Appends a line a reason against, or "ready". Any thread. */
bool readiness_write(struct buffer *out, struct server *server);

void readiness_answer(struct exchange *exchange); /* GET /readyz: 200 or 503 */
void metrics_answer(struct exchange *exchange);   /* GET /metrics: the sum over the workers */
#endif
