#include "core/ledger/attribution.h"

#include <assert.h>

static const char *const rule_names[] = {
#define ATTRIBUTION_RULE_TEXT(upper, text) text,
    ATTRIBUTION_RULES(ATTRIBUTION_RULE_TEXT)
#undef ATTRIBUTION_RULE_TEXT
};

static const char *const verdict_names[] = {
#define VERDICT_TEXT(upper, text) text,
    VERDICTS(VERDICT_TEXT)
#undef VERDICT_TEXT
};

/* The valid clicks by time, ties in the order given, and among them the unregistered ones, whose creator is empty;
 * and whether the code is valid. */
struct valid_evidence {
    const struct evidence *all;
    size_t click_count;
    int clicks[EVIDENCE_CLICKS_MAX]; /* indexes into all->clicks */
    bool has_code;
};

static bool is_in_window(const struct click_evidence *click, int64_t occurred_ms, int64_t window_ms)
{
    int64_t age_ms = occurred_ms - click->at_ms;
    return age_ms <= window_ms && age_ms >= -CLOCK_TOLERANCE_MS;
}

static const struct click_evidence *click_at(const struct valid_evidence *valid, size_t position)
{
    return &valid->all->clicks[valid->clicks[position]];
}

static void insert_by_time(struct valid_evidence *valid, size_t click)
{
    size_t at = valid->click_count++;
    int64_t at_ms = valid->all->clicks[click].at_ms;
    for (; at > 0 && click_at(valid, at - 1)->at_ms > at_ms; at--)
        valid->clicks[at] = valid->clicks[at - 1];
    valid->clicks[at] = (int)click;
}

static struct valid_evidence valid_evidence_of(const struct evidence *evidence, int64_t window_ms)
{
    struct valid_evidence valid = {
        .all = evidence,
        .has_code = evidence->code.verdict == VERDICT_VALID,
    };
    assert(evidence->click_count <= EVIDENCE_CLICKS_MAX);
    for (size_t i = 0; i < evidence->click_count; i++)
        if ((evidence->clicks[i].verdict == VERDICT_VALID ||
             evidence->clicks[i].verdict == VERDICT_UNREGISTERED) &&
            is_in_window(&evidence->clicks[i], evidence->occurred_ms, window_ms))
            insert_by_time(&valid, i);
    return valid;
}

/* Index of the creator's click that wins: the first or last of theirs; -1 when there is none. */
static int winning_click(const struct valid_evidence *valid, struct slice creator,
                         enum attribution_rule rule)
{
    int found = -1;
    for (size_t i = 0; i < valid->click_count; i++) {
        if (!slice_equal(click_at(valid, i)->creator, creator))
            continue;
        found = valid->clicks[i];
        if (rule == RULE_FIRST_CLICK)
            break;
    }
    return found;
}

/* The creator's own evidence as a credit, without its share. */
static struct credit credit_of(const struct valid_evidence *valid, struct slice creator,
                               enum attribution_rule rule)
{
    struct credit credit = {.creator = creator, .click = winning_click(valid, creator, rule)};
    unsigned kind = credit.click < 0 ? 0 : EVIDENCE_CLICK;
    if (valid->has_code && slice_equal(valid->all->code.creator, creator))
        kind |= EVIDENCE_CODE;
    credit.kind = (enum evidence_kind)kind;
    return credit;
}

/* NULL when the creator is not credited. */
static const struct credit *find_credit(const struct attribution *attribution, struct slice creator)
{
    for (size_t i = 0; i < attribution->credit_count; i++)
        if (slice_equal(attribution->credits[i].creator, creator))
            return &attribution->credits[i];
    return NULL;
}

static void add_credit(struct attribution *attribution, const struct valid_evidence *valid,
                       struct slice creator, enum attribution_rule rule)
{
    if (!find_credit(attribution, creator))
        attribution->credits[attribution->credit_count++] = credit_of(valid, creator, rule);
}

static void credit_winner(struct attribution *attribution, const struct valid_evidence *valid,
                          enum attribution_rule rule)
{
    bool has_click = valid->click_count > 0;
    bool is_by_code =
        valid->has_code && (rule == RULE_CODE_FIRST || (rule == RULE_CLICK_FIRST && !has_click));
    if (is_by_code)
        add_credit(attribution, valid, valid->all->code.creator, rule);
    else if (has_click && rule == RULE_FIRST_CLICK)
        add_credit(attribution, valid, click_at(valid, 0)->creator, rule);
    else if (has_click)
        add_credit(attribution, valid, click_at(valid, valid->click_count - 1)->creator, rule);
}

static void credit_everyone(struct attribution *attribution, const struct valid_evidence *valid)
{
    for (size_t i = 0; i < valid->click_count; i++)
        add_credit(attribution, valid, click_at(valid, i)->creator, RULE_LINEAR);
    if (valid->has_code)
        add_credit(attribution, valid, valid->all->code.creator, RULE_LINEAR);
}

/* Unless the piece won: a click that a credit names, a code of a credited creator. */
static void add_assist(struct attribution *attribution, struct slice creator,
                       enum evidence_kind kind, int click)
{
    const struct credit *credit = find_credit(attribution, creator);
    if (credit && (kind == EVIDENCE_CODE || credit->click == click))
        return;
    attribution->assists[attribution->assist_count++] =
        (struct assist){.creator = creator, .kind = kind, .click = click};
}

