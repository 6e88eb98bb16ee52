/* A promo code is replaced by a new one of the same creator, campaign, discount and limit. Two records of one hash change in
 * one call, both or none: of two who rotate a code at once, one is refused and leaves nothing behind. */
#include "core/registry/code_find.h"
#include "core/registry/code_form.h"
#include "core/registry/code_new.h"
#include "core/registry/noun.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"

#define KEEP_DAYS 14
#define DAY_MS INT64_C(86400000)

struct rotation {
    const json_t *clean;
    struct code_match match;
    struct code_record record; /* as it was */
    const struct code_view *old;
    char redemptions[REDEMPTION_NAME_MAX];
};

static int open_old(struct rotation *rotation, struct registry *registry, struct draft *draft,
                    struct slice code, struct problem *problem)
{
    struct code_match *match = &rotation->match;
    int err =
        code_find(registry, draft, code, thing_text(rotation->clean, "campaign"), match, problem);
    if (err)
        return err;
    struct key key = key_codes(slice_of_string(match->brand));
    struct slice json;
    err = draft_get(draft, &key, slice_of_string(match->folded), &json);
    if (!err)
        err = code_record_read(&rotation->record, json);
    if (err)
        return err;
    rotation->old = &rotation->record.codes[match->index];
    code_view_redemptions(rotation->redemptions, &rotation->record, rotation->old);
    return JALON_OK;
}

static int check_old(const struct rotation *rotation, const struct registry *registry,
                     struct problem *problem)
{
    const struct code_view *old = rotation->old;
    bool holds;
    int err = code_form_holds(registry->keys, old, &holds);
    if (err)
        return err;
    const char *why = NULL;
    enum verdict verdict = code_view_judge(old, registry->now_ms);
    if (old->replaced_by.size)
        return problem_set(problem, PROBLEM_CONFLICT,
                           "%.*s was replaced by %.*s already: rotate that one",
                           SLICE_ARG(old->code), SLICE_ARG(old->replaced_by));
    if (old->is_disabled)
        why = "is disabled: make it active first, or issue another code";
    else if (!holds || verdict == VERDICT_NO_LONGER_VALID)
        why = "has expired: issue another code";
    else if (verdict == VERDICT_NOT_YET_VALID)
        why = "is not valid yet: disable it, and issue another code";
    return why ? problem_set(problem, PROBLEM_CONFLICT, "%.*s %s", SLICE_ARG(old->code), why)
               : JALON_OK;
}

/* A signed code goes on with its prefix, unless the rotation says otherwise. */
static struct slice prefix_of(const struct rotation *rotation)
{
    struct slice prefix = thing_text(rotation->clean, "prefix");
    if (prefix.size || !rotation->old->is_signed || thing_text(rotation->clean, "slug").size)
        return prefix;
    struct slice text = rotation->old->code;
    return slice_take(&text, '-');
}

/* The input that would make the new code, had it been asked for by itself. */
static int new_input(const struct rotation *rotation, json_t **ret_input)
{
    const struct code_view *old = rotation->old;
    struct slice prefix = prefix_of(rotation);
    struct thing input;
    thing_start(&input);
    thing_put_text(&input, "campaign", old->campaign);
    thing_put_text(&input, "creator", old->creator);
    if (old->discount.size)
        thing_put_text(&input, "discount", old->discount);
    if (prefix.size)
        thing_put_text(&input, "prefix", prefix);
    thing_put_same_if_there(&input, "slug", rotation->clean);
    return thing_end(&input, ret_input);
}

static int put_new(const struct rotation *rotation, struct registry *registry, struct draft *draft,
                   json_t **ret_thing, struct problem *problem)
{
    json_t *input, *results = json_array();
    struct new_code code;
    int err = new_input(rotation, &input);
    if (err) {
        json_decref(results);
        return err;
    }
    err = results ? code_new_read(&code, registry, draft, input, problem) : JALON_NO_MEMORY;
    if (!err) {
        code.valid_until_ms = rotation->old->valid_until_ms;
        code.max_redemptions = rotation->old->max_redemptions;
        code.replaces = rotation->old->code;
        code.redemptions = slice_of_string(rotation->redemptions);
        err = code_new_put(registry, draft, &code, results, problem);
    }
    if (!err && json_array_size(results) == 0)
        err = JALON_FULL;
    if (!err)
        *ret_thing = json_incref(json_array_get(results, 0));
    json_decref(input);
    json_decref(results);
    return err;
}

/* It ends now; its grace does not make it hold longer than it would have. */
static int end_element(const struct rotation *rotation, json_t *element, struct slice successor,
                       int64_t now_ms)
{
    int64_t until_ms = rotation->old->valid_until_ms + rotation->old->grace_ms;
    int64_t grace_ms = thing_number(rotation->clean, "keep_days", KEEP_DAYS) * DAY_MS;
    if (rotation->old->valid_until_ms && until_ms - now_ms < grace_ms)
        grace_ms = until_ms - now_ms;
    struct thing ended = {.json = json_incref(element)};
    thing_put_number(&ended, "valid_until_ms", now_ms);
    thing_put_number(&ended, "grace_ms", grace_ms);
    thing_put_text(&ended, "replaced_by", successor);
    if (ended.json)
        json_decref(element);
    return ended.json ? JALON_OK : JALON_NO_MEMORY;
}

static int end_old(const struct rotation *rotation, struct draft *draft, struct slice successor,
                   int64_t now_ms)
{
    struct key key = key_codes(slice_of_string(rotation->match.brand));
    struct slice folded = slice_of_string(rotation->match.folded);
    json_t *record;
    int err = draft_get_record(draft, &key, folded, &record);
    if (err)
        return err;
    json_t *element = json_array_get(json_object_get(record, "codes"), rotation->match.index);
    err = end_element(rotation, element, successor, now_ms);
    if (!err)
        err = draft_put(draft, &key, folded, json_incref(record), NULL, 0, SLICE_NONE);
    json_decref(record);
    return err;
}

static int rotate(struct rotation *rotation, struct registry *registry, struct draft *draft,
                  struct row *row, struct problem *problem)
{
    int err = open_old(rotation, registry, draft, row->key, problem);
    if (!err)
        err = check_old(rotation, registry, problem);
    if (!err)
        err = put_new(rotation, registry, draft, &row->result, problem);
    if (!err)
        err = end_old(rotation, draft, thing_text(row->result, "code"), registry->now_ms);
    code_record_done(&rotation->record);
    row->outcome = OUTCOME_ADDED;
    return err;
}

static int plan_rotate(struct registry *registry, struct draft *draft, struct row *row,
                       struct problem *problem)
{
    json_t *clean;
    int err = noun_check(noun_find(SLICE("rotation")), row->input, &clean, problem);
    if (err)
        return err;
    struct rotation rotation = {.clean = clean};
    err = rotate(&rotation, registry, draft, row, problem);
    json_decref(clean);
    return err;
}

int code_rotate(struct registry *registry, struct slice code, const json_t *input,
                json_t **ret_result, struct problem *problem)
{
    struct row row = {.key = code, .input = input};
    return row_write(registry, plan_rotate, &row, ret_result, problem);
}
