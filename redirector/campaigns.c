#include "redirector/campaigns.h"

#include "core/sign/click_signer.h"

#include <stdlib.h>
#include <xxhash.h>

#define BUCKETS 4096
#define CAMPAIGNS_MAX 262144
#define SLUG_MAX 64

struct campaigns {
    size_t count;
    struct campaign *buckets[BUCKETS];
};

int campaigns_new(struct campaigns **ret_campaigns)
{
    struct campaigns *campaigns = calloc(1, sizeof *campaigns);
    if (!campaigns)
        return JALON_NO_MEMORY;
    *ret_campaigns = campaigns;
    return JALON_OK;
}

static void campaign_free(struct campaign *campaign)
{
    click_signer_free(campaign->signer);
    if (campaign->is_known)
        campaign_view_done(&campaign->view);
    free(campaign);
}

struct campaigns *campaigns_free(struct campaigns *campaigns)
{
    if (!campaigns)
        return NULL;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct campaign *campaign = campaigns->buckets[i], *next; campaign; campaign = next) {
            next = campaign->next;
            campaign_free(campaign);
        }
    }
    free(campaigns);
    return NULL;
}

static struct campaign **bucket_of(struct campaigns *campaigns, struct slice slug)
{
    return &campaigns->buckets[XXH3_64bits(slug.data, slug.size) % BUCKETS];
}

struct campaign *campaigns_find(struct campaigns *campaigns, struct slice slug)
{
    struct campaign *campaign = *bucket_of(campaigns, slug);
    while (campaign && !slice_equal(slice_of(campaign->slug, campaign->slug_size), slug))
        campaign = campaign->next;
    return campaign;
}

int campaigns_intern(struct campaigns *campaigns, struct slice slug, struct campaign **ret_campaign)
{
    struct campaign *campaign = campaigns_find(campaigns, slug);
    if (!campaign) {
        if (slug.size == 0 || slug.size > SLUG_MAX)
            return JALON_MALFORMED;
        if (campaigns->count >= CAMPAIGNS_MAX)
            return JALON_FULL;
        campaign = calloc(1, sizeof *campaign + slug.size + 1);
        if (!campaign)
            return JALON_NO_MEMORY;
        campaign->slug_size = slug.size;
        memcpy(campaign->slug, slug.data, slug.size);
        struct campaign **bucket = bucket_of(campaigns, slug);
        campaign->next = *bucket;
        *bucket = campaign;
        campaigns->count++;
    }
    *ret_campaign = campaign;
    return JALON_OK;
}

int campaigns_put(struct campaigns *campaigns, struct slice slug, struct slice json,
                  struct campaign **ret_campaign)
{
    struct campaign_view view;
    int err = campaign_view_read(&view, json);
    if (err)
        return err;
    struct campaign *campaign;
    err = campaigns_intern(campaigns, slug, &campaign);
    if (err) {
        campaign_view_done(&view);
        return err;
    }
    if (campaign->is_known)
        campaign_view_done(&campaign->view);
    campaign->view = view;
    campaign->is_known = true;
    *ret_campaign = campaign;
    return JALON_OK;
}

int campaign_signer(struct campaign *campaign, const jalon_keys *keys, uint64_t generation,
                    struct click_signer **ret_signer)
{
    if (!campaign->signer || campaign->signer_generation != generation) {
        struct click_signer *signer;
        int err = click_signer_new(&signer, keys, campaign->slug);
        if (err)
            return err;
        click_signer_free(campaign->signer);
        campaign->signer = signer;
        campaign->signer_generation = generation;
    }
    *ret_signer = campaign->signer;
    return JALON_OK;
}
