#include "core/ledger/evidence_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define OCCURRED_MS INT64_C(1795952712000)
#define CLICKS_IN_ROW 3

/* Creators are marie, tom and lea; their names are capitalised. */
struct row {
    const char *name;
    enum attribution_rule rule;
    struct {
        const char *creator;
        int64_t before_ms;
        const char *channel;
        enum verdict verdict;
    } clicks[CLICKS_IN_ROW];
    const char *code, *code_creator;
    enum verdict code_verdict;
    bool is_disabled, is_over_limit;
    const char *line;
};

#define VALID VERDICT_VALID

static const struct row rows[] = {
    {"the example of the issue",
     RULE_CODE_FIRST,
     {{"marie", 3 * DAY_MS + 4 * HOUR_MS + 59 * MINUTE_MS, "bio", VALID},
      {"tom", 5 * DAY_MS, "story", VALID}},
     "MARIE10",
     "marie",
     VALID,
     false,
     false,
     "Order 1042: Marie, code MARIE10 (checked), click 3 d 4 h before; assist: Tom, story"},
    {"a code alone",
     RULE_CODE_FIRST,
     {{0}},
     "marie10",
     "marie",
     VALID,
     false,
     false,
     "Order 1042: Marie, code marie10 (checked)"},
    {"a code over its limit and disabled",
     RULE_CODE_FIRST,
     {{0}},
     "M",
     "marie",
     VALID,
     true,
     true,
     "Order 1042: Marie, code M (checked, disabled then, over its limit)"},
    {"a click alone",
     RULE_CODE_FIRST,
     {{"tom", 45 * SECOND_MS, "bio", VALID}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: Tom, click 45 s before"},
    {"units that are zero are left out",
     RULE_CODE_FIRST,
     {{"tom", 2 * DAY_MS + 59 * MINUTE_MS, "", VALID}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: Tom, click 2 d before"},
    {"minutes and seconds",
     RULE_CODE_FIRST,
     {{"tom", 61 * SECOND_MS, "", VALID}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: Tom, click 1 min 1 s before"},
    {"at the same moment",
     RULE_CODE_FIRST,
     {{"tom", 0, "", VALID}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: Tom, click 0 s before"},
    {"the shop's clock is slow",
     RULE_CODE_FIRST,
     {{"tom", -2 * MINUTE_MS, "", VALID}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: Tom, click 2 min after, by the shop's clock"},
    {"an assist without a channel",
     RULE_LAST_CLICK,
     {{"lea", 2 * HOUR_MS, "", VALID}, {"tom", HOUR_MS, "bio", VALID}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: Tom, click 1 h before; assist: Lea, click"},
    {"a code assists where the last click wins",
     RULE_LAST_CLICK,
     {{"tom", HOUR_MS, "bio", VALID}},
     "MARIE10",
     "marie",
     VALID,
     false,
     false,
     "Order 1042: Tom, click 1 h before; assist: Marie, code MARIE10"},
    {"several share it",
     RULE_LINEAR,
     {{"tom", 2 * HOUR_MS, "bio", VALID}, {"lea", HOUR_MS, "post", VALID}},
     "MARIE10",
     "marie",
     VALID,
     false,
     false,
     "Order 1042: Tom (1/3), click 2 h before; Lea (1/3), click 1 h before; "
     "Marie (1/3), code MARIE10 (checked)"},
    {"nothing came with it",
     RULE_CODE_FIRST,
     {{0}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: nobody, as it brought neither a click id nor a code"},
    {"an unknown code",
     RULE_CODE_FIRST,
     {{0}},
     "FOO",
     "",
     VERDICT_UNKNOWN,
     0,
     0,
     "Order 1042: nobody, as the code \"FOO\" is unknown"},
    {"a mistyped code",
     RULE_CODE_FIRST,
     {{0}},
     "FOO",
     "",
     VERDICT_MISTYPED,
     0,
     0,
     "Order 1042: nobody, as the code \"FOO\" is mistyped"},
    {"a code too early",
     RULE_CODE_FIRST,
     {{0}},
     "FOO",
     "",
     VERDICT_NOT_YET_VALID,
     0,
     0,
     "Order 1042: nobody, as the code \"FOO\" was not valid then"},
    {"a forged click",
     RULE_CODE_FIRST,
     {{"", 0, "", VERDICT_FORGED}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: nobody, as its click id is not signed by us"},
    {"another campaign's click",
     RULE_CODE_FIRST,
     {{"", 0, "", VERDICT_UNKNOWN}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: nobody, as its click led nowhere in this campaign"},
    {"a late click",
     RULE_CODE_FIRST,
     {{"tom", 31 * DAY_MS, "", VALID}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: nobody, as its click is older than the campaign's window"},
    {"a click after it",
     RULE_CODE_FIRST,
     {{"tom", -6 * MINUTE_MS, "", VALID}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: nobody, as its click came after it"},
    {"a link that nobody knows yet",
     RULE_CODE_FIRST,
     {{"", HOUR_MS, "", VERDICT_UNREGISTERED}},
     NULL,
     NULL,
     0,
     0,
     0,
     "Order 1042: nobody, as its click's link is not registered yet, until a click on it is "
     "shipped"},
    {"codes only assist",
     RULE_LAST_CLICK,
     {{0}},
     "MARIE10",
     "marie",
     VALID,
     0,
     0,
     "Order 1042: nobody, as under the campaign's rule the code \"MARIE10\" can only assist; "
     "assist: Marie, code MARIE10"},
};

static struct slice name_of(void *context, struct slice creator)
{
    (void)context;
    if (slice_is(creator, "marie"))
        return SLICE("Marie");
    return slice_is(creator, "tom") ? SLICE("Tom") : SLICE("Lea");
}

static void evidence_of(struct evidence *evidence, const struct row *row)
{
    *evidence = (struct evidence){
        .occurred_ms = OCCURRED_MS,
        .code = {slice_of_string(row->code), slice_of_string(row->code_creator), row->code_verdict},
    };
    for (size_t i = 0; i < CLICKS_IN_ROW && row->clicks[i].creator; i++)
        evidence->clicks[evidence->click_count++] = (struct click_evidence){
            .click_id = SLICE("id"),
            .creator = slice_of_string(row->clicks[i].creator),
            .channel = slice_of_string(row->clicks[i].channel),
            .at_ms = OCCURRED_MS - row->clicks[i].before_ms,
            .link_id = 1,
            .verdict = row->clicks[i].verdict,
        };
}

static void each_row_reads_as_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct evidence evidence;
        static struct attribution attribution;
        char memory[512];
        struct buffer out;
        buffer_over(&out, memory, sizeof memory);
        evidence_of(&evidence, &rows[i]);
        attribution_of(&attribution, &evidence, rows[i].rule, 30 * DAY_MS);
        const struct evidence_line line = {
            .order_id = SLICE("1042"),
            .code_text = slice_of_string(rows[i].code),
            .is_code_disabled = rows[i].is_disabled,
            .is_code_over_limit = rows[i].is_over_limit,
            .evidence = &evidence,
            .attribution = &attribution,
            .name_of = name_of,
        };
        evidence_line_write(&out, &line, &evidence_words_english);
        if (!slice_is(buffer_slice(&out), rows[i].line))
            fail_msg("%s: %.*s", rows[i].name, SLICE_ARG(buffer_slice(&out)));
    }
}

static void a_line_that_does_not_fit_says_so(void **state)
{
    (void)state;
    static struct evidence evidence;
    static struct attribution attribution;
    char memory[20];
    struct buffer out;
    buffer_over(&out, memory, sizeof memory);
    evidence_of(&evidence, &rows[0]);
    attribution_of(&attribution, &evidence, RULE_CODE_FIRST, 30 * DAY_MS);
    const struct evidence_line line = {.order_id = SLICE("1042"),
                                       .evidence = &evidence,
                                       .attribution = &attribution,
                                       .name_of = name_of};
    evidence_line_write(&out, &line, &evidence_words_english);
    assert_int_equal(buffer_error(&out), JALON_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_reads_as_it_should),
        cmocka_unit_test(a_line_that_does_not_fit_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
