/* metrics.h - the metrics of the contract: from the raw figures of a row (or of a sum of rows) to what is
 * derived from them, with what is unknown told apart from 0. Definitions for people: docs/metrics.md. */
#ifndef LEDGER_METRICS_H
#define LEDGER_METRICS_H
#include "core/base/error.h"
#include "core/ledger/interval.h"
#include "core/ledger/money.h"

#define UNKNOWN_COUNT (-1)

/* Additive figures: a total is their sum. */
struct figures {
    int64_t clicks, unique_clicks;
    int64_t impressions, reactions, comments; /* of posts that have the figure */
    int64_t posts;
    int64_t posts_without_impressions, posts_without_reactions, posts_without_comments;
    int64_t goals_micro;       /* goal conversions credited, in millionths */
    int64_t click_goals_micro; /* those of them credited on evidence with a click */
    wide revenue_minor, cost_minor;
};

void figures_add(struct figures *sum, const struct figures *more);

/* A post as it stands: each figure from its newest snapshot that has it, else UNKNOWN_COUNT. */
struct post_counts {
    int64_t impressions, reach, likes, comments, shares, saves;
};

/* Reactions are likes + comments + shares + saves, without those that the platform does not give. */
void figures_add_post(struct figures *sum, const struct post_counts *post);

struct ratio { /* a figure that may be unknown */
    bool is_known;
    double value;
};

struct rate { /* a ratio with its 95 % interval, each unknown on its own */
    struct ratio value, low, high;
};

/* A rate of fewer events than this is too thin to rank by: of 10 the exact 95 % limits are 4.8 and 18.4. */
#define THIN_EVENTS 10

/* The ratios of figures. Those of money (cost_per_click and the like) are decimals: see money_format_per();
 * they are unknown where their divisor is 0. */
struct metrics {
    bool has_impressions; /* those of some post are known */
    bool is_seen_whole;   /* and of each */
    struct rate ctr, conversion_rate;
    struct ratio roas, engagement_rate, comment_ratio;
    struct ratio clicks_per_mille; /* impressions, as the next */
    struct rate results_per_mille;
    /* Of these three, those that are known and rest on too few events. */
    bool is_ctr_thin, is_conversion_rate_thin, is_cost_per_result_thin;
};

void metrics_of(struct metrics *ret_metrics, const struct figures *figures);

/* The exact limits of a count in millionths; false where it is not whole. */
bool count_limits(struct interval *ret_limits, int64_t count_micro);

/* A share of a whole; unknown where the whole is 0. */
struct rate rate_of_part(int64_t part, int64_t whole);

/* nano < 5 000 <= micro <= 100 000 < macro; NULL for UNKNOWN_COUNT. */
const char *creator_tier(int64_t followers);
#endif
