/* What is said below groups side by side, in sentences. Rates are compared in pairs, by Newcombe's interval of their
 * difference, at the confidence that Holm's procedure asks for as many pairs as there are: of which are told is
 * chosen by looking at the figures, so all count. */
#include "core/ledger/comparison.h"
#include "core/report/compare.h"

#include <math.h>
#include <stdlib.h>

#define MORE_MAX 1e12 /* trials that nobody will have */

struct rated { /* a group whose rate is known with its interval */
    char label[COMPARE_LABEL_MAX];
    struct proportion proportion;
    double rate;
};

struct contest { /* the groups, by one rate */
    struct totals *totals;
    enum compare_by by;
    const char *rate, *trials; /* their names in sentences */
    struct rated groups[COMPARE_GROUPS_MAX];
    size_t count, left_out;
    struct comparison comparisons[COMPARE_PAIRS_MAX];
    size_t comparison_count;
};

static bool proportion_of(struct proportion *ret_proportion, const struct figures *figures,
                          bool is_ctr)
{
    struct metrics metrics;
    metrics_of(&metrics, figures);
    const struct rate *rate = is_ctr ? &metrics.ctr : &metrics.conversion_rate;
    *ret_proportion =
        is_ctr ? (struct proportion){figures->clicks, figures->impressions}
               : (struct proportion){figures->click_goals_micro / SHARE_WHOLE, figures->clicks};
    return rate->low.is_known;
}

static int by_trials(const void *a, const void *b)
{
    const struct rated *x = a, *y = b;
    if (x->proportion.trials != y->proportion.trials)
        return x->proportion.trials < y->proportion.trials ? 1 : -1;
    return strcmp(x->label, y->label);
}

static int by_rate(const void *a, const void *b)
{
    const struct rated *x = a, *y = b;
    if (x->rate != y->rate)
        return x->rate < y->rate ? 1 : -1;
    return strcmp(x->label, y->label);
}

void compare_label(const struct compare *compare, const struct compare_group *group,
                   char ret_label[COMPARE_LABEL_MAX])
{
    const struct totals *totals = &compare->figures.totals;
    struct buffer out;
    buffer_over(&out, ret_label, COMPARE_LABEL_MAX - 1);
    buffer_append(&out, group->name);
    if (totals->count > 1)
        buffer_printf(&out, " %.*s", SLICE_ARG(totals->currencies[group->currency].currency));
    ret_label[out.size] = '\0';
}

struct note_value compare_label_value(enum compare_by by, const char *label)
{
    bool is_ours = by == COMPARE_BY_KIND || by == COMPARE_BY_LEVER;
    return is_ours ? note_term(label) : note_name(slice_of_string(label));
}

size_t compare_choose(void *ret_chosen, void *all, size_t count, size_t item_bytes,
                      item_order *by_most, item_order *by_best)
{
    size_t chosen = count < COMPARE_GROUPS_MAX ? count : COMPARE_GROUPS_MAX;
    qsort(all, count, item_bytes, by_most);
    memcpy(ret_chosen, all, chosen * item_bytes);
    qsort(ret_chosen, chosen, item_bytes, by_best);
    return chosen;
}

void compare_note_left_out(struct totals *totals, const char *rate, const char *trials)
{
    totals_note(totals, "By % only the % groups with the most % are compared.",
                NOTE_VALUES(note_term(rate), note_count(COMPARE_GROUPS_MAX), note_term(trials)));
}

/* Those with the most trials, from the highest rate. What has no name is no group to compare: its creators or links
 * have in common only that something about them is unknown. */
static int choose_groups(struct contest *contest, const struct compare *compare, bool is_ctr)
{
    struct rated *all = calloc(compare->count + 1, sizeof *all);
    size_t count = 0;
    if (!all)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < compare->count; i++) {
        const struct compare_group *group = &compare->groups[i];
        struct rated *rated = &all[count];
        if (group->name.size == 0 ||
            !proportion_of(&rated->proportion, &group->sums.figures, is_ctr))
            continue;
        rated->rate = (double)rated->proportion.successes / (double)rated->proportion.trials;
        compare_label(compare, group, rated->label);
        count++;
    }
    contest->count = compare_choose(contest->groups, all, count, sizeof *all, by_trials, by_rate);
    contest->left_out = count - contest->count;
    free(all);
    return JALON_OK;
}

static void hold_pairs(struct contest *contest)
{
    for (size_t i = 0; i < contest->count; i++)
        for (size_t j = i + 1; j < contest->count; j++)
            contest->comparisons[contest->comparison_count++] = (struct comparison){
                .first = i,
                .second = j,
                .p = comparison_p(&contest->groups[i].proportion, &contest->groups[j].proportion),
            };
    comparison_holm(contest->comparisons, contest->comparison_count);
}

