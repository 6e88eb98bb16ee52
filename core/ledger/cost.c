#include "core/ledger/cost.h"

#include <stdlib.h>

static const char *const names[] = {
#define COST_KIND_TEXT(upper, text) text,
    COST_KINDS(COST_KIND_TEXT)
#undef COST_KIND_TEXT
};

#define RATE_DECIMALS 6

int cost_kind_of(enum cost_kind *ret_kind, struct slice name)
{
    for (unsigned i = 0; i < COST_KIND_COUNT; i++) {
        if (!slice_is(name, names[i]))
            continue;
        *ret_kind = (enum cost_kind)i;
        return JALON_OK;
    }
    return JALON_NOT_FOUND;
}

const char *cost_kind_name(enum cost_kind kind)
{
    return names[kind];
}

bool cost_kind_is_rate(enum cost_kind kind)
{
    return kind != COST_FEE && kind != COST_PRODUCT;
}

bool cost_kind_is_commission(enum cost_kind kind)
{
    return kind == COST_COMMISSION || kind == COST_COMMISSION_CODE;
}

static unsigned decimals_of(enum cost_kind kind, unsigned exponent)
{
    return cost_kind_is_rate(kind) ? RATE_DECIMALS : exponent;
}

int cost_value_parse(int64_t *ret_value, enum cost_kind kind, struct slice text, unsigned exponent)
{
    bool is_share = cost_kind_is_commission(kind);
    if (is_share && text.size && text.data[text.size - 1] == '%')
        text = slice_first(text, text.size - 1);
    if (text.size && text.data[0] == '-')
        return JALON_MALFORMED;
    int64_t value;
    int err = money_parse(&value, text, decimals_of(kind, exponent));
    if (err)
        return err;
    /* A percent with 6 decimals is a share with 8: the same integer. */
    if (is_share && value > COST_SHARE_WHOLE)
        return JALON_INVALID;
    *ret_value = value;
    return JALON_OK;
}

void cost_value_format(struct buffer *out, enum cost_kind kind, int64_t value, unsigned exponent)
{
    if (!cost_kind_is_rate(kind)) {
        money_format(out, value, exponent);
        return;
    }
    money_format_short(out, value, RATE_DECIMALS);
    if (cost_kind_is_commission(kind))
        buffer_append_byte(out, '%');
}

