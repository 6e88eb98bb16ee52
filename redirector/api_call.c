#include "redirector/api_call.h"

#include "core/base/clock.h"
#include "core/registry/thing.h"
#include "redirector/answer.h"
#include "redirector/api.h"
#include "redirector/api_input.h"
#include "redirector/desk.h"
#include "redirector/route.h"
#include "redirector/server.h"
#include "redirector/worker.h"

#include <stdlib.h>

#define WAIT_MAX_MS                                                                                \
    10000 /* for a clerk: behind that many who wait for the store, waiting is no use */
#define ANSWER_MAX (120u << 20) /* below what a connection's output may hold */

static int fail(struct api_call *call, int error)
{
    if (error && call->problem.kind == PROBLEM_NONE)
        (void)problem_from_error(&call->problem, error); /* returned below */
    return error;
}

/* "Bearer TOKEN", RFC 6750 section 2.1 */
static int read_secret(struct api_call *call, struct slice *ret_secret)
{
    struct slice rest = call->exchange->request.authorization;
    struct slice scheme = slice_take(&rest, ' ');
    rest = slice_trim(rest);
    if (!slice_equal_nocase(scheme, SLICE("Bearer")) || rest.size == 0)
        return problem_set(
            &call->problem, PROBLEM_UNAUTHORIZED,
            "send the token in the field `Authorization: Bearer TOKEN`; `jalon token "
            "add` makes one");
    *ret_secret = rest;
    return JALON_OK;
}

static struct slice limit_of(const json_t *token, const char *name)
{
    const json_t *limit = json_object_get(token, name);
    return slice_of(json_string_value(limit), json_string_length(limit));
}

/* A store whose connection broke since this clerk's last task says so to its first call, and is there again for the
 * second; reading a token twice is harmless. */
static int check_token(struct api_call *call, struct slice secret, json_t **ret_token)
{
    const char *scope = call->operation->scope;
    int err = token_check(call->registry, secret, scope, ret_token, &call->problem);
    if (err != JALON_UNAVAILABLE)
        return err;
    problem_init(&call->problem);
    return token_check(call->registry, secret, scope, ret_token, &call->problem);
}

/* In this order, so that a stranger learns nothing but that a token is needed. */
static int perform(struct api_call *call, struct desk *desk, struct slice secret)
{
    json_t *token = NULL;
    int err = desk_open(desk, &call->problem);
    if (err)
        return err;
    call->registry = &desk->registry;
    err = check_token(call, secret, &token);
    if (err)
        return err;
    call->registry->scope_brand = limit_of(token, "brand");
    call->registry->scope_campaign = limit_of(token, "campaign");
    err = api_input_address(call);
    if (!err && call->operation->has_body)
        err = api_input_body(call);
    if (!err)
        err = call->operation->run(call);
    json_decref(token); /* the limits borrow from it */
    return err;
}

static void run(struct clerk_task *task, struct desk *desk)
{
    struct api_call *call = (struct api_call *)task;
    struct slice secret = SLICE_NONE;
    int err = read_secret(call, &secret);
    if (!err && clock_monotonic_ms() - call->asked_ms > WAIT_MAX_MS)
        err = JALON_UNAVAILABLE;
    if (!err)
        err = perform(call, desk, secret);
    desk_close(desk);
    (void)fail(call, err); /* the answer tells it */
    call->registry = NULL;
}

static void end(struct api_call *call)
{
    json_decref(call->input);
    buffer_done(&call->text);
    buffer_done(&call->answer);
    free(call);
}

static void done(struct clerk_task *task)
{
    struct api_call *call = (struct api_call *)task;
    struct exchange *exchange = call->exchange;
    if (call->problem.kind != PROBLEM_NONE)
        answer_problem(exchange, &call->problem);
    else
        answer_json(exchange, call->is_created ? 201 : 200, buffer_slice(&call->answer));
    end(call);
    exchange_finish(exchange);
}

void api_handle(struct exchange *exchange)
{
    struct worker *worker = exchange->worker;
    struct api_call *call = calloc(1, sizeof *call);
    if (!call) {
        answer_refusal(exchange, 503);
        exchange_finish(exchange);
        return;
    }
    call->task = (struct clerk_task){.worker = worker, .run = run, .done = done};
    call->exchange = exchange;
    call->operation = exchange->route->operation;
    call->asked_ms = worker->monotonic_ms;
    buffer_init(&call->answer, ANSWER_MAX);
    if (clerk_submit(worker->server->clerks, &call->task) == JALON_OK)
        return;
    end(call);
    answer_refusal(exchange, 503);
    exchange_finish(exchange);
}

struct slice api_call_parameter(const struct api_call *call, const char *name)
{
    for (size_t i = 0; i < call->parameter_count; i++)
        if (slice_is(call->parameters[i].name, name))
            return call->parameters[i].value;
    return SLICE_NONE;
}

static int append(const char *bytes, size_t size, void *context)
{
    struct buffer *out = context;
    buffer_append(out, slice_of(bytes, size));
    return buffer_error(out) ? -1 : 0;
}

int api_call_give(struct api_call *call, json_t *result)
{
    int failed = json_dump_callback(result, append, &call->answer, THING_DUMP_FLAGS);
    json_decref(result);
    if (failed)
        return fail(call,
                    buffer_error(&call->answer) ? buffer_error(&call->answer) : JALON_NO_MEMORY);
    return JALON_OK;
}

int api_call_text(struct api_call *call, const char *name, struct slice *ret_text)
{
    const json_t *field = json_object_get(call->input, name);
    if (!field)
        return problem_field(&call->problem, name, "is missing");
    if (!json_is_string(field))
        return problem_field(&call->problem, name, "must be a string");
    *ret_text = slice_of(json_string_value(field), json_string_length(field));
    return JALON_OK;
}
