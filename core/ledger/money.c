#include "core/ledger/money.h"

#include <assert.h>
#include <math.h>

/* Digits of `text` from *at on, onto *value; false over MONEY_MAX. */
static bool take_digits(struct slice text, size_t *at, int64_t *value)
{
    for (; *at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at) {
        *value = *value * 10 + (text.data[*at] - '0');
        if (*value > MONEY_MAX)
            return false;
    }
    return true;
}

/* Whether `text` is digits, or digits, a point and digits. Leading zeros ("007") are no amount. */
static bool is_decimal(struct slice text)
{
    size_t point = slice_find(text, '.', 0);
    bool has_point = point < text.size;
    if (point == 0 || (has_point && point + 1 == text.size))
        return false;
    if (point > 1 && text.data[0] == '0')
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (i != point && (text.data[i] < '0' || text.data[i] > '9'))
            return false;
    return true;
}

static int parse_unsigned(int64_t *ret_minor, struct slice text, unsigned exponent)
{
    int64_t value = 0;
    size_t at = 0;
    if (!is_decimal(text))
        return JALON_MALFORMED;
    if (!take_digits(text, &at, &value))
        return JALON_TOO_LONG;

    size_t decimals = at < text.size ? text.size - at - 1 : 0;
    if (decimals > exponent)
        return JALON_INVALID;
    at++;
    if (!take_digits(text, &at, &value))
        return JALON_TOO_LONG;
    for (; decimals < exponent; decimals++)
        if ((value *= 10) > MONEY_MAX)
            return JALON_TOO_LONG;
    *ret_minor = value;
    return JALON_OK;
}

int money_parse(int64_t *ret_minor, struct slice text, unsigned exponent)
{
    bool is_negative = text.size && text.data[0] == '-';
    int64_t minor;
    int err = parse_unsigned(&minor, slice_from(text, is_negative), exponent);
    if (err)
        return err;
    *ret_minor = is_negative ? -minor : minor;
    return JALON_OK;
}

/* Takes the last digit off *size; most fit a machine word. */
static char take_digit(unsigned __int128 *size)
{
    uint64_t low = (uint64_t)*size;
    unsigned digit = *size >> 64 ? (unsigned)(*size % 10) : (unsigned)(low % 10);
    *size = *size >> 64 ? *size / 10 : low / 10;
    return (char)('0' + digit);
}

/* `value` with its last `decimals` digits behind a point. */
static void append_decimal(struct buffer *out, wide value, unsigned decimals)
{
    char digits[48]; /* 39 at most, a sign and a point */
    size_t at = sizeof digits;
    unsigned __int128 size = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    for (unsigned place = 0; size || place <= decimals; place++) {
        if (place && place == decimals)
            digits[--at] = '.';
        digits[--at] = take_digit(&size);
    }
    if (value < 0)
        digits[--at] = '-';
    buffer_append(out, slice_of(digits + at, sizeof digits - at));
}

void money_format(struct buffer *out, wide minor, unsigned exponent)
{
    assert(exponent <= DECIMAL_PLACES_MAX);
    append_decimal(out, minor, exponent);
}

void money_format_short(struct buffer *out, int64_t value, unsigned exponent)
{
    while (exponent && value % 10 == 0) {
        value /= 10;
        exponent--;
    }
    money_format(out, value, exponent);
}

void money_format_per(struct buffer *out, wide minor, unsigned exponent, int64_t count_micro)
{
    assert(count_micro > 0 && exponent + 2 <= DECIMAL_PLACES_MAX);
    /* minor × 100 / (count_micro / 10^6), in hundredths of a minor unit */
    append_decimal(out, wide_divide_half_even(minor * 100000000, count_micro), exponent + 2);
}

void money_format_per_estimate(struct buffer *out, wide minor, unsigned exponent, double divisor)
{
    assert(divisor > 0 && exponent + 2 <= DECIMAL_PLACES_MAX);
    append_decimal(out, (wide)nearbyint((double)minor * 100 / divisor), exponent + 2);
}

wide wide_divide_half_even(wide dividend, wide divisor)
{
    wide quotient = dividend / divisor; /* towards 0 */
    wide rest = dividend % divisor;
    wide distance = rest < 0 ? -rest : rest;
    wide to_next = divisor - distance;
    bool is_away = distance > to_next || (distance == to_next && quotient % 2 != 0);
    if (!is_away)
        return quotient;
    return dividend < 0 ? quotient - 1 : quotient + 1;
}
