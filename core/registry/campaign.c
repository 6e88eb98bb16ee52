#include "core/registry/campaign.h"

#include "core/ledger/zone.h"
#include "core/registry/campaign_rules.h"
#include "core/registry/field.h"
#include "core/registry/lookup.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"
#include "core/registry/view_reader.h"

static const struct noun *campaign_noun(void)
{
    return noun_find(SLICE("campaign"));
}

static int campaign_thing(const json_t *record, json_t **ret_thing)
{
    const struct noun *noun = campaign_noun();
    struct thing thing;
    thing_start(&thing);
    for (size_t i = 0; i < noun->field_count; i++)
        thing_put_same(&thing, noun->fields[i].name, record);
    campaign_rules_put(&thing, record);
    thing_put_moment_or_null(&thing, "created_at", thing_number(record, "created_ms", 0));
    return thing_end(&thing, ret_thing);
}

/* The moments of its first and last day, as the record keeps them. */
static int put_range(json_t *record, struct problem *problem)
{
    struct slice start = thing_text(record, "start"), end = thing_text(record, "end");
    (void)json_object_del(record, "start_ms"); /* it need not be there */
    (void)json_object_del(record, "end_ms");   /* nor this one */
    date_day first = 0, last = 0;
    bool has_start = !date_parse(&first, start), has_end = !date_parse(&last, end);
    if (has_start && has_end && last < first)
        return problem_field(problem, "end", "it is before the start: give a later day");
    struct zone *zone;
    int err = zone_open(&zone, thing_text(record, "timezone"));
    if (err)
        return problem_field(problem, "timezone", "its data can't be read: install tzdata");
    struct thing thing = {.json = json_incref(record)};
    if (has_start)
        thing_put_number(&thing, "start_ms", zone_day_start_ms(zone, first));
    if (has_end)
        thing_put_number(&thing, "end_ms", zone_day_start_ms(zone, last + 1));
    (void)zone_free(zone); /* read, and no longer needed */
    if (thing.json)
        json_decref(record);
    return thing.json ? JALON_OK : JALON_NO_MEMORY;
}

static int check_rules(const json_t *record, struct problem *problem)
{
    int64_t window_ms = 0;
    int err = duration_parse(&window_ms, thing_text(record, "window"));
    if (err || window_ms == 0)
        return problem_field(problem, "window", "no click would ever count: write e.g. 30d");
    if (slice_starts(thing_text(record, "click_param"), SLICE("utm_")))
        return problem_field(problem, "click_param", "the utm_ names are taken: choose another");
    if (url_has_name(thing_text(record, "target"), thing_text(record, "click_param")))
        return problem_field(problem, "target",
                             "%.*s= is what click ids are called here: leave it out, or choose "
                             "another click_param",
                             SLICE_ARG(thing_text(record, "click_param")));
    return JALON_OK;
}

static int put_campaign(struct draft *draft, struct row *row, json_t *record)
{
    struct key key = key_campaigns();
    struct slice slug = thing_text(record, "campaign");
    char change[96];
    struct buffer message;
    buffer_over(&message, change, sizeof change);
    buffer_append_string(&message, "campaign ");
    buffer_append(&message, slug);
    int err = campaign_thing(record, &row->result);
    if (err)
        return err;
    return draft_put(draft, &key, slug, json_incref(record), NULL, 0, buffer_slice(&message));
}

static int start_record(struct registry *registry, json_t *clean)
{
    if (json_object_set_new(clean, "v", json_integer(RECORD_VERSION)) ||
        json_object_set_new(clean, "created_ms", json_integer(registry->now_ms)))
        return JALON_NO_MEMORY;
    return JALON_OK;
}

static int add_checked(struct registry *registry, struct draft *draft, struct row *row,
                       json_t *clean, struct problem *problem)
{
    struct slice slug = thing_text(clean, "campaign");
    if (registry->scope_campaign.size ||
        !lookup_is_within(registry, thing_text(clean, "brand"), SLICE_NONE))
        return problem_set(problem, PROBLEM_NOT_FOUND, "the token does not reach that brand");
    const struct campaign_view *known;
    int err = draft_campaign(draft, slug, &known);
    if (!err && known)
        return problem_set(problem, PROBLEM_CONFLICT,
                           "there is a campaign %.*s already: change it with `jalon campaign set`",
                           SLICE_ARG(slug));
    if (!err)
        err = check_rules(clean, problem);
    if (!err)
        err = start_record(registry, clean);
    if (!err)
        err = put_range(clean, problem);
    return err ? err : put_campaign(draft, row, clean);
}

