/* api_call.h - one call of the API: who calls, with what, and what comes of it. Made on the worker's thread, run on a
 * clerk's, answered on the worker's. The exchange is parked meanwhile, so the clerk may read its request. */
#ifndef REDIRECTOR_API_CALL_H
#define REDIRECTOR_API_CALL_H
#include "core/base/problem.h"
#include "redirector/clerk.h"
#include "redirector/exchange.h"

#include <jansson.h>

struct registry;

#define API_QUERY_MAX 32 /* parameters of a query */

struct api_parameter {
    struct slice name, value; /* decoded */
};

struct api_call {
    struct clerk_task task;
    struct exchange *exchange;
    const struct api_operation *operation;
    int64_t asked_ms;          /* monotonic */
    struct registry *registry; /* within the token's limits */
    struct slice argument;     /* what the path named, decoded */
    struct api_parameter parameters[API_QUERY_MAX];
    size_t parameter_count;
    struct buffer text; /* argument and parameters borrow from it */
    json_t *input;      /* the body, an object */
    bool is_created;    /* 201, not 200 */
    struct buffer answer;
    struct problem problem;
};

struct api_operation {
    const char *scope; /* that the token needs */
    bool has_body;
    const char *parameters; /* names of the query's, "a|b|c"; NULL: none is known */
    /* On failure call->problem is set. */
    int (*run)(struct api_call *call);
};

/* The first parameter of that name, empty when there is none. */
struct slice api_call_parameter(const struct api_call *call, const char *name);
/* Makes `result` (a new reference, taken over) the answer. */
CHECKED int api_call_give(struct api_call *call, json_t *result);
/* A text field that the body must have; says so in call->problem where it has not. */
CHECKED int api_call_text(struct api_call *call, const char *name, struct slice *ret_text);
#endif