static void keep_assists(struct attribution *attribution, const struct valid_evidence *valid)
{
    for (size_t i = 0; i < valid->click_count; i++)
        if (click_at(valid, i)->verdict == VERDICT_VALID)
            add_assist(attribution, click_at(valid, i)->creator, EVIDENCE_CLICK, valid->clicks[i]);
    if (valid->has_code)
        add_assist(attribution, valid->all->code.creator, EVIDENCE_CODE, -1);
}

/* NULL when the order brought no click id. The one that came closest to being valid speaks. */
static const char *reason_of_clicks(const struct evidence *evidence, int64_t window_ms)
{
    static const char *const reasons[] = {
        NULL,         "forged-click-id",         "unknown-click-id", "click-after-conversion",
        "late-click", "click-not-registered-yet"};
    size_t closest = 0;
    for (size_t i = 0; i < evidence->click_count; i++) {
        const struct click_evidence *click = &evidence->clicks[i];
        size_t rank = 2;
        if (click->verdict == VERDICT_FORGED || click->verdict == VERDICT_MISTYPED)
            rank = 1;
        else if (click->verdict == VERDICT_UNREGISTERED &&
                 is_in_window(click, evidence->occurred_ms, window_ms))
            rank = 5;
        else if (click->verdict == VERDICT_VALID || click->verdict == VERDICT_UNREGISTERED)
            rank = evidence->occurred_ms - click->at_ms > window_ms ? 4 : 3;
        if (rank > closest)
            closest = rank;
    }
    return reasons[closest];
}

/* NULL when the order brought no code. */
static const char *reason_of_code(const struct code_evidence *code)
{
    switch (code->verdict) {
    case VERDICT_NONE:
        return NULL;
    case VERDICT_VALID:
        return "code-assists-only";
    case VERDICT_MISTYPED:
        return "mistyped-code";
    case VERDICT_NOT_YET_VALID:
    case VERDICT_NO_LONGER_VALID:
        return "code-not-valid";
    case VERDICT_FORGED:
    case VERDICT_UNREGISTERED:
    case VERDICT_UNKNOWN:
        break;
    }
    return "unknown-code";
}

/* What the rule looks at first speaks first. */
static const char *reason_of(const struct evidence *evidence, enum attribution_rule rule,
                             int64_t window_ms)
{
    const char *of_clicks = reason_of_clicks(evidence, window_ms);
    const char *of_code = reason_of_code(&evidence->code);
    bool is_code_first = rule == RULE_CODE_FIRST || rule == RULE_LINEAR;
    const char *first = is_code_first ? of_code : of_clicks;
    const char *second = is_code_first ? of_clicks : of_code;
    if (first)
        return first;
    return second ? second : "no-evidence";
}

static int64_t equal_part(int64_t whole, size_t count, size_t index)
{
    int64_t part = whole / (int64_t)count;
    return index == 0 ? whole - part * (int64_t)(count - 1) : part;
}

void attribution_of(struct attribution *ret_attribution, const struct evidence *evidence,
                    enum attribution_rule rule, int64_t window_ms)
{
    struct valid_evidence valid = valid_evidence_of(evidence, window_ms);
    struct attribution *attribution = ret_attribution;
    attribution->credit_count = attribution->assist_count = 0;
    attribution->unattributed = NULL;

    if (rule == RULE_LINEAR)
        credit_everyone(attribution, &valid);
    else
        credit_winner(attribution, &valid, rule);
    bool is_undecided = find_credit(attribution, SLICE_NONE); /* on an unregistered click */
    if (is_undecided)
        attribution->credit_count = 0;
    for (size_t i = 0; i < attribution->credit_count; i++)
        attribution->credits[i].share_micro = equal_part(SHARE_WHOLE, attribution->credit_count, i);
    keep_assists(attribution, &valid);
    if (is_undecided)
        attribution->unattributed = "click-not-registered-yet";
    else if (attribution->credit_count == 0)
        attribution->unattributed = reason_of(evidence, rule, window_ms);
}

int64_t attribution_amount(const struct attribution *attribution, size_t index, int64_t minor)
{
    assert(index < attribution->credit_count);
    return equal_part(minor, attribution->credit_count, index);
}

static int index_of(const char *const *names, size_t count, struct slice name, unsigned *index)
{
    for (unsigned i = 0; i < count; i++) {
        if (!slice_is(name, names[i]))
            continue;
        *index = i;
        return JALON_OK;
    }
    return JALON_NOT_FOUND;
}

int attribution_rule_of(enum attribution_rule *ret_rule, struct slice name)
{
    unsigned index;
    int err = index_of(rule_names, sizeof rule_names / sizeof *rule_names, name, &index);
    if (err == JALON_OK)
        *ret_rule = (enum attribution_rule)index;
    return err;
}

const char *attribution_rule_name(enum attribution_rule rule)
{
    return rule_names[rule];
}

int verdict_of(enum verdict *ret_verdict, struct slice name)
{
    unsigned index;
    int err = index_of(verdict_names, sizeof verdict_names / sizeof *verdict_names, name, &index);
    if (err == JALON_OK)
        *ret_verdict = (enum verdict)index;
    return err;
}

const char *verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

const char *evidence_kind_name(enum evidence_kind kind)
{
    static const char *const names[] = {"", "click", "code", "both"};
    return names[kind];
}
