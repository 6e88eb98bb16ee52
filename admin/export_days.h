/* export_days.h - the day of a moment by the clocks of its campaign. */
#ifndef ADMIN_EXPORT_DAYS_H
#define ADMIN_EXPORT_DAYS_H
#include "core/ledger/zone.h"
#include "core/registry/registry.h"

struct export_zone; /* fields live in export_days.c */

struct export_days { /* zeroed at first */
    struct export_zone *zones;
    size_t count, capacity;
};

/* The campaign's zone, which lives as long as `days`: read at the first time it is asked for. */
CHECKED int export_days_zone(struct export_days *days, struct registry *registry,
                             struct slice campaign, const struct zone **ret_zone,
                             struct problem *problem);
void export_day_format(char ret_text[DATE_TEXT_MAX], const struct zone *zone, int64_t ms);
void export_days_done(struct export_days *days);
#endif
