/* report.h - a report is rows that flow into a sink: it knows no format, and a format knows no report. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H
#include "core/base/problem.h"

struct store;
struct evidence_words; /* core/ledger/evidence_line.h */
struct column;         /* sink.h */
struct report_sink;    /* sink.h */

struct report_query {
    struct slice name; /* "creators", "links", … */
    const struct slice *campaigns;
    size_t campaign_count;
    struct slice brand;    /* where no campaign is named: whose campaigns; empty: everyone's */
    struct slice creator;  /* empty: all */
    struct slice from, to; /* dates, both included; empty: open, to the end of today */
    struct slice sort;     /* field name, empty: the report's own order */
    struct slice step;     /* "hour", "day", "week"; empty: day */
    struct slice by;       /* "tier", "creator", …: what groups are made by; empty: tier */
    const char *reference; /* file of reference ranges; NULL or empty: the built-in list */
    bool wants_usual;      /* to show those ranges beside creators' figures */
    const struct evidence_words *words; /* of evidence lines; NULL: English */
    bool is_for_creator; /* what `creator` may see: no other is named, none suspected */
    int64_t now_ms;
};

/* Reads the figures and sends the report to `sink`. On failure nothing, or a part, went to the sink, and
 * *problem says why. */
CHECKED int report_run(struct store *store, const struct report_query *query,
                       struct report_sink *sink, struct problem *problem);

/* Its index, or one past the last. */
size_t report_find(struct slice name);
/* Name and one-line description of report `index`; NULL past the last. */
const char *report_name(size_t index);
const char *report_summary(size_t index);
/* The fields that its rows may have, in order, those of several campaigns included; static. */
const struct column *report_columns(size_t index, size_t *ret_count);
/* Whether it is about all campaigns when none is named; whether its rows are steps of time, which `step`
 * sets, or groups, which `by` does; whether that is one. */
bool report_takes_all(size_t index);
bool report_has_steps(size_t index);
bool report_is_step(struct slice step);
bool report_has_groups(size_t index);
bool report_is_grouping(struct slice by);
#define REPORT_GROUPINGS "tier, creator, niche, channel, kind or lever"
#endif
