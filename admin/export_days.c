#include "admin/export_days.h"
#include "core/base/array.h"
#include "core/registry/thing.h"

#include <stdlib.h>

struct export_zone {
    char campaign[65];
    struct zone *zone;
};

static int read_zone(struct export_days *days, struct registry *registry, struct slice slug,
                     struct problem *problem)
{
    int err =
        array_reserve((void **)&days->zones, &days->capacity, days->count + 1, sizeof *days->zones);
    if (err)
        return err;
    struct export_zone *zone = &days->zones[days->count];
    json_t *campaign;
    err = slice_to_string(zone->campaign, sizeof zone->campaign, slug);
    if (err == JALON_OK)
        err = campaign_show(registry, slug, &campaign, problem);
    if (err)
        return err;
    err = zone_open(&zone->zone, thing_text(campaign, "timezone"));
    json_decref(campaign);
    days->count += err == JALON_OK;
    return err;
}

int export_days_zone(struct export_days *days, struct registry *registry, struct slice campaign,
                     const struct zone **ret_zone, struct problem *problem)
{
    size_t at = 0;
    while (at < days->count && !slice_is(campaign, days->zones[at].campaign))
        at++;
    int err = at == days->count ? read_zone(days, registry, campaign, problem) : JALON_OK;
    if (err == JALON_OK)
        *ret_zone = days->zones[at].zone;
    return err;
}

void export_day_format(char ret_text[DATE_TEXT_MAX], const struct zone *zone, int64_t ms)
{
    date_format(ret_text, zone_day_of(zone, ms));
}

void export_days_done(struct export_days *days)
{
    for (size_t i = 0; i < days->count; i++)
        zone_free(days->zones[i].zone);
    free(days->zones);
    *days = (struct export_days){0};
}
