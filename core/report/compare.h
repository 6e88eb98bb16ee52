/* compare.h - groups side by side: what they are made by, their figures, and what is said of them. */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H
#include "core/ledger/reference.h"
#include "core/report/creator_figures.h"

/* What groups are made by. */
#define COMPARE_BY(X)                                                                              \
    X(TIER, "tier")                                                                                \
    X(CREATOR, "creator")                                                                          \
    X(NICHE, "niche")                                                                              \
    X(CHANNEL, "channel")                                                                          \
    X(KIND, "kind")                                                                                \
    X(LEVER, "lever")

enum compare_by {
#define COMPARE_BY_NAME(name, text) COMPARE_BY_##name,
    COMPARE_BY(COMPARE_BY_NAME)
#undef COMPARE_BY_NAME
};

/* "tier", …; empty: tier. */
bool compare_by_parse(enum compare_by *ret_by, struct slice text);
const char *compare_by_name(enum compare_by by);

struct compare_group {
    struct slice name; /* empty: it is not known what its creators or links are */
    struct slice tier; /* of all its creators; empty: not known, or several */
    size_t currency;   /* in the totals */
    size_t creators;
    struct sums sums;
};

struct compare { /* zeroed: empty */
    const struct scope *scope;
    enum compare_by by;
    struct reference reference;
    struct creator_figures figures; /* by channel: all but its book */
    struct name_index names;        /* pairs of currency and name → group */
    struct name_index members;      /* pairs of group and creator */
    struct compare_group *groups;
    size_t count, capacity;
    int64_t without_channel_micro; /* conversions credited by a code alone */
};

/* The group of that name with the currency of a campaign, made when it is new. */
CHECKED int compare_find_group(struct compare *compare, struct slice name, size_t campaign,
                               size_t *ret_group);
/* Counts a creator of a group, once. */
CHECKED int compare_join(struct compare *compare, size_t group, struct slice creator);

/* Makes the groups; by channel it is the second that does. */
CHECKED int compare_gather_creators(struct compare *compare);
CHECKED int compare_gather_channels(struct compare *compare);
void compare_done(struct compare *compare);

/* The range that a group's metric is held against; NULL when there is none. */
const struct reference_range *compare_range(const struct compare *compare,
                                            const struct compare_group *group,
                                            enum reference_metric metric);

#define COMPARE_GROUPS_MAX 8 /* groups that are compared: 28 pairs */
#define COMPARE_PAIRS_MAX (COMPARE_GROUPS_MAX * (COMPARE_GROUPS_MAX - 1) / 2)
#define COMPARE_TOLD_MAX 4 /* of more groups only the pairs of the best are told */
#define COMPARE_POWER 0.8
#define COMPARE_LABEL_MAX 96

/* A group's name in sentences, and as a value of one: groups of kinds and levers have names of ours. */
void compare_label(const struct compare *compare, const struct compare_group *group,
                   char ret_label[COMPARE_LABEL_MAX]);
struct note_value compare_label_value(enum compare_by by, const char *label);
/* Of `count` items the COMPARE_GROUPS_MAX with the most, the best first. Returns how many; puts `all` in order. */
typedef int item_order(const void *a, const void *b);
size_t compare_choose(void *ret_chosen, void *all, size_t count, size_t item_bytes,
                      item_order *by_most, item_order *by_best);
/* What is still missing of `needed`, with two digits, rounded up; 0 where that is out of reach. */
int64_t compare_missing(double needed, int64_t there);
/* That two groups cannot be told apart by `rate`, and how many more of `trials` it would take. */
void compare_note_unsupported(struct totals *totals, const struct note_value names[2],
                              const char *rate, const char *trials, const int64_t more[2]);
/* That it did not choose all. */
void compare_note_left_out(struct totals *totals, const char *rate, const char *trials);
/* Which differences in cost per result the data supports. */
CHECKED int compare_note_costs(struct compare *compare);

/* Notes: what a row is, which differences the data supports, where the reference ranges are from. */
CHECKED int compare_note(struct compare *compare);
#endif
