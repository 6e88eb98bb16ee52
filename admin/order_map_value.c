#include "admin/order_map_value.h"
#include "core/registry/field.h"
#include "core/registry/noun.h"

#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 40

/* A number taken apart: digits, and what stands between them. */
struct number {
    bool is_negative;
    char marks[DIGITS_MAX];     /* . , or ' (for apostrophes and spaces too) */
    size_t mark_at[DIGITS_MAX]; /* how many digits stand before each */
    size_t mark_count, digit_count;
    char digits[DIGITS_MAX];
};

static size_t take_space(struct slice text)
{
    static const char *const spaces[] = {" ", "\xc2\xa0", "\xe2\x80\xaf", "'", "\xe2\x80\x99"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (slice_starts(text, slice_of_string(spaces[i])))
            return strlen(spaces[i]);
    return 0;
}

static bool split(struct number *number, struct slice text)
{
    *number = (struct number){0};
    if (text.size && text.data[0] == '-') {
        number->is_negative = true;
        text = slice_from(text, 1);
    }
    while (text.size) {
        size_t size = 1;
        char c = text.data[0];
        if (number->digit_count == DIGITS_MAX || number->mark_count == DIGITS_MAX)
            return false;
        if (c >= '0' && c <= '9') {
            number->digits[number->digit_count++] = c;
        } else {
            size_t space = take_space(text);
            if (!space && c != '.' && c != ',')
                return false;
            number->mark_at[number->mark_count] = number->digit_count;
            number->marks[number->mark_count++] = space ? '\'' : c;
            size = space ? space : 1;
        }
        text = slice_from(text, size);
    }
    return number->digit_count > 0;
}

static size_t count_marks(const struct number *number, char mark)
{
    size_t count = 0;
    for (size_t i = 0; i < number->mark_count; i++)
        count += number->marks[i] == mark;
    return count;
}

/* The sign between whole and fraction, where the number itself says it; 0: it has none; '?': it might be either. */
static char decimal_of(const struct number *number)
{
    if (number->mark_count == 0)
        return 0;
    size_t last = number->mark_count - 1;
    char mark = number->marks[last];
    if (mark == '\'' || count_marks(number, mark) > 1)
        return 0;
    size_t behind = number->digit_count - number->mark_at[last], before = number->mark_at[last];
    bool could_group = behind == 3 && before >= 1 && before <= 3 && number->digits[0] != '0';
    return last == 0 && could_group ? '?' : mark;
}

/* The first `count` marks stand between groups of three up to `end` digits, and are one and the same. */
static bool are_groups(const struct number *number, size_t count, size_t end)
{
    for (size_t i = 0; i < count; i++) {
        size_t next = i + 1 < count ? number->mark_at[i + 1] : end;
        if (number->marks[i] != number->marks[0] || next - number->mark_at[i] != 3)
            return false;
    }
    return count == 0 || (number->mark_at[0] >= 1 && number->mark_at[0] <= 3);
}

const char *map_amount_write(struct buffer *out, struct slice text, char decimal)
{
    struct number number;
    if (!split(&number, slice_trim(text)))
        return "it is no amount: write digits, without a currency sign";
    char sign = decimal ? decimal : decimal_of(&number);
    if (sign == '?')
        return "it can be read in two ways: say in the map which it is, decimal = . or decimal = ,";
    size_t groups = number.mark_count, whole = number.digit_count;
    if (sign && groups && number.marks[groups - 1] == sign) {
        groups--;
        whole = number.mark_at[groups];
    }
    bool has_sign_before = sign && memchr(number.marks, sign, groups);
    if (has_sign_before || !are_groups(&number, groups, whole) || whole == 0 ||
        (groups < number.mark_count && whole == number.digit_count))
        return "it does not fit the decimal sign: write decimal = . or decimal = , in the map";
    if (number.is_negative)
        buffer_append_byte(out, '-');
    buffer_append(out, slice_of(number.digits, whole));
    if (whole < number.digit_count) {
        buffer_append_byte(out, '.');
        buffer_append(out, slice_of(number.digits + whole, number.digit_count - whole));
    }
    return NULL;
}

struct clock_parts {
    unsigned year, month, day, hour, minute, second;
    bool has_offset;
    int offset_min;
};

static bool take_number(struct slice *text, size_t digits, unsigned *ret_value)
{
    uint64_t value;
    if (text->size < digits || slice_to_u64(&value, slice_first(*text, digits), 9999))
        return false;
    *ret_value = (unsigned)value;
    *text = slice_from(*text, digits);
    return true;
}

/* "Z", "UTC", "+01:00", "-0500" */
static bool take_offset(struct slice *text, struct clock_parts *parts)
{
    parts->has_offset = true;
    for (size_t i = 0; i < 2; i++) {
        struct slice name = i ? SLICE("UTC") : SLICE("Z");
        if (slice_starts(*text, name)) {
            *text = slice_from(*text, name.size);
            return true;
        }
    }
    unsigned hours, minutes;
    bool is_negative = text->size && text->data[0] == '-';
    if (!is_negative && !(text->size && text->data[0] == '+'))
        return false;
    *text = slice_from(*text, 1);
    if (!take_number(text, 2, &hours))
        return false;
    if (text->size && text->data[0] == ':')
        *text = slice_from(*text, 1);
    if (!take_number(text, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    parts->offset_min = (int)(hours * 60 + minutes) * (is_negative ? -1 : 1);
    return true;
}

static bool take_part(struct slice *pattern, struct slice *text, struct clock_parts *parts)
{
    const struct {
        const char *token;
        unsigned *value;
    } tokens[] = {{"YYYY", &parts->year}, {"MM", &parts->month},  {"DD", &parts->day},
                  {"hh", &parts->hour},   {"mm", &parts->minute}, {"ss", &parts->second}};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        struct slice token = slice_of_string(tokens[i].token);
        if (!slice_starts(*pattern, token))
            continue;
        *pattern = slice_from(*pattern, token.size);
        return take_number(text, token.size, tokens[i].value);
    }
    char literal = pattern->data[0];
    *pattern = slice_from(*pattern, 1);
    if (literal == 'Z')
        return take_offset(text, parts);
    if (text->size == 0 || text->data[0] != literal)
        return false;
    *text = slice_from(*text, 1);
    return true;
}

static bool read_parts(struct clock_parts *parts, struct slice text, struct slice pattern)
{
    *parts = (struct clock_parts){0};
    while (pattern.size)
        if (!take_part(&pattern, &text, parts))
            return false;
    return text.size == 0;
}

const char *map_moment_write(struct buffer *out, struct slice text, const struct order_map *map)
{
    static const char why[] = "it is not written as the map's date says: correct date = …";
    int64_t ms;
    if (map->date.size == 0) {
        if (moment_parse(&ms, text))
            return "it is not RFC 3339: say in the map how it is written, e.g. "
                   "date = DD/MM/YYYY hh:mm";
        buffer_append(out, text);
        return NULL;
    }
    struct clock_parts parts;
    char utc[MOMENT_TEXT_MAX];
    if (!read_parts(&parts, text, map->date))
        return why;
    (void)snprintf(utc, sizeof utc, "%04u-%02u-%02uT%02u:%02u:%02uZ", parts.year % 10000,
                   parts.month % 100, parts.day % 100, parts.hour % 100, parts.minute % 100,
                   parts.second % 100);
    if (moment_parse(&ms, slice_of_string(utc)))
        return why;
    ms = parts.has_offset ? ms - parts.offset_min * INT64_C(60000)
                          : zone_moment_of_local(map->zone, ms);
    moment_format(utc, ms);
    buffer_append_string(out, utc);
    return NULL;
}

static size_t value_size(struct slice text)
{
    size_t size = 0;
    while (size < text.size && !strchr("\r\n|;,", text.data[size]))
        size++;
    return size;
}

void map_cell_write(struct buffer *out, struct slice cell, const struct map_rule *rule)
{
    if (rule->after.size == 0) {
        buffer_append(out, slice_trim(cell));
        return;
    }
    const char *at;
    while (cell.size && (at = memmem(cell.data, cell.size, rule->after.data, rule->after.size))) {
        cell = slice_from(cell, (size_t)(at - cell.data) + rule->after.size);
        struct slice value = slice_trim(slice_first(cell, value_size(cell)));
        if (value.size && out->size)
            buffer_append_string(out, ", ");
        buffer_append(out, value);
    }
}

static bool is_between(char byte)
{
    return byte == ' ' || byte == ',' || byte == ';' || byte == '\t';
}

static struct slice take_click(struct slice *rest)
{
    while (rest->size && is_between(rest->data[0]))
        *rest = slice_from(*rest, 1);
    size_t size = 0;
    while (size < rest->size && !is_between(rest->data[size]))
        size++;
    struct slice click = slice_first(*rest, size);
    *rest = slice_from(*rest, size);
    return click;
}

static bool may_be_click(struct slice click)
{
    return click.size <= CLICK_ID_TEXT_MAX && !text_has_control(click);
}

void map_clicks_write(struct buffer *out, struct slice cell)
{
    size_t count = 0;
    for (struct slice rest = cell, click = take_click(&rest); click.size; click = take_click(&rest))
        count += may_be_click(click);
    for (struct slice rest = cell, click = take_click(&rest); click.size;
         click = take_click(&rest)) {
        if (!may_be_click(click) || count-- > ORDER_CLICKS_MAX)
            continue;
        if (out->size)
            buffer_append_byte(out, ' ');
        buffer_append(out, click);
    }
}
