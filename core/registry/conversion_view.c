/* A conversion's record, under its order id:
 *   {"v":1,"order_id":TEXT,"type":SLUG,"amount_minor":N?,"currency":CODE,"status":NAME,
 *    "occurred_ms":N,"recorded_ms":N,"source":NAME?,               how it came; absent from records before there was one
 *    "clicks":[{"id":TEXT,"verdict":NAME,"at_ms":N?,"link":HEX16?,"creator":SLUG?,"channel":TEXT?}…]?,
 *    "code":{"text":TEXT,"folded":TEXT,"verdict":NAME,"creator":SLUG?,"disabled":true?,"over_limit":true?,
 *    "redemption":TEXT?}?,                                        the name of key_redemptions() where it counts
 *    "refunds":[{"id":TEXT,"minor":N,"at_ms":N}…]?,
 *    "import":{"at_ms":N,"type":SLUG?,"amount_minor":N?,"code":TEXT?,"clicks":true?,"status":NAME?,
 *    "refunded_minor":N?}?,                                       what the last import said otherwise
 *    "history":[{"status":NAME,"at_ms":N}…]?}                     what its status was changed to, and when */
#include "core/registry/conversion_view.h"

#include "core/registry/view_reader.h"
#include "core/store/schema.h"

static enum verdict read_verdict(struct view_reader *reader, const struct record_value *from)
{
    enum verdict verdict = VERDICT_NONE;
    if (verdict_of(&verdict, view_text(reader, from, "verdict")))
        view_damaged(reader);
    return verdict;
}

static void read_click(struct view_reader *reader, struct click_evidence *click,
                       const struct record_value *from)
{
    click->click_id = view_text_needed(reader, from, "id");
    click->creator = view_text(reader, from, "creator");
    click->channel = view_text(reader, from, "channel");
    click->at_ms = view_number(reader, from, "at_ms", 0);
    click->verdict = read_verdict(reader, from);
    struct slice link = view_text(reader, from, "link");
    if (link.size && link_id_parse(&click->link_id, link))
        view_damaged(reader);
    if (click->verdict == VERDICT_VALID && (!click->creator.size || !link.size))
        view_damaged(reader);
    if (click->verdict == VERDICT_UNREGISTERED && (click->creator.size || !link.size))
        view_damaged(reader);
}

static void read_evidence(struct view_reader *reader, struct conversion_view *view)
{
    struct evidence *evidence = &view->evidence;
    evidence->occurred_ms = view->occurred_ms;
    const struct record_value *clicks =
        view_list(reader, reader->root, "clicks", EVIDENCE_CLICKS_MAX);
    evidence->click_count = view_count(clicks);
    const struct record_value *click = record_first(clicks);
    for (size_t i = 0; i < evidence->click_count; i++, click = record_next(click))
        read_click(reader, &evidence->clicks[i], click);
    const struct record_value *code = record_member(reader->root, "code");
    if (!code)
        return;
    view->code_text = view_text_needed(reader, code, "text");
    evidence->code.code = view_text_needed(reader, code, "folded");
    evidence->code.creator = view_text(reader, code, "creator");
    evidence->code.verdict = read_verdict(reader, code);
    view->redemption = view_text(reader, code, "redemption");
    view->is_code_disabled = view_flag(reader, code, "disabled");
    view->is_code_over_limit = view_flag(reader, code, "over_limit");
    if (evidence->code.verdict == VERDICT_VALID && !evidence->code.creator.size)
        view_damaged(reader);
}

static void read_refunds(struct view_reader *reader, struct conversion_view *view)
{
    const struct record_value *refunds =
        view_list(reader, reader->root, "refunds", CONVERSION_REFUNDS_MAX);
    view->refund_count = view_count(refunds);
    const struct record_value *from = record_first(refunds);
    for (size_t i = 0; i < view->refund_count; i++, from = record_next(from)) {
        struct refund_view *refund = &view->refunds[i];
        refund->refund_id = view_text_needed(reader, from, "id");
        refund->minor = view_number(reader, from, "minor", -1);
        refund->at_ms = view_number(reader, from, "at_ms", 0);
        if (refund->minor < 0 || refund->minor > view->amount_minor - view->refunded_minor)
            view_damaged(reader);
        else
            view->refunded_minor += refund->minor;
    }
    if (view->status == CONVERSION_REFUNDED)
        view->refunded_minor = view->amount_minor;
}

