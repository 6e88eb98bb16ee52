#include "core/registry/conversion_feed.h"

#include "core/registry/conversion_change.h"
#include "core/registry/thing.h"

#include <stdio.h>

static bool has_same_click(const struct order *order, struct slice click_id)
{
    for (size_t i = 0; i < order->click_count; i++)
        if (slice_equal(order->clicks[i].click_id, click_id))
            return true;
    return false;
}

static bool has_click(const struct evidence *evidence, struct slice click_id)
{
    for (size_t i = 0; i < evidence->click_count; i++)
        if (slice_equal(evidence->clicks[i].click_id, click_id))
            return true;
    return false;
}

static bool same_clicks(const struct order *order, const struct evidence *known)
{
    if (order->click_count == 0)
        return true;
    if (order->click_count != known->click_count)
        return false;
    for (size_t i = 0; i < order->click_count; i++)
        if (!has_click(known, order->clicks[i].click_id))
            return false;
    return true;
}

unsigned order_differences(const struct order *order, const struct conversion_view *known)
{
    unsigned differences = 0;
    if (!slice_equal(order->type, known->type))
        differences |= DIFFERS_TYPE;
    if (order->has_amount && (!known->has_amount || order->amount_minor != known->amount_minor))
        differences |= DIFFERS_AMOUNT;
    if (order->code.size &&
        !slice_equal(code_text_folded(&order->code_text, order->code), known->evidence.code.code))
        differences |= DIFFERS_CODE;
    if (!same_clicks(order, &known->evidence))
        differences |= DIFFERS_CLICKS;
    if (order->has_status && order->status != known->status)
        differences |= DIFFERS_STATUS;
    if (order->has_refunded && order->refunded_minor != known->refunded_minor)
        differences |= DIFFERS_REFUNDED;
    return differences;
}