#define PERCENT_MAX 32

static void append_points(struct buffer *out, double ratio, unsigned decimals)
{
    money_format(out, llround(ratio * 100 * pow(10, decimals)), decimals);
}

/* 0.024 as "2.40". */
static struct note_value points(char memory[PERCENT_MAX], double ratio, unsigned decimals)
{
    struct buffer out;
    buffer_over(&out, memory, PERCENT_MAX);
    append_points(&out, ratio, decimals);
    return note_number(buffer_slice(&out));
}

/* 0.024 as "2.40 %". */
static struct note_value percent(char memory[PERCENT_MAX], double ratio, unsigned decimals)
{
    struct buffer out;
    buffer_over(&out, memory, PERCENT_MAX);
    append_points(&out, ratio, decimals);
    buffer_append_string(&out, " %");
    return note_number(buffer_slice(&out));
}

static struct note_value name(const struct contest *contest, const struct rated *rated)
{
    return compare_label_value(contest->by, rated->label);
}

static void note_supported(struct contest *contest, const struct comparison *comparison)
{
    const struct rated *a = &contest->groups[comparison->first],
                       *b = &contest->groups[comparison->second];
    struct interval difference =
        comparison_difference(&a->proportion, &b->proportion, comparison_z(comparison->alpha));
    unsigned decimals = difference.low < 0.0001 ? 4 : 2; /* or it may read as no difference */
    char texts[4][PERCENT_MAX];
    totals_note(contest->totals,
                "% has a higher % than %: % against %, and the data supports it (difference % to % "
                "points).",
                NOTE_VALUES(name(contest, a), note_term(contest->rate), name(contest, b),
                            percent(texts[0], a->rate, decimals),
                            percent(texts[1], b->rate, decimals),
                            points(texts[2], difference.low, decimals),
                            points(texts[3], difference.high, decimals)));
}

int64_t compare_missing(double needed, int64_t there)
{
    double more = needed - (double)there;
    if (more <= 0 || !(needed < MORE_MAX))
        return 0;
    double unit = pow(10, floor(log10(more)) - 1);
    return (int64_t)(unit > 1 ? ceil(more / unit) * unit : ceil(more));
}

void compare_note_unsupported(struct totals *totals, const struct note_value names[2],
                              const char *rate, const char *trials, const int64_t more[2])
{
    if (more[0] && more[1])
        totals_note(totals,
                    "% and % cannot be told apart by %: it would take about % more % of % and % "
                    "of %.",
                    NOTE_VALUES(names[0], names[1], note_term(rate), note_count((size_t)more[0]),
                                note_term(trials), names[0], note_count((size_t)more[1]),
                                names[1]));
    else if (more[0] || more[1])
        totals_note(totals, "% and % cannot be told apart by %: it would take about % more % of %.",
                    NOTE_VALUES(names[0], names[1], note_term(rate),
                                note_count((size_t)(more[0] + more[1])), note_term(trials),
                                names[more[0] ? 0 : 1]));
    else
        totals_note(totals, "% and % cannot be told apart by %.",
                    NOTE_VALUES(names[0], names[1], note_term(rate)));
}

static void note_unsupported(struct contest *contest, const struct comparison *comparison)
{
    const struct rated *a = &contest->groups[comparison->first],
                       *b = &contest->groups[comparison->second];
    if (a->proportion.successes == 0) /* and so b's too: there is nothing yet to tell apart */
        return;
    const struct note_value names[] = {name(contest, a), name(contest, b)};
    if (a->rate <= b->rate) { /* they come from the highest, so it is equal */
        totals_note(contest->totals, "% and % have the same % so far.",
                    NOTE_VALUES(names[0], names[1], note_term(contest->rate)));
        return;
    }
    double needed = comparison_trials(a->rate, b->rate, comparison->alpha, COMPARE_POWER);
    const int64_t more[] = {compare_missing(needed, a->proportion.trials),
                            compare_missing(needed, b->proportion.trials)};
    compare_note_unsupported(contest->totals, names, contest->rate, contest->trials, more);
}

static void note_pairs(struct contest *contest)
{
    for (size_t i = 0; i < contest->comparison_count; i++) {
        const struct comparison *comparison = &contest->comparisons[i];
        if (contest->count > COMPARE_TOLD_MAX && comparison->first > 0)
            continue;
        if (comparison->is_supported)
            note_supported(contest, comparison);
        else
            note_unsupported(contest, comparison);
    }
    if (contest->left_out)
        compare_note_left_out(contest->totals, contest->rate, contest->trials);
}

