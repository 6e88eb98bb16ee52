#include "core/registry/code_limit.h"

#include "core/registry/code_find.h"
#include "core/registry/conversion_change.h"
#include "core/registry/member_list.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"

#define RECORD_VERSION 1

struct limit_row {
    struct row row; /* first: a plan is given the row */
    struct code_match match;
    bool is_limited;
};

static int mark_element(json_t *record, size_t index, bool *ret_is_limited)
{
    json_t *element = json_array_get(json_object_get(record, "codes"), index);
    *ret_is_limited = json_object_get(element, "max_redemptions") != NULL;
    bool is_marked = *ret_is_limited || json_object_set_new(element, "counted", json_true()) == 0;
    return is_marked ? JALON_OK : JALON_NO_MEMORY;
}

static int plan_mark(struct registry *registry, struct draft *draft, struct row *row,
                     struct problem *problem)
{
    struct limit_row *limit = (struct limit_row *)row;
    json_t *record;
    int err = code_find(registry, draft, row->key, row->campaign, &limit->match, problem);
    if (err)
        return err;
    struct key key = key_codes(slice_of_string(limit->match.brand));
    struct slice folded = slice_of_string(limit->match.folded);
    err = draft_get_record(draft, &key, folded, &record);
    if (err)
        return err;
    err = mark_element(record, limit->match.index, &limit->is_limited);
    if (!err && !limit->is_limited)
        err = draft_put(draft, &key, folded, json_incref(record), NULL, 0, SLICE_NONE);
    json_decref(record);
    return err;
}

/* Its content says nothing: it is there for its version. */
static int plan_change_limits(struct registry *registry, struct draft *draft, struct row *row,
                              struct problem *problem)
{
    (void)registry;
    (void)problem;
    struct slice brand = slice_of_string(((struct limit_row *)row)->match.brand);
    struct thing record;
    json_t *json;
    thing_start(&record);
    thing_put_number(&record, "v", RECORD_VERSION);
    int err = thing_end(&record, &json);
    struct key key = key_limits(brand);
    return err ? err : draft_put(draft, &key, brand, json, NULL, 0, SLICE_NONE);
}

struct search {
    struct slice name; /* of the redemptions */
    struct member_list orders;
};

/* Most orders are none of the code's: they are not read. */
static int note_order(void *context, struct slice order_id, uint64_t version, struct slice json)
{
    struct search *search = context;
    (void)version; /* each is there: it was walked to */
    return memmem(json.data, json.size, search->name.data, search->name.size)
               ? member_list_take(&search->orders, order_id)
               : JALON_OK;
}

static int keep_order(const struct search *search, struct draft *draft,
                      const struct campaign_view *campaign, struct slice json)
{
    struct conversion_view view;
    int err = conversion_view_read(&view, json);
    if (err)
        return err;
    if (slice_equal(view.redemption, search->name))
        err = conversion_keep(draft, campaign, &view);
    conversion_view_done(&view);
    return err;
}

static int keep_orders(struct search *search, struct draft *draft,
                       const struct campaign_view *campaign)
{
    struct key key = key_orders(campaign->brand, campaign->slug);
    int err = draft_fetch(draft, &key, search->orders.members, search->orders.count);
    for (size_t i = 0; i < search->orders.count && !err; i++) {
        struct slice json;
        err = draft_get(draft, &key, search->orders.members[i], &json);
        if (!err && json.size)
            err = keep_order(search, draft, campaign, json);
    }
    return err;
}

static int count_orders(struct registry *registry, struct draft *draft,
                        const struct code_record *record, const struct code_view *code)
{
    const struct campaign_view *campaign;
    char name[REDEMPTION_NAME_MAX];
    code_view_redemptions(name, record, code);
    int err = draft_campaign(draft, code->campaign, &campaign);
    if (err || !campaign)
        return err;
    struct search search = {.name = slice_of_string(name)};
    struct key key = key_orders(campaign->brand, campaign->slug);
    err = store_each(registry->store, &key, note_order, &search);
    if (!err)
        err = keep_orders(&search, draft, campaign);
    member_list_done(&search.orders);
    return err;
}

static int plan_count(struct registry *registry, struct draft *draft, struct row *row,
                      struct problem *problem)
{
    (void)problem;
    const struct code_match *match = &((struct limit_row *)row)->match;
    const struct code_record *record;
    int err =
        draft_codes(draft, slice_of_string(match->brand), slice_of_string(match->folded), &record);
    if (!err && !record)
        err = JALON_CONFLICT; /* it was there a moment ago */
    return err ? err : count_orders(registry, draft, record, &record->codes[match->index]);
}

int code_limit_prepare(struct registry *registry, struct slice code, struct slice campaign,
                       struct problem *problem)
{
    struct limit_row limit = {.row = {.key = code, .campaign = campaign}};
    int err = row_write(registry, plan_mark, &limit.row, NULL, problem);
    if (err || limit.is_limited)
        return err;
    err = row_write(registry, plan_change_limits, &limit.row, NULL, problem);
    return err ? err : row_write(registry, plan_count, &limit.row, NULL, problem);
}