static int by_day(const void *a, const void *b)
{
    const struct cost_entry *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

void cost_sort(struct cost_entry *entries, size_t count)
{
    if (count)
        qsort(entries, count, sizeof *entries, by_day);
}

void cost_base_add(struct cost_base *base, int64_t goals_micro, int64_t revenue_minor,
                   bool is_code_sale)
{
    base->goals_micro += goals_micro;
    base->revenue_minor += revenue_minor;
    if (!is_code_sale)
        return;
    base->code_goals_micro += goals_micro;
    base->code_revenue_minor += revenue_minor;
}

size_t cost_cuts(date_day *ret_days, size_t capacity, const struct cost_entry *entries,
                 size_t count, date_day from, date_day to)
{
    size_t found = 0;
    for (size_t i = 0; i < count && found < capacity; i++) {
        date_day day = entries[i].day;
        bool is_new = found == 0 || ret_days[found - 1] != day;
        if (cost_kind_is_rate(entries[i].kind) && day > from && day < to && is_new)
            ret_days[found++] = day;
    }
    return found;
}

bool cost_rate_on(int64_t *ret_rate, const struct cost_entry *entries, size_t count,
                  enum cost_kind kind, date_day day)
{
    const struct cost_entry *newest = NULL;
    for (size_t i = 0; i < count && entries[i].day <= day; i++)
        if (entries[i].kind == kind)
            newest = &entries[i];
    if (newest)
        *ret_rate = newest->value;
    return newest != NULL;
}

enum cost_kind cost_kind_for_code(enum cost_kind kind, const struct cost_entry *entries,
                                  size_t count, date_day day)
{
    enum cost_kind own = kind == COST_COMMISSION       ? COST_COMMISSION_CODE
                         : kind == COST_PER_CONVERSION ? COST_PER_CONVERSION_CODE
                                                       : kind;
    int64_t rate;
    return cost_rate_on(&rate, entries, count, own, day) ? own : kind;
}

/* Code sales are part of the whole, until they have a rate of their own. */
static wide base_of(const struct cost_base *base, enum cost_kind kind,
                    const struct cost_entry *entries, size_t count)
{
    bool is_whole = cost_kind_for_code(kind, entries, count, base->from) == kind;
    switch (kind) {
    case COST_PER_CLICK:
        return base->clicks;
    case COST_PER_CONVERSION:
        return base->goals_micro - (is_whole ? 0 : base->code_goals_micro);
    case COST_COMMISSION:
        return base->revenue_minor - (is_whole ? 0 : base->code_revenue_minor);
    case COST_PER_CONVERSION_CODE:
        return base->code_goals_micro;
    case COST_COMMISSION_CODE:
        return base->code_revenue_minor;
    case COST_FEE:
    case COST_PRODUCT:
        break;
    }
    return 0;
}

size_t cost_pieces(struct cost_piece *ret_pieces, enum cost_kind kind,
                   const struct cost_entry *entries, size_t count, const struct cost_base *bases,
                   size_t base_count)
{
    size_t found = 0;
    for (size_t i = 0; i < base_count; i++) {
        struct cost_piece piece;
        if (!cost_rate_on(&piece.rate, entries, count, kind, bases[i].from))
            continue;
        piece.base = base_of(&bases[i], kind, entries, count);
        struct cost_piece *last = found ? &ret_pieces[found - 1] : NULL;
        if (last && last->rate == piece.rate)
            last->base += piece.base;
        else if (last && last->base == 0)
            *last = piece;
        else
            ret_pieces[found++] = piece;
    }
    return found > 1 && ret_pieces[found - 1].base == 0 ? found - 1 : found;
}

/* What a line's product of rate and base must be divided by to be in minor units. */
static wide divisor_of(enum cost_kind kind, unsigned exponent)
{
    if (cost_kind_is_commission(kind))
        return COST_SHARE_WHOLE;
    wide divisor = kind == COST_PER_CLICK ? COST_RATE_ONE : (wide)COST_RATE_ONE * COST_RATE_ONE;
    for (unsigned i = 0; i < exponent; i++)
        divisor /= 10;
    return divisor;
}

static wide rate_line(enum cost_kind kind, const struct cost_entry *entries, size_t count,
                      const struct cost_base *bases, size_t base_count, unsigned exponent)
{
    wide sum = 0;
    for (size_t i = 0; i < base_count; i++) {
        int64_t rate;
        if (cost_rate_on(&rate, entries, count, kind, bases[i].from))
            sum += rate * base_of(&bases[i], kind, entries, count);
    }
    return wide_divide_half_even(sum, divisor_of(kind, exponent));
}

static wide dated_line(enum cost_kind kind, const struct cost_entry *entries, size_t count,
                       const struct cost_base *bases, size_t base_count)
{
    wide sum = 0;
    for (size_t i = 0; i < count && base_count; i++)
        if (entries[i].kind == kind && entries[i].day >= bases[0].from &&
            entries[i].day < bases[base_count - 1].to)
            sum += entries[i].value;
    return sum;
}

struct cost_lines cost_of(const struct cost_entry *entries, size_t count,
                          const struct cost_base *bases, size_t base_count, unsigned exponent)
{
    struct cost_lines lines;
    for (unsigned i = 0; i < COST_KIND_COUNT; i++) {
        enum cost_kind kind = (enum cost_kind)i;
        lines.minor[i] = cost_kind_is_rate(kind)
                             ? rate_line(kind, entries, count, bases, base_count, exponent)
                             : dated_line(kind, entries, count, bases, base_count);
    }
    return lines;
}

wide cost_total(const struct cost_lines *lines)
{
    wide sum = 0;
    for (unsigned i = 0; i < COST_KIND_COUNT; i++)
        sum += lines->minor[i];
    return sum;
}
