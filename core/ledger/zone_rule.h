/* zone_rule.h - the POSIX TZ string at the end of a TZif file (RFC 9636 3.3): what holds after the last
 * listed transition, for ever. */
#ifndef LEDGER_ZONE_RULE_H
#define LEDGER_ZONE_RULE_H
#include "core/base/slice.h"

enum zone_rule_form { ZONE_JULIAN, ZONE_DAY_OF_YEAR, ZONE_MONTH_WEEK_DAY };

struct zone_rule_date { /* when the clocks change, each year */
    enum zone_rule_form form;
    int month, week, day; /* JULIAN: day 1-365, no 29 February; DAY_OF_YEAR: day 0-365 */
    int32_t time_s;       /* of the local clock before the change; -167 h to 167 h */
};

struct zone_rule {
    int32_t standard_s, daylight_s; /* east of UTC */
    bool has_daylight;
    struct zone_rule_date start, end; /* of daylight saving */
};

/* JALON_DAMAGED unless all of `text` is such a string. */
CHECKED int zone_rule_parse(struct zone_rule *ret_rule, struct slice text);

int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t at_s);
/* The first change of the clocks after `at_s`; INT64_MAX when there is none. */
int64_t zone_rule_next_s(const struct zone_rule *rule, int64_t at_s);
#endif
