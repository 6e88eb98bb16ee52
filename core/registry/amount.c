#include "core/registry/amount.h"

#include "core/ledger/money.h"

static int refuse_decimals(const char *field, const struct campaign_view *campaign,
                           struct problem *problem)
{
    if (campaign->exponent == 0)
        return problem_field(problem, field, "%.*s has no decimals: write a whole number",
                             SLICE_ARG(campaign->currency));
    return problem_field(problem, field, "%.*s has %u decimals: write %u or fewer",
                         SLICE_ARG(campaign->currency), campaign->exponent, campaign->exponent);
}

int amount_read(int64_t *ret_minor, struct slice text, const char *field,
                const struct campaign_view *campaign, struct problem *problem)
{
    int err = money_parse(ret_minor, text, campaign->exponent);
    if (err == JALON_INVALID)
        return refuse_decimals(field, campaign, problem);
    return err ? problem_field(problem, field, "it is too large") : JALON_OK;
}
