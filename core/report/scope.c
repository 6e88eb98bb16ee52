#include "core/report/scope.h"
#include "core/ledger/reference.h"
#include "core/registry/campaign.h"
#include "core/base/array.h"
#include "core/report/cells.h"
#include "core/store/store.h"

#include <stdlib.h>

/* A range that is open at its start: no click or sale is older. */
#define FIRST_DAY 0

static bool has_campaign(const struct scope *scope, struct slice slug)
{
    for (size_t i = 0; i < scope->campaign_count; i++)
        if (slice_equal(scope->slugs[i], slug))
            return true;
    return false;
}

static int open_zone(struct scope *scope, struct scope_campaign *campaign)
{
    struct slice name = campaign->view.timezone;
    int err = zone_open(&campaign->zone, name);
    if (err)
        return problem_set(scope->problem, PROBLEM_INTERNAL,
                           "the time zone %.*s of campaign %.*s can't be read on this machine: "
                           "install tzdata",
                           SLICE_ARG(name), SLICE_ARG(campaign->view.slug));
    return JALON_OK;
}

static void name_campaign(struct scope *scope, size_t index)
{
    const struct campaign_view *view = &scope->campaigns[index].view;
    scope->slugs[index] = view->slug;
    scope->brands[index] = view->brand;
    scope->disclosures[index] = view->disclosure;
}

static int add_campaign(struct scope *scope, struct slice slug)
{
    if (has_campaign(scope, slug))
        return JALON_OK;
    struct scope_campaign *campaign = &scope->campaigns[scope->campaign_count];
    *campaign = (struct scope_campaign){0};
    int err = campaign_get(scope->store, &campaign->view, slug, scope->problem);
    if (err)
        return err;
    name_campaign(scope, scope->campaign_count++);
    return open_zone(scope, campaign);
}

static int reserve_campaigns(struct scope *scope, size_t count)
{
    if (count > SCOPE_CAMPAIGNS_MAX)
        return problem_field(scope->problem, "campaign",
                             "at most %d campaigns in one report: name those that it is about",
                             SCOPE_CAMPAIGNS_MAX);
    int err = array_reserve((void **)&scope->campaigns, &scope->campaign_capacity, count,
                            sizeof *scope->campaigns);
    return err ? problem_from_error(scope->problem, err) : JALON_OK;
}

static int add_named(struct scope *scope)
{
    const struct report_query *query = scope->query;
    int err = reserve_campaigns(scope, query->campaign_count);
    for (size_t i = 0; i < query->campaign_count && !err; i++)
        err = add_campaign(scope, query->campaigns[i]);
    return err;
}

static int keep_of_brand(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)field, (void)version; /* the record knows its slug, and is there: it was walked to */
    struct scope *scope = context;
    struct slice brand = scope->query->brand;
    int err = reserve_campaigns(scope, scope->campaign_count + 1);
    if (err)
        return err;
    struct scope_campaign *campaign = &scope->campaigns[scope->campaign_count];
    *campaign = (struct scope_campaign){0};
    err = campaign_view_read(&campaign->view, json);
    if (err)
        return err;
    if (brand.size && !slice_equal(brand, campaign->view.brand))
        campaign_view_done(&campaign->view);
    else
        scope->campaign_count++;
    return JALON_OK;
}

static int by_slug(const void *a, const void *b)
{
    const struct scope_campaign *x = a, *y = b;
    const struct cell slugs[] = {cell_text(x->view.slug), cell_text(y->view.slug)};
    return cell_compare(&slugs[0], &slugs[1]);
}

static int add_all(struct scope *scope)
{
    struct key key = key_campaigns();
    int err = store_each(scope->store, &key, keep_of_brand, scope);
    if (err)
        return scope->problem->kind == PROBLEM_NONE ? problem_from_error(scope->problem, err) : err;
    if (scope->campaign_count == 0)
        return problem_set(scope->problem, PROBLEM_NOT_FOUND,
                           "there is no campaign yet: add one with `jalon campaign add`");
    qsort(scope->campaigns, scope->campaign_count, sizeof *scope->campaigns, by_slug);
    for (size_t i = 0; i < scope->campaign_count && !err; i++) {
        name_campaign(scope, i);
        err = open_zone(scope, &scope->campaigns[i]);
    }
    return err;
}

static int add_campaigns(struct scope *scope, bool takes_all)
{
    if (scope->query->campaign_count)
        return add_named(scope);
    return takes_all
               ? add_all(scope)
               : problem_field(scope->problem, "campaign",
                               "say which campaign, or several: this report is about campaigns");
}

