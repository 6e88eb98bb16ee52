/* route.h - which handler answers a request: one table a listener, a row a path shape. */
#ifndef REDIRECTOR_ROUTE_H
#define REDIRECTOR_ROUTE_H
#include "redirector/exchange.h"

typedef void route_handler(struct exchange *exchange);

struct api_operation; /* api.h */

struct route {
    /* "/healthz", "/v1/links/:": ':' captures a segment, which is not empty; a '*' at the end captures all that is
     * left. The first row that fits is the one. */
    const char *shape;
    unsigned methods; /* bits, 1u << enum http_method; OPTIONS is answered for every row */
    route_handler *handle;
    const struct api_operation *operation; /* of the API's rows, else NULL */
};

/* Finds the route and calls its handler: 404 when no shape fits, 405 with Allow when the method doesn't. */
void route_exchange(struct exchange *exchange);

/* For tests and docs: row `index` of a listener's table; NULL past the last. */
const struct route *route_at(enum listener_kind listener, size_t index);

/* Does `path` have the shape? *ret_argument is what was captured. */
bool route_fits(const char *shape, struct slice path, struct slice *ret_argument);
#endif
