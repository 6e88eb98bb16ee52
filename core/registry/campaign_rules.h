/* campaign_rules.h - the attribution rules and windows that a campaign had before, kept in its record: what was
 * reported under them can be told again. */
#ifndef REGISTRY_CAMPAIGN_RULES_H
#define REGISTRY_CAMPAIGN_RULES_H
#include "core/registry/thing.h"

struct problem;

/* To be called before `changes` are applied: where they replace the record's rule or window, those are
 * remembered as in force until now. INVALID when no more can be. */
CHECKED int campaign_rules_keep(json_t *record, const json_t *changes, int64_t now_ms,
                                struct problem *problem);
/* "earlier_rules": a list of {"attribution","window","until"}, the oldest first. */
void campaign_rules_put(struct thing *thing, const json_t *record);
#endif
