/* What a creator was called goes for good; what they brought stays, under the slug. */
#include "core/registry/lookup.h"
#include "core/registry/member_list.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"
#include "core/registry/view_reader.h"
#include "core/sign/slug.h"

static int plan_erase(struct registry *registry, struct draft *draft, struct row *row,
                      struct problem *problem)
{
    struct key key = key_creators();
    struct slice known; /* of its version the put must know */
    (void)problem;      /* checked before */
    int err = draft_get(draft, &key, row->key, &known);
    if (err)
        return err;
    struct thing record;
    thing_start(&record);
    thing_put_number(&record, "v", RECORD_VERSION);
    thing_put_text(&record, "creator", row->key);
    thing_put_number(&record, "erased_ms", registry->now_ms);
    json_t *json;
    err = thing_end(&record, &json);
    return err ? err : draft_put(draft, &key, row->key, json, NULL, 0, SLICE_NONE);
}

static int gather_link(void *context, const json_t *thing)
{
    struct slice code = thing_text(thing, "code");
    return member_list_take(context, code.size ? code : thing_text(thing, "link_id"));
}

static int gather_code(void *context, const json_t *thing) /* "CAMPAIGN CODE" */
{
    char space[160];
    struct buffer name;
    buffer_over(&name, space, sizeof space);
    buffer_append(&name, thing_text(thing, "campaign"));
    buffer_append_byte(&name, ' ');
    buffer_append(&name, thing_text(thing, "code"));
    return member_list_take(context, buffer_slice(&name));
}

static int disable_links(struct registry *registry, const struct member_list *links,
                         const json_t *disabled, struct problem *problem)
{
    int err = JALON_OK;
    for (size_t i = 0; i < links->count && !err; i++) {
        json_t *link = NULL;
        err = link_set(registry, links->members[i], disabled, &link, problem);
        json_decref(link);
    }
    return err;
}

static int disable_codes(struct registry *registry, const struct member_list *codes,
                         const json_t *disabled, struct problem *problem)
{
    int err = JALON_OK;
    for (size_t i = 0; i < codes->count && !err; i++) {
        struct slice code = codes->members[i];
        struct slice campaign = slice_take(&code, ' ');
        json_t *result = NULL;
        err = code_set(registry, code, campaign, disabled, &result, problem);
        json_decref(result);
    }
    return err;
}

static int disable_all(struct registry *registry, struct slice creator, const json_t *disabled,
                       struct problem *problem)
{
    struct list_filter filter = {.creator = creator};
    struct member_list links = {0}, codes = {0};
    int err = link_list(registry, &filter, gather_link, &links, problem);
    if (!err)
        err = code_list(registry, &filter, gather_code, &codes, problem);
    if (!err)
        err = disable_links(registry, &links, disabled, problem);
    if (!err)
        err = disable_codes(registry, &codes, disabled, problem);
    member_list_done(&links);
    member_list_done(&codes);
    return err;
}

static int check_known(struct registry *registry, struct slice slug, struct problem *problem)
{
    struct record record = {0};
    struct key key = key_creators();
    int err = slug_is_valid(slug) ? store_get(registry->store, &record, &key, slug) : JALON_OK;
    if (err)
        return lookup_failed(problem, err);
    bool is_known = record.version != 0;
    record_done(&record);
    return is_known
               ? JALON_OK
               : problem_set(problem, PROBLEM_NOT_FOUND, "there is no creator %.*s: check the name",
                             SLICE_ARG(lookup_shown(slug)));
}

int creator_erase(struct registry *registry, struct slice slug, struct problem *problem)
{
    int err = lookup_unlimited(registry, problem);
    if (!err)
        err = check_known(registry, slug, problem);
    if (err)
        return err;
    json_t *disabled = json_pack("{s:s}", "state", "disabled");
    if (!disabled)
        return problem_from_error(problem, JALON_NO_MEMORY);
    /* Links and codes first: if it stops half-way, the same again goes on. */
    err = disable_all(registry, slug, disabled, problem);
    json_decref(disabled);
    struct row row = {.key = slug};
    struct key key = key_creators();
    if (!err)
        err = row_write(registry, plan_erase, &row, NULL, problem);
    if (!err && store_forget(registry->store, &key, slug))
        err = problem_set(problem, PROBLEM_INTERNAL,
                          "the creator is erased, but the redo log can't be rewritten: see to the "
                          "disk of the data folder, and erase again");
    return err;
}
