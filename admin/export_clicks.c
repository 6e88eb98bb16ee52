/* export_clicks.c - every raw click, with the links of one partition in memory at a time. */
#include "admin/export.h"
#include "admin/export_days.h"
#include "admin/export_links.h"
#include "admin/export_signers.h"
#include "admin/handlers.h"
#include "core/base/encoding.h"
#include "core/ledger/moment.h"
#include "core/registry/thing.h"
#include "core/store/click_walk.h"
#include "core/store/store.h"
#include "core/traffic/agents.h"
#include "core/traffic/click_class.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
#define CLOCK_SLACK_DAYS 2 /* clocks that were wrong when a click came */
#define VISITOR_TEXT 16

enum click_column {
    CLICK_ID,
    CAMPAIGN,
    CREATOR,
    LINK,
    CHANNEL,
    AT,
    CLASS,
    REASON,
    COUNTRY,
    DEVICE,
    OS,
    APP,
    SOURCE,
    VISITOR,
    DAY,
    COLUMN_COUNT
};

static const struct export_column columns[COLUMN_COUNT] = {
    [CLICK_ID] = {"click_id", EXPORT_TEXT, false},
    [CAMPAIGN] = {"campaign", EXPORT_TEXT, false},
    [CREATOR] = {"creator", EXPORT_TEXT, false},
    [LINK] = {"link", EXPORT_TEXT, false},
    [CHANNEL] = {"channel", EXPORT_TEXT, false},
    [AT] = {"at", EXPORT_TEXT, false},
    [CLASS] = {"class", EXPORT_TEXT, false},
    [REASON] = {"reason", EXPORT_TEXT, false},
    [COUNTRY] = {"country", EXPORT_TEXT, false},
    [DEVICE] = {"device", EXPORT_TEXT, false},
    [OS] = {"os", EXPORT_TEXT, false},
    [APP] = {"app", EXPORT_TEXT, false},
    [SOURCE] = {"source", EXPORT_TEXT, false},
    [VISITOR] = {"visitor", EXPORT_TEXT, false},
    [DAY] = {"day", EXPORT_TEXT, true},
};

struct clicks {
    struct export export;
    struct export_links links;
    struct export_signers *signers;
    struct export_days days;
    date_day first, last;
};

static void set_visitor(char text[VISITOR_TEXT], uint64_t visitor)
{
    char bytes[sizeof visitor];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(visitor >> (8 * (sizeof bytes - 1 - i)));
    hex_encode(text, slice_of(bytes, sizeof bytes));
}

static int write_click(struct clicks *clicks, const struct click_record *click,
                       const struct exported_link *link)
{
    char click_id[JALON_CLICK_ID_SIZE], at[MOMENT_TEXT_MAX], visitor[VISITOR_TEXT];
    char day[DATE_TEXT_MAX] = "";
    int err = export_signers_mint(clicks->signers, link->campaign, click, click_id);
    if (err && err != JALON_NO_KEY)
        return err;
    moment_format(at, click->at_ms);
    set_visitor(visitor, click->visitor);
    if (link->zone)
        export_day_format(day, link->zone, click->at_ms);
    const struct slice values[COLUMN_COUNT] = {
        [CLICK_ID] = slice_of(click_id, err ? 0 : sizeof click_id),
        [CAMPAIGN] = link->campaign,
        [CREATOR] = link->creator,
        [LINK] = link->name,
        [CHANNEL] = link->channel,
        [AT] = slice_of_string(at),
        [CLASS] = slice_of_string(click_class_name(click->class)),
        [REASON] = slice_of_string(click_reason_name(click->reason)),
        [COUNTRY] = slice_of(click->country, click->country[0] ? sizeof click->country : 0),
        [DEVICE] = slice_of_string(device_name(click->device)),
        [OS] = slice_of_string(system_name(click->system)),
        [APP] = slice_of_string(app_name(click->app)),
        [SOURCE] = click->source,
        [VISITOR] = slice_of(visitor, click->visitor ? sizeof visitor : 0),
        [DAY] = slice_of_string(day),
    };
    return export_row(&clicks->export, values);
}

static int visit_click(void *context, void *link, const struct click_record *click)
{
    return write_click(context, click, link);
}

/* All of the range, or nothing where the link's campaign is not wanted. */
static int select_link(void *context, uint64_t link_id, struct click_span *ret_span)
{
    struct clicks *clicks = context;
    const struct export *export = &clicks->export;
    struct exported_link *link;
    int err = export_links_find(&clicks->links, link_id, &link);
    if (err)
        return err;
    if (!link) /* the store lost the link's record: the redo log brings it back */
        return problem_set(
            &export->session->problem, PROBLEM_INTERNAL,
            "there are clicks on link %016llx, but no such link: see \"jalon doctor\"",
            (unsigned long long)link_id);
    if (!export_wants_campaign(export, link->campaign))
        return JALON_OK;
    if (export->is_wide && !link->zone)
        err = export_days_zone(&clicks->days, &export->session->registry, link->campaign,
                               &link->zone, &export->session->problem);
    if (err == JALON_OK)
        *ret_span = (struct click_span){
            .from_ms = export->has_from ? export->from_ms : INT64_MIN,
            .to_ms = export->has_to ? export->to_ms : INT64_MAX,
            .link = link,
        };
    return err;
}

static int enter_partition(void *context, unsigned partition)
{
    struct clicks *clicks = context;
    return export_links_read(&clicks->links, partition);
}

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    struct clicks *clicks = context;
    progress_at(&clicks->export.progress, done, total);
}

static int find_first(void *context, const json_t *campaign)
{
    struct clicks *clicks = context;
    int64_t created_ms = thing_moment(campaign, "created_at", 0);
    date_day day = (date_day)(created_ms / DAY_MS) - CLOCK_SLACK_DAYS;
    if (day < clicks->first)
        clicks->first = day < 0 ? 0 : day;
    return JALON_OK;
}

/* The days that may have clicks: none is older than its campaign. */
static int find_days(struct clicks *clicks)
{
    const struct export *export = &clicks->export;
    date_day today = (date_day)(export->session->now_ms / DAY_MS);
    clicks->last =
        export->has_to ? (date_day)((export->to_ms - 1) / DAY_MS) : today + CLOCK_SLACK_DAYS;
    clicks->first = today;
    int err = export_each_campaign(&clicks->export, find_first, clicks);
    if (export->has_from && (date_day)(export->from_ms / DAY_MS) > clicks->first)
        clicks->first = (date_day)(export->from_ms / DAY_MS);
    if (clicks->last > today + CLOCK_SLACK_DAYS)
        clicks->last = today + CLOCK_SLACK_DAYS;
    return err;
}

static int export_all(struct clicks *clicks)
{
    int err = find_days(clicks);
    if (err)
        return err;
    const struct click_walk walk = {
        .first_day = clicks->first,
        .last_day = clicks->last,
        .enter = enter_partition,
        .select = select_link,
        .visit = visit_click,
        .progress = show_progress,
        .context = clicks,
    };
    err = click_walk_run(&walk, clicks->links.store, &clicks->export.session->problem);
    return err ? err : export_end(&clicks->export);
}

int export_clicks(struct session *session)
{
    struct clicks clicks = {.links = {.store = session->store}};
    int err = export_start(&clicks.export, session, "clicks", columns, COLUMN_COUNT);
    if (!err)
        err = export_signers_new(&clicks.signers, session->keys);
    if (!err)
        err = export_all(&clicks);
    export_signers_free(clicks.signers);
    export_days_done(&clicks.days);
    export_links_done(&clicks.links);
    export_done(&clicks.export);
    return err;
}
