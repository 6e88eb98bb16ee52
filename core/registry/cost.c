#include "core/ledger/zone.h"
#include "core/registry/cost_view.h"
#include "core/registry/lookup.h"
#include "core/registry/noun.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"
#include "core/registry/view_reader.h"

#define COST_TEXT_MAX 48

struct new_cost {
    const struct campaign_view *campaign;
    struct slice creator;
    date_day day;
    bool is_given[COST_KIND_COUNT], is_known[COST_KIND_COUNT];
    int64_t values[COST_KIND_COUNT];
};

static int choose_day(const struct registry *registry, const json_t *clean, struct new_cost *cost,
                      struct problem *problem)
{
    if (!date_parse(&cost->day, thing_text(clean, "date")))
        return JALON_OK;
    struct zone *zone;
    if (zone_open(&zone, cost->campaign->timezone))
        return problem_field(problem, "date", "give one: the time zones' data can't be read");
    cost->day = zone_day_of(zone, registry->now_ms);
    (void)zone_free(zone); /* read, and no longer needed */
    return JALON_OK;
}

static const char *why_not(int err, enum cost_kind kind)
{
    if (err == JALON_TOO_LONG)
        return "it is too large";
    if (err == JALON_INVALID)
        return cost_kind_is_commission(kind) ? "it is over 100%"
                                             : "it has more decimals than the currency";
    return "write a decimal number with a point, e.g. \"250.00\"";
}

static int read_values(const json_t *clean, struct new_cost *cost, struct problem *problem)
{
    bool is_any_given = false;
    for (unsigned i = 0; i < COST_KIND_COUNT; i++) {
        enum cost_kind kind = (enum cost_kind)i;
        struct slice text = thing_text(clean, cost_kind_name(kind));
        if (!text.size)
            continue;
        int err = cost_value_parse(&cost->values[i], kind, text, cost->campaign->exponent);
        if (err)
            return problem_field(problem, cost_kind_name(kind), "%s", why_not(err, kind));
        cost->is_given[i] = is_any_given = true;
    }
    if (is_any_given)
        return JALON_OK;
    return problem_set(problem, PROBLEM_INVALID,
                       "give at least one of fee, per_click, per_conversion, commission, product, "
                       "per_conversion_code, commission_code");
}

static int read_new(struct registry *registry, struct draft *draft, const json_t *clean,
                    struct new_cost *cost, struct problem *problem)
{
    *cost = (struct new_cost){.creator = thing_text(clean, "creator")};
    int err = lookup_campaign(registry, draft, thing_text(clean, "campaign"), "campaign",
                              &cost->campaign, problem);
    if (err && err != JALON_INVALID)
        return err;
    int creator_err = lookup_creator(draft, cost->creator, true, problem);
    if (err || creator_err)
        return err ? err : creator_err;
    err = choose_day(registry, clean, cost, problem);
    return err ? err : read_values(clean, cost, problem);
}

/* What is there for that kind already: equal, another value, or nothing. */
static int meet_known(struct draft *draft, const struct row *row, struct new_cost *cost,
                      enum cost_kind kind, bool *ret_is_other, struct problem *problem)
{
    char field[COST_FIELD_MAX];
    cost_field_format(field, cost->creator, cost->day, kind);
    struct key key = key_costs(cost->campaign->slug);
    struct slice json;
    int err = draft_get(draft, &key, slice_of_string(field), &json);
    if (err || !json.size)
        return err;
    struct cost_view known;
    err = cost_view_read(&known, slice_of_string(field), json, cost->campaign->exponent);
    if (err)
        return err;
    cost->is_known[kind] = known.entry.value == cost->values[kind];
    *ret_is_other = *ret_is_other || !cost->is_known[kind];
    if (cost->is_known[kind] || row->is_replace)
        return JALON_OK;
    char space[COST_TEXT_MAX];
    struct buffer value;
    buffer_over(&value, space, sizeof space);
    cost_value_format(&value, kind, known.entry.value, cost->campaign->exponent);
    err = problem_set(problem, PROBLEM_CONFLICT,
                      "that day has another %s already: give --replace to replace it",
                      cost_kind_name(kind));
    (void)problem_field(problem, cost_kind_name(kind), "it is %.*s already",
                        SLICE_ARG(buffer_slice(&value)));
    return err;
}

static int put_one(struct registry *registry, struct draft *draft, const struct new_cost *cost,
                   enum cost_kind kind)
{
    char field[COST_FIELD_MAX], space[COST_TEXT_MAX];
    cost_field_format(field, cost->creator, cost->day, kind);
    struct buffer value;
    buffer_over(&value, space, sizeof space);
    cost_value_format(&value, kind, cost->values[kind], cost->campaign->exponent);
    struct thing record;
    thing_start(&record);
    thing_put_number(&record, "v", RECORD_VERSION);
    thing_put_text(&record, "value", buffer_slice(&value));
    thing_put_number(&record, "created_ms", registry->now_ms);
    json_t *json;
    int err = thing_end(&record, &json);
    struct key key = key_costs(cost->campaign->slug);
    return err ? err : draft_put(draft, &key, slice_of_string(field), json, NULL, 0, SLICE_NONE);
}

static int result_of(const struct new_cost *cost, json_t **ret_result)
{
    char date[DATE_TEXT_MAX], space[COST_TEXT_MAX];
    date_format(date, cost->day);
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "campaign", cost->campaign->slug);
    thing_put_text(&thing, "creator", cost->creator);
    thing_put_text(&thing, "date", slice_of_string(date));
    for (unsigned i = 0; i < COST_KIND_COUNT; i++) {
        if (!cost->is_given[i])
            continue;
        struct buffer value;
        buffer_over(&value, space, sizeof space);
        cost_value_format(&value, (enum cost_kind)i, cost->values[i], cost->campaign->exponent);
        thing_put_text(&thing, cost_kind_name((enum cost_kind)i), buffer_slice(&value));
    }
    return thing_end(&thing, ret_result);
}

static int add_checked(struct registry *registry, struct draft *draft, struct row *row,
                       struct new_cost *cost, struct problem *problem)
{
    bool is_other = false, is_new = false;
    int err = JALON_OK;
    for (unsigned i = 0; i < COST_KIND_COUNT && !err; i++)
        if (cost->is_given[i])
            err = meet_known(draft, row, cost, (enum cost_kind)i, &is_other, problem);
    for (unsigned i = 0; i < COST_KIND_COUNT && !err; i++) {
        if (!cost->is_given[i] || cost->is_known[i])
            continue;
        is_new = true;
        err = put_one(registry, draft, cost, (enum cost_kind)i);
    }
    row->outcome = is_other ? OUTCOME_CHANGED : is_new ? OUTCOME_ADDED : OUTCOME_KNOWN;
    return err ? err : result_of(cost, &row->result);
}

int cost_plan_add(struct registry *registry, struct draft *draft, struct row *row,
                  struct problem *problem)
{
    json_t *clean;
    int err = noun_check(noun_find(SLICE("cost")), row->input, &clean, problem);
    if (err)
        return err;
    struct new_cost cost;
    err = read_new(registry, draft, clean, &cost, problem);
    if (!err)
        err = add_checked(registry, draft, row, &cost, problem);
    json_decref(clean);
    return err;
}

int cost_add(struct registry *registry, const json_t *input, bool is_replace, json_t **ret_result,
             bool *ret_is_known, struct problem *problem)
{
    struct row row = {.input = input, .is_replace = is_replace};
    int err = row_write(registry, cost_plan_add, &row, ret_result, problem);
    if (!err)
        *ret_is_known = row.outcome == OUTCOME_KNOWN;
    return err;
}
