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

struct rate rate_of_part(int64_t part, int64_t whole)
{
    return rate_of(part * SHARE_WHOLE, whole);
}

void metrics_of(struct metrics *ret_metrics, const struct figures *figures)
{
    struct metrics metrics = {0};
    metrics.has_impressions = figures->posts > figures->posts_without_impressions;
    bool is_seen_whole = metrics.has_impressions && figures->posts_without_impressions == 0;
    if (is_seen_whole)
        metrics.ctr = rate_of(figures->clicks * SHARE_WHOLE, figures->impressions);
    metrics.conversion_rate = rate_of(figures->click_goals_micro, figures->clicks);
    metrics.roas = ratio_of((double)figures->revenue_minor, (double)figures->cost_minor);

    bool is_reacted_whole = figures->posts_without_reactions == 0;
    if (is_seen_whole && is_reacted_whole)
        metrics.engagement_rate =
            ratio_of((double)figures->reactions, (double)figures->impressions);
    if (is_reacted_whole && figures->posts_without_comments == 0)
        metrics.comment_ratio = ratio_of((double)figures->comments, (double)figures->reactions);
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
