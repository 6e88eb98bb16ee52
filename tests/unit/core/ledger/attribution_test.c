#include "core/ledger/attribution.h"
#include "core/base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define DAY_MS INT64_C(86400000)
#define WINDOW_MS (30 * DAY_MS)
#define OCCURRED_MS INT64_C(1795952712000)
#define MINUTE_MS INT64_C(60000)

#define CLICKS_IN_ROW 4

/* Creators are single letters; a click is creator, verdict and how long before the order it was. */
struct row {
    const char *name;
    enum attribution_rule rule;
    struct {
        const char *creator;
        enum verdict verdict;
        int64_t before_ms;
    } clicks[CLICKS_IN_ROW];
    const char *code_creator;
    enum verdict code_verdict;
    const char *credits; /* "marie:both tom:click" */
    const char *assists; /* "tom:0 lea:code" */
    const char *unattributed;
};

#define CLICK(creator, before)                                                                     \
    {                                                                                              \
        creator, VERDICT_VALID, before                                                             \
    }

static const struct row rows[] = {
    {"a code alone", RULE_CODE_FIRST, {{0}}, "m", VERDICT_VALID, "m:code", "", NULL},
    {"a click alone", RULE_CODE_FIRST, {CLICK("m", DAY_MS)}, "", VERDICT_NONE, "m:click", "", NULL},
    {"the code wins, the click assists",
     RULE_CODE_FIRST,
     {CLICK("t", DAY_MS)},
     "m",
     VERDICT_VALID,
     "m:code",
     "t:0",
     NULL},
    {"code and click of one",
     RULE_CODE_FIRST,
     {CLICK("m", DAY_MS)},
     "m",
     VERDICT_VALID,
     "m:both",
     "",
     NULL},
    {"code and click of one beside another's click",
     RULE_CODE_FIRST,
     {CLICK("m", 2 * DAY_MS), CLICK("t", DAY_MS)},
     "m",
     VERDICT_VALID,
     "m:both",
     "t:1",
     NULL},
    {"a bad code leaves it to the last click",
     RULE_CODE_FIRST,
     {CLICK("t", 2 * DAY_MS), CLICK("m", DAY_MS)},
     "l",
     VERDICT_UNKNOWN,
     "m:click",
     "t:0",
     NULL},
    {"click-first",
     RULE_CLICK_FIRST,
     {CLICK("t", 2 * DAY_MS), CLICK("m", DAY_MS)},
     "l",
     VERDICT_VALID,
     "m:click",
     "t:0 l:code",
     NULL},
    {"click-first without a click",
     RULE_CLICK_FIRST,
     {CLICK("t", 31 * DAY_MS)},
     "l",
     VERDICT_VALID,
     "l:code",
     "",
     NULL},
    {"last-click",
     RULE_LAST_CLICK,
     {CLICK("t", 2 * DAY_MS), CLICK("m", DAY_MS)},
     "t",
     VERDICT_VALID,
     "m:click",
     "t:0 t:code",
     NULL},
    {"first-click",
     RULE_FIRST_CLICK,
     {CLICK("t", 2 * DAY_MS), CLICK("m", DAY_MS)},
     "t",
     VERDICT_VALID,
     "t:both",
     "m:1",
     NULL},
    {"signed time orders clicks, not arrival",
     RULE_LAST_CLICK,
     {CLICK("t", DAY_MS), CLICK("m", 2 * DAY_MS)},
     "",
     VERDICT_NONE,
     "t:click",
     "m:1",
     NULL},
    {"of two at one moment the later named is last",
     RULE_LAST_CLICK,
     {CLICK("t", DAY_MS), CLICK("m", DAY_MS)},
     "",
     VERDICT_NONE,
     "m:click",
     "t:0",
     NULL},
    {"of two at one moment the earlier named is first",
     RULE_FIRST_CLICK,
     {CLICK("t", DAY_MS), CLICK("m", DAY_MS)},
     "",
     VERDICT_NONE,
     "t:click",
     "m:1",
     NULL},
    {"the winner's earlier clicks assist",
     RULE_LAST_CLICK,
     {CLICK("m", 3 * DAY_MS), CLICK("t", 2 * DAY_MS), CLICK("m", DAY_MS)},
     "",
     VERDICT_NONE,
     "m:click",
     "m:0 t:1",
     NULL},
    {"under first-click the winner's later clicks assist",
     RULE_FIRST_CLICK,
     {CLICK("m", 3 * DAY_MS), CLICK("t", 2 * DAY_MS), CLICK("m", DAY_MS)},
     "",
     VERDICT_NONE,
     "m:click",
     "t:1 m:2",
     NULL},
    {"beside their code the creator's last click won, the earlier one assists",
     RULE_CODE_FIRST,
     {CLICK("m", 2 * DAY_MS), CLICK("m", DAY_MS), CLICK("t", MINUTE_MS)},
     "m",
     VERDICT_VALID,
     "m:both",
     "m:0 t:2",
     NULL},
    {"under click-first the winner's code is part of the evidence",
     RULE_CLICK_FIRST,
     {CLICK("m", 2 * DAY_MS), CLICK("m", DAY_MS)},
     "m",
     VERDICT_VALID,
     "m:both",
     "m:0",
     NULL},
    {"an earlier click that is no evidence assists nothing",
     RULE_LAST_CLICK,
     {CLICK("m", WINDOW_MS + 1), {"m", VERDICT_FORGED, 0}, CLICK("m", DAY_MS)},
     "",
     VERDICT_NONE,
     "m:click",
     "",
     NULL},
    {"linear",
     RULE_LINEAR,
     {CLICK("t", 3 * DAY_MS), CLICK("m", 2 * DAY_MS), CLICK("t", DAY_MS)},
     "l",
     VERDICT_VALID,
     "t:click m:click l:code",
     "t:0",
     NULL},
    {"linear, one with both",
     RULE_LINEAR,
     {CLICK("t", 3 * DAY_MS), CLICK("m", 2 * DAY_MS)},
     "m",
     VERDICT_VALID,
     "t:click m:both",
     "",
     NULL},
    {"at the very end of the window",
     RULE_CODE_FIRST,
     {CLICK("m", WINDOW_MS)},
     "",
     VERDICT_NONE,
     "m:click",
     "",
     NULL},
    {"a millisecond late",
     RULE_CODE_FIRST,
     {CLICK("m", WINDOW_MS + 1)},
     "",
     VERDICT_NONE,
     "",
     "",
     "late-click"},
    {"within the tolerance of clocks",
     RULE_CODE_FIRST,
     {CLICK("m", -5 * MINUTE_MS)},
     "",
     VERDICT_NONE,
     "m:click",
     "",
     NULL},
    {"after the order",
     RULE_CODE_FIRST,
     {CLICK("m", -5 * MINUTE_MS - 1)},
     "",
     VERDICT_NONE,
     "",
     "",
     "click-after-conversion"},
    {"nothing", RULE_CODE_FIRST, {{0}}, "", VERDICT_NONE, "", "", "no-evidence"},
    {"nothing, linear", RULE_LINEAR, {{0}}, "", VERDICT_NONE, "", "", "no-evidence"},
    {"a forged click",
     RULE_CODE_FIRST,
     {{"", VERDICT_FORGED, 0}},
     "",
     VERDICT_NONE,
     "",
     "",
     "forged-click-id"},
    {"a click of another campaign",
     RULE_CODE_FIRST,
     {{"", VERDICT_UNKNOWN, 0}},
     "",
     VERDICT_NONE,
     "",
     "",
     "unknown-click-id"},
    {"a click whose link is not registered yet",
     RULE_CODE_FIRST,
     {{"", VERDICT_UNREGISTERED, DAY_MS}},
     "",
     VERDICT_NONE,
     "",
     "",
     "click-not-registered-yet"},
    {"an unregistered click out of the window",
     RULE_CODE_FIRST,
     {{"", VERDICT_UNREGISTERED, 31 * DAY_MS}},
     "",
     VERDICT_NONE,
     "",
     "",
     "late-click"},
    {"an unregistered click that could win hides a code",
     RULE_CLICK_FIRST,
     {{"", VERDICT_UNREGISTERED, DAY_MS}},
     "m",
     VERDICT_VALID,
     "",
     "m:code",
     "click-not-registered-yet"},
    {"an unregistered click beside a code that wins",
     RULE_CODE_FIRST,
     {{"", VERDICT_UNREGISTERED, DAY_MS}},
     "m",
     VERDICT_VALID,
     "m:code",
     "",
     NULL},
    {"an unregistered click that is the last",
     RULE_LAST_CLICK,
     {CLICK("m", 2 * DAY_MS), {"", VERDICT_UNREGISTERED, DAY_MS}},
     "",
     VERDICT_NONE,
     "",
     "m:0",
     "click-not-registered-yet"},
    {"an unregistered click that is not the last",
     RULE_LAST_CLICK,
     {{"", VERDICT_UNREGISTERED, 2 * DAY_MS}, CLICK("m", DAY_MS)},
     "",
     VERDICT_NONE,
     "m:click",
     "",
     NULL},
    {"an unregistered click that is the first",
     RULE_FIRST_CLICK,
     {{"", VERDICT_UNREGISTERED, 2 * DAY_MS}, CLICK("m", DAY_MS)},
     "",
     VERDICT_NONE,
     "",
     "m:1",
     "click-not-registered-yet"},
    {"an unregistered click has a share of its own",
     RULE_LINEAR,
     {CLICK("m", 2 * DAY_MS), {"", VERDICT_UNREGISTERED, DAY_MS}},
     "t",
     VERDICT_VALID,
     "",
     "m:0 t:code",
     "click-not-registered-yet"},
    {"an unregistered click under linear, out of the window",
     RULE_LINEAR,
     {{"", VERDICT_UNREGISTERED, 31 * DAY_MS}, CLICK("m", DAY_MS)},
     "",
     VERDICT_NONE,
     "m:click",
     "",
     NULL},
    {"an unknown code", RULE_CODE_FIRST, {{0}}, "", VERDICT_UNKNOWN, "", "", "unknown-code"},
    {"a mistyped code", RULE_CODE_FIRST, {{0}}, "", VERDICT_MISTYPED, "", "", "mistyped-code"},
    {"a code too early",
     RULE_CODE_FIRST,
     {{0}},
     "m",
     VERDICT_NOT_YET_VALID,
     "",
     "",
     "code-not-valid"},
    {"a code too late", RULE_LINEAR, {{0}}, "m", VERDICT_NO_LONGER_VALID, "", "", "code-not-valid"},
    {"a forged click does not hide the late one",
     RULE_CODE_FIRST,
     {CLICK("m", 31 * DAY_MS), {"", VERDICT_FORGED, 0}},
     "",
     VERDICT_NONE,
     "",
     "",
     "late-click"},
    {"code-first names the code first",
     RULE_CODE_FIRST,
     {{"", VERDICT_FORGED, 0}},
     "",
     VERDICT_UNKNOWN,
     "",
     "",
     "unknown-code"},
    {"click-first names the click first",
     RULE_CLICK_FIRST,
     {{"", VERDICT_FORGED, 0}},
     "",
     VERDICT_UNKNOWN,
     "",
     "",
     "forged-click-id"},
    {"codes only assist",
     RULE_LAST_CLICK,
     {{0}},
     "m",
     VERDICT_VALID,
     "",
     "m:code",
     "code-assists-only"},
    {"codes only assist, and the click is late",
     RULE_FIRST_CLICK,
     {CLICK("t", 31 * DAY_MS)},
     "m",
     VERDICT_VALID,
     "",
     "m:code",
     "late-click"},
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

static struct evidence evidence_of(const struct row *row)
{
    struct evidence evidence = {.occurred_ms = OCCURRED_MS};
    for (size_t i = 0; i < CLICKS_IN_ROW && row->clicks[i].creator; i++)
        evidence.clicks[evidence.click_count++] = (struct click_evidence){
            .click_id = SLICE("x"),
            .creator = slice_of_string(row->clicks[i].creator),
            .at_ms = OCCURRED_MS - row->clicks[i].before_ms,
            .verdict = row->clicks[i].verdict,
        };
    evidence.code = (struct code_evidence){
        .code = slice_of_string(row->code_verdict == VERDICT_NONE ? "" : "CODE"),
        .creator = slice_of_string(row->code_creator),
        .verdict = row->code_verdict,
    };
    return evidence;
}

static void print_credits(struct buffer *out, const struct attribution *attribution)
{
    for (size_t i = 0; i < attribution->credit_count; i++)
        buffer_printf(out, "%s%.*s:%s", i ? " " : "", SLICE_ARG(attribution->credits[i].creator),
                      evidence_kind_name(attribution->credits[i].kind));
}

static void print_assists(struct buffer *out, const struct attribution *attribution)
{
    for (size_t i = 0; i < attribution->assist_count; i++) {
        const struct assist *assist = &attribution->assists[i];
        buffer_printf(out, "%s%.*s:", i ? " " : "", SLICE_ARG(assist->creator));
        if (assist->kind == EVIDENCE_CODE)
            buffer_append_string(out, "code");
        else
            buffer_printf(out, "%d", assist->click);
    }
}

static void each_rule_credits_whom_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct evidence evidence = evidence_of(&rows[i]);
        struct attribution attribution;
        attribution_of(&attribution, &evidence, rows[i].rule, WINDOW_MS);

        struct buffer out;
        buffer_init(&out, 1024);
        print_credits(&out, &attribution);
        if (!slice_is(buffer_slice(&out), rows[i].credits))
            fail_msg("%s: credits %s", rows[i].name, buffer_string(&out));
        buffer_clear(&out);
        print_assists(&out, &attribution);
        if (!slice_is(buffer_slice(&out), rows[i].assists))
            fail_msg("%s: assists %s", rows[i].name, buffer_string(&out));
        buffer_done(&out);
        const char *reason = attribution.unattributed ? attribution.unattributed : "";
        assert_string_equal(reason, rows[i].unattributed ? rows[i].unattributed : "");
    }
}

