#include "core/ledger/metrics.h"
#include "core/ledger/attribution.h"

#include <stddef.h>

void figures_add(struct figures *sum, const struct figures *more)
{
    sum->clicks += more->clicks;
    sum->unique_clicks += more->unique_clicks;
    sum->impressions += more->impressions;
    sum->reactions += more->reactions;
    sum->comments += more->comments;
    sum->posts += more->posts;
    sum->posts_without_impressions += more->posts_without_impressions;
    sum->posts_without_reactions += more->posts_without_reactions;
    sum->posts_without_comments += more->posts_without_comments;
    sum->goals_micro += more->goals_micro;
    sum->click_goals_micro += more->click_goals_micro;
    sum->revenue_minor += more->revenue_minor;
    sum->cost_minor += more->cost_minor;
}

/* Adds a figure of a post, or counts the post among those that lack it. */
static void add_figure(int64_t *sum, int64_t *lacking, int64_t figure)
{
    if (figure == UNKNOWN_COUNT)
        ++*lacking;
    else
        *sum += figure;
}

static int64_t reactions_of(const struct post_counts *post)
{
    const int64_t parts[] = {post->likes, post->comments, post->shares, post->saves};
    int64_t sum = UNKNOWN_COUNT;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i] == UNKNOWN_COUNT)
            continue;
        sum = sum == UNKNOWN_COUNT ? parts[i] : sum + parts[i];
    }
    return sum;
}

void figures_add_post(struct figures *sum, const struct post_counts *post)
{
    sum->posts++;
    add_figure(&sum->impressions, &sum->posts_without_impressions, post->impressions);
    add_figure(&sum->reactions, &sum->posts_without_reactions, reactions_of(post));
    add_figure(&sum->comments, &sum->posts_without_comments, post->comments);
}

static struct ratio ratio_of(double numerator, double denominator)
{
    if (denominator <= 0)
        return (struct ratio){.is_known = false};
    return (struct ratio){.is_known = true, .value = numerator / denominator};
}

static struct rate rate_of(int64_t successes_micro, int64_t trials)
{
    struct rate rate = {.value = ratio_of((double)successes_micro / SHARE_WHOLE, (double)trials)};
    struct interval interval;
    bool is_whole = successes_micro % SHARE_WHOLE == 0;
    if (!is_whole || !interval_wilson(&interval, successes_micro / SHARE_WHOLE, trials))
        return rate;
    rate.low = (struct ratio){.is_known = true, .value = interval.low};
    rate.high = (struct ratio){.is_known = true, .value = interval.high};
    return rate;
}

bool count_limits(struct interval *ret_limits, int64_t count_micro)
{
    if (count_micro % SHARE_WHOLE)
        return false;
    *ret_limits = interval_poisson(count_micro / SHARE_WHOLE);
    return true;
}

#define MILLE 1000.0

/* Of an exact count of impressions. */
static struct rate per_mille(int64_t count_micro, int64_t impressions)
{
    double milles = (double)impressions / MILLE;
    struct rate rate = {.value = ratio_of((double)count_micro / SHARE_WHOLE, milles)};
    struct interval limits;
    if (!rate.value.is_known || !count_limits(&limits, count_micro))
        return rate;
    rate.low = ratio_of(limits.low, milles);
    rate.high = ratio_of(limits.high, milles);
    return rate;
}

/* What there is no rate of is not thin: a campaign without clicks has none to rank. */
static void tell_thin(struct metrics *metrics, const struct figures *figures)
{
    const int64_t enough_micro = THIN_EVENTS * SHARE_WHOLE;
    metrics->is_ctr_thin = metrics->ctr.value.is_known && figures->clicks < THIN_EVENTS;
    metrics->is_conversion_rate_thin =
        metrics->conversion_rate.value.is_known && figures->click_goals_micro < enough_micro;
    metrics->is_cost_per_result_thin =
        figures->cost_minor > 0 && figures->goals_micro < enough_micro;
}

struct rate rate_of_part(int64_t part, int64_t whole)
{
    return rate_of(part * SHARE_WHOLE, whole);
}

void metrics_of(struct metrics *ret_metrics, const struct figures *figures)
{
    struct metrics metrics = {0};
    metrics.has_impressions = figures->posts > figures->posts_without_impressions;
    metrics.is_seen_whole = metrics.has_impressions && figures->posts_without_impressions == 0;
    if (metrics.is_seen_whole) {
        metrics.ctr = rate_of(figures->clicks * SHARE_WHOLE, figures->impressions);
        metrics.clicks_per_mille =
            ratio_of((double)figures->clicks * MILLE, (double)figures->impressions);
        metrics.results_per_mille = per_mille(figures->goals_micro, figures->impressions);
    }
    metrics.conversion_rate = rate_of(figures->click_goals_micro, figures->clicks);
    metrics.roas = ratio_of((double)figures->revenue_minor, (double)figures->cost_minor);

    bool is_reacted_whole = figures->posts_without_reactions == 0;
    if (metrics.is_seen_whole && is_reacted_whole)
        metrics.engagement_rate =
            ratio_of((double)figures->reactions, (double)figures->impressions);
    if (is_reacted_whole && figures->posts_without_comments == 0)
        metrics.comment_ratio = ratio_of((double)figures->comments, (double)figures->reactions);
    tell_thin(&metrics, figures);
    *ret_metrics = metrics;
}

const char *creator_tier(int64_t followers)
{
    if (followers == UNKNOWN_COUNT)
        return NULL;
    if (followers < 5000)
        return "nano";
    return followers <= 100000 ? "micro" : "macro";
}
