/* What is said of costs per result. Where a cost is agreed beforehand, a fee or a product, the results that it brings are
 * a Poisson count, and cheaper results are more of them for the same money: two counts over two sums are compared by
 * the exact conditional test, at the confidence that Holm's procedure asks for. A cost that goes by clicks or results is
 * none that results are counted on. */
#include "core/ledger/comparison.h"
#include "core/report/compare.h"

#include <math.h>
#include <stdlib.h>

struct priced { /* a group whose cost is agreed, and whose results are whole */
    char label[COMPARE_LABEL_MAX];
    size_t currency;
    wide cost_minor;
    struct poisson_rate rate;
};

struct contest {
    struct totals *totals;
    enum compare_by by;
    struct priced groups[COMPARE_GROUPS_MAX]; /* from the cheapest */
    size_t count, left_out, by_rates;
    struct comparison comparisons[COMPARE_PAIRS_MAX];
    size_t comparison_count;
};

static double results_a_unit(const struct priced *priced)
{
    return (double)priced->rate.events / priced->rate.exposure;
}

static int by_events(const void *a, const void *b)
{
    const struct priced *x = a, *y = b;
    if (x->rate.events != y->rate.events)
        return x->rate.events < y->rate.events ? 1 : -1;
    return strcmp(x->label, y->label);
}

static int by_price(const void *a, const void *b)
{
    const struct priced *x = a, *y = b;
    double p = results_a_unit(x), q = results_a_unit(y);
    if (p != q)
        return p < q ? 1 : -1;
    return strcmp(x->label, y->label);
}

static bool is_priced(const struct compare_group *group)
{
    const struct sums *sums = &group->sums;
    return group->name.size && !sums->has_unknown_cost && sums->figures.cost_minor > 0 &&
           sums->figures.goals_micro % SHARE_WHOLE == 0;
}

/* Those with the most results. */
static int choose_groups(struct contest *contest, const struct compare *compare)
{
    struct priced *all = calloc(compare->count + 1, sizeof *all);
    size_t count = 0;
    if (!all)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < compare->count; i++) {
        const struct compare_group *group = &compare->groups[i];
        const struct figures *figures = &group->sums.figures;
        if (!is_priced(group))
            continue;
        if (group->sums.has_rates) {
            contest->by_rates++;
            continue;
        }
        struct priced *priced = &all[count++];
        compare_label(compare, group, priced->label);
        priced->currency = group->currency;
        priced->cost_minor = figures->cost_minor;
        priced->rate =
            (struct poisson_rate){figures->goals_micro / SHARE_WHOLE, (double)figures->cost_minor};
    }
    contest->count = compare_choose(contest->groups, all, count, sizeof *all, by_events, by_price);
    contest->left_out = count - contest->count;
    free(all);
    return JALON_OK;
}

/* Of one currency: two are no price of each other. */
static void hold_pairs(struct contest *contest)
{
    for (size_t i = 0; i < contest->count; i++)
        for (size_t j = i + 1; j < contest->count; j++) {
            const struct priced *a = &contest->groups[i], *b = &contest->groups[j];
            if (a->currency != b->currency)
                continue;
            contest->comparisons[contest->comparison_count++] = (struct comparison){
                .first = i, .second = j, .p = comparison_ratio_p(&a->rate, &b->rate)};
        }
    comparison_holm(contest->comparisons, contest->comparison_count);
}

static struct note_value price(const struct contest *contest, const struct priced *priced,
                               char memory[CELL_DECIMAL_MAX])
{
    struct buffer out;
    buffer_over(&out, memory, CELL_DECIMAL_MAX);
    money_format_per(&out, priced->cost_minor,
                     contest->totals->currencies[priced->currency].exponent,
                     priced->rate.events * SHARE_WHOLE);
    return note_number(buffer_slice(&out));
}

/* 3.214 as "3.21"; what is hardly over 1 not as 1. */
static struct note_value times(double ratio, char memory[CELL_DECIMAL_MAX])
{
    struct buffer out;
    buffer_over(&out, memory, CELL_DECIMAL_MAX);
    buffer_printf(&out, ratio < 1.01 ? "%.4f" : "%.2f", ratio);
    return note_number(buffer_slice(&out));
}

static void note_supported(struct contest *contest, const struct comparison *comparison)
{
    const struct priced *a = &contest->groups[comparison->first],
                        *b = &contest->groups[comparison->second];
    const struct note_value names[] = {compare_label_value(contest->by, a->label),
                                       compare_label_value(contest->by, b->label)};
    struct slice currency = contest->totals->currencies[a->currency].currency;
    struct interval ratio = comparison_ratio(&a->rate, &b->rate, comparison->alpha);
    char texts[4][CELL_DECIMAL_MAX];
    if (b->rate.events == 0)
        totals_note(contest->totals,
                    "% has results for its cost and % has none, and the data supports the "
                    "difference (at least % times as many for the same money).",
                    NOTE_VALUES(names[0], names[1], times(ratio.low, texts[0])));
    else
        totals_note(contest->totals,
                    "% has a lower cost per result than %: % against % %, and the data "
                    "supports it (% to % times as many for the same money).",
                    NOTE_VALUES(names[0], names[1], price(contest, a, texts[0]),
                                price(contest, b, texts[1]), note_name(currency),
                                times(ratio.low, texts[2]), times(ratio.high, texts[3])));
}

static void note_unsupported(struct contest *contest, const struct comparison *comparison)
{
    const struct priced *a = &contest->groups[comparison->first],
                        *b = &contest->groups[comparison->second];
    const struct note_value names[] = {compare_label_value(contest->by, a->label),
                                       compare_label_value(contest->by, b->label)};
    if (a->rate.events == 0) /* and so b's too: there is nothing yet to tell apart */
        return;
    if (results_a_unit(a) <= results_a_unit(b)) {
        totals_note(contest->totals, "% and % have the same % so far.",
                    NOTE_VALUES(names[0], names[1], note_term("cost per result")));
        return;
    }
    double share = (double)a->rate.events / (double)(a->rate.events + b->rate.events);
    double expected = a->rate.exposure / (a->rate.exposure + b->rate.exposure);
    double needed = comparison_events(share, expected, comparison->alpha, COMPARE_POWER);
    const int64_t more[] = {compare_missing(needed * share, a->rate.events),
                            compare_missing(needed * (1 - share), b->rate.events)};
    compare_note_unsupported(contest->totals, names, "cost per result", "results", more);
}

/* Of its currency. */
static bool is_cheapest(const struct contest *contest, size_t group)
{
    for (size_t i = 0; i < group; i++)
        if (contest->groups[i].currency == contest->groups[group].currency)
            return false;
    return true;
}

int compare_note_costs(struct compare *compare)
{
    struct contest contest = {.totals = &compare->figures.totals, .by = compare->by};
    int err = choose_groups(&contest, compare);
    if (err)
        return err;
    hold_pairs(&contest);
    for (size_t i = 0; i < contest.comparison_count; i++) {
        const struct comparison *comparison = &contest.comparisons[i];
        if (contest.count > COMPARE_TOLD_MAX && !is_cheapest(&contest, comparison->first))
            continue;
        if (comparison->is_supported)
            note_supported(&contest, comparison);
        else
            note_unsupported(&contest, comparison);
    }
    if (contest.left_out)
        compare_note_left_out(contest.totals, "cost per result", "results");
    if (contest.comparison_count && contest.by_rates)
        totals_note(contest.totals,
                    "Paid by click, result or commission too, so not compared by cost per result: "
                    "%.",
                    NOTE_VALUES(note_count(contest.by_rates)));
    return JALON_OK;
}
