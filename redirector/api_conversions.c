#include "core/registry/registry.h"
#include "redirector/api.h"
#include "redirector/api_call.h"

static int add(struct api_call *call)
{
    json_t *conversion;
    bool is_known;
    int err = conversion_add(call->registry, call->input, &conversion, &is_known, &call->problem);
    if (err)
        return err;
    call->is_created = !is_known;
    return api_call_give(call, conversion);
}

static int check_fields(struct api_call *call, struct slice *ret_campaign, struct slice *ret_status)
{
    const char *name;
    json_t *value;
    json_object_foreach(call->input, name, value)
    {
        struct slice known = slice_of_string(name);
        if (!slice_is(known, "campaign") && !slice_is(known, "status"))
            (void)problem_field(&call->problem, name, "there is no such field here"); /* below */
    }
    int err = api_call_text(call, "campaign", ret_campaign);
    int status_err = api_call_text(call, "status", ret_status);
    if (call->problem.kind != PROBLEM_NONE)
        return JALON_INVALID;
    return err ? err : status_err;
}

static int set(struct api_call *call)
{
    struct slice campaign, status;
    int err = check_fields(call, &campaign, &status);
    if (err)
        return err;
    json_t *conversion;
    err = conversion_set_status(call->registry, campaign, call->argument, status, &conversion,
                                &call->problem);
    return err ? err : api_call_give(call, conversion);
}

static int refund(struct api_call *call)
{
    json_t *conversion;
    bool is_known;
    int err = conversion_refund(call->registry, call->argument, call->input, &conversion, &is_known,
                                &call->problem);
    if (err)
        return err;
    call->is_created = !is_known;
    return api_call_give(call, conversion);
}

const struct api_operation api_conversion_add = {.scope = "convert", .has_body = true, .run = add};
const struct api_operation api_conversion_set = {.scope = "convert", .has_body = true, .run = set};
const struct api_operation api_refund_add = {.scope = "convert", .has_body = true, .run = refund};
