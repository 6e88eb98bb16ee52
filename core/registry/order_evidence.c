#include "core/registry/order.h"

/* A genuine click id whose link is not there yet is one of a portable link whose first click is still on its
 * way from a journal: it is found VALID later. */
static int judge_click(struct click_evidence *ret_click, struct draft *draft,
                       const struct order *order, const struct order_click *from)
{
    *ret_click = (struct click_evidence){
        .click_id = from->click_id,
        .at_ms = from->at_ms,
        .verdict = VERDICT_FORGED,
    };
    if (!from->is_genuine)
        return JALON_OK;
    const struct link_view *link;
    ret_click->verdict = VERDICT_UNREGISTERED;
    ret_click->link_id = from->link_id;
    int err = draft_link(draft, from->link_id, &link);
    if (err || !link)
        return err;
    if (!slice_equal(link->campaign, order->campaign->slug)) {
        ret_click->link_id = 0; /* the id is another campaign's link's: it will never be ours */
        ret_click->verdict = VERDICT_UNKNOWN;
        return JALON_OK;
    }
    ret_click->verdict = VERDICT_VALID;
    ret_click->creator = link->creator;
    ret_click->channel = link->channel;
    return JALON_OK;
}

static int judge_clicks(struct evidence *evidence, struct draft *draft, const struct order *order)
{
    int err = JALON_OK;
    evidence->click_count = order->click_count;
    for (size_t i = 0; i < order->click_count && !err; i++)
        err = judge_click(&evidence->clicks[i], draft, order, &order->clicks[i]);
    return err;
}

/* The campaign's code of that form that holds when the order was placed, else the last one made; NULL when it
 * has none. */
static const struct code_view *code_of_campaign(const struct code_record *record,
                                                const struct order *order)
{
    const struct code_view *found = NULL;
    for (size_t i = 0; record && i < record->count; i++) {
        const struct code_view *code = &record->codes[i];
        if (!slice_equal(code->campaign, order->campaign->slug))
            continue;
        if (code_view_covers(code, order->occurred_ms))
            return code;
        found = code;
    }
    return found;
}

void order_redemption_member(struct buffer *out, struct slice campaign, struct slice order_id)
{
    buffer_append(out, campaign);
    buffer_append_byte(out, '/');
    buffer_append(out, order_id);
}

int order_rely_on_limits(struct draft *draft, const struct campaign_view *campaign)
{
    struct key orders = key_orders(campaign->brand, campaign->slug);
    struct key limits = key_limits(campaign->brand);
    return draft_rely(draft, &orders, &limits, campaign->brand);
}

/* NULL when there are none of that form. */
static int find_codes(struct draft *draft, const struct order *order,
                      const struct code_record **ret_codes)
{
    return draft_codes(draft, order->campaign->brand, slice_of_string(order->code_text.folded),
                       ret_codes);
}

int order_redemptions(struct draft *draft, const struct order *order, struct key *ret_redemptions,
                      bool *ret_is_limited)
{
    const struct code_record *codes;
    int err = find_codes(draft, order, &codes);
    if (err)
        return err;
    const struct code_view *code = code_of_campaign(codes, order);
    *ret_is_limited = code && code->max_redemptions && conversion_counts(order->status) &&
                      code_view_covers(code, order->occurred_ms);
    if (*ret_is_limited) {
        char name[REDEMPTION_NAME_MAX];
        code_view_redemptions(name, codes, code);
        *ret_redemptions = key_redemptions(order->campaign->brand, slice_of_string(name));
    }
    return JALON_OK;
}

/* Of a code that holds. Flags take no credit away: they tell the brand that its shop took a code it should not have. */
static int flag_code(struct order_evidence *evidence, struct draft *draft,
                     const struct order *order, const struct code_record *codes,
                     const struct code_view *code)
{
    evidence->is_code_disabled = code->is_disabled;
    if (!conversion_counts(order->status))
        return JALON_OK;
    code_view_redemptions(evidence->redemption, codes, code);
    evidence->is_counted = code->is_counted;
    evidence->max_redemptions = (uint64_t)code->max_redemptions;
    if (!evidence->max_redemptions)
        return JALON_OK;
    struct key key = key_redemptions(order->campaign->brand, slice_of_string(evidence->redemption));
    uint64_t redeemed;
    int err = draft_count(draft, &key, &redeemed);
    if (err)
        return err;
    evidence->is_code_over_limit = redeemed >= evidence->max_redemptions;
    return JALON_OK;
}

/* A code whose key was retired since holds no longer, whatever its dates say. */
static int judge_found(enum verdict *ret_verdict, const jalon_keys *keys,
                       const struct code_view *code, int64_t occurred_ms)
{
    bool holds;
    int err = code_form_holds(keys, code, &holds);
    if (err)
        return err;
    *ret_verdict = holds ? code_view_judge(code, occurred_ms) : VERDICT_NO_LONGER_VALID;
    return JALON_OK;
}

static int judge_unfound(enum verdict *ret_verdict, struct draft *draft, const struct order *order)
{
    bool is_mistyped = false;
    int err = code_form_is_mistyped(draft, &order->code_text, &is_mistyped);
    if (!err)
        *ret_verdict = is_mistyped ? VERDICT_MISTYPED : VERDICT_UNKNOWN;
    return err;
}

static int judge_code(struct order_evidence *evidence, struct draft *draft, const jalon_keys *keys,
                      const struct order *order)
{
    if (!order->code.size)
        return JALON_OK;
    struct code_evidence *judged = &evidence->evidence.code;
    judged->code = code_text_folded(&order->code_text, order->code);
    judged->verdict = VERDICT_UNKNOWN;
    if (!order->code_text.folded[0])
        return JALON_OK;
    const struct code_record *codes;
    int err = find_codes(draft, order, &codes);
    if (err)
        return err;
    const struct code_view *code = code_of_campaign(codes, order);
    if (!code)
        return judge_unfound(&judged->verdict, draft, order);
    judged->creator = code->creator;
    err = judge_found(&judged->verdict, keys, code, order->occurred_ms);
    if (!err && judged->verdict == VERDICT_VALID)
        err = flag_code(evidence, draft, order, codes, code);
    return err;
}

int order_judge(struct order_evidence *ret_evidence, struct draft *draft, const jalon_keys *keys,
                const struct order *order)
{
    ret_evidence->evidence.occurred_ms = order->occurred_ms;
    ret_evidence->evidence.code = (struct code_evidence){.verdict = VERDICT_NONE};
    ret_evidence->is_code_disabled = ret_evidence->is_code_over_limit = false;
    ret_evidence->redemption[0] = '\0';
    ret_evidence->is_counted = false;
    ret_evidence->max_redemptions = 0;
    int err = judge_clicks(&ret_evidence->evidence, draft, order);
    return err ? err : judge_code(ret_evidence, draft, keys, order);
}