static int refuse(unsigned differences, const char *who_has, struct problem *problem)
{
    static const struct {
        unsigned difference;
        const char *field, *what;
    } fields[] = {{DIFFERS_TYPE, "type", "one"},
                  {DIFFERS_AMOUNT, "amount", "one"},
                  {DIFFERS_CODE, "code", "one"},
                  {DIFFERS_CLICKS, "click_id", "set of them"}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (differences & fields[i].difference)
            (void)problem_field(problem, fields[i].field, "%s another %s", who_has, fields[i].what);
    return JALON_CONFLICT;
}

int order_refuse_differences(const struct order *order, unsigned differences,
                             struct problem *problem)
{
    (void)problem_set(problem, PROBLEM_CONFLICT,
                      "the order %.*s is recorded with other content: an order is one order for "
                      "ever",
                      SLICE_ARG(order->order_id));
    return refuse(differences, "the order is known with", problem);
}

/* Content of which `order` says what `earlier` does not. */
static unsigned contradictions(const struct order *order, const struct order *earlier)
{
    unsigned differences = 0;
    bool is_same_click = order->click_count == 0 || order->click_count == earlier->click_count;
    for (size_t i = 0; i < order->click_count && is_same_click; i++)
        is_same_click = has_same_click(earlier, order->clicks[i].click_id);
    if (!slice_equal(order->type, earlier->type))
        differences |= DIFFERS_TYPE;
    if (order->has_amount && (!earlier->has_amount || order->amount_minor != earlier->amount_minor))
        differences |= DIFFERS_AMOUNT;
    if (order->code.size && !slice_equal(code_text_folded(&order->code_text, order->code),
                                         code_text_folded(&earlier->code_text, earlier->code)))
        differences |= DIFFERS_CODE;
    if (!is_same_click)
        differences |= DIFFERS_CLICKS;
    return differences;
}

int order_refuse_contradiction(const struct order *order, const struct order *earlier,
                               struct problem *problem)
{
    unsigned differences = contradictions(order, earlier);
    if (!differences)
        return JALON_OK;
    (void)problem_set(problem, PROBLEM_CONFLICT,
                      "an earlier row says otherwise of the order %.*s: which of them is right is "
                      "not known",
                      SLICE_ARG(order->order_id));
    return refuse(differences, "an earlier row has", problem);
}

void order_complete(struct order *order, const struct order *earlier)
{
    if (!order->has_amount) {
        order->has_amount = earlier->has_amount;
        order->amount_minor = earlier->amount_minor;
    }
    if (!order->code.size) {
        order->code = earlier->code;
        order->code_text = earlier->code_text;
    }
    if (!order->click_count) {
        order->click_count = earlier->click_count;
        memcpy(order->clicks, earlier->clicks, earlier->click_count * sizeof *order->clicks);
    }
    if (!order->has_status) {
        order->has_status = earlier->has_status;
        order->status = earlier->status;
    }
    if (!order->has_refunded) {
        order->has_refunded = earlier->has_refunded;
        order->refunded_minor = earlier->refunded_minor;
    }
}

/* An export tells the sum of all refunds: what is new of it becomes one refund, named by the sum. */
static int follow_refunds(struct conversion_change *change, int64_t refunded_minor, int64_t now_ms)
{
    char id[48];
    int64_t more = refunded_minor - change->view.refunded_minor;
    if (more <= 0 || change->view.refund_count == CONVERSION_REFUNDS_MAX)
        return JALON_OK;
    (void)snprintf(id, sizeof id, "import-%lld", (long long)refunded_minor);
    return conversion_change_refund(change, slice_of_string(id), more, now_ms);
}

static int follow(struct conversion_change *change, const struct order *order, int64_t now_ms)
{
    enum conversion_status status = order->has_status ? order->status : change->view.status;
    if (!conversion_counts(change->view.status))
        return JALON_OK;
    if (status == CONVERSION_CANCELLED)
        return conversion_change_status(change, status, now_ms);
    if (status == CONVERSION_REFUNDED && change->view.amount_minor == 0)
        return conversion_change_status(change, status, now_ms);
    if (status == CONVERSION_REFUNDED)
        return follow_refunds(change, change->view.amount_minor, now_ms);
    int err = JALON_OK;
    if (status != change->view.status && conversion_may_become(change->view.status, status))
        err = conversion_change_status(change, status, now_ms);
    if (err == JALON_OK && order->has_refunded)
        err = follow_refunds(change, order->refunded_minor, now_ms);
    return err;
}

static int put_change(struct conversion_change *change, struct draft *draft)
{
    json_t *answer;
    int err = conversion_change_put(change, draft, &answer);
    if (err == JALON_OK)
        json_decref(answer);
    return err;
}

int conversion_follow(struct registry *registry, struct draft *draft, const struct order *order,
                      bool *ret_is_changed, struct problem *problem)
{
    struct conversion_change change;
    int err = conversion_change_open(&change, registry, draft, order->campaign->slug,
                                     order->order_id, problem);
    if (err)
        return err;
    json_t *before = json_deep_copy(change.record);
    err = before ? follow(&change, order, registry->now_ms) : JALON_NO_MEMORY;
    *ret_is_changed = !err && !json_equal(before, change.record);
    (void)json_object_del(change.record, "import"); /* what it said before; it may not be there */
    if (*ret_is_changed)
        err = put_change(&change, draft);
    json_decref(before);
    conversion_change_done(&change);
    return err;
}

static json_t *note_of(const struct order *order, unsigned differences, int64_t now_ms)
{
    struct thing thing;
    thing_start(&thing);
    thing_put_number(&thing, "at_ms", now_ms);
    if (differences & DIFFERS_TYPE)
        thing_put_text(&thing, "type", order->type);
    if (differences & DIFFERS_AMOUNT)
        thing_put_number(&thing, "amount_minor", order->amount_minor);
    if (differences & DIFFERS_CODE)
        thing_put_text(&thing, "code", order->code);
    if (differences & DIFFERS_CLICKS)
        thing_put(&thing, "clicks", json_true());
    if (differences & DIFFERS_STATUS)
        thing_put_text(&thing, "status", slice_of_string(conversion_status_name(order->status)));
    if (differences & DIFFERS_REFUNDED)
        thing_put_number(&thing, "refunded_minor", order->refunded_minor);
    return thing.json;
}

int conversion_note_differences(struct registry *registry, struct draft *draft,
                                const struct order *order, unsigned differences,
                                struct problem *problem)
{
    struct conversion_change change;
    int err = conversion_change_open(&change, registry, draft, order->campaign->slug,
                                     order->order_id, problem);
    if (err)
        return err;
    if (differences == 0)
        (void)json_object_del(change.record, "import"); /* it may not be there */
    else if (json_object_set_new(change.record, "import",
                                 note_of(order, differences, registry->now_ms)))
        err = JALON_NO_MEMORY;
    if (err == JALON_OK)
        err = put_change(&change, draft);
    conversion_change_done(&change);
    return err;
}
