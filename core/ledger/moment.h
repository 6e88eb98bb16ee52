/* moment.h - dates and times as text (RFC 3339), independent of any zone but UTC. */
#ifndef LEDGER_MOMENT_H
#define LEDGER_MOMENT_H
#include "core/base/slice.h"

#define MOMENT_TEXT_MAX 32
#define DATE_TEXT_MAX 11 /* with the NUL */

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
typedef int32_t date_day;

/* "2026-11-29", years 1970-2200. JALON_MALFORMED. */
CHECKED int date_parse(date_day *ret_day, struct slice text);
void date_format(char ret_text[DATE_TEXT_MAX], date_day day);

/* RFC 3339 date-time with "Z" or an offset, up to 9 decimals of a second (kept to the millisecond, cut);
 * a leap second reads as the second before. Milliseconds since 1970 UTC. JALON_MALFORMED. */
CHECKED int moment_parse(int64_t *ret_ms, struct slice text);
/* "2026-11-29T11:45:12Z"; with ".123" when the milliseconds are not 0. */
void moment_format(char ret_text[MOMENT_TEXT_MAX], int64_t ms);
/* "2026-11-29T12:45:12+01:00": to the second, as the clocks say `offset_s` east of UTC; the offset to the
 * minute, as RFC 3339 has it. */
void moment_format_local(char ret_text[MOMENT_TEXT_MAX], int64_t ms, int32_t offset_s);
#endif
