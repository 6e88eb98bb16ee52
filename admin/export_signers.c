#include "admin/export_signers.h"
#include "core/sign/click_signer.h"

#include <stdlib.h>

#define SIGNERS_MAX 4096

struct signer {
    char campaign[JALON_SLUG_SIZE_MAX + 1];
    uint32_t key_id;
    struct click_signer *signer; /* NULL: that key is gone */
};

struct export_signers {
    const jalon_keys *keys;
    size_t count, last; /* the one used last: clicks come in runs */
    struct signer signers[SIGNERS_MAX];
};

int export_signers_new(struct export_signers **ret_signers, const jalon_keys *keys)
{
    struct export_signers *signers = calloc(1, sizeof *signers);
    if (!signers)
        return JALON_NO_MEMORY;
    signers->keys = keys;
    *ret_signers = signers;
    return JALON_OK;
}

struct export_signers *export_signers_free(struct export_signers *signers)
{
    for (size_t i = 0; signers && i < signers->count; i++)
        click_signer_free(signers->signers[i].signer);
    free(signers);
    return NULL;
}

static int add(struct export_signers *signers, struct slice campaign, uint32_t key_id)
{
    if (signers->count == SIGNERS_MAX)
        return JALON_FULL;
    struct signer *signer = &signers->signers[signers->count];
    *signer = (struct signer){.key_id = key_id};
    int err = slice_to_string(signer->campaign, sizeof signer->campaign, campaign);
    if (!err)
        err = click_signer_new_by(&signer->signer, signers->keys, signer->campaign, key_id);
    if (err && err != JALON_NO_KEY)
        return err;
    signers->last = signers->count++;
    return JALON_OK;
}

static bool is_for(const struct signer *signer, struct slice campaign, uint32_t key_id)
{
    return signer->key_id == key_id && slice_is(campaign, signer->campaign);
}

static int find(struct export_signers *signers, struct slice campaign, uint32_t key_id)
{
    if (signers->count && is_for(&signers->signers[signers->last], campaign, key_id))
        return JALON_OK;
    for (size_t i = 0; i < signers->count; i++)
        if (is_for(&signers->signers[i], campaign, key_id)) {
            signers->last = i;
            return JALON_OK;
        }
    return add(signers, campaign, key_id);
}

int export_signers_mint(struct export_signers *signers, struct slice campaign,
                        const struct click_record *click, char ret_click_id[JALON_CLICK_ID_SIZE])
{
    int err = find(signers, campaign, click->key_id);
    if (err)
        return err;
    struct click_signer *signer = signers->signers[signers->last].signer;
    if (!signer)
        return JALON_NO_KEY;
    return click_signer_mint(signer, click->link_id, click->at_ms, click->nonce, ret_click_id);
}