static void the_click_that_won_is_the_creators_own(void **state)
{
    (void)state;
    struct evidence evidence = {
        .occurred_ms = OCCURRED_MS,
        .click_count = 3,
        .clicks = {{.creator = SLICE("m"), .at_ms = OCCURRED_MS - 5, .verdict = VERDICT_VALID},
                   {.creator = SLICE("m"), .at_ms = OCCURRED_MS - 9, .verdict = VERDICT_VALID},
                   {.creator = SLICE("t"), .at_ms = OCCURRED_MS - 2, .verdict = VERDICT_VALID}},
        .code = {.code = SLICE("C"), .creator = SLICE("m"), .verdict = VERDICT_VALID},
    };
    struct attribution attribution;
    attribution_of(&attribution, &evidence, RULE_CODE_FIRST, WINDOW_MS);
    assert_int_equal(attribution.credits[0].click, 0);
    assert_int_equal(attribution.credits[0].share_micro, SHARE_WHOLE);
    attribution_of(&attribution, &evidence, RULE_FIRST_CLICK, WINDOW_MS);
    assert_int_equal(attribution.credits[0].click, 1);
    evidence.click_count = 0;
    attribution_of(&attribution, &evidence, RULE_CODE_FIRST, WINDOW_MS);
    assert_int_equal(attribution.credits[0].click, -1);
}

