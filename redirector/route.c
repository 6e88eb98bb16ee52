#include "redirector/route.h"

#include "redirector/answer.h"
#include "redirector/api.h"
#include "redirector/readiness.h"
#include "redirector/redirect.h"
#include "redirector/site.h"

#define GET (1u << HTTP_GET_METHOD | 1u << HTTP_HEAD_METHOD)
#define POST (1u << HTTP_POST_METHOD)
#define PATCH (1u << HTTP_PATCH_METHOD)

static const struct route public_routes[] = {
    {"/robots.txt", GET, site_robots, NULL}, {"/favicon.ico", GET, site_icon, NULL},
    {"/healthz", GET, site_health, NULL},    {"/o/:", GET, redirect_token, NULL},
    {"/*", GET, redirect_code, NULL}, /* of any depth: a typed code may end in '/' */
};

static const struct route api_routes[] = {
    {"/v1/links", POST, api_handle, &api_link_add},
    {"/v1/links/:", GET, api_handle, &api_link_show},
    {"/v1/links/:", PATCH, api_handle, &api_link_set},
    {"/v1/codes", POST, api_handle, &api_code_add},
    {"/v1/codes/:", GET, api_handle, &api_code_show},
    {"/v1/codes/:/rotations", POST, api_handle, &api_code_rotate},
    {"/v1/conversions", POST, api_handle, &api_conversion_add},
    {"/v1/conversions/:", PATCH, api_handle, &api_conversion_set},
    {"/v1/conversions/:/refunds", POST, api_handle, &api_refund_add},
    {"/v1/reports/:", GET, api_handle, &api_report_show},
    {"/metrics", GET, metrics_answer, NULL},
    {"/healthz", GET, site_health, NULL},
    {"/readyz", GET, readiness_answer, NULL},
};

#define ROWS(table) (sizeof(table) / sizeof *(table))

const struct route *route_at(enum listener_kind listener, size_t index)
{
    if (listener == LISTENER_PUBLIC)
        return index < ROWS(public_routes) ? &public_routes[index] : NULL;
    return index < ROWS(api_routes) ? &api_routes[index] : NULL;
}

bool route_fits(const char *shape, struct slice path, struct slice *ret_argument)
{
    struct slice argument = SLICE_NONE;
    size_t at = 0;
    for (; *shape; shape++) {
        if (*shape == '*') {
            *ret_argument = slice_from(path, at);
            return true;
        }
        if (*shape == ':') {
            size_t end = slice_find(path, '/', at);
            if (end <= at)
                return false;
            argument = slice_of(path.data + at, end - at);
            at = end;
        } else if (at < path.size && path.data[at] == *shape) {
            at++;
        } else {
            return false;
        }
    }
    if (at != path.size)
        return false;
    *ret_argument = argument;
    return true;
}

void route_exchange(struct exchange *exchange)
{
    unsigned method = 1u << exchange->request.method;
    unsigned methods = 0;
    const struct route *route;
    for (size_t i = 0; (route = route_at(exchange->listener, i)) != NULL; i++) {
        if (!route_fits(route->shape, exchange->request.path, &exchange->argument))
            continue;
        if (route->methods & method) {
            exchange->route = route;
            route->handle(exchange);
            return;
        }
        methods |= route->methods;
    }
    if (slice_is(exchange->request.path, "*"))
        methods = GET | (exchange->listener == LISTENER_API ? POST | PATCH : 0);
    if (methods)
        answer_methods(exchange, methods);
    else
        answer_refusal(exchange, 404);
    exchange_finish(exchange);
}
