#include "core/registry/campaign_names.h"
#include "core/registry/code_find.h"
#include "core/registry/code_limit.h"
#include "core/registry/code_new.h"
#include "core/registry/code_thing.h"
#include "core/registry/listing.h"
#include "core/registry/lookup.h"
#include "core/registry/member_list.h"
#include "core/registry/noun.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"

static int thing_of_match(struct registry *registry, struct draft *draft,
                          const struct code_match *match, json_t **ret_thing)
{
    struct key key = key_codes(slice_of_string(match->brand));
    struct slice json;
    int err = draft_get(draft, &key, slice_of_string(match->folded), &json);
    if (err)
        return err;
    struct code_record record;
    err = code_record_read(&record, json);
    if (err)
        return err;
    err = code_thing(registry, &record.codes[match->index], ret_thing);
    code_record_done(&record);
    return err;
}

static int plan_show(struct registry *registry, struct draft *draft, struct row *row,
                     struct problem *problem)
{
    struct code_match match;
    int err = code_find(registry, draft, row->key, row->campaign, &match, problem);
    return err ? err : thing_of_match(registry, draft, &match, &row->result);
}

int code_show(struct registry *registry, struct slice code, struct slice campaign,
              json_t **ret_result, struct problem *problem)
{
    struct row row = {.key = code, .campaign = campaign};
    return row_write(registry, plan_show, &row, ret_result, problem);
}

static int put_moment(json_t *element, const char *member, const json_t *changes, const char *name)
{
    if (!json_object_get(changes, name))
        return JALON_OK;
    (void)json_object_del(element, member); /* it need not be there */
    if (!thing_text(changes, name).size)
        return JALON_OK;
    int64_t ms = thing_moment(changes, name, 0);
    /* 0 means open */
    return json_object_set_new(element, member, json_integer(ms ? ms : 1)) ? JALON_NO_MEMORY
                                                                           : JALON_OK;
}

static int put_value(json_t *element, const json_t *changes, const char *name)
{
    json_t *value = json_object_get(changes, name);
    if (!value)
        return JALON_OK;
    if (!json_is_null(value))
        return json_object_set(element, name, value) ? JALON_NO_MEMORY : JALON_OK;
    (void)json_object_del(element, name); /* it need not be there */
    return JALON_OK;
}

static int put_state(json_t *element, struct slice state)
{
    if (slice_is(state, "active"))
        (void)json_object_del(element, "disabled"); /* it need not be there */
    else if (state.size && json_object_set_new(element, "disabled", json_true()))
        return JALON_NO_MEMORY;
    return JALON_OK;
}

static bool is_limited(const json_t *element)
{
    return json_is_integer(json_object_get(element, "max_redemptions"));
}

static int change_element(json_t *element, const json_t *changes)
{
    bool was_limited = is_limited(element);
    int err = put_value(element, changes, "discount");
    if (!err)
        err = put_value(element, changes, "max_redemptions");
    /* For good: it may get a limit again at any moment, and orders are judged meanwhile. */
    if (!err && was_limited && json_object_set_new(element, "counted", json_true()))
        err = JALON_NO_MEMORY;
    if (!err)
        err = put_moment(element, "valid_from_ms", changes, "valid_from");
    if (!err)
        err = put_moment(element, "valid_until_ms", changes, "valid_until");
    /* An end that is set is the end: no days of grace come after it. */
    if (json_object_get(changes, "valid_until"))
        (void)json_object_del(element, "grace_ms"); /* it need not be there */
    return err ? err : put_state(element, thing_text(changes, "state"));
}

/* Which campaign has the other is for those who may see it. */
static int refuse_overlap(const struct registry *registry, const struct code_match *match,
                          struct slice campaign, struct problem *problem)
{
    if (!lookup_is_within(registry, slice_of_string(match->brand), campaign))
        return problem_set(problem, PROBLEM_CONFLICT,
                           "there is a code that reads the same at that time");
    return problem_set(problem, PROBLEM_CONFLICT,
                       "campaign %.*s has a code that reads the same at that time",
                       SLICE_ARG(campaign));
}

/* Its new validity must leave those alone that fold as it does. */
static int check_validity(const struct registry *registry, const json_t *record,
                          const struct code_match *match, struct problem *problem)
{
    const json_t *codes = json_object_get(record, "codes");
    const json_t *changed = json_array_get(codes, match->index);
    int64_t from_ms = thing_number(changed, "valid_from_ms", 0);
    int64_t until_ms = thing_number(changed, "valid_until_ms", 0);
    if (from_ms && until_ms && until_ms <= from_ms)
        return problem_field(problem, "valid_until", "it is not after valid_from: no order counts");
    size_t i;
    json_t *other;
    json_array_foreach(codes, i, other)
    {
        struct code_view rival = {
            .valid_from_ms = thing_number(other, "valid_from_ms", 0),
            .valid_until_ms = thing_number(other, "valid_until_ms", 0),
            .grace_ms = thing_number(other, "grace_ms", 0),
        };
        if (i == match->index || !code_view_overlaps(&rival, from_ms, until_ms))
            continue;
        return refuse_overlap(registry, match, thing_text(other, "campaign"), problem);
    }
    return JALON_OK;
}