int campaign_plan_add(struct registry *registry, struct draft *draft, struct row *row,
                      struct problem *problem)
{
    json_t *clean;
    int err = noun_check(campaign_noun(), row->input, &clean, problem);
    if (err)
        return err;
    err = add_checked(registry, draft, row, clean, problem);
    json_decref(clean);
    return err;
}

int campaign_add(struct registry *registry, const json_t *input, json_t **ret_result,
                 struct problem *problem)
{
    struct row row = {.input = input};
    return row_write(registry, campaign_plan_add, &row, ret_result, problem);
}

static int stop_at_first(void *context, struct slice member)
{
    (void)context;
    (void)member;
    return JALON_EXISTS;
}

static int stop_at_first_cost(void *context, struct slice field, uint64_t version,
                              struct slice json)
{
    (void)context;
    (void)field;
    (void)version;
    (void)json;
    return JALON_EXISTS;
}

/* Amounts are kept in minor units of the campaign's currency: another one would change what they mean. */
static int check_currency(struct registry *registry, const struct campaign_view *campaign,
                          struct slice currency, struct problem *problem)
{
    if (slice_equal(campaign->currency, currency))
        return JALON_OK;
    struct key times = key_order_times(campaign->brand, campaign->slug);
    int err = store_sorted_each(registry->store, &times, INT64_MIN, INT64_MAX, stop_at_first, NULL);
    struct key costs = key_costs(campaign->slug);
    if (!err)
        err = store_each(registry->store, &costs, stop_at_first_cost, NULL);
    if (err == JALON_EXISTS)
        return problem_field(problem, "currency",
                             "the campaign has orders or costs in %.*s: add another campaign",
                             SLICE_ARG(campaign->currency));
    return err;
}

/* The changes onto the record; null takes a member away. */
static int apply_changes(json_t *record, const json_t *changes)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)changes, name, value)
    {
        if (json_is_null(value))
            (void)json_object_del(record, name); /* it need not be there */
        else if (json_object_set(record, name, value))
            return JALON_NO_MEMORY;
    }
    return JALON_OK;
}

static int set_checked(struct registry *registry, struct draft *draft, struct row *row,
                       const json_t *changes, struct problem *problem)
{
    const struct campaign_view *campaign;
    int err = lookup_campaign(registry, draft, row->key, NULL, &campaign, problem);
    if (!err && json_object_get(changes, "currency"))
        err = check_currency(registry, campaign, thing_text(changes, "currency"), problem);
    if (err)
        return err;
    json_t *record;
    struct key key = key_campaigns();
    err = draft_get_record(draft, &key, row->key, &record);
    if (err)
        return err;
    err = campaign_rules_keep(record, changes, registry->now_ms, problem);
    if (!err)
        err = apply_changes(record, changes);
    if (!err)
        err = check_rules(record, problem);
    if (!err)
        err = put_range(record, problem);
    if (!err)
        err = put_campaign(draft, row, record);
    json_decref(record);
    return err;
}

static int plan_set(struct registry *registry, struct draft *draft, struct row *row,
                    struct problem *problem)
{
    json_t *changes;
    int err = noun_check_changes(campaign_noun(), row->input, &changes, problem);
    if (err)
        return err;
    err = set_checked(registry, draft, row, changes, problem);
    json_decref(changes);
    return err;
}

int campaign_set(struct registry *registry, struct slice slug, const json_t *changes,
                 json_t **ret_result, struct problem *problem)
{
    struct row row = {.key = slug, .input = changes};
    return row_write(registry, plan_set, &row, ret_result, problem);
}

static int plan_show(struct registry *registry, struct draft *draft, struct row *row,
                     struct problem *problem)
{
    const struct campaign_view *campaign;
    int err = lookup_campaign(registry, draft, row->key, NULL, &campaign, problem);
    if (err)
        return err;
    json_t *record;
    struct key key = key_campaigns();
    err = draft_get_record(draft, &key, row->key, &record);
    if (err)
        return err;
    err = campaign_thing(record, &row->result);
    json_decref(record);
    return err;
}

int campaign_show(struct registry *registry, struct slice slug, json_t **ret_result,
                  struct problem *problem)
{
    struct row row = {.key = slug};
    return row_write(registry, plan_show, &row, ret_result, problem);
}