/* A small generator, so that a failure comes again. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static struct evidence random_evidence(uint64_t *seed)
{
    static const char *const creators[] = {"a", "b", "c", "d"};
    struct evidence evidence = {.occurred_ms = OCCURRED_MS};
    evidence.click_count = next_random(seed) % (EVIDENCE_CLICKS_MAX + 1);
    for (size_t i = 0; i < evidence.click_count; i++)
        evidence.clicks[i] = (struct click_evidence){
            .creator = slice_of_string(creators[next_random(seed) % 4]),
            .at_ms = OCCURRED_MS + DAY_MS - (int64_t)(next_random(seed) % 40) * DAY_MS,
            .verdict = next_random(seed) % 4 ? VERDICT_VALID : VERDICT_FORGED,
        };
    evidence.code.verdict = (enum verdict)(next_random(seed) % 3);
    if (evidence.code.verdict == VERDICT_VALID)
        evidence.code.creator = slice_of_string(creators[next_random(seed) % 4]);
    return evidence;
}

static bool model_is_valid(const struct evidence *evidence, size_t click)
{
    int64_t at_ms = evidence->clicks[click].at_ms;
    return evidence->clicks[click].verdict == VERDICT_VALID &&
           at_ms >= evidence->occurred_ms - WINDOW_MS &&
           at_ms <= evidence->occurred_ms + CLOCK_TOLERANCE_MS;
}

/* Who wins under a rule of one winner, by looking at every click; NULL when nobody. */
static const struct slice *model_winner(const struct evidence *evidence, enum attribution_rule rule)
{
    const struct click_evidence *first = NULL, *last = NULL;
    for (size_t i = 0; i < evidence->click_count; i++) {
        const struct click_evidence *click = &evidence->clicks[i];
        if (!model_is_valid(evidence, i))
            continue;
        if (!first || click->at_ms < first->at_ms)
            first = click;
        if (!last || click->at_ms >= last->at_ms)
            last = click;
    }
    const struct slice *code =
        evidence->code.verdict == VERDICT_VALID ? &evidence->code.creator : NULL;
    if (rule == RULE_FIRST_CLICK)
        return first ? &first->creator : NULL;
    if (rule == RULE_LAST_CLICK)
        return last ? &last->creator : NULL;
    if (rule == RULE_CODE_FIRST && code)
        return code;
    return last ? &last->creator : code;
}