static int note_rate(struct compare *compare, bool is_ctr)
{
    struct contest contest = {
        .totals = &compare->figures.totals,
        .by = compare->by,
        .rate = is_ctr ? "click-through rate" : "conversion rate",
        .trials = is_ctr ? "impressions" : "clicks",
    };
    int err = choose_groups(&contest, compare, is_ctr);
    if (err || contest.count < 2)
        return err;
    hold_pairs(&contest);
    note_pairs(&contest);
    return JALON_OK;
}

/* The row without a name, by what groups are made by. */
static const struct {
    const char *nameless;
} rows[COMPARE_BY_LEVER + 1] = {
    [COMPARE_BY_TIER] = {.nameless = "The row without a name: creators whose followers are not "
                                     "known, so that their tier is not either."},
    [COMPARE_BY_NICHE] = {.nameless = "The row without a name: creators without a niche."},
    [COMPARE_BY_CHANNEL] = {.nameless = "The row without a name: links without a channel."},
};

static void note_rows(struct compare *compare)
{
    struct totals *totals = &compare->figures.totals;
    const struct creator_book *book = &compare->figures.book;
    size_t with_more = 0;
    for (size_t i = 0; i < compare->count; i++)
        if (compare->groups[i].name.size == 0 && rows[compare->by].nameless) {
            totals_note(totals, rows[compare->by].nameless, NOTE_NO_VALUES);
            break;
        }
    for (size_t i = 0; compare->by == COMPARE_BY_NICHE && i < book->row_count; i++)
        with_more += book->rows[i].has_more_niches;
    if (with_more)
        totals_note(totals, "Creators with several niches count in the first of theirs only.",
                    NOTE_NO_VALUES);
}

static void note_channels(struct compare *compare)
{
    char text[CELL_DECIMAL_MAX];
    struct buffer out;
    if (compare->by != COMPARE_BY_CHANNEL)
        return;
    totals_note(&compare->figures.totals,
                "Impressions and costs are not known by channel: a post "
                "and a fee belong to a creator.",
                NOTE_NO_VALUES);
    if (compare->without_channel_micro == 0)
        return;
    buffer_over(&out, text, sizeof text);
    money_format_short(&out, compare->without_channel_micro, 6);
    totals_note(&compare->figures.totals,
                "Conversions credited by promo code alone, so to no channel: %.",
                NOTE_VALUES(note_number(buffer_slice(&out))));
}

/* Which ranges a group has been held against. */
static void find_used(const struct compare *compare, bool used[REFERENCE_RANGES_MAX])
{
    for (size_t i = 0; i < compare->count; i++) {
        const struct compare_group *group = &compare->groups[i];
        struct metrics metrics;
        metrics_of(&metrics, &group->sums.figures);
        reference_use(used, &compare->reference, &metrics, group->tier);
    }
}

static void note_range(struct totals *totals, const struct reference_range *range)
{
    static const char *const names[REFERENCE_METRICS] = {
        [REFERENCE_CTR] = "click-through rate",
        [REFERENCE_CONVERSION_RATE] = "conversion rate",
        [REFERENCE_ENGAGEMENT_RATE] = "engagement rate",
    };
    char texts[2][PERCENT_MAX];
    struct note_value metric = note_term(names[range->metric]), source = note_name(range->source);
    struct note_value low = percent(texts[0], range->low, 2),
                      high = percent(texts[1], range->high, 2);
    if (range->tier.size)
        totals_note(totals, "Usual % of %: % to % (source: %).",
                    NOTE_VALUES(metric, note_name(range->tier), low, high, source));
    else
        totals_note(totals, "Usual %: % to % (source: %).", NOTE_VALUES(metric, low, high, source));
}

static void note_references(struct compare *compare)
{
    bool used[REFERENCE_RANGES_MAX] = {false};
    find_used(compare, used);
    for (size_t i = 0; i < compare->reference.count; i++)
        if (used[i])
            note_range(&compare->figures.totals, &compare->reference.ranges[i]);
}

int compare_note(struct compare *compare)
{
    struct totals *totals = &compare->figures.totals;
    size_t before = totals->note_count;
    int err = note_rate(compare, true);
    if (err == JALON_OK)
        err = note_rate(compare, false);
    if (err == JALON_OK)
        err = compare_note_costs(compare);
    if (err)
        return err;
    if (totals->note_count > before && compare->by != COMPARE_BY_CREATOR)
        totals_note(totals,
                    "These statements take all clicks of a group together: they are about its "
                    "creators as they are, not about others like them.",
                    NOTE_NO_VALUES);
    note_rows(compare);
    note_channels(compare);
    note_references(compare);
    return JALON_OK;
}
