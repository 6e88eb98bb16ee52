/* code_new.h - promo codes to be made: the input, read and checked but for what the store has already. */
#ifndef REGISTRY_CODE_NEW_H
#define REGISTRY_CODE_NEW_H
#include "core/registry/draft.h"
#include "core/registry/registry.h"

struct new_code { /* slices borrow from the checked input; the campaign from the draft */
    const struct campaign_view *campaign;
    struct slice creator, discount, slug;
    char prefix[17];
    int64_t valid_from_ms, valid_until_ms, max_redemptions;
    uint64_t count;
    struct slice replaces, redemptions; /* of a rotation: see code_view.h */
};

/* A limit of 0 is no limit and no code either. */
CHECKED int code_check_limit(const json_t *clean, struct problem *problem);
CHECKED int code_new_read(struct new_code *ret_code, struct registry *registry, struct draft *draft,
                          const json_t *clean, struct problem *problem);
/* Puts the codes into the draft; `results` has them then, as they are shown. code_add.c */
CHECKED int code_new_put(struct registry *registry, struct draft *draft,
                         const struct new_code *code, json_t *results, struct problem *problem);
#endif
