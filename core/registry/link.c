#include "core/registry/link_find.h"
#include "core/registry/link_record.h"
#include "core/registry/link_slug.h"
#include "core/registry/lookup.h"
#include "core/registry/noun.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"
#include "jalon/link.h"

#define RECORD_MAX 65536

static bool is_key_retired(const struct registry *registry, struct slice code)
{
    return link_slug_is_signed_shape(code) &&
           jalon_link_code_verify(registry->keys, code.data, code.size, NULL) ==
               JALON_BAD_SIGNATURE;
}

struct link_state link_state_of(const struct registry *registry, const struct link_view *link,
                                const struct campaign_view *campaign)
{
    int64_t now_ms = registry->now_ms;
    if (link->is_disabled)
        return (struct link_state){"disabled", "disabled"};
    if (is_key_retired(registry, link->code))
        return (struct link_state){"disabled", "key-retired"};
    if (link->expires_at_ms && now_ms >= link->expires_at_ms)
        return (struct link_state){"expired", "expired"};
    if (campaign->end_ms && now_ms >= campaign->end_ms)
        return (struct link_state){"expired", "campaign-ended"};
    if (now_ms < campaign->start_ms)
        return (struct link_state){"active", "campaign-not-started"};
    return (struct link_state){"active", NULL};
}

int link_thing(const struct registry *registry, uint64_t link_id, const struct link_view *link,
               const struct campaign_view *campaign, json_t **ret_thing)
{
    char id[LINK_ID_TEXT + 1], space[512];
    link_id_format(id, link_id);
    struct buffer url;
    buffer_over(&url, space, sizeof space);
    if (link->code.size)
        buffer_printf(&url, "%s/%.*s", registry->domain, SLICE_ARG(link->code));
    struct link_state state = link_state_of(registry, link, campaign);
    struct thing thing;
    thing_start(&thing);
    thing_put_text_or_null(&thing, "code", link->code);
    thing_put_text_or_null(&thing, "url", buffer_slice(&url));
    thing_put_text(&thing, "campaign", link->campaign);
    thing_put_text(&thing, "creator", link->creator);
    thing_put_text_or_null(&thing, "channel", link->channel);
    thing_put_text_or_null(&thing, "target", link->target);
    thing_put_moment_or_null(&thing, "expires_at", link->expires_at_ms);
    thing_put_text(&thing, "state", slice_of_string(state.name));
    thing_put_text_or_null(&thing, "reason", slice_of_string(state.reason));
    thing_put_moment_or_null(&thing, "created_at", link->created_ms);
    thing_put_text(&thing, "link_id", slice_of_string(id));
    return thing_end(&thing, ret_thing);
}

int link_thing_of_json(const struct registry *registry, uint64_t link_id, struct slice json,
                       const struct campaign_view *campaign, json_t **ret_thing)
{
    struct link_view link;
    int err = link_view_read(&link, json);
    if (err)
        return err;
    err = link_thing(registry, link_id, &link, campaign, ret_thing);
    link_view_done(&link);
    return err;
}

int link_check_target(const struct campaign_view *campaign, struct slice target,
                      struct problem *problem)
{
    struct url url;
    if (!target.size)
        return JALON_OK;
    int err = url_parse(&url, target, NULL);
    if (err)
        return problem_field(problem, "target", "write an absolute http or https URL");
    if (url_has_name(target, campaign->click_param))
        return problem_field(problem, "target",
                             "%.*s= is what click ids are called here: leave it out",
                             SLICE_ARG(campaign->click_param));
    if (campaign_view_allows_host(campaign, url.host))
        return JALON_OK;
    return problem_field(problem, "target",
                         "the campaign does not allow the host %.*s: add it to allow_host",
                         SLICE_ARG(slice_first(url.host, 80)));
}

int64_t link_expiry_of(const json_t *clean)
{
    int64_t ms = thing_moment(clean, "expires_at", 0);
    bool is_given = thing_text(clean, "expires_at").size != 0;
    return is_given && ms == 0 ? 1 : ms; /* 0 means never */
}

int link_put(struct draft *draft, uint64_t link_id, struct slice campaign, json_t *record)
{
    char id[LINK_ID_TEXT + 1], change[LINK_ID_TEXT + 8] = "link ";
    link_id_format(id, link_id);
    memcpy(change + 5, id, sizeof id);
    struct key key = key_links(schema_partition(link_id));
    struct key links_of = key_links_of(schema_partition(link_id), campaign);
    struct index_entry index = {
        .key = &links_of,
        .member = slice_of(id, LINK_ID_TEXT),
    };
    return draft_put(draft, &key, slice_of(id, LINK_ID_TEXT), record, &index, 1,
                     slice_of_string(change));
}

