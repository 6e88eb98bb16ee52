/* link_record.h - a stored link: read, written and shown. A link is found by its link id, which follows from its
 * code: so two links cannot share a code, and a click id leads to its link. Format: top of link_view.c. */
#ifndef REGISTRY_LINK_RECORD_H
#define REGISTRY_LINK_RECORD_H
#include "core/registry/draft.h"
#include "core/registry/link_view.h"
#include "core/registry/registry.h"

/* Empty when there is none. */
CHECKED int link_get(struct draft *draft, uint64_t link_id, struct slice *ret_json);
/* Takes the record; with its message to the caches. */
CHECKED int link_put(struct draft *draft, uint64_t link_id, struct slice campaign, json_t *record);

struct link_state {
    const char *name;   /* "active", "disabled" or "expired" */
    const char *reason; /* why it does not redirect now; NULL when it does */
};

/* "disabled", "key-retired", "expired", "campaign-ended", or, of an active one, "campaign-not-started". */
struct link_state link_state_of(const struct registry *registry, const struct link_view *link,
                                const struct campaign_view *campaign);

CHECKED int link_thing(const struct registry *registry, uint64_t link_id,
                       const struct link_view *link, const struct campaign_view *campaign,
                       json_t **ret_thing);
CHECKED int link_thing_of_json(const struct registry *registry, uint64_t link_id, struct slice json,
                               const struct campaign_view *campaign, json_t **ret_thing);

/* Empty, or on a host that the campaign allows; else the field "target" is named. */
CHECKED int link_check_target(const struct campaign_view *campaign, struct slice target,
                              struct problem *problem);
/* "expires_at" of checked input; 0: none. */
int64_t link_expiry_of(const json_t *clean);
#endif
