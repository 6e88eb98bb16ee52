/* code_find.h - which promo code somebody means. */
#ifndef REGISTRY_CODE_FIND_H
#define REGISTRY_CODE_FIND_H
#include "core/registry/code_view.h"
#include "core/registry/draft.h"
#include "core/registry/registry.h"

struct code_match {
    char brand[65], folded[CODE_FOLDED_MAX];
    size_t index; /* in the record's list */
};

/* Of those that fold alike those that are spelled as `text`, if any are; of them the one that is valid now, else the
 * newest. `campaign` may be empty: then the codes of several campaigns may be meant. NOT_FOUND, INVALID when mistyped,
 * CONFLICT naming the campaigns. */
CHECKED int code_find(struct registry *registry, struct draft *draft, struct slice text,
                      struct slice campaign, struct code_match *ret_match, struct problem *problem);
#endif
