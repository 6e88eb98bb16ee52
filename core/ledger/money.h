/* money.h - amounts in integer minor units, and their decimal strings with the currency's own exponent
 * (ISO 4217). Two currencies are never added. */
#ifndef LEDGER_MONEY_H
#define LEDGER_MONEY_H
#include "core/base/buffer.h"

#define MONEY_MAX 1000000000000000 /* minor units that an amount may have */
#define MONEY_TEXT_MAX 48
#define DECIMAL_PLACES_MAX 8

/* Sums of money are wide: no report can hold as many amounts as it takes to pass its end. 2^40 amounts of MONEY_MAX
 * are below 2^90, and what is derived of such a sum (a commission, a cost per click) multiplies it by less than
 * 2^27. So adding them has no failure. */
__extension__ typedef __int128 wide;

/* Minor-unit digits of a currency (EUR 2, JPY 0, KWD 3). JALON_NOT_FOUND unless `code` is an active
 * ISO 4217 code in upper case that has a minor unit. */
CHECKED int currency_exponent(unsigned *ret_exponent, struct slice code);

/* "19.90", "-5", "250": at most `exponent` decimals, no plus sign, no spaces, no exponent, no grouping.
 * JALON_MALFORMED; JALON_INVALID: more decimals than the currency has; JALON_TOO_LONG: over MONEY_MAX. */
CHECKED int money_parse(int64_t *ret_minor, struct slice text, unsigned exponent);
/* Exactly `exponent` decimals: "19.90". */
void money_format(struct buffer *out, wide minor, unsigned exponent);
/* At most `exponent` decimals, no zeros at their end: "19.9", "250". */
void money_format_short(struct buffer *out, int64_t value, unsigned exponent);

/* `minor` / `count_micro` (a count in millionths), as a decimal string with two digits more than the
 * currency, rounded half-even. The divisor must be over 0. */
void money_format_per(struct buffer *out, wide minor, unsigned exponent, int64_t count_micro);
/* The same of a divisor over 0 that is an estimate, so no more exact than a double is. */
void money_format_per_estimate(struct buffer *out, wide minor, unsigned exponent, double divisor);

/* dividend / divisor to the nearest integer, a tie to the even one. divisor > 0. */
wide wide_divide_half_even(wide dividend, wide divisor);
#endif
