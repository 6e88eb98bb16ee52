#include "admin/export.h"
#include "admin/export_days.h"
#include "admin/handlers.h"
#include "core/registry/arena.h"
#include "core/registry/thing.h"

#include <stdlib.h>

#define TEXT_MAX 4096

enum conversion_column {
    CAMPAIGN,
    ORDER_ID,
    TYPE,
    AMOUNT,
    CURRENCY,
    OCCURRED_AT,
    STATUS,
    CLICK_ID,
    CODE,
    CREATOR,
    EVIDENCE,
    SHARE,
    DAY,
    FLAGS,
    REVENUE,
    CREDITED_CLICK,
    COLUMN_COUNT
};

static const struct export_column columns[COLUMN_COUNT] = {
    [CAMPAIGN] = {"campaign", EXPORT_TEXT, false},
    [ORDER_ID] = {"order_id", EXPORT_TEXT, false},
    [TYPE] = {"type", EXPORT_TEXT, false},
    [AMOUNT] = {"amount", EXPORT_TEXT, false},
    [CURRENCY] = {"currency", EXPORT_TEXT, false},
    [OCCURRED_AT] = {"occurred_at", EXPORT_TEXT, false},
    [STATUS] = {"status", EXPORT_TEXT, false},
    [CLICK_ID] = {"click_id", EXPORT_LIST, false},
    [CODE] = {"code", EXPORT_TEXT, false},
    [CREATOR] = {"creator", EXPORT_TEXT, false},
    [EVIDENCE] = {"evidence", EXPORT_TEXT, false},
    [SHARE] = {"share", EXPORT_NUMBER, false},
    [DAY] = {"day", EXPORT_TEXT, true},
    [FLAGS] = {"flags", EXPORT_LIST, true},
    [REVENUE] = {"revenue", EXPORT_TEXT, true},
    [CREDITED_CLICK] = {"credited_click", EXPORT_TEXT, true},
};

struct conversions {
    struct export *export;
    struct arena slugs;
    struct slice campaigns[4096];
    size_t count;
    struct export_days days;
    const struct zone *zone; /* of the campaign under way; with --wide */
};

static struct slice list_text(char memory[TEXT_MAX], const json_t *list)
{
    struct buffer out;
    buffer_over(&out, memory, TEXT_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        buffer_append_string(&out, i ? " " : "");
        buffer_append(&out, thing_slice(json_array_get(list, i)));
    }
    return buffer_slice(&out);
}

static int export_credit(struct export *export, struct slice *values, const json_t *credit)
{
    values[CREATOR] = thing_text(credit, "creator");
    values[EVIDENCE] = thing_text(credit, "evidence");
    values[REVENUE] = thing_text(credit, "revenue");
    values[CREDITED_CLICK] = thing_text(credit, "click_id");
    const json_t *share = json_object_get(credit, "share");
    char *text = share ? json_dumps(share, THING_DUMP_FLAGS | JSON_ENCODE_ANY) : NULL;
    values[SHARE] = slice_of_string(text);
    int err = export_row(export, values);
    free(text);
    return err;
}

static int export_conversion(void *context, const json_t *conversion)
{
    const struct conversions *conversions = context;
    struct export *export = conversions->export;
    char memory[2][TEXT_MAX], day[DATE_TEXT_MAX];
    struct slice values[COLUMN_COUNT];
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        values[i] = thing_text(conversion, columns[i].name);
    values[CLICK_ID] = list_text(memory[0], json_object_get(conversion, "click_id"));
    values[FLAGS] = list_text(memory[1], json_object_get(conversion, "flags"));
    if (conversions->zone) {
        export_day_format(day, conversions->zone, thing_moment(conversion, "occurred_at", 0));
        values[DAY] = slice_of_string(day);
    }
    const json_t *credits = json_object_get(conversion, "credits");
    if (json_array_size(credits) == 0)
        return export_row(export, values);
    int err = JALON_OK;
    for (size_t i = 0; !err && i < json_array_size(credits); i++)
        err = export_credit(export, values, json_array_get(credits, i));
    return err;
}

static int keep_slug(void *context, const json_t *campaign)
{
    struct conversions *conversions = context;
    if (conversions->count == sizeof conversions->campaigns / sizeof *conversions->campaigns)
        return JALON_FULL;
    struct slice slug = arena_copy(&conversions->slugs, thing_text(campaign, "campaign"));
    if (!slug.data)
        return JALON_NO_MEMORY;
    conversions->campaigns[conversions->count++] = slug;
    return JALON_OK;
}

static int export_campaigns(struct conversions *conversions)
{
    struct session *session = conversions->export->session;
    int err = export_each_campaign(conversions->export, keep_slug, conversions);
    for (size_t i = 0; !err && i < conversions->count; i++) {
        if (conversions->export->is_wide)
            err =
                export_days_zone(&conversions->days, &session->registry, conversions->campaigns[i],
                                 &conversions->zone, &session->problem);
        struct list_filter filter = {
            .campaign = conversions->campaigns[i],
            .from = options_slice(session->options, "from"),
            .to = options_slice(session->options, "to"),
        };
        if (!err)
            err = conversion_list(&session->registry, &filter, export_conversion, conversions,
                                  &session->problem);
        progress_at(&conversions->export->progress, i + 1, conversions->count);
    }
    return err;
}

int export_conversions(struct session *session)
{
    struct export export;
    struct conversions *conversions = calloc(1, sizeof *conversions);
    if (!conversions)
        return JALON_NO_MEMORY;
    conversions->export = &export;
    int err = export_start(&export, session, "conversions", columns, COLUMN_COUNT);
    if (!err)
        err = export_campaigns(conversions);
    if (!err)
        err = export_end(&export);
    export_done(&export);
    export_days_done(&conversions->days);
    arena_done(&conversions->slugs);
    free(conversions);
    return err;
}
