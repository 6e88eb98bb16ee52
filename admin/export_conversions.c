#include "admin/export.h"
#include "admin/handlers.h"
#include "core/registry/arena.h"
#include "core/registry/thing.h"

#include <stdlib.h>

#define TEXT_MAX 4096

static const struct export_column columns[] = {
    {"campaign", EXPORT_TEXT}, {"order_id", EXPORT_TEXT}, {"type", EXPORT_TEXT},
    {"amount", EXPORT_TEXT},   {"currency", EXPORT_TEXT}, {"occurred_at", EXPORT_TEXT},
    {"status", EXPORT_TEXT},   {"click_id", EXPORT_LIST}, {"code", EXPORT_TEXT},
    {"creator", EXPORT_TEXT},  {"evidence", EXPORT_TEXT}, {"share", EXPORT_NUMBER},
};
#define COLUMN_COUNT (sizeof columns / sizeof *columns)
#define CREDIT_COLUMNS 3 /* the last ones */

struct conversions {
    struct export *export;
    struct arena slugs;
    struct slice campaigns[4096];
    size_t count;
};

static void append_list(struct buffer *out, const json_t *list)
{
    if (json_is_string(list))
        buffer_append(out, thing_slice(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        buffer_append_string(out, i ? " " : "");
        buffer_append(out, thing_slice(json_array_get(list, i)));
    }
}

static int export_credit(struct export *export, struct slice *values, const json_t *credit)
{
    struct slice *at = values + COLUMN_COUNT - CREDIT_COLUMNS;
    at[0] = thing_text(credit, "creator");
    at[1] = thing_text(credit, "evidence");
    const json_t *share = json_object_get(credit, "share");
    char *text = share ? json_dumps(share, THING_DUMP_FLAGS | JSON_ENCODE_ANY) : NULL;
    at[2] = slice_of_string(text);
    int err = export_row(export, values);
    free(text);
    return err;
}

static int export_conversion(void *context, const json_t *conversion)
{
    struct export *export = ((struct conversions *)context)->export;
    char memory[TEXT_MAX];
    struct buffer clicks;
    buffer_over(&clicks, memory, sizeof memory);
    struct slice values[COLUMN_COUNT];
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        values[i] = thing_text(conversion, columns[i].name);
        if (columns[i].kind != EXPORT_LIST)
            continue;
        append_list(&clicks, json_object_get(conversion, columns[i].name));
        values[i] = buffer_slice(&clicks);
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
        struct list_filter filter = {
            .campaign = conversions->campaigns[i],
            .from = options_slice(session->options, "from"),
            .to = options_slice(session->options, "to"),
        };
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
    arena_done(&conversions->slugs);
    free(conversions);
    return err;
}