static int set_checked(struct registry *registry, struct draft *draft, struct row *row,
                       const json_t *changes, struct problem *problem)
{
    struct code_match match;
    int err = code_find(registry, draft, row->key, row->campaign, &match, problem);
    if (err)
        return err;
    struct key key = key_codes(slice_of_string(match.brand));
    json_t *record;
    err = draft_get_record(draft, &key, slice_of_string(match.folded), &record);
    if (err)
        return err;
    json_t *element = json_array_get(json_object_get(record, "codes"), match.index);
    /* What was prepared for a limit was another code, or there is another one by that name since. */
    if (is_limited(changes) && !is_limited(element) && !json_object_get(element, "counted"))
        err = JALON_CONFLICT;
    if (!err)
        err = change_element(element, changes);
    if (!err)
        err = check_validity(registry, record, &match, problem);
    if (!err)
        err = draft_put(draft, &key, slice_of_string(match.folded), json_incref(record), NULL, 0,
                        SLICE_NONE);
    json_decref(record);
    return err ? err : thing_of_match(registry, draft, &match, &row->result);
}

static int plan_set(struct registry *registry, struct draft *draft, struct row *row,
                    struct problem *problem)
{
    json_t *changes;
    int err = noun_check_changes(noun_find(SLICE("code")), row->input, &changes, problem);
    if (err)
        return err;
    err = code_check_limit(changes, problem);
    if (!err)
        err = set_checked(registry, draft, row, changes, problem);
    json_decref(changes);
    return err;
}

/* The input is checked before anything is done for it. */
static int prepare_limit(struct registry *registry, const struct row *row, struct problem *problem)
{
    json_t *changes;
    int err = noun_check_changes(noun_find(SLICE("code")), row->input, &changes, problem);
    if (err)
        return err;
    err = code_check_limit(changes, problem);
    if (!err && is_limited(changes))
        err = code_limit_prepare(registry, row->key, row->campaign, problem);
    json_decref(changes);
    return err;
}

int code_set(struct registry *registry, struct slice code, struct slice campaign,
             const json_t *changes, json_t **ret_result, struct problem *problem)
{
    struct row row = {.key = code, .campaign = campaign, .input = changes};
    int err = prepare_limit(registry, &row, problem);
    return err ? err : row_write(registry, plan_set, &row, ret_result, problem);
}

struct code_listing {
    struct registry *registry;
    struct slice campaign, creator; /* creator: empty for all */
    struct listing things;
};

static int add_code(struct code_listing *listing, const struct code_view *code)
{
    char space[192];
    struct buffer key;
    buffer_over(&key, space, sizeof space);
    buffer_printf(&key, "%.*s/%.*s/%020lld", SLICE_ARG(code->campaign), SLICE_ARG(code->code),
                  (long long)code->created_ms);
    json_t *thing;
    int err = code_thing(listing->registry, code, &thing);
    return err ? err : listing_add(&listing->things, buffer_slice(&key), thing);
}

static int take_record(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct code_listing *listing = context;
    (void)field;
    if (!version)
        return JALON_OK; /* its index was written by a server that lost the record since */
    struct code_record record;
    int err = code_record_read(&record, json);
    if (err)
        return err;
    for (size_t i = 0; i < record.count && !err; i++) {
        const struct code_view *code = &record.codes[i];
        bool is_wanted = slice_equal(code->campaign, listing->campaign) &&
                         (!listing->creator.size || slice_equal(code->creator, listing->creator));
        if (is_wanted)
            err = add_code(listing, code);
    }
    code_record_done(&record);
    return err;
}

static int list_campaign(struct code_listing *listing, const struct campaign_name *name)
{
    struct slice brand = slice_of_string(name->brand);
    listing->campaign = slice_of_string(name->slug);
    struct member_list folded = {0};
    struct key of = key_codes_of(brand, listing->campaign), codes = key_codes(brand);
    int err = store_set_each(listing->registry->store, &of, member_list_take, &folded);
    if (!err && folded.count)
        err = store_get_many(listing->registry->store, &codes, folded.members, folded.count,
                             take_record, listing);
    member_list_done(&folded);
    return err;
}

int code_list(struct registry *registry, const struct list_filter *filter, thing_visit *visit,
              void *context, struct problem *problem)
{
    struct campaign_names names;
    int err = lookup_filter_creator(registry, filter->creator, problem);
    if (!err)
        err = campaign_names_read(registry, filter->campaign, &names, problem);
    if (err)
        return err;
    struct code_listing listing = {.registry = registry, .creator = filter->creator};
    for (size_t i = 0; i < names.count && !err; i++)
        err = list_campaign(&listing, &names.items[i]);
    if (!err)
        err = listing_show(&listing.things, visit, context);
    listing_done(&listing.things);
    campaign_names_done(&names);
    return err ? lookup_failed(problem, err) : JALON_OK;
}
