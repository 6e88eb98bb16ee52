#include "core/registry/registry.h"
#include "redirector/api.h"
#include "redirector/api_call.h"

static int add(struct api_call *call)
{
    json_t *code;
    int err = code_add(call->registry, call->input, &code, &call->problem);
    if (err)
        return err;
    call->is_created = true;
    return api_call_give(call, code);
}

static int show(struct api_call *call)
{
    json_t *code;
    int err = code_show(call->registry, call->argument, api_call_parameter(call, "campaign"), &code,
                        &call->problem);
    return err ? err : api_call_give(call, code);
}

static int rotate(struct api_call *call)
{
    json_t *code;
    int err = code_rotate(call->registry, call->argument, call->input, &code, &call->problem);
    if (err)
        return err;
    call->is_created = true;
    return api_call_give(call, code);
}

const struct api_operation api_code_rotate = {.scope = "issue", .has_body = true, .run = rotate};
const struct api_operation api_code_add = {.scope = "issue", .has_body = true, .run = add};
const struct api_operation api_code_show = {
    .scope = "issue", .parameters = "campaign", .run = show};
