/* campaign_view.h - the fields of a stored campaign that a redirect, an attribution and a report need. */
#ifndef REGISTRY_CAMPAIGN_VIEW_H
#define REGISTRY_CAMPAIGN_VIEW_H
#include "core/ledger/attribution.h"
#include "core/traffic/url.h"

#define CAMPAIGN_HOSTS_MAX 16
#define CAMPAIGN_RULES_MAX 32 /* earlier ones that it remembers */

struct campaign_rule {
    enum attribution_rule attribution;
    int64_t window_ms;
    int64_t until_ms; /* replaced then; INT64_MAX: in force */
};

struct campaign_view { /* slices borrow from `text` */
    struct buffer text;
    struct slice slug, brand, target, fallback, kind, timezone, currency, goal, disclosure,
        click_param;
    struct query_pair utm[UTM_MAX]; /* percent-encoded, those that are set */
    size_t utm_count;
    struct slice allowed_hosts[CAMPAIGN_HOSTS_MAX]; /* the target's own host is among them */
    size_t allowed_host_count;
    enum attribution_rule attribution;
    int64_t window_ms, duplicate_window_ms;
    struct campaign_rule earlier_rules[CAMPAIGN_RULES_MAX]; /* the oldest first */
    size_t earlier_rule_count;
    int64_t created_ms;
    int64_t start_ms, end_ms; /* 0: open; end is exclusive */
    unsigned exponent;        /* of the currency */
};

/* From the JSON of a record of key_campaigns(). JALON_DAMAGED. Ended with campaign_view_done(). */
CHECKED int campaign_view_read(struct campaign_view *ret_view, struct slice json);
void campaign_view_done(struct campaign_view *view);
/* The rule by all that had been set before `before_ms`; at INT64_MAX: the one of now. */
struct campaign_rule campaign_view_rule(const struct campaign_view *view, int64_t before_ms);
bool campaign_view_allows_host(const struct campaign_view *view, struct slice host);
#endif
