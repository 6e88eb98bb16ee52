/* api_fuzz.c - what a call of the API says, through what is done with it before the store is asked. The first byte chooses
 * the operation; then the path's argument, the query and the body, a line each, the body to the end. */
#include "core/registry/noun.h"
#include "redirector/api.h"
#include "redirector/api_input.h"

#include <stdlib.h>

static void require(bool truth)
{
    if (!truth)
        abort();
}

static const struct {
    const struct api_operation *operation;
    const char *noun; /* of what its body has the fields; NULL: of none */
} rows[] = {
    {&api_link_add, "link"},
    {&api_link_show, NULL},
    {&api_link_set, "link"},
    {&api_code_add, "code"},
    {&api_code_show, NULL},
    {&api_code_rotate, "rotation"},
    {&api_conversion_add, "conversion"},
    {&api_conversion_set, NULL},
    {&api_refund_add, "refund"},
    {&api_report_show, NULL},
};

static void check_text(struct slice text, const struct buffer *memory)
{
    require(slice_is_utf8(text));
    require(text.size == 0 ||
            (text.data >= memory->data && text.data + text.size <= memory->data + memory->size));
}

static void check_fields(struct api_call *call, const char *name)
{
    const struct noun *noun = name ? noun_find(slice_of_string(name)) : NULL;
    json_t *clean;
    if (!noun)
        return;
    if (noun_check(noun, call->input, &clean, &call->problem) == JALON_OK)
        json_decref(clean);
    else
        require(call->problem.kind != PROBLEM_NONE);
    problem_init(&call->problem);
    if (noun_check_changes(noun, call->input, &clean, &call->problem) == JALON_OK)
        json_decref(clean);
}

static void read_call(struct api_call *call, const char *noun)
{
    if (api_input_address(call)) {
        require(call->problem.kind != PROBLEM_NONE);
        return;
    }
    check_text(call->argument, &call->text);
    for (size_t i = 0; i < call->parameter_count; i++) {
        check_text(call->parameters[i].name, &call->text);
        check_text(call->parameters[i].value, &call->text);
        require(call->operation->parameters != NULL);
    }
    if (!call->operation->has_body)
        return;
    if (api_input_body(call)) {
        require(call->problem.kind != PROBLEM_NONE);
        return;
    }
    require(json_is_object(call->input));
    struct slice text;
    if (api_call_text(call, "campaign", &text) == JALON_OK)
        require(slice_is_utf8(text));
    problem_init(&call->problem);
    check_fields(call, noun);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    size_t row = (bytes[0] & 15) % (sizeof rows / sizeof *rows);
    struct slice body = slice_of(bytes + 1, size - 1);
    struct exchange exchange = {.argument = slice_take(&body, '\n')};
    exchange.request.query = slice_take(&body, '\n');
    exchange.request.content_type =
        bytes[0] & 128 ? SLICE("application/json; charset=UTF-8") : SLICE("application/json");
    exchange.request.body = body;
    struct api_call call = {.exchange = &exchange, .operation = rows[row].operation};
    problem_init(&call.problem);
    read_call(&call, rows[row].noun);
    json_decref(call.input);
    buffer_done(&call.text);
    return 0;
}
