/* attribution.h - who is credited for a conversion, on what evidence, and what assisted: a pure function of
 * the evidence, the campaign's rule and its window. So a changed rule re-attributes the past by being
 * applied to it. */
#ifndef LEDGER_ATTRIBUTION_H
#define LEDGER_ATTRIBUTION_H
#include "core/base/slice.h"

#define EVIDENCE_CLICKS_MAX 20
#define CREDITS_MAX (EVIDENCE_CLICKS_MAX + 1)
#define SHARE_WHOLE 1000000                /* a whole order, in millionths */
#define CLOCK_TOLERANCE_MS (5 * 60 * 1000) /* of the shop's clock against ours */

#define ATTRIBUTION_RULES(X)                                                                       \
    X(CODE_FIRST, "code-first")                                                                    \
    X(CLICK_FIRST, "click-first")                                                                  \
    X(LAST_CLICK, "last-click")                                                                    \
    X(FIRST_CLICK, "first-click")                                                                  \
    X(LINEAR, "linear")

enum attribution_rule {
#define ATTRIBUTION_RULE_NAME(upper, text) RULE_##upper,
    ATTRIBUTION_RULES(ATTRIBUTION_RULE_NAME)
#undef ATTRIBUTION_RULE_NAME
};

/* What a piece of evidence turned out to be when it was looked at; the window is judged later. Names are
 * stored and shown. */
#define VERDICTS(X)                                                                                \
    X(NONE, "none")                                                                                \
    X(VALID, "valid")                                                                              \
    X(FORGED, "forged")                                                                            \
    X(UNREGISTERED, "unregistered")                                                                \
    X(UNKNOWN, "unknown")                                                                          \
    X(MISTYPED, "mistyped")                                                                        \
    X(NOT_YET_VALID, "not-yet-valid")                                                              \
    X(NO_LONGER_VALID, "no-longer-valid")

enum verdict {
#define VERDICT_NAME(upper, text) VERDICT_##upper,
    VERDICTS(VERDICT_NAME)
#undef VERDICT_NAME
};

struct click_evidence {
    struct slice click_id, creator, channel; /* creator is empty unless the verdict is VALID */
    int64_t at_ms;                           /* signed time */
    uint64_t link_id;                        /* 0 unless the verdict is VALID or UNREGISTERED */
    /* UNREGISTERED: the signature holds, but whose the link is is not known yet. While such a click could win,
     * nobody is credited. */
    enum verdict verdict;
};

struct code_evidence {
    struct slice code, creator; /* code is empty where the order brought none */
    enum verdict verdict;
};

struct evidence {
    int64_t occurred_ms;
    size_t click_count;
    struct click_evidence clicks[EVIDENCE_CLICKS_MAX];
    struct code_evidence code;
};

enum evidence_kind { EVIDENCE_CLICK = 1, EVIDENCE_CODE = 2, EVIDENCE_BOTH = 3 };

/* A creator is credited on one click of their own, the last, or under first-click the first, and on their own code
 * where the order brought it; each other valid piece of evidence, also a further click of theirs, is an assist. */
struct credit {
    struct slice creator;
    enum evidence_kind kind;
    int64_t share_micro; /* of SHARE_WHOLE */
    int click;           /* index of the click that won, -1 when the code did alone */
};

struct assist { /* clicks by time, then the code */
    struct slice creator;
    enum evidence_kind kind; /* EVIDENCE_CLICK or EVIDENCE_CODE */
    int click;               /* index into clicks, -1 for the code */
};

struct attribution {
    size_t credit_count, assist_count;
    struct credit credits[CREDITS_MAX]; /* earliest evidence first, a code after every click; shares
                                           add up to SHARE_WHOLE, what is over goes to the first */
    struct assist assists[CREDITS_MAX];
    const char
        *unattributed; /* NULL when credited; else why, static: "no-evidence", "unknown-code",
                                 "mistyped-code", "code-not-valid", "forged-click-id",
                                 "unknown-click-id", "late-click", "click-after-conversion",
                                 "click-not-registered-yet", "code-assists-only" */
};

void attribution_of(struct attribution *ret_attribution, const struct evidence *evidence,
                    enum attribution_rule rule, int64_t window_ms);

/* Exact part of `minor` for credit `index`: parts add up to the whole, the remainder goes to the first. */
int64_t attribution_amount(const struct attribution *attribution, size_t index, int64_t minor);

CHECKED int attribution_rule_of(enum attribution_rule *ret_rule, struct slice name);
const char *attribution_rule_name(enum attribution_rule rule);
CHECKED int verdict_of(enum verdict *ret_verdict, struct slice name);
const char *verdict_name(enum verdict verdict);
const char *evidence_kind_name(enum evidence_kind kind); /* "click", "code", "both" */
#endif
