/* code_limit.h - a code that had no limit gets one.
 *
 * Orders that redeem a code with a limit are put into the code's key_redemptions(), by which the limit is judged. Those of other
 * codes, which are most, are not: it would be half of what an order costs the store. So a limit comes in two steps:
 *
 *   code_limit_announce()  the code's redemptions are counted from now on; and the campaign's record of key_limits() changes,
 *                          so that an order which was judged before is judged again (order_rely_on_limits())
 *   code_limit_count()     the orders that are there already are put into the index, with the limit */
#ifndef REGISTRY_CODE_LIMIT_H
#define REGISTRY_CODE_LIMIT_H
#include "core/registry/code_find.h"

/* Nothing where it has a limit. `code` and `campaign` as of code_find(). */
CHECKED int code_limit_announce(struct registry *registry, struct slice code, struct slice campaign,
                                struct problem *problem);

/* Into the draft that sets the limit. */
CHECKED int code_limit_count(struct registry *registry, struct draft *draft,
                             const struct code_match *match);
#endif
