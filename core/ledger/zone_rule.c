/* zone_rule.c - std offset [dst [offset] , start [/time] , end [/time]], for example
 * "CET-1CEST,M3.5.0,M10.5.0/3" or "<-02>2<-01>,M3.5.0/-1,M10.5.0/0". */
#include "core/ledger/zone_rule.h"

#define DAY_S 86400
#define HOUR_S 3600

static bool take_byte(struct slice *rest, char byte)
{
    if (rest->size == 0 || rest->data[0] != byte)
        return false;
    *rest = slice_from(*rest, 1);
    return true;
}

/* One to three digits, at most `max`. */
static bool take_number(struct slice *rest, int max, int *number)
{
    int value = 0;
    size_t at = 0;
    for (; at < 3 && at < rest->size && rest->data[at] >= '0' && rest->data[at] <= '9'; at++)
        value = value * 10 + (rest->data[at] - '0');
    if (at == 0 || value > max)
        return false;
    *rest = slice_from(*rest, at);
    *number = value;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "CET" or "<+0330>": at least three characters. */
static bool skip_name(struct slice *rest)
{
    size_t size = 0;
    if (take_byte(rest, '<')) {
        size = slice_find(*rest, '>', 0);
        if (size < 3 || size == rest->size)
            return false;
        *rest = slice_from(*rest, size + 1);
        return true;
    }
    while (size < rest->size && is_letter(rest->data[size]))
        size++;
    *rest = slice_from(*rest, size);
    return size >= 3;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool take_time(struct slice *rest, int max_hours, int32_t *seconds)
{
    bool is_negative = take_byte(rest, '-');
    if (!is_negative)
        (void)take_byte(rest, '+'); /* optional */
    int hours, minutes = 0, part = 0;
    if (!take_number(rest, max_hours, &hours))
        return false;
    if (take_byte(rest, ':') && !take_number(rest, 59, &minutes))
        return false;
    if (take_byte(rest, ':') && !take_number(rest, 59, &part))
        return false;
    *seconds = (hours * HOUR_S + minutes * 60 + part) * (is_negative ? -1 : 1);
    return true;
}

static bool take_day(struct slice *rest, struct zone_rule_date *date)
{
    if (take_byte(rest, 'J')) {
        date->form = ZONE_JULIAN;
        return take_number(rest, 365, &date->day) && date->day >= 1;
    }
    if (!take_byte(rest, 'M')) {
        date->form = ZONE_DAY_OF_YEAR;
        return take_number(rest, 365, &date->day);
    }
    date->form = ZONE_MONTH_WEEK_DAY;
    return take_number(rest, 12, &date->month) && date->month >= 1 && take_byte(rest, '.') &&
           take_number(rest, 5, &date->week) && date->week >= 1 && take_byte(rest, '.') &&
           take_number(rest, 6, &date->day);
}

static bool take_date(struct slice *rest, struct zone_rule_date *date)
{
    if (!take_byte(rest, ',') || !take_day(rest, date))
        return false;
    date->time_s = 2 * HOUR_S;
    return !take_byte(rest, '/') || take_time(rest, 167, &date->time_s);
}

/* POSIX counts west of UTC: the sign is turned. */
static bool take_offset(struct slice *rest, int32_t *east_s)
{
    int32_t west_s;
    if (!take_time(rest, 24, &west_s))
        return false;
    *east_s = -west_s;
    return true;
}

int zone_rule_parse(struct zone_rule *ret_rule, struct slice text)
{
    struct zone_rule rule = {0};
    if (!skip_name(&text) || !take_offset(&text, &rule.standard_s))
        return JALON_DAMAGED;
    rule.has_daylight = text.size > 0;
    if (rule.has_daylight) {
        rule.daylight_s = rule.standard_s + HOUR_S;
        if (!skip_name(&text))
            return JALON_DAMAGED;
        bool has_offset = text.size && text.data[0] != ',';
        if (has_offset && !take_offset(&text, &rule.daylight_s))
            return JALON_DAMAGED;
        if (!take_date(&text, &rule.start) || !take_date(&text, &rule.end) || text.size)
            return JALON_DAMAGED;
    }
    *ret_rule = rule;
    return JALON_OK;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days since 1970 of 1 January; any year from -1 000 000 on. */
static int64_t day_of_year_start(int64_t year)
{
    int64_t before = year + 1000000000 - 1; /* years before it, from a year that is 1 modulo 400 */
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400;
    const int64_t before_1970 = 1000000000 + 1969;
    return days - (before_1970 * 365 + before_1970 / 4 - before_1970 / 100 + before_1970 / 400);
}

static int64_t year_of(int64_t at_s)
{
    int64_t day = at_s / DAY_S - (at_s % DAY_S < 0);
    int64_t year = 1970 + day * 400 / 146097;
    while (day_of_year_start(year) > day)
        year--;
    while (day_of_year_start(year + 1) <= day)
        year++;
    return year;
}

static const int days_before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

/* The day of Mm.w.d: week 5 is the month's last. */
static int64_t day_of_month_week(const struct zone_rule_date *date, int64_t year)
{
    int leap = is_leap(year);
    int64_t first =
        day_of_year_start(year) + days_before_month[date->month - 1] + (leap && date->month > 2);
    int64_t next =
        day_of_year_start(year) + days_before_month[date->month] + (leap && date->month >= 2);
    int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    int64_t day = first + (date->day - weekday + 7) % 7 + 7 * (date->week - 1);
    return day < next ? day : day - 7;
}

/* Local seconds at which the change falls due, by the clock before it. */
static int64_t due_s(const struct zone_rule_date *date, int64_t year)
{
    int64_t day = day_of_year_start(year);
    if (date->form == ZONE_MONTH_WEEK_DAY)
        day = day_of_month_week(date, year);
    else if (date->form == ZONE_DAY_OF_YEAR)
        day += date->day;
    else
        day += date->day - 1 + (is_leap(year) && date->day > 59);
    return day * DAY_S + date->time_s;
}

/* The changes of the years around `at_s`, in UTC. A time of day may lie up to a week outside its year, so the
 * last change of a kind may be that of the year before last, and the next one that of the year after next. */
#define YEARS 5

struct changes {
    int64_t starts[YEARS], ends[YEARS];
};

static struct changes changes_around(const struct zone_rule *rule, int64_t at_s)
{
    struct changes changes;
    int64_t year = year_of(at_s);
    for (int i = 0; i < YEARS; i++) {
        changes.starts[i] = due_s(&rule->start, year + i - 2) - rule->standard_s;
        changes.ends[i] = due_s(&rule->end, year + i - 2) - rule->daylight_s;
    }
    return changes;
}

int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t at_s)
{
    if (!rule->has_daylight)
        return rule->standard_s;
    struct changes changes = changes_around(rule, at_s);
    int64_t start = INT64_MIN, end = INT64_MIN;
    for (int i = 0; i < YEARS; i++) {
        if (changes.starts[i] <= at_s && changes.starts[i] > start)
            start = changes.starts[i];
        if (changes.ends[i] <= at_s && changes.ends[i] > end)
            end = changes.ends[i];
    }
    /* Equal where daylight saving is all year: one ends as the next starts. */
    return start >= end ? rule->daylight_s : rule->standard_s;
}

int64_t zone_rule_next_s(const struct zone_rule *rule, int64_t at_s)
{
    int64_t next = INT64_MAX;
    if (!rule->has_daylight)
        return next;
    struct changes changes = changes_around(rule, at_s);
    for (int i = 0; i < YEARS; i++) {
        if (changes.starts[i] > at_s && changes.starts[i] < next)
            next = changes.starts[i];
        if (changes.ends[i] > at_s && changes.ends[i] < next)
            next = changes.ends[i];
    }
    return next;
}