/* A date of the query, or `open` where it is empty. */
static int read_date(struct scope *scope, const char *field, struct slice text, date_day open,
                     date_day *day)
{
    *day = open;
    if (text.size == 0 || date_parse(day, text) == JALON_OK)
        return JALON_OK;
    return problem_field(scope->problem, field,
                         "%.*s is no date: write it as YYYY-MM-DD, from 1970-01-01 to 2200-12-31",
                         SLICE_ARG(slice_first(text, 40)));
}

static int set_range(struct scope *scope, struct scope_campaign *campaign)
{
    date_day last, today = zone_day_of(campaign->zone, scope->query->now_ms);
    int err = read_date(scope, "from", scope->query->from, FIRST_DAY, &campaign->from_day);
    if (err == JALON_OK)
        err = read_date(scope, "to", scope->query->to, today, &last);
    if (err)
        return err;
    if (campaign->from_day > last)
        return problem_field(scope->problem, "from",
                             scope->query->to.size ? "the range is empty: from is after to"
                                                   : "the range is empty: from is in the future");
    campaign->to_day = last + 1;
    campaign->range_ms[0] = zone_day_start_ms(campaign->zone, campaign->from_day);
    campaign->range_ms[1] = zone_day_start_ms(campaign->zone, campaign->to_day);
    return JALON_OK;
}

static int set_ranges(struct scope *scope)
{
    for (size_t i = 0; i < scope->campaign_count; i++) {
        int err = set_range(scope, &scope->campaigns[i]);
        if (err)
            return err;
    }
    date_day to_day = scope->campaigns[0].to_day;
    bool is_one_end = true;
    for (size_t i = 1; i < scope->campaign_count; i++)
        is_one_end = is_one_end && scope->campaigns[i].to_day == to_day;
    if (scope->query->from.size)
        date_format(scope->from, scope->campaigns[0].from_day);
    if (is_one_end)
        date_format(scope->to, to_day - 1);
    return JALON_OK;
}

static int check_creator(struct scope *scope)
{
    struct slice creator = scope->query->creator;
    struct key key = key_creators();
    struct record record;
    if (creator.size == 0)
        return JALON_OK;
    int err = store_get(scope->store, &record, &key, creator);
    if (err)
        return problem_from_error(scope->problem, err);
    bool is_there = record.version > 0;
    record_done(&record);
    if (!is_there)
        return problem_set(scope->problem, PROBLEM_NOT_FOUND,
                           "there is no creator %.*s: see `jalon creator list`",
                           SLICE_ARG(slice_first(creator, 64)));
    return JALON_OK;
}

int scope_open(struct scope *scope, struct store *store, const struct report_query *query,
               bool takes_all, struct problem *problem)
{
    *scope = (struct scope){.store = store, .query = query, .problem = problem};
    int err = add_campaigns(scope, takes_all);
    if (err == JALON_OK)
        err = set_ranges(scope);
    if (err == JALON_OK)
        err = check_creator(scope);
    if (err) {
        scope_done(scope);
        return err;
    }
    return JALON_OK;
}

void scope_done(struct scope *scope)
{
    for (size_t i = 0; i < scope->campaign_count; i++) {
        campaign_view_done(&scope->campaigns[i].view);
        zone_free(scope->campaigns[i].zone);
    }
    free(scope->campaigns);
    scope->campaigns = NULL;
    scope->campaign_count = 0;
}

struct slice scope_timezone(const struct scope *scope)
{
    struct slice zone = scope->campaigns[0].view.timezone;
    for (size_t i = 1; i < scope->campaign_count; i++)
        if (!slice_equal(scope->campaigns[i].view.timezone, zone))
            return SLICE_NONE;
    return zone;
}

struct slice scope_currency(const struct scope *scope)
{
    struct slice currency = scope->campaigns[0].view.currency;
    for (size_t i = 1; i < scope->campaign_count; i++)
        if (!slice_equal(scope->campaigns[i].view.currency, currency))
            return SLICE_NONE;
    return currency;
}

bool scope_has_creator(const struct scope *scope, struct slice creator)
{
    struct slice wanted = scope->query->creator;
    return wanted.size == 0 || slice_equal(wanted, creator);
}

int scope_open_reference(const struct scope *scope, struct reference *ret_reference)
{
    char why[REFERENCE_WHY_MAX];
    int err = reference_open(ret_reference, scope->query->reference, why);
    return err ? problem_set(scope->problem, PROBLEM_INTERNAL, "report.reference: %s", why)
               : JALON_OK;
}
