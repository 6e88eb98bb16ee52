#include "core/registry/registry.h"
#include "core/report/json_sink.h"
#include "core/report/report.h"
#include "redirector/api.h"
#include "redirector/api_call.h"

struct selection { /* the campaigns asked for */
    struct slice campaigns[API_QUERY_MAX];
    size_t count;
};

static bool is_report(struct slice name)
{
    return report_name(report_find(name)) != NULL;
}

/* One outside the token's limits is as unknown as one that there is not. */
static int select_campaign(struct api_call *call, struct selection *selection, struct slice slug)
{
    json_t *campaign;
    int err = campaign_show(call->registry, slug, &campaign, &call->problem);
    if (err)
        return err;
    json_decref(campaign);
    selection->campaigns[selection->count++] = slug;
    return JALON_OK;
}

static int select_asked(struct api_call *call, struct selection *selection)
{
    int err = JALON_OK;
    for (size_t i = 0; i < call->parameter_count && !err; i++)
        if (slice_is(call->parameters[i].name, "campaign"))
            err = select_campaign(call, selection, call->parameters[i].value);
    return err;
}

/* Where none is named, a report that takes all campaigns is about those within the token's limits: one, or a
 * brand's (run_report()). */
static int select_limit(struct api_call *call, struct selection *selection)
{
    struct slice limit = call->registry->scope_campaign;
    if (selection->count || limit.size == 0 || !report_takes_all(report_find(call->argument)))
        return JALON_OK;
    return select_campaign(call, selection, limit);
}

static int check_single(struct api_call *call, const char *name)
{
    unsigned count = 0;
    for (size_t i = 0; i < call->parameter_count; i++)
        count += slice_is(call->parameters[i].name, name);
    return count > 1 ? problem_field(&call->problem, name, "is given more than once") : JALON_OK;
}

static int run_report(struct api_call *call, const struct selection *selection)
{
    struct report_query query = {.name = call->argument,
                                 .campaigns = selection->campaigns,
                                 .campaign_count = selection->count,
                                 .creator = api_call_parameter(call, "creator"),
                                 .from = api_call_parameter(call, "from"),
                                 .to = api_call_parameter(call, "to"),
                                 .sort = api_call_parameter(call, "sort"),
                                 .step = api_call_parameter(call, "step"),
                                 .by = api_call_parameter(call, "by"),
                                 .reference = call->registry->reference_file,
                                 .brand = call->registry->scope_brand,
                                 .now_ms = call->registry->now_ms};
    struct json_sink sink;
    json_sink_init(&sink, &call->answer, NULL);
    int err = report_run(call->registry->store, &query, &sink.sink, &call->problem);
    return err ? err : buffer_error(&call->answer);
}

static int show(struct api_call *call)
{
    static const char *const single[] = {"creator", "from", "to", "sort", "step", "by"};
    if (!is_report(call->argument))
        return problem_set(&call->problem, PROBLEM_NOT_FOUND, "there is no report of that name");
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        int err = check_single(call, single[i]);
        if (err)
            return err;
    }
    struct selection selection = {.count = 0};
    int err = select_asked(call, &selection);
    if (err == JALON_OK)
        err = select_limit(call, &selection);
    return err ? err : run_report(call, &selection);
}

const struct api_operation api_report_show = {
    .scope = "report", .parameters = "campaign|creator|from|to|sort|step|by", .run = show};
