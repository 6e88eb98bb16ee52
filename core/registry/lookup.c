#include "core/registry/lookup.h"

#include "core/registry/campaign.h"
#include "core/registry/creator_view.h"
#include "core/sign/slug.h"

bool lookup_is_within(const struct registry *registry, struct slice brand, struct slice campaign)
{
    if (registry->scope_brand.size && !slice_equal(registry->scope_brand, brand))
        return false;
    return !registry->scope_campaign.size || slice_equal(registry->scope_campaign, campaign);
}

struct slice lookup_shown(struct slice slug)
{
    return slug_is_valid(slug) ? slug : SLICE_NONE;
}

static bool is_limited(const struct registry *registry)
{
    return registry->scope_brand.size || registry->scope_campaign.size;
}

int lookup_unlimited(const struct registry *registry, struct problem *problem)
{
    return is_limited(registry)
               ? problem_set(problem, PROBLEM_NOT_FOUND, "the token is limited to one brand")
               : JALON_OK;
}

int lookup_failed(struct problem *problem, int error)
{
    return problem->kind == PROBLEM_NONE ? problem_from_error(problem, error) : error;
}

static int no_campaign(const struct registry *registry, struct slice slug, const char *field,
                       struct problem *problem)
{
    struct slice shown = lookup_shown(slug);
    int err = JALON_INVALID;
    /* Under a limit, what lies outside looks like what is not there. */
    if (!field || is_limited(registry))
        err = problem_set(problem, PROBLEM_NOT_FOUND,
                          "there is no campaign %.*s: add it with `jalon campaign add`, or check "
                          "the name",
                          SLICE_ARG(shown));
    if (field)
        (void)problem_field(problem, field, "there is no campaign %.*s: check the name",
                            SLICE_ARG(shown));
    return err;
}

int lookup_campaign(struct registry *registry, struct draft *draft, struct slice slug,
                    const char *field, const struct campaign_view **ret_campaign,
                    struct problem *problem)
{
    const struct campaign_view *campaign = NULL;
    int err = slug_is_valid(slug) ? draft_campaign(draft, slug, &campaign) : JALON_OK;
    if (err)
        return lookup_failed(problem, err);
    if (!campaign || !lookup_is_within(registry, campaign->brand, campaign->slug))
        return no_campaign(registry, slug, field, problem);
    *ret_campaign = campaign;
    return JALON_OK;
}

int lookup_creator(struct draft *draft, struct slice slug, bool may_be_erased,
                   struct problem *problem)
{
    struct key key = key_creators();
    struct slice json = SLICE_NONE;
    int err = slug_is_valid(slug) ? draft_get(draft, &key, slug, &json) : JALON_OK;
    if (err)
        return lookup_failed(problem, err);
    if (!json.size)
        return problem_field(problem, "creator", "there is no creator %.*s: check the name",
                             SLICE_ARG(lookup_shown(slug)));
    struct creator_view creator;
    err = creator_view_read(&creator, json);
    if (err)
        return lookup_failed(problem, err);
    bool is_erased = creator.is_erased;
    creator_view_done(&creator);
    return is_erased && !may_be_erased
               ? problem_field(problem, "creator", "the creator was erased: choose another")
               : JALON_OK;
}

int lookup_filter_creator(struct registry *registry, struct slice slug, struct problem *problem)
{
    struct draft *draft;
    if (!slug.size)
        return JALON_OK;
    int err = draft_new(&draft, registry->store);
    if (err)
        return lookup_failed(problem, err);
    err = lookup_creator(draft, slug, true, problem);
    (void)draft_free(draft); /* NULL, not needed */
    return err;
}

int campaign_get(struct store *store, struct campaign_view *ret_view, struct slice slug,
                 struct problem *problem)
{
    struct record record = {0};
    struct key key = key_campaigns();
    int err = slug_is_valid(slug) ? store_get(store, &record, &key, slug) : JALON_OK;
    if (err)
        return lookup_failed(problem, err);
    if (!record.version)
        err = problem_set(problem, PROBLEM_NOT_FOUND,
                          "there is no campaign %.*s: add it with `jalon campaign add`, or check "
                          "the name",
                          SLICE_ARG(lookup_shown(slug)));
    else
        err = campaign_view_read(ret_view, record.json);
    record_done(&record);
    return err ? lookup_failed(problem, err) : JALON_OK;
}
