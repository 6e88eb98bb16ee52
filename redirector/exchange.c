#include "redirector/exchange.h"

#include <stddef.h>

void exchange_reset(struct exchange *exchange)
{
    size_t start = offsetof(struct exchange, route);
    memset((char *)exchange + start, 0, sizeof *exchange - start);
}

void exchange_finish(struct exchange *exchange)
{
    exchange->finished(exchange, exchange->context);
}
