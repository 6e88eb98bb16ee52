/* zone.h - IANA time zones, read from the system's TZif files (RFC 9636): days of a campaign are days in
 * its own zone. */
#ifndef LEDGER_ZONE_H
#define LEDGER_ZONE_H
#include "core/ledger/moment.h"

struct zone; /* read-only once open: shared by threads */

#define ZONE_NAME_MAX 64

/* "Europe/Paris"; "UTC" is known without a file. Looks below $TZDIR, else /usr/share/zoneinfo.
 * JALON_NOT_FOUND: no such zone, or a name that is no zone's ("..", absolute, longer than ZONE_NAME_MAX);
 * JALON_DAMAGED; JALON_UNSUPPORTED: one that counts leap seconds ("right/…"). Ended with zone_free(). */
CHECKED int zone_open(struct zone **ret_zone, struct slice name);
struct zone *zone_free(struct zone *zone); /* accepts NULL */

int32_t zone_offset_s(const struct zone *zone, int64_t ms); /* east of UTC, at that moment */
date_day zone_day_of(const struct zone *zone, int64_t ms);
/* First moment of that day there; where midnight does not exist, the first that does. */
int64_t zone_day_start_ms(const struct zone *zone, date_day day);
/* That moment as RFC 3339 with the offset there: "2026-11-29T12:45:12+01:00". */
void zone_moment_format(char ret_text[MOMENT_TEXT_MAX], const struct zone *zone, int64_t ms);
/* The moment when clocks there show what clocks of UTC show at `local_ms`: of two, the first; where clocks
 * were set forward over it, as if they had not been. */
int64_t zone_moment_of_local(const struct zone *zone, int64_t local_ms);
#endif
