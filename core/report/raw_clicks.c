/* Counters and raw clicks are written in one step, but can't be read in one: the counters are read before the
 * walk, and where they differ from what it found once more behind it. What was met must lie between the two, for each
 * link and class. */
#include "core/report/raw_clicks.h"
#include "core/report/clicks.h"
#include "core/store/click_walk.h"

#include <stdlib.h>

#define DAY_MS INT64_C(86400000)
#define CLOCK_SLACK_DAYS 2 /* clocks that were wrong when a click came */

#define CLASSES (CLICK_CLASS_MAX + 1)

struct raw_link { /* clicks by class */
    const struct link_row *row;
    int64_t before[CLASSES], met[CLASSES], after[CLASSES];
    struct credited_click *credited; /* by time */
    size_t credited_count;
};

struct raw_clicks {
    const struct scope *scope;
    const struct link_set *links;
    struct credited_clicks *credited;
    const struct raw_click_visitor *visitor;
    struct raw_link *raw; /* as the set's; those that are not wanted have no row */
    struct click_source *sources;
    size_t source_count;
    int32_t first_day, last_day; /* of the ranges */
};

static int choose_links(struct raw_clicks *clicks)
{
    clicks->raw = calloc(clicks->links->count + 1, sizeof *clicks->raw);
    clicks->sources = calloc(clicks->links->count + 1, sizeof *clicks->sources);
    if (!clicks->raw || !clicks->sources)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < clicks->links->count; i++) {
        const struct link_row *row = &clicks->links->links[i];
        struct raw_link *link = &clicks->raw[i];
        if (!scope_has_creator(clicks->scope, row->creator))
            continue;
        link->row = row;
        link->credited = credited_clicks_of_link(clicks->credited, row->id, &link->credited_count);
        clicks->sources[clicks->source_count] = (struct click_source){
            .link_id = row->id,
            .row = clicks->source_count,
            .cuts = {clicks->scope->campaigns[row->campaign].range_ms, 2},
        };
        clicks->source_count++;
    }
    return JALON_OK;
}

static int read_counters(struct raw_clicks *clicks, bool is_after)
{
    size_t source = 0;
    for (size_t i = 0; i < clicks->links->count; i++) {
        struct raw_link *link = &clicks->raw[i];
        int64_t *counts = is_after ? link->after : link->before;
        if (!link->row)
            continue;
        clicks->sources[source].humans = &counts[CLICK_HUMAN];
        clicks->sources[source++].invalid = counts;
    }
    return clicks_sum(clicks->scope->store, clicks->sources, clicks->source_count, NULL);
}

static int32_t day_of(int64_t ms)
{
    return ms < 0 ? 0 : (int32_t)(ms / DAY_MS);
}

/* A campaign has no clicks that are older than itself, and none of the future. */
static void find_days(struct raw_clicks *clicks)
{
    const struct scope *scope = clicks->scope;
    int32_t end = day_of(scope->query->now_ms) + CLOCK_SLACK_DAYS;
    clicks->first_day = end;
    for (size_t i = 0; i < scope->campaign_count; i++) {
        const struct scope_campaign *campaign = &scope->campaigns[i];
        int32_t first = day_of(campaign->view.created_ms - CLOCK_SLACK_DAYS * DAY_MS);
        int32_t from = day_of(campaign->range_ms[0]), last = day_of(campaign->range_ms[1] - 1);
        if (first < from)
            first = from;
        if (first < clicks->first_day)
            clicks->first_day = first;
        if (last > clicks->last_day)
            clicks->last_day = last;
    }
    if (clicks->last_day > end)
        clicks->last_day = end;
}

static bool wants_day(void *context, unsigned partition, int32_t day)
{
    const struct raw_clicks *clicks = context;
    return (day >= clicks->first_day && day <= clicks->last_day) ||
           credited_clicks_has_day(clicks->credited, partition, day);
}

