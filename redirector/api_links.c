#include "core/registry/registry.h"
#include "redirector/api.h"
#include "redirector/api_call.h"

static int add(struct api_call *call)
{
    json_t *link;
    int err = link_add(call->registry, call->input, &link, &call->problem);
    if (err)
        return err;
    call->is_created = true;
    return api_call_give(call, link);
}

static int show(struct api_call *call)
{
    json_t *link;
    int err = link_show(call->registry, call->argument, &link, &call->problem);
    return err ? err : api_call_give(call, link);
}

static int set(struct api_call *call)
{
    json_t *link;
    int err = link_set(call->registry, call->argument, call->input, &link, &call->problem);
    return err ? err : api_call_give(call, link);
}

const struct api_operation api_link_add = {.scope = "issue", .has_body = true, .run = add};
const struct api_operation api_link_show = {.scope = "issue", .run = show};
const struct api_operation api_link_set = {.scope = "issue", .has_body = true, .run = set};