static size_t model_pieces(const struct evidence *evidence)
{
    size_t count = evidence->code.verdict == VERDICT_VALID ? 1 : 0;
    for (size_t i = 0; i < evidence->click_count; i++)
        count += model_is_valid(evidence, i);
    return count;
}

/* Valid evidence that won for `creator`: a click if they have any, and their code. */
static size_t model_won(const struct evidence *evidence, struct slice creator)
{
    size_t clicks = 0;
    for (size_t i = 0; i < evidence->click_count; i++)
        clicks += model_is_valid(evidence, i) && slice_equal(evidence->clicks[i].creator, creator);
    bool has_code =
        evidence->code.verdict == VERDICT_VALID && slice_equal(evidence->code.creator, creator);
    return (clicks ? 1U : 0U) + (has_code ? 1U : 0U);
}

static void random_evidence_goes_where_a_plain_model_says(void **state)
{
    (void)state;
    uint64_t seed = 20261129;
    for (int round = 0; round < 20000; round++) {
        struct evidence evidence = random_evidence(&seed);
        enum attribution_rule rule = (enum attribution_rule)(next_random(&seed) % RULE_LINEAR);
        struct attribution attribution;
        attribution_of(&attribution, &evidence, rule, WINDOW_MS);
        const struct slice *winner = model_winner(&evidence, rule);
        assert_int_equal(attribution.credit_count, winner ? 1 : 0);
        assert_true((attribution.unattributed != NULL) == (winner == NULL));
        size_t others = model_pieces(&evidence);
        if (winner) {
            assert_true(slice_equal(attribution.credits[0].creator, *winner));
            others -= model_won(&evidence, *winner);
        }
        assert_int_equal(attribution.assist_count, others);
    }
}

