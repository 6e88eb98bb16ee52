#include "core/registry/link_book.h"
#include "core/registry/link_record.h"
#include "core/registry/link_slug.h"
#include "core/registry/lookup.h"
#include "core/registry/noun.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"
#include "core/registry/view_reader.h"
#include "core/sign/token.h"

#define SUGGESTIONS 20

struct new_link {
    const struct campaign_view *campaign;
    struct slice creator, channel, target, slug;
    int64_t expires_ms;
    char code[65];
    uint64_t link_id;
};

static int read_new(struct registry *registry, struct draft *draft, const json_t *clean,
                    struct new_link *link, struct problem *problem)
{
    *link = (struct new_link){
        .creator = thing_text(clean, "creator"),
        .channel = thing_text(clean, "channel"),
        .target = thing_text(clean, "target"),
        .slug = thing_text(clean, "slug"),
        .expires_ms = link_expiry_of(clean),
    };
    int err = lookup_campaign(registry, draft, thing_text(clean, "campaign"), "campaign",
                              &link->campaign, problem);
    if (err && err != JALON_INVALID)
        return err;
    int creator_err = lookup_creator(draft, link->creator, false, problem);
    if (err || creator_err)
        return err ? err : creator_err;
    return link_check_target(link->campaign, link->target, problem);
}

static json_t *record_of(const struct registry *registry, const struct new_link *link)
{
    struct thing record;
    thing_start(&record);
    thing_put_number(&record, "v", RECORD_VERSION);
    thing_put_text(&record, "code", slice_of_string(link->code));
    thing_put_text(&record, "campaign", link->campaign->slug);
    thing_put_text(&record, "creator", link->creator);
    if (link->channel.size)
        thing_put_text(&record, "channel", link->channel);
    if (link->target.size)
        thing_put_text(&record, "target", link->target);
    if (link->expires_ms)
        thing_put_number(&record, "expires_ms", link->expires_ms);
    thing_put_number(&record, "created_ms", registry->now_ms);
    return record.json;
}

static bool is_same(const struct new_link *link, const struct link_view *known)
{
    return slice_is(known->code, link->code) &&
           slice_equal(known->campaign, link->campaign->slug) &&
           slice_equal(known->creator, link->creator) &&
           slice_equal(known->channel, link->channel) && slice_equal(known->target, link->target) &&
           known->expires_at_ms == link->expires_ms;
}

static int suggest_other(struct draft *draft, const struct new_link *link, struct problem *problem)
{
    char other[LINK_SLUG_MAX + 1];
    for (unsigned attempt = 2; attempt < SUGGESTIONS; attempt++) {
        link_slug_suggest(other, slice_of_string(link->code), attempt);
        uint64_t link_id;
        struct slice json;
        int err = link_id_of_code(&link_id, slice_of_string(other));
        if (!err)
            err = link_get(draft, link_id, &json);
        if (err)
            return lookup_failed(problem, err);
        if (!json.size)
            break;
    }
    int err =
        problem_set(problem, PROBLEM_CONFLICT, "the slug %s is taken: try %s", link->code, other);
    (void)problem_field(problem, "slug", "it is taken: try %s", other);
    return err;
}

/* There is a link of that id already. */
static int meet_known(struct registry *registry, struct draft *draft, struct row *row,
                      const struct new_link *link, struct slice json, struct problem *problem)
{
    struct link_view known;
    int err = link_view_read(&known, json);
    if (err)
        return err;
    bool same = is_same(link, &known);
    link_view_done(&known);
    if (row->is_import && same) {
        row->outcome = OUTCOME_KNOWN;
        return link_thing_of_json(registry, link->link_id, json, link->campaign, &row->result);
    }
    /* Two codes whose ids meet are no more than bad luck: another serial will do. */
    return link->slug.size ? suggest_other(draft, link, problem) : JALON_CONFLICT;
}

static int choose_code(struct registry *registry, const struct row *row, struct new_link *link,
                       struct problem *problem)
{
    if (link->slug.size)
        return link_slug_choose(link->code, link->slug, problem);
    uint64_t serial = row->link_serial;
    int err = row->is_import ? JALON_OK
                             : store_reserve(registry->store, &serial, SLICE("link"), 1,
                                             JALON_LINK_SERIAL_MAX + UINT64_C(1));
    return err ? err : jalon_link_code_mint(registry->keys, (uint32_t)serial, link->code);
}

/* An import's row that names no slug was given before when there is a link that is equal in all it says. */
static int find_equal(struct registry *registry, struct row *row, const struct new_link *link,
                      bool *ret_is_known, struct problem *problem)
{
    if (!row->link_book || link->slug.size)
        return JALON_OK;
    const struct link_traits traits = {
        .campaign = link->campaign->slug,
        .creator = link->creator,
        .channel = link->channel,
        .target = link->target,
        .expires_ms = link->expires_ms,
    };
    int err = link_book_take(row->link_book, registry, &traits, ret_is_known, problem);
    if (!err && *ret_is_known)
        row->outcome = OUTCOME_KNOWN;
    return err;
}

static int add_new(struct registry *registry, struct draft *draft, struct row *row,
                   struct new_link *link, struct problem *problem)
{
    struct slice known = SLICE_NONE;
    bool is_known = false;
    int err = find_equal(registry, row, link, &is_known, problem);
    if (err || is_known)
        return err;
    err = choose_code(registry, row, link, problem);
    if (!err)
        err = link_id_of_code(&link->link_id, slice_of_string(link->code));
    if (!err)
        err = link_get(draft, link->link_id, &known);
    if (err)
        return err;
    if (known.size)
        return meet_known(registry, draft, row, link, known, problem);
    json_t *record = record_of(registry, link);
    if (!record)
        return JALON_NO_MEMORY;
    row->outcome = OUTCOME_ADDED;
    err = link_put(draft, link->link_id, link->campaign->slug, record);
    if (!err)
        err = link_get(draft, link->link_id, &known);
    return err ? err
               : link_thing_of_json(registry, link->link_id, known, link->campaign, &row->result);
}

int link_plan_add(struct registry *registry, struct draft *draft, struct row *row,
                  struct problem *problem)
{
    json_t *clean;
    int err = noun_check(noun_find(SLICE("link")), row->input, &clean, problem);
    if (err)
        return err;
    struct new_link link;
    err = read_new(registry, draft, clean, &link, problem);
    if (!err)
        err = add_new(registry, draft, row, &link, problem);
    json_decref(clean);
    return err;
}

int link_add(struct registry *registry, const json_t *input, json_t **ret_result,
             struct problem *problem)
{
    struct row row = {.input = input};
    return row_write(registry, link_plan_add, &row, ret_result, problem);
}
