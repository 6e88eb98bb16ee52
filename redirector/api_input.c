#include "redirector/api_input.h"

#include "core/base/encoding.h"

/* '+' is a space in a query, as HTML forms write it. */
static int decode(struct api_call *call, struct slice text, bool is_form, struct slice *ret_decoded)
{
    size_t start = call->text.size;
    for (;;) {
        size_t plus = is_form ? slice_find(text, '+', 0) : text.size;
        int err = percent_decode(&call->text, slice_first(text, plus));
        if (err)
            return err;
        if (plus >= text.size)
            break;
        buffer_append_byte(&call->text, ' ');
        text = slice_from(text, plus + 1);
    }
    int err = buffer_error(&call->text);
    if (err)
        return err;
    *ret_decoded = slice_of(call->text.data + start, call->text.size - start);
    return slice_is_utf8(*ret_decoded) ? JALON_OK : JALON_MALFORMED;
}

static bool is_known(const struct api_operation *operation, struct slice name)
{
    struct slice names = slice_of_string(operation->parameters);
    while (names.size)
        if (slice_equal(slice_take(&names, '|'), name))
            return true;
    return false;
}

static int read_parameter(struct api_call *call, struct slice pair)
{
    struct api_parameter *parameter = &call->parameters[call->parameter_count];
    if (call->parameter_count == API_QUERY_MAX)
        return problem_set(&call->problem, PROBLEM_MALFORMED,
                           "the query has too many parameters: at most %d are read", API_QUERY_MAX);
    int err = decode(call, slice_take(&pair, '='), true, &parameter->name);
    if (!err)
        err = decode(call, pair, true, &parameter->value);
    if (err)
        return problem_set(&call->problem, PROBLEM_MALFORMED,
                           "the query is not percent-encoded UTF-8");
    if (!is_known(call->operation, parameter->name))
        return problem_field(&call->problem, "query",
                             "there is no parameter \"%.*s\" here; known: %s",
                             SLICE_ARG(slice_first(parameter->name, 64)),
                             call->operation->parameters ? call->operation->parameters : "none");
    call->parameter_count++;
    return JALON_OK;
}

int api_input_address(struct api_call *call)
{
    const struct exchange *exchange = call->exchange;
    struct slice query = exchange->request.query;
    /* Reserved whole, so that it never moves under the slices that borrow from it: decoding makes nothing longer. */
    size_t size = exchange->argument.size + query.size + 1;
    buffer_init(&call->text, size);
    if (!buffer_reserve(&call->text, size))
        return JALON_NO_MEMORY;
    int err = decode(call, exchange->argument, false, &call->argument);
    if (err)
        return problem_set(&call->problem, PROBLEM_MALFORMED,
                           "the path is not percent-encoded UTF-8");
    while (query.size) {
        struct slice pair = slice_take(&query, '&');
        err = pair.size ? read_parameter(call, pair) : JALON_OK;
        if (err)
            return err;
    }
    return JALON_OK;
}

static bool is_json(struct slice type)
{
    struct slice media = slice_trim(slice_take(&type, ';'));
    struct slice parameter = slice_trim(type);
    return slice_equal_nocase(media, SLICE("application/json")) &&
           (parameter.size == 0 || slice_equal_nocase(parameter, SLICE("charset=utf-8")));
}

int api_input_body(struct api_call *call)
{
    const struct http_request *request = &call->exchange->request;
    if (!is_json(request->content_type))
        return problem_set(&call->problem, PROBLEM_MEDIA_TYPE,
                           "send the body as `Content-Type: application/json`");
    if (request->is_encoded)
        return problem_set(&call->problem, PROBLEM_MEDIA_TYPE,
                           "send the body as it is, without Content-Encoding");
    json_error_t error;
    call->input = json_loadb(request->body.data ? request->body.data : "", request->body.size,
                             JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!call->input)
        return problem_set(&call->problem, PROBLEM_MALFORMED,
                           "the body is not valid JSON: line %d, column %d: %s", error.line,
                           error.column, error.text);
    if (!json_is_object(call->input))
        return problem_set(&call->problem, PROBLEM_MALFORMED, "the body must be a JSON object");
    return JALON_OK;
}
