#include "core/registry/conversion_answer.h"

#include "core/ledger/money.h"
#include "core/registry/conversion_view.h"
#include "core/registry/link_view.h"

static int resolve_click(struct draft *draft, const struct campaign_view *campaign,
                         struct conversion_view *view, uint64_t link_id)
{
    const struct link_view *link;
    int err = draft_link(draft, link_id, &link);
    if (err || !link)
        return err;
    bool is_ours = slice_equal(link->campaign, campaign->slug);
    conversion_view_resolve(view, link_id, is_ours ? link->creator : SLICE_NONE, link->channel);
    return JALON_OK;
}

/* Links that were registered since the order came. */
static int resolve_late(struct draft *draft, const struct campaign_view *campaign,
                        struct conversion_view *view)
{
    int err = JALON_OK;
    for (size_t i = 0; i < view->evidence.click_count && !err; i++) {
        const struct click_evidence *click = &view->evidence.clicks[i];
        if (click->verdict == VERDICT_UNREGISTERED)
            err = resolve_click(draft, campaign, view, click->link_id);
    }
    return err;
}

/* A whole order is 1; a part of one has at most 6 decimals. */
static json_t *share_of(int64_t micro)
{
    return micro % SHARE_WHOLE == 0 ? json_integer(micro / SHARE_WHOLE)
                                    : json_real((double)micro / SHARE_WHOLE);
}

static void put_money(struct thing *thing, const char *name, bool is_known, int64_t minor,
                      unsigned exponent)
{
    char space[MONEY_TEXT_MAX];
    struct buffer text;
    buffer_over(&text, space, sizeof space);
    money_format(&text, minor, exponent);
    thing_put_text_or_null(thing, name, is_known ? buffer_slice(&text) : SLICE_NONE);
}

static int64_t revenue_of(const struct conversion_view *view)
{
    return conversion_revenue(view->status, view->amount_minor, view->refunded_minor);
}

/* What a listing shows of a credit beside: the click that won, and its part of the revenue. */
static void put_whole_credit(struct thing *thing, const struct conversion_view *view,
                             const struct attribution *attribution, size_t index, unsigned exponent)
{
    int click = attribution->credits[index].click;
    int64_t minor = attribution_amount(attribution, index, revenue_of(view));
    thing_put_text_or_null(thing, "click_id",
                           click < 0 ? SLICE_NONE : view->evidence.clicks[click].click_id);
    put_money(thing, "revenue", true, minor, exponent);
}

static json_t *credits_of(const struct conversion_view *view, const struct attribution *attribution,
                          bool is_whole, unsigned exponent)
{
    json_t *list = json_array();
    for (size_t i = 0; i < attribution->credit_count; i++) {
        const struct credit *credit = &attribution->credits[i];
        struct thing thing;
        thing_start(&thing);
        thing_put_text(&thing, "creator", credit->creator);
        thing_put_text(&thing, "evidence", slice_of_string(evidence_kind_name(credit->kind)));
        thing_put(&thing, "share", share_of(credit->share_micro));
        if (is_whole)
            put_whole_credit(&thing, view, attribution, i, exponent);
        if (json_array_append_new(list, thing.json)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *assists_of(const struct attribution *attribution, const struct evidence *evidence)
{
    json_t *list = json_array();
    for (size_t i = 0; i < attribution->assist_count; i++) {
        const struct assist *assist = &attribution->assists[i];
        struct thing thing;
        thing_start(&thing);
        thing_put_text(&thing, "creator", assist->creator);
        thing_put_text(&thing, "evidence", slice_of_string(evidence_kind_name(assist->kind)));
        if (assist->click >= 0)
            thing_put_text_or_null(&thing, "channel", evidence->clicks[assist->click].channel);
        if (json_array_append_new(list, thing.json)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *flags_of(const struct conversion_view *view)
{
    json_t *list = json_array();
    if (view->is_code_disabled)
        (void)json_array_append_new(list, json_string("code-disabled")); /* seen when dumped */
    if (view->is_code_over_limit)
        (void)json_array_append_new(list, json_string("code-over-limit")); /* seen when dumped */
    return list;
}

static json_t *click_ids_of(const struct evidence *evidence)
{
    json_t *list = json_array();
    for (size_t i = 0; i < evidence->click_count; i++) {
        struct slice id = evidence->clicks[i].click_id;
        if (json_array_append_new(list, json_stringn(id.data, id.size))) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *refunds_of(const struct conversion_view *view, unsigned exponent)
{
    json_t *list = json_array();
    for (size_t i = 0; i < view->refund_count; i++) {
        const struct refund_view *refund = &view->refunds[i];
        struct thing thing;
        thing_start(&thing);
        thing_put_text(&thing, "refund_id", refund->refund_id);
        put_money(&thing, "amount", true, refund->minor, exponent);
        thing_put_moment_or_null(&thing, "at", refund->at_ms);
        if (json_array_append_new(list, thing.json)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static void put_whole(struct thing *thing, const struct conversion_view *view,
                      const struct campaign_view *campaign)
{
    thing_put_text(thing, "type", view->type);
    put_money(thing, "amount", view->has_amount, view->amount_minor, campaign->exponent);
    thing_put_text(thing, "currency", view->currency);
    thing_put_moment_or_null(thing, "occurred_at", view->occurred_ms);
    thing_put(thing, "click_id", click_ids_of(&view->evidence));
    thing_put_text_or_null(thing, "code", view->code_text);
    put_money(thing, "refunded", true, view->refunded_minor, campaign->exponent);
    put_money(thing, "revenue", true, revenue_of(view), campaign->exponent);
    thing_put(thing, "refunds", refunds_of(view, campaign->exponent));
    thing_put_moment_or_null(thing, "created_at", view->recorded_ms);
}

static int answer_of(const struct campaign_view *campaign, const struct conversion_view *view,
                     bool is_whole, json_t **ret_answer)
{
    struct attribution attribution;
    attribution_of(&attribution, &view->evidence, campaign->attribution, campaign->window_ms);
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "campaign", campaign->slug);
    thing_put_text(&thing, "order_id", view->order_id);
    thing_put_text(&thing, "status", slice_of_string(conversion_status_name(view->status)));
    if (is_whole)
        put_whole(&thing, view, campaign);
    thing_put(&thing, "credits", credits_of(view, &attribution, is_whole, campaign->exponent));
    thing_put(&thing, "assists", assists_of(&attribution, &view->evidence));
    thing_put_text_or_null(&thing, "unattributed", slice_of_string(attribution.unattributed));
    thing_put(&thing, "flags", flags_of(view));
    return thing_end(&thing, ret_answer);
}

int conversion_answer(struct draft *draft, const struct campaign_view *campaign, struct slice json,
                      bool is_whole, json_t **ret_answer)
{
    struct conversion_view view;
    int err = conversion_view_read(&view, json);
    if (err)
        return err;
    err = resolve_late(draft, campaign, &view);
    if (!err)
        err = answer_of(campaign, &view, is_whole, ret_answer);
    conversion_view_done(&view);
    return err;
}