int link_get(struct draft *draft, uint64_t link_id, struct slice *ret_json)
{
    char id[LINK_ID_TEXT + 1];
    link_id_format(id, link_id);
    struct key key = key_links(schema_partition(link_id));
    return draft_get(draft, &key, slice_of(id, LINK_ID_TEXT), ret_json);
}

/* The link that `text` names, within the token's limits; the record is the caller's. */
static int find_link(struct registry *registry, struct draft *draft, struct slice text,
                     uint64_t *ret_link_id, const struct campaign_view **ret_campaign,
                     json_t **ret_record, struct problem *problem)
{
    json_t *record;
    int err = link_find(registry, draft, text, ret_link_id, &record);
    if (err && err != JALON_NOT_FOUND)
        return err;
    struct problem quiet = {0};
    if (!err)
        err = lookup_campaign(registry, draft, thing_text(record, "campaign"), NULL, ret_campaign,
                              &quiet);
    else
        record = NULL;
    if (!err) {
        *ret_record = record;
        return JALON_OK;
    }
    json_decref(record);
    return quiet.kind == PROBLEM_UNAVAILABLE
               ? JALON_UNAVAILABLE
               : problem_set(problem, PROBLEM_NOT_FOUND, "there is no such link: check the code");
}

static int thing_of_record(const struct registry *registry, uint64_t link_id, const json_t *record,
                           const struct campaign_view *campaign, json_t **ret_thing)
{
    struct buffer json;
    buffer_init(&json, RECORD_MAX);
    int err = thing_write(&json, json_incref((json_t *)record)); /* a count, no change */
    if (!err)
        err = link_thing_of_json(registry, link_id, buffer_slice(&json), campaign, ret_thing);
    buffer_done(&json);
    return err;
}

static int plan_show(struct registry *registry, struct draft *draft, struct row *row,
                     struct problem *problem)
{
    uint64_t link_id;
    const struct campaign_view *campaign;
    json_t *record;
    int err = find_link(registry, draft, row->key, &link_id, &campaign, &record, problem);
    if (err)
        return err;
    err = thing_of_record(registry, link_id, record, campaign, &row->result);
    json_decref(record);
    return err;
}

int link_show(struct registry *registry, struct slice code, json_t **ret_result,
              struct problem *problem)
{
    struct row row = {.key = code};
    return row_write(registry, plan_show, &row, ret_result, problem);
}

static int change_text(json_t *record, const json_t *changes, const char *name)
{
    json_t *value = json_object_get(changes, name);
    if (!value)
        return JALON_OK;
    if (!json_is_null(value))
        return json_object_set(record, name, value) ? JALON_NO_MEMORY : JALON_OK;
    (void)json_object_del(record, name); /* it need not be there */
    return JALON_OK;
}

static int change_record(json_t *record, const json_t *changes)
{
    int err = change_text(record, changes, "target");
    if (!err)
        err = change_text(record, changes, "channel");
    if (err)
        return err;
    if (json_object_get(changes, "expires_at")) {
        (void)json_object_del(record, "expires_ms"); /* it need not be there */
        int64_t ms = link_expiry_of(changes);
        if (ms && json_object_set_new(record, "expires_ms", json_integer(ms)))
            return JALON_NO_MEMORY;
    }
    struct slice state = thing_text(changes, "state");
    if (slice_is(state, "active"))
        (void)json_object_del(record, "disabled"); /* it need not be there */
    else if (state.size && json_object_set_new(record, "disabled", json_true()))
        return JALON_NO_MEMORY;
    return JALON_OK;
}

static int set_checked(struct registry *registry, struct draft *draft, struct row *row,
                       const json_t *changes, struct problem *problem)
{
    uint64_t link_id;
    const struct campaign_view *campaign;
    json_t *record;
    int err = find_link(registry, draft, row->key, &link_id, &campaign, &record, problem);
    if (err)
        return err;
    if (!json_object_get(record, "code") && json_object_get(changes, "target"))
        err = problem_field(problem, "target", "a portable link carries its own: mint another");
    if (!err)
        err = link_check_target(campaign, thing_text(changes, "target"), problem);
    if (!err)
        err = change_record(record, changes);
    if (!err)
        err = link_put(draft, link_id, campaign->slug, json_incref(record));
    if (!err)
        err = thing_of_record(registry, link_id, record, campaign, &row->result);
    json_decref(record);
    return err;
}

static int plan_set(struct registry *registry, struct draft *draft, struct row *row,
                    struct problem *problem)
{
    json_t *changes;
    int err = noun_check_changes(noun_find(SLICE("link")), row->input, &changes, problem);
    if (err)
        return err;
    err = set_checked(registry, draft, row, changes, problem);
    json_decref(changes);
    return err;
}

int link_set(struct registry *registry, struct slice code, const json_t *changes,
             json_t **ret_result, struct problem *problem)
{
    struct row row = {.key = code, .input = changes};
    return row_write(registry, plan_set, &row, ret_result, problem);
}
