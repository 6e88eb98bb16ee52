#include "redirector/exchange.h"

#include "redirector/worker.h"

#include <stddef.h>

void exchange_reset(struct exchange *exchange)
{
    size_t start = offsetof(struct exchange, route);
    memset((char *)exchange + start, 0, sizeof *exchange - start);
}

struct address exchange_visitor(const struct exchange *exchange)
{
    return address_of_visitor(&exchange->peer, &exchange->worker->snapshot->trusted_proxies,
                              exchange->request.x_forwarded_for, exchange->request.forwarded);
}

void exchange_finish(struct exchange *exchange)
{
    exchange->finished(exchange, exchange->context);
}
