/* scope.h - what a report is about: its campaigns, each with the range of days in its own zone. */
#ifndef REPORT_SCOPE_H
#define REPORT_SCOPE_H
#include "core/ledger/zone.h"
#include "core/registry/campaign_view.h"
#include "core/report/report.h"

#define SCOPE_CAMPAIGNS_MAX 256

struct reference; /* core/ledger/reference.h */

struct scope_campaign {
    struct campaign_view view;
    struct zone *zone;
    date_day from_day, to_day; /* to_day is the first day after */
    int64_t range_ms[2];       /* range_ms[0] <= t < range_ms[1] */
};

struct scope {
    struct store *store;
    const struct report_query *query;
    struct problem *problem;
    struct scope_campaign *campaigns; /* each once, in the order asked for, or A to Z */
    size_t campaign_count;
    size_t campaign_capacity;
    /* Of each campaign. */
    struct slice slugs[SCOPE_CAMPAIGNS_MAX], brands[SCOPE_CAMPAIGNS_MAX],
        disclosures[SCOPE_CAMPAIGNS_MAX];
    char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX]; /* "": open, or not the same for all */
};

/* Reads the campaigns and works out their ranges; *scope is in place. `takes_all`: a query that names no
 * campaign is about all of them. On failure *problem says which field is wrong, and there is nothing to end. */
CHECKED int scope_open(struct scope *scope, struct store *store, const struct report_query *query,
                       bool takes_all, struct problem *problem);
void scope_done(struct scope *scope);

/* Of all campaigns, or empty where they differ. */
struct slice scope_timezone(const struct scope *scope);
struct slice scope_currency(const struct scope *scope);

/* The query's reference ranges. On failure the problem says what is wrong with the file. */
CHECKED int scope_open_reference(const struct scope *scope, struct reference *ret_reference);

/* Whether rows of this creator are wanted. */
bool scope_has_creator(const struct scope *scope, struct slice creator);
#endif
