#include "core/ledger/moment.h"

#include <stdio.h>

#define DAY_MS INT64_C(86400000)

struct civil {
    unsigned year, month, day;
};

/* Days since 1970-01-01 of the proleptic Gregorian calendar, and back: years are counted from 1 March,
 * so that the leap day is a year's last, in eras of 400 years (146 097 days). Year 1600 or later. */
static date_day day_of_civil(struct civil date)
{
    unsigned year = date.year - (date.month <= 2);
    unsigned era = year / 400, year_of_era = year % 400;
    unsigned month = date.month > 2 ? date.month - 3 : date.month + 9;
    unsigned day_of_year = (153 * month + 2) / 5 + date.day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (date_day)(era * 146097 + day_of_era) - 719468;
}

static struct civil civil_of_day(date_day day)
{
    unsigned shifted = (unsigned)(day + 719468);
    unsigned era = shifted / 146097, day_of_era = shifted % 146097;
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month = (5 * day_of_year + 2) / 153;
    struct civil date = {
        .day = day_of_year - (153 * month + 2) / 5 + 1,
        .month = month < 10 ? month + 3 : month - 9,
    };
    date.year = year_of_era + era * 400 + (date.month <= 2);
    return date;
}

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Exactly `count` digits at *rest, taken off. */
static bool take_number(struct slice *rest, size_t count, unsigned *value)
{
    uint64_t number;
    if (rest->size < count || slice_to_u64(&number, slice_first(*rest, count), 9999))
        return false;
    *value = (unsigned)number;
    *rest = slice_from(*rest, count);
    return true;
}

static bool take_byte(struct slice *rest, char byte)
{
    if (rest->size == 0 || rest->data[0] != byte)
        return false;
    *rest = slice_from(*rest, 1);
    return true;
}

static bool take_date(struct slice *rest, date_day *day)
{
    struct civil date;
    if (!take_number(rest, 4, &date.year) || !take_byte(rest, '-') ||
        !take_number(rest, 2, &date.month) || !take_byte(rest, '-') ||
        !take_number(rest, 2, &date.day))
        return false;
    if (date.year < 1970 || date.year > 2200 || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > days_in_month(date.year, date.month))
        return false;
    *day = day_of_civil(date);
    return true;
}

int date_parse(date_day *ret_day, struct slice text)
{
    date_day day;
    if (!take_date(&text, &day) || text.size)
        return JALON_MALFORMED;
    *ret_day = day;
    return JALON_OK;
}

void date_format(char ret_text[DATE_TEXT_MAX], date_day day)
{
    struct civil date = civil_of_day(day);
    (void)snprintf(ret_text, DATE_TEXT_MAX, "%04u-%02u-%02u", date.year % 10000, date.month % 100,
                   date.day % 100); /* 10 characters */
}

/* "11:45:12": milliseconds of the day. Second 60 reads as 59: RFC 3339 5.7 allows a leap second. */
static bool take_time(struct slice *rest, int64_t *ms)
{
    unsigned hour, minute, second;
    if (!take_number(rest, 2, &hour) || !take_byte(rest, ':') || !take_number(rest, 2, &minute) ||
        !take_byte(rest, ':') || !take_number(rest, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    if (second == 60)
        second = 59;
    *ms = (int64_t)(hour * 3600 + minute * 60 + second) * 1000;
    return true;
}

/* ".123456789" if there is one; digits past the third are cut. */
static bool take_fraction(struct slice *rest, int64_t *ms)
{
    *ms = 0;
    if (!take_byte(rest, '.'))
        return true;
    unsigned weight = 100, count = 0, digit;
    for (; count < 9 && take_number(rest, 1, &digit); count++, weight /= 10)
        *ms += digit * weight;
    return count > 0;
}

/* "Z" or "+01:00", in milliseconds east. RFC 3339 5.6: "t" and "z" may be lower case. */
static bool take_offset(struct slice *rest, int64_t *ms)
{
    unsigned hour, minute;
    *ms = 0;
    if (take_byte(rest, 'Z') || take_byte(rest, 'z'))
        return true;
    bool is_west = take_byte(rest, '-');
    if (!is_west && !take_byte(rest, '+'))
        return false;
    if (!take_number(rest, 2, &hour) || !take_byte(rest, ':') || !take_number(rest, 2, &minute) ||
        hour > 23 || minute > 59)
        return false;
    *ms = (int64_t)(hour * 60 + minute) * 60000 * (is_west ? -1 : 1);
    return true;
}

int moment_parse(int64_t *ret_ms, struct slice text)
{
    date_day day;
    int64_t time, fraction, offset;
    if (!take_date(&text, &day) || (!take_byte(&text, 'T') && !take_byte(&text, 't')) ||
        !take_time(&text, &time) || !take_fraction(&text, &fraction) ||
        !take_offset(&text, &offset) || text.size)
        return JALON_MALFORMED;
    *ret_ms = day * DAY_MS + time + fraction - offset;
    return JALON_OK;
}

/* `digits` decimal digits of `value`, the leading ones cut; returns what is behind them. */
static char *put_number(char *at, unsigned digits, unsigned value)
{
    for (unsigned i = digits; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + digits;
}

static char *put_after(char *at, char byte, unsigned digits, unsigned value)
{
    *at = byte;
    return put_number(at + 1, digits, value);
}

/* "2026-11-29T11:45:12", the milliseconds cut; returns what is behind it. By hand: an export writes millions. */
static char *format_second(char ret_text[MOMENT_TEXT_MAX], int64_t ms)
{
    int64_t day = ms / DAY_MS - (ms % DAY_MS < 0);
    unsigned second = (unsigned)(ms - day * DAY_MS) / 1000;
    struct civil date = civil_of_day((date_day)day);
    char *at = put_number(ret_text, 4, date.year);
    at = put_after(at, '-', 2, date.month);
    at = put_after(at, '-', 2, date.day);
    at = put_after(at, 'T', 2, second / 3600);
    at = put_after(at, ':', 2, second / 60 % 60);
    return put_after(at, ':', 2, second % 60);
}

void moment_format(char ret_text[MOMENT_TEXT_MAX], int64_t ms)
{
    unsigned fraction = (unsigned)((ms % 1000 + 1000) % 1000);
    char *at = format_second(ret_text, ms);
    if (fraction)
        at = put_after(at, '.', 3, fraction);
    at[0] = 'Z';
    at[1] = '\0';
}

void moment_format_local(char ret_text[MOMENT_TEXT_MAX], int64_t ms, int32_t offset_s)
{
    unsigned minutes = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60;
    char *at = format_second(ret_text, ms + offset_s * INT64_C(1000));
    at = put_after(at, offset_s < 0 ? '-' : '+', 2, minutes / 60);
    at = put_after(at, ':', 2, minutes % 60);
    *at = '\0';
}
