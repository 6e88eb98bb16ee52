/* code_limit.h - a code that had no limit gets one.
 *
 * Orders that redeem a code with a limit are put into the code's key_redemptions(), by which the limit is judged. Those of other
 * codes, which are most, are not: it would be half of what an order costs the store. So before a code gets a limit
 *
 *   it is marked: its redemptions are counted from now on, for good
 *   the brand's record of key_limits() changes, so that orders which were judged before are judged again, by
 *   order_rely_on_limits()
 *   the orders that are there already are put into the index
 *
 * each when the one before it is done. After an error, or a crash in between, the same again does it all. */
#ifndef REGISTRY_CODE_LIMIT_H
#define REGISTRY_CODE_LIMIT_H
#include "core/registry/registry.h"

/* Does nothing for a code that has a limit. `code` and `campaign` as of code_find(). */
CHECKED int code_limit_prepare(struct registry *registry, struct slice code, struct slice campaign,
                               struct problem *problem);
#endif