static void linear_shares_add_up(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        struct evidence evidence = random_evidence(&seed);
        struct attribution attribution;
        attribution_of(&attribution, &evidence, RULE_LINEAR, WINDOW_MS);
        int64_t minor = (int64_t)(next_random(&seed) % 100000), shares = 0, amounts = 0;
        size_t won = 0;
        for (size_t i = 0; i < attribution.credit_count; i++) {
            shares += attribution.credits[i].share_micro;
            int64_t amount = attribution_amount(&attribution, i, minor);
            amounts += amount;
            /* The first has what is over, so no one has more, and all others the same. */
            assert_true(amount <= attribution_amount(&attribution, 0, minor));
            assert_true(i == 0 || amount == minor / (int64_t)attribution.credit_count);
            won += model_won(&evidence, attribution.credits[i].creator);
        }
        assert_int_equal(attribution.assist_count + won, model_pieces(&evidence));
        assert_int_equal(shares, attribution.credit_count ? SHARE_WHOLE : 0);
        assert_int_equal(amounts, attribution.credit_count ? minor : 0);
    }
}

static void names_are_read_back(void **state)
{
    (void)state;
    enum attribution_rule rule = RULE_LINEAR;
    enum verdict verdict = VERDICT_NONE;
    assert_int_equal(attribution_rule_of(&rule, SLICE("code-first")), JALON_OK);
    assert_int_equal(rule, RULE_CODE_FIRST);
    assert_int_equal(attribution_rule_of(&rule, SLICE("Code-First")), JALON_NOT_FOUND);
    assert_int_equal(attribution_rule_of(&rule, SLICE("")), JALON_NOT_FOUND);
    assert_string_equal(attribution_rule_name(RULE_FIRST_CLICK), "first-click");
    assert_int_equal(verdict_of(&verdict, SLICE("no-longer-valid")), JALON_OK);
    assert_int_equal(verdict, VERDICT_NO_LONGER_VALID);
    assert_int_equal(verdict_of(&verdict, SLICE("validity")), JALON_NOT_FOUND);
    assert_string_equal(verdict_name(VERDICT_MISTYPED), "mistyped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_credits_whom_it_says),
        cmocka_unit_test(the_click_that_won_is_the_creators_own),
        cmocka_unit_test(random_evidence_goes_where_a_plain_model_says),
        cmocka_unit_test(linear_shares_add_up),
        cmocka_unit_test(names_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
