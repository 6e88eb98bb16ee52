/* campaigns.h - all campaigns, as one worker knows them: read from the store at start, again after each reconnect, and
 * one by one when the channel of changes names them. Entries are never freed while the worker lives, so links
 * may point at them. Belongs to the worker's thread. */
#ifndef REDIRECTOR_CAMPAIGNS_H
#define REDIRECTOR_CAMPAIGNS_H
#include "core/registry/campaign_view.h"
#include "jalon/keys.h"

struct click_signer;

struct campaign {
    struct campaign *next;
    bool is_known;           /* view was read */
    int64_t absent_until_ms; /* not known: the store said that there is none; monotonic */
    struct campaign_view view;
    struct click_signer *signer; /* NULL until first needed */
    uint64_t signer_generation;  /* of the snapshot whose keys it has */
    size_t slug_size;
    char slug[];
};

struct campaigns;

CHECKED int campaigns_new(struct campaigns **ret_campaigns);
struct campaigns *campaigns_free(struct campaigns *campaigns); /* accepts NULL */

/* NULL when the slug was never heard of. No allocation. */
struct campaign *campaigns_find(struct campaigns *campaigns, struct slice slug);
/* The same, made (not known) when it is not there. JALON_NO_MEMORY, JALON_FULL. */
CHECKED int campaigns_intern(struct campaigns *campaigns, struct slice slug,
                             struct campaign **ret_campaign);
/* The campaign as the store has it. JALON_DAMAGED: what was known stays. */
CHECKED int campaigns_put(struct campaigns *campaigns, struct slice slug, struct slice json,
                          struct campaign **ret_campaign);

/* What signs the campaign's click ids, with the keys of this snapshot's generation; owned by the campaign.
 * JALON_NO_KEY … */
CHECKED int campaign_signer(struct campaign *campaign, const jalon_keys *keys, uint64_t generation,
                            struct click_signer **ret_signer);
#endif
