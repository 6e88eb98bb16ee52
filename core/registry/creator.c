#include "core/ledger/metrics.h"
#include "core/registry/listing.h"
#include "core/registry/lookup.h"
#include "core/registry/noun.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"
#include "core/registry/view_reader.h"
#include "core/sign/slug.h"

static const struct noun *creator_noun(void)
{
    return noun_find(SLICE("creator"));
}

static int creator_thing(const json_t *record, json_t **ret_thing)
{
    const struct noun *noun = creator_noun();
    struct thing thing;
    thing_start(&thing);
    for (size_t i = 0; i < noun->field_count; i++)
        thing_put_same(&thing, noun->fields[i].name, record);
    const char *tier = creator_tier(thing_number(record, "followers", UNKNOWN_COUNT));
    thing_put_text_or_null(&thing, "tier", slice_of_string(tier));
    bool is_erased = thing_number(record, "erased_ms", 0) != 0;
    thing_put_text(&thing, "state", is_erased ? SLICE("erased") : SLICE("active"));
    thing_put_moment_or_null(&thing, "created_at", thing_number(record, "created_ms", 0));
    return thing_end(&thing, ret_thing);
}

static int put_creator(struct draft *draft, struct row *row, json_t *record)
{
    struct key key = key_creators();
    int err = creator_thing(record, &row->result);
    if (err)
        return err;
    return draft_put(draft, &key, thing_text(record, "creator"), json_incref(record), NULL, 0,
                     SLICE_NONE);
}

static int apply(json_t *record, const json_t *changes, bool *ret_is_changed)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)changes, name, value)
    {
        json_t *known = json_object_get(record, name);
        if (json_is_null(value) ? !known : json_equal(known, value))
            continue;
        *ret_is_changed = true;
        if (json_is_null(value))
            (void)json_object_del(record, name); /* it is there */
        else if (json_object_set(record, name, value))
            return JALON_NO_MEMORY;
    }
    return JALON_OK;
}

static int change_record(struct draft *draft, struct row *row, json_t *record,
                         const json_t *changes, struct problem *problem)
{
    if (thing_number(record, "erased_ms", 0))
        return problem_set(problem, PROBLEM_CONFLICT,
                           "the creator was erased: choose another slug for a new one");
    bool is_changed = false;
    int err = apply(record, changes, &is_changed);
    if (err)
        return err;
    row->outcome = is_changed ? OUTCOME_CHANGED : OUTCOME_KNOWN;
    return is_changed ? put_creator(draft, row, record) : creator_thing(record, &row->result);
}

/* An import's row that is there already brings what it says up to date; empty cells change nothing. */
static int add_checked(struct registry *registry, struct draft *draft, struct row *row,
                       json_t *clean, struct problem *problem)
{
    struct key key = key_creators();
    struct slice slug = thing_text(clean, "creator");
    json_t *known;
    int err = draft_get_record(draft, &key, slug, &known);
    if (!err) {
        if (row->is_import)
            err = change_record(draft, row, known, clean, problem);
        else
            err = problem_set(problem, PROBLEM_CONFLICT,
                              "there is a creator %.*s already: change it with `jalon creator set`",
                              SLICE_ARG(slug));
        json_decref(known);
        return err;
    }
    if (err != JALON_NOT_FOUND)
        return err;
    if (json_object_set_new(clean, "v", json_integer(RECORD_VERSION)) ||
        json_object_set_new(clean, "created_ms", json_integer(registry->now_ms)))
        return JALON_NO_MEMORY;
    row->outcome = OUTCOME_ADDED;
    return put_creator(draft, row, clean);
}

int creator_plan_add(struct registry *registry, struct draft *draft, struct row *row,
                     struct problem *problem)
{
    int err = lookup_unlimited(registry, problem);
    if (err)
        return err;
    json_t *clean;
    err = noun_check(creator_noun(), row->input, &clean, problem);
    if (err)
        return err;
    err = add_checked(registry, draft, row, clean, problem);
    json_decref(clean);
    return err;
}

int creator_add(struct registry *registry, const json_t *input, json_t **ret_result,
                struct problem *problem)
{
    struct row row = {.input = input};
    return row_write(registry, creator_plan_add, &row, ret_result, problem);
}

static int read_creator(struct registry *registry, struct draft *draft, struct slice slug,
                        json_t **ret_record, struct problem *problem)
{
    int err = lookup_unlimited(registry, problem);
    if (err)
        return err;
    struct key key = key_creators();
    err = slug_is_valid(slug) ? draft_get_record(draft, &key, slug, ret_record) : JALON_NOT_FOUND;
    if (err == JALON_NOT_FOUND)
        return problem_set(problem, PROBLEM_NOT_FOUND,
                           "there is no creator %.*s: add it with `jalon creator add`, or check "
                           "the name",
                           SLICE_ARG(lookup_shown(slug)));
    return err;
}

static int plan_set(struct registry *registry, struct draft *draft, struct row *row,
                    struct problem *problem)
{
    json_t *record, *changes;
    int err = noun_check_changes(creator_noun(), row->input, &changes, problem);
    if (err)
        return err;
    err = read_creator(registry, draft, row->key, &record, problem);
    if (!err) {
        err = change_record(draft, row, record, changes, problem);
        json_decref(record);
    }
    json_decref(changes);
    return err;
}

int creator_set(struct registry *registry, struct slice slug, const json_t *changes,
                json_t **ret_result, struct problem *problem)
{
    struct row row = {.key = slug, .input = changes};
    return row_write(registry, plan_set, &row, ret_result, problem);
}

static int plan_show(struct registry *registry, struct draft *draft, struct row *row,
                     struct problem *problem)
{
    json_t *record;
    int err = read_creator(registry, draft, row->key, &record, problem);
    if (err)
        return err;
    err = creator_thing(record, &row->result);
    json_decref(record);
    return err;
}

int creator_show(struct registry *registry, struct slice slug, json_t **ret_result,
                 struct problem *problem)
{
    struct row row = {.key = slug};
    return row_write(registry, plan_show, &row, ret_result, problem);
}

int creator_list(struct registry *registry, thing_visit *visit, void *context,
                 struct problem *problem)
{
    int err = lookup_unlimited(registry, problem);
    if (err)
        return err;
    struct key key = key_creators();
    return listing_show_hash(registry, &key, creator_thing, visit, context, problem);
}