static void read_difference(struct view_reader *reader, struct import_difference *difference)
{
    const struct record_value *from = record_member(reader->root, "import");
    if (!from)
        return;
    difference->at_ms = view_number(reader, from, "at_ms", 0);
    difference->type = view_text(reader, from, "type");
    difference->code = view_text(reader, from, "code");
    difference->status = view_text(reader, from, "status");
    difference->has_clicks = view_flag(reader, from, "clicks");
    difference->has_amount = record_member(from, "amount_minor") != NULL;
    difference->amount_minor = view_number(reader, from, "amount_minor", 0);
    difference->has_refunded = record_member(from, "refunded_minor") != NULL;
    difference->refunded_minor = view_number(reader, from, "refunded_minor", 0);
}

static void read_history(struct view_reader *reader, struct conversion_view *view)
{
    const struct record_value *history =
        view_list(reader, reader->root, "history", CONVERSION_STEPS_MAX);
    view->ended_ms = conversion_counts(view->status) ? NEVER_ENDED : NEVER_COUNTED;
    const struct record_value *step = record_first(history);
    for (size_t i = 0; i < view_count(history) && view->ended_ms == NEVER_COUNTED; i++) {
        enum conversion_status status = view->status;
        if (conversion_status_of(&status, view_text(reader, step, "status")))
            view_damaged(reader);
        if (!conversion_counts(status))
            view->ended_ms = view_number(reader, step, "at_ms", 0);
        step = record_next(step);
    }
}

static void read_whole(struct view_reader *reader, struct conversion_view *view)
{
    const struct record_value *root = reader->root;
    view->order_id = view_text_needed(reader, root, "order_id");
    view->type = view_text_needed(reader, root, "type");
    view->currency = view_text_needed(reader, root, "currency");
    view->has_amount = record_member(root, "amount_minor") != NULL;
    view->amount_minor = view_number(reader, root, "amount_minor", 0);
    view->occurred_ms = view_number(reader, root, "occurred_ms", 0);
    view->recorded_ms = view_number(reader, root, "recorded_ms", 0);
    if (conversion_status_of(&view->status, view_text(reader, root, "status")))
        view_damaged(reader);
    if (view->amount_minor < 0)
        view_damaged(reader);
    view->source = view_text(reader, root, "source");
    read_evidence(reader, view);
    read_difference(reader, &view->difference);
    read_refunds(reader, view);
    read_history(reader, view);
}

int conversion_view_read(struct conversion_view *ret_view, struct slice json)
{
    struct view_reader reader;
    struct buffer text;
    int err = view_reader_start(&reader, &text, json, 1);
    if (err)
        return err;
    *ret_view = (struct conversion_view){.text = text};
    reader.text = &ret_view->text;
    read_whole(&reader, ret_view);
    return view_reader_end(&reader);
}

void conversion_view_done(struct conversion_view *view)
{
    buffer_done(&view->text);
}

struct conversion_worth conversion_view_worth(const struct conversion_view *view, int64_t before_ms)
{
    int64_t refunded_minor = 0;
    if (before_ms > view->ended_ms)
        return (struct conversion_worth){0};
    for (size_t i = 0; i < view->refund_count; i++)
        if (view->refunds[i].at_ms < before_ms)
            refunded_minor += view->refunds[i].minor;
    return (struct conversion_worth){
        .counts = true,
        .revenue_minor =
            conversion_revenue(CONVERSION_APPROVED, view->amount_minor, refunded_minor),
    };
}

void conversion_view_resolve(struct conversion_view *view, uint64_t link_id, struct slice creator,
                             struct slice channel)
{
    for (size_t i = 0; i < view->evidence.click_count; i++) {
        struct click_evidence *click = &view->evidence.clicks[i];
        if (click->verdict != VERDICT_UNREGISTERED || click->link_id != link_id)
            continue;
        click->verdict = creator.size ? VERDICT_VALID : VERDICT_UNKNOWN;
        click->creator = creator;
        click->channel = creator.size ? channel : SLICE_NONE;
    }
}
