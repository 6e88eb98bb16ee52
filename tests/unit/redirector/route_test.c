#include "redirector/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NO_FIT NULL

static void shapes_fit_whole_paths(void **state)
{
    (void)state;
    static const struct {
        const char *shape, *path, *argument; /* NO_FIT */
    } rows[] = {
        {"/healthz", "/healthz", ""},
        {"/healthz", "/healthz/", NO_FIT},
        {"/healthz", "/healthzz", NO_FIT},
        {"/healthz", "/health", NO_FIT},
        {"/healthz", "/HEALTHZ", NO_FIT},
        {"/healthz", "//healthz", NO_FIT},
        {"/healthz", "", NO_FIT},
        {"/v1/links/:", "/v1/links/4fK2bQ9xYz1A", "4fK2bQ9xYz1A"},
        {"/v1/links/:", "/v1/links/", NO_FIT},
        {"/v1/links/:", "/v1/links", NO_FIT},
        {"/v1/links/:", "/v1/links/a/b", NO_FIT},
        {"/v1/links/:", "/v1/links/a/", NO_FIT},
        {"/v1/links/:", "/v1/links/a%2Fb", "a%2Fb"},
        {"/v1/links/:", "/v1/link/a", NO_FIT},
        {"/v1/conversions/:/refunds", "/v1/conversions/1042/refunds", "1042"},
        {"/v1/conversions/:/refunds", "/v1/conversions//refunds", NO_FIT},
        {"/v1/conversions/:/refunds", "/v1/conversions/1042/refund", NO_FIT},
        {"/v1/conversions/:/refunds", "/v1/conversions/1042/refunds/1", NO_FIT},
        {"/*", "/", ""},
        {"/*", "/marie-trail/", "marie-trail/"},
        {"/*", "/a/b/c", "a/b/c"},
        {"/*", "*", NO_FIT},
        {"/o/:", "/o/abc", "abc"},
        {"/o/:", "/o/", NO_FIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice argument = SLICE("untouched");
        bool fits = route_fits(rows[i].shape, slice_of_string(rows[i].path), &argument);
        const char *expected = rows[i].argument ? rows[i].argument : "untouched";
        if (fits != (rows[i].argument != NO_FIT) || !slice_is(argument, expected))
            fail_msg("%s against %s: %d, %.*s", rows[i].shape, rows[i].path, fits,
                     SLICE_ARG(argument));
    }
}

/* CONTRACT section 5: what each listener answers. */
static void the_tables_are_the_contract(void **state)
{
    (void)state;
    static const struct {
        enum listener_kind listener;
        const char *shape;
        enum http_method method;
    } rows[] = {
        {LISTENER_PUBLIC, "/robots.txt", HTTP_GET_METHOD},
        {LISTENER_PUBLIC, "/favicon.ico", HTTP_GET_METHOD},
        {LISTENER_PUBLIC, "/healthz", HTTP_GET_METHOD},
        {LISTENER_PUBLIC, "/o/:", HTTP_GET_METHOD},
        {LISTENER_PUBLIC, "/*", HTTP_HEAD_METHOD},
        {LISTENER_API, "/v1/links", HTTP_POST_METHOD},
        {LISTENER_API, "/v1/links/:", HTTP_GET_METHOD},
        {LISTENER_API, "/v1/links/:", HTTP_PATCH_METHOD},
        {LISTENER_API, "/v1/codes", HTTP_POST_METHOD},
        {LISTENER_API, "/v1/codes/:", HTTP_GET_METHOD},
        {LISTENER_API, "/v1/conversions", HTTP_POST_METHOD},
        {LISTENER_API, "/v1/conversions/:", HTTP_PATCH_METHOD},
        {LISTENER_API, "/v1/codes/:/rotations", HTTP_POST_METHOD},
        {LISTENER_API, "/v1/conversions/:/refunds", HTTP_POST_METHOD},
        {LISTENER_API, "/v1/reports/:", HTTP_GET_METHOD},
        {LISTENER_API, "/metrics", HTTP_GET_METHOD},
        {LISTENER_API, "/healthz", HTTP_GET_METHOD},
        {LISTENER_API, "/readyz", HTTP_GET_METHOD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool is_there = false;
        const struct route *route;
        for (size_t j = 0; (route = route_at(rows[i].listener, j)) != NULL; j++)
            is_there |= slice_is(slice_of_string(route->shape), rows[i].shape) &&
                        (route->methods & 1u << rows[i].method);
        if (!is_there)
            fail_msg("no route for %s", rows[i].shape);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_fit_whole_paths),
        cmocka_unit_test(the_tables_are_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
