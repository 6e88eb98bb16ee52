/* cost.h - what a creator costs in a campaign over a period: dated fees, products and rates.
 *
 * Fees and product values count on their day. A rate holds from its day until the next one of its kind.
 * Each line is an exact sum over the period, rounded half-even once at its end. */
#ifndef LEDGER_COST_H
#define LEDGER_COST_H
#include "core/base/buffer.h"
#include "core/ledger/moment.h"
#include "core/ledger/money.h"

#define COST_KINDS(X)                                                                              \
    X(FEE, "fee")                                                                                  \
    X(PRODUCT, "product")                                                                          \
    X(PER_CLICK, "per_click")                                                                      \
    X(PER_CONVERSION, "per_conversion")                                                            \
    X(COMMISSION, "commission")

enum cost_kind {
#define COST_KIND_NAME(upper, text) COST_##upper,
    COST_KINDS(COST_KIND_NAME)
#undef COST_KIND_NAME
};
#define COST_KIND_COUNT 5

#define COST_RATE_ONE 1000000      /* a rate per click or conversion of one major unit */
#define COST_SHARE_WHOLE 100000000 /* a commission of 100 % */

/* What `value` counts: FEE, PRODUCT minor units; PER_CLICK, PER_CONVERSION millionths of a major unit;
 * COMMISSION hundred-millionths of the revenue. */
struct cost_entry {
    date_day day;
    enum cost_kind kind;
    int64_t value;
};

CHECKED int cost_kind_of(enum cost_kind *ret_kind, struct slice name);
const char *cost_kind_name(enum cost_kind kind);
bool cost_kind_is_rate(enum cost_kind kind);

/* "250.00" for a fee or product, up to 6 decimals for a rate, "8%", "7.25%" (the sign may be left out) for a
 * commission of at most 100 %. Never negative. Errors of money_parse(); JALON_INVALID over 100 %. */
CHECKED int cost_value_parse(int64_t *ret_value, enum cost_kind kind, struct slice text,
                             unsigned exponent);
/* The one spelling: "250.00", "0.125", "7.25%". */
void cost_value_format(struct buffer *out, enum cost_kind kind, int64_t value, unsigned exponent);

/* What happened in a stretch of days [from, to) in which no rate changes. */
struct cost_base {
    date_day from, to;
    int64_t clicks;
    int64_t goals_micro; /* goal conversions in millionths, as shares of linear are */
    wide revenue_minor;  /* net of refunds */
};

/* Days in (from, to) on which one of the rates among `entries` begins, ascending, without repeats:
 * where the period must be cut. Returns how many were written, at most `capacity`. `entries` are sorted by
 * cost_sort(). */
size_t cost_cuts(date_day *ret_days, size_t capacity, const struct cost_entry *entries,
                 size_t count, date_day from, date_day to);

void cost_sort(struct cost_entry *entries, size_t count); /* by day, then kind */

struct cost_lines {
    wide minor[COST_KIND_COUNT]; /* by kind */
};

/* Lines of a period made of `bases`, which follow one another without a gap and are cut at least
 * where cost_cuts() says. */
struct cost_lines cost_of(const struct cost_entry *entries, size_t count,
                          const struct cost_base *bases, size_t base_count, unsigned exponent);
wide cost_total(const struct cost_lines *lines);
#endif
