#include "core/report/cells.h"
#include "core/ledger/attribution.h"

struct cell cell_null(void)
{
    return (struct cell){.kind = CELL_NULL};
}

struct cell cell_text(struct slice text)
{
    return (struct cell){.kind = text.size ? CELL_TEXT : CELL_NULL, .text = text};
}

struct cell cell_moment(struct slice text, int64_t ms)
{
    return (struct cell){.kind = CELL_TEXT, .text = text, .number = ms};
}

struct cell cell_count(int64_t number)
{
    return (struct cell){.kind = CELL_COUNT, .number = number};
}

struct cell cell_known(bool is_known, int64_t number)
{
    return is_known ? cell_count(number) : cell_null();
}

struct cell cell_share(int64_t micro)
{
    return (struct cell){.kind = CELL_SHARE, .number = micro};
}

struct cell cell_ratio(struct ratio ratio)
{
    return (struct cell){.kind = ratio.is_known ? CELL_RATIO : CELL_NULL, .ratio = ratio.value};
}

struct cell cell_money(wide minor, unsigned exponent)
{
    return (struct cell){.kind = CELL_MONEY, .minor = minor, .exponent = exponent};
}

struct cell cell_counts(const struct named_count *counts, size_t count)
{
    return (struct cell){.kind = CELL_COUNTS, .counts = counts, .count_count = count};
}

struct cell cell_per(char memory[CELL_DECIMAL_MAX], wide minor, unsigned exponent,
                     int64_t count_micro)
{
    if (count_micro <= 0)
        return cell_null();
    struct buffer out;
    buffer_over(&out, memory, CELL_DECIMAL_MAX);
    money_format_per(&out, minor, exponent, count_micro);
    return (struct cell){
        .kind = CELL_DECIMAL,
        .text = buffer_slice(&out),
        .ratio = (double)minor / (double)count_micro, /* what it is sorted by */
    };
}

struct cell cell_per_estimate(char memory[CELL_DECIMAL_MAX], wide minor, unsigned exponent,
                              double divisor)
{
    if (divisor <= 0)
        return cell_null();
    struct buffer out;
    buffer_over(&out, memory, CELL_DECIMAL_MAX);
    money_format_per_estimate(&out, minor, exponent, divisor);
    return (struct cell){
        .kind = CELL_DECIMAL,
        .text = buffer_slice(&out),
        .ratio = (double)minor / divisor / SHARE_WHOLE, /* as cell_per() */
    };
}

static double number_of(const struct cell *cell)
{
    double sum = 0;
    switch (cell->kind) {
    case CELL_RATIO:
    case CELL_DECIMAL:
        return cell->ratio;
    case CELL_COUNTS:
        for (size_t i = 0; i < cell->count_count; i++)
            sum += (double)cell->counts[i].micro;
        return sum;
    case CELL_MONEY:
        return (double)cell->minor;
    case CELL_NULL:
    case CELL_TEXT:
    case CELL_COUNT:
    case CELL_SHARE:
        break;
    }
    return (double)cell->number;
}

static int compare_texts(const struct cell *a, const struct cell *b)
{
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return slice_compare(a->text, b->text);
}

int cell_compare(const struct cell *a, const struct cell *b)
{
    if (a->kind == CELL_NULL || b->kind == CELL_NULL)
        return (a->kind == CELL_NULL) - (b->kind == CELL_NULL);
    if (a->kind == CELL_TEXT && b->kind == CELL_TEXT)
        return compare_texts(a, b);
    double x = number_of(a), y = number_of(b);
    return (x < y) - (x > y);
}
