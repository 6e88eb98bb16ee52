/* cost.h - what a creator costs in a campaign over a period: dated fees, products and rates.
 *
 * Fees and product values count on their day. A rate holds from its day until the next one of its kind.
 * A code sale is one that is credited on the creator's code alone, without a click of theirs. From the day of its
 * first rate of its own on it is paid by that, and until then like any other.
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
    X(COMMISSION, "commission")                                                                    \
    X(PER_CONVERSION_CODE, "per_conversion_code")                                                  \
    X(COMMISSION_CODE, "commission_code")

enum cost_kind {
#define COST_KIND_NAME(upper, text) COST_##upper,
    COST_KINDS(COST_KIND_NAME)
#undef COST_KIND_NAME
};
#define COST_KIND_COUNT 7

#define COST_RATE_ONE 1000000      /* a rate per click or conversion of one major unit */
#define COST_SHARE_WHOLE 100000000 /* a commission of 100 % */

/* What `value` counts: FEE, PRODUCT minor units; PER_CLICK, PER_CONVERSION and that of code sales millionths of a
 * major unit; the two commissions hundred-millionths of the revenue. */
struct cost_entry {
    date_day day;
    enum cost_kind kind;
    int64_t value;
};

CHECKED int cost_kind_of(enum cost_kind *ret_kind, struct slice name);
const char *cost_kind_name(enum cost_kind kind);
bool cost_kind_is_rate(enum cost_kind kind);
bool cost_kind_is_commission(enum cost_kind kind);

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
    int64_t goals_micro;      /* goal conversions in millionths, as shares of linear are */
    wide revenue_minor;       /* net of refunds */
    int64_t code_goals_micro; /* of these, the code sales */
    wide code_revenue_minor;
};

void cost_base_add(struct cost_base *base, int64_t goals_micro, int64_t revenue_minor,
                   bool is_code_sale);

/* Days in (from, to) on which one of the rates among `entries` begins, ascending, without repeats:
 * where the period must be cut. Returns how many were written, at most `capacity`. `entries` are sorted by
 * cost_sort(). */
size_t cost_cuts(date_day *ret_days, size_t capacity, const struct cost_entry *entries,
                 size_t count, date_day from, date_day to);

void cost_sort(struct cost_entry *entries, size_t count); /* by day, then kind */

/* The rate of `kind` in force on `day`; false before the first. */
bool cost_rate_on(int64_t *ret_rate, const struct cost_entry *entries, size_t count,
                  enum cost_kind kind, date_day day);
/* `kind`, or that of code sales in its place where one is in force on `day`. */
enum cost_kind cost_kind_for_code(enum cost_kind kind, const struct cost_entry *entries,
                                  size_t count, date_day day);

/* What one rate was taken of: clicks, millionths of goals, or minor units. */
struct cost_piece {
    int64_t rate;
    wide base;
};

/* A rate's line, as its pieces: one for each rate that was in force, in the order of time. One of no base is left out
 * where there is another. `ret_pieces` has room for base_count. Returns how many; 0: none was in force. */
size_t cost_pieces(struct cost_piece *ret_pieces, enum cost_kind kind,
                   const struct cost_entry *entries, size_t count, const struct cost_base *bases,
                   size_t base_count);

struct cost_lines {
    wide minor[COST_KIND_COUNT]; /* by kind */
};

/* Lines of a period made of `bases`, which follow one another without a gap and are cut at least
 * where cost_cuts() says. */
struct cost_lines cost_of(const struct cost_entry *entries, size_t count,
                          const struct cost_base *bases, size_t base_count, unsigned exponent);
wide cost_total(const struct cost_lines *lines);
#endif