/* The campaign's range, and what conversions in it are credited on: clicks before it, or just behind it. */
static int select_link(void *context, uint64_t link_id, struct click_span *ret_span)
{
    struct raw_clicks *clicks = context;
    const struct link_row *row = link_set_find(clicks->links, link_id);
    struct raw_link *link = row ? &clicks->raw[row - clicks->links->links] : NULL;
    if (!link || !link->row)
        return JALON_OK; /* of another campaign or creator */
    const int64_t *range_ms = clicks->scope->campaigns[row->campaign].range_ms;
    struct click_span span = {.from_ms = range_ms[0], .to_ms = range_ms[1], .link = link};
    if (link->credited_count) {
        int64_t first_ms = link->credited[0].at_ms;
        int64_t last_ms = link->credited[link->credited_count - 1].at_ms;
        span.from_ms = first_ms < span.from_ms ? first_ms : span.from_ms;
        span.to_ms = last_ms >= span.to_ms ? last_ms + 1 : span.to_ms;
    }
    *ret_span = span;
    return JALON_OK;
}

static int credit_click(struct raw_clicks *clicks, struct raw_link *link,
                        const struct click_record *click)
{
    size_t low = 0, high = link->credited_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (link->credited[middle].at_ms < click->at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    int err = JALON_OK;
    for (; !err && low < link->credited_count && link->credited[low].at_ms == click->at_ms; low++) {
        struct credited_click *credited = &link->credited[low];
        if (credited->nonce != click->nonce || credited->is_found)
            continue;
        credited->is_found = true;
        err = clicks->visitor->credit(clicks->visitor->context, click, credited);
    }
    return err;
}

static int visit_click(void *context, void *of_link, const struct click_record *click)
{
    struct raw_clicks *clicks = context;
    struct raw_link *link = of_link;
    size_t campaign = link->row->campaign;
    const int64_t *range_ms = clicks->scope->campaigns[campaign].range_ms;
    int err = JALON_OK;
    if (click->at_ms >= range_ms[0] && click->at_ms < range_ms[1]) {
        link->met[click->class]++;
        err = clicks->visitor->count(clicks->visitor->context, campaign, click);
    }
    return err ? err : credit_click(clicks, link, click);
}

static int walk_clicks(struct raw_clicks *clicks)
{
    struct click_walk walk = {
        .first_day = clicks->first_day,
        .last_day = clicks->last_day,
        .wants_day = wants_day,
        .select = select_link,
        .visit = visit_click,
        .context = clicks,
    };
    for (size_t i = 0; i < clicks->credited->day_count; i++) {
        int32_t day = clicks->credited->days[i].day;
        walk.first_day = day < walk.first_day ? day : walk.first_day;
        walk.last_day = day > walk.last_day ? day : walk.last_day;
    }
    return click_walk_run(&walk, clicks->scope->store, clicks->scope->problem);
}

static bool is_as_counted_before(const struct raw_clicks *clicks)
{
    bool is_same = true;
    for (size_t i = 0; i < clicks->links->count; i++)
        is_same = is_same &&
                  memcmp(clicks->raw[i].met, clicks->raw[i].before, sizeof clicks->raw[i].met) == 0;
    return is_same;
}

static struct raw_click_check compare(const struct raw_clicks *clicks)
{
    struct raw_click_check check = {.is_complete = true};
    for (size_t i = 0; i < clicks->links->count; i++) {
        const struct raw_link *link = &clicks->raw[i];
        for (size_t class = 0; class < CLASSES; class ++) {
            check.counted += link->after[class];
            check.kept += link->met[class];
            check.is_complete = check.is_complete && link->met[class] >= link->before[class] &&
                                link->met[class] <= link->after[class];
        }
    }
    return check;
}

static int check_against_counters(struct raw_clicks *clicks, struct raw_click_check *ret_check)
{
    *ret_check = (struct raw_click_check){.is_complete = true};
    if (is_as_counted_before(clicks))
        return JALON_OK;
    int err = read_counters(clicks, true);
    if (err == JALON_OK)
        *ret_check = compare(clicks);
    return err;
}

int raw_clicks_each(const struct scope *scope, const struct link_set *links,
                    struct credited_clicks *credited, const struct raw_click_visitor *visitor,
                    struct raw_click_check *ret_check)
{
    struct raw_clicks clicks = {
        .scope = scope, .links = links, .credited = credited, .visitor = visitor};
    int err = choose_links(&clicks);
    if (err == JALON_OK)
        err = read_counters(&clicks, false);
    find_days(&clicks);
    if (err == JALON_OK)
        err = walk_clicks(&clicks);
    if (err == JALON_OK)
        err = check_against_counters(&clicks, ret_check);
    free(clicks.raw);
    free(clicks.sources);
    return err;
}
