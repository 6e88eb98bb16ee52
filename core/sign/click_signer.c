#include "core/sign/click_signer.h"

#include "core/sign/click_id.h"
#include "core/sign/slug.h"
#include "core/sign/subkey.h"

#include <stdlib.h>

struct click_signer {
    struct hmac hmac;
    uint32_t key_id;
};

static uint32_t id_of(const struct key *key)
{
    uint32_t id = 0;
    for (size_t i = 0; i < KEY_ID_BYTES; i++)
        id = id << 8 | key->id[i];
    return id;
}

static int new_at(struct click_signer **ret_signer, const jalon_keys *keys, struct slice campaign,
                  size_t index)
{
    struct click_signer *signer = calloc(1, sizeof *signer);
    if (!signer)
        return JALON_NO_MEMORY;
    int err = subkey_signer_at(&signer->hmac, keys, index, PURPOSE_CLICK, campaign);
    if (err) {
        free(signer);
        return err;
    }
    signer->key_id = id_of(&keys->keys[index]);
    *ret_signer = signer;
    return JALON_OK;
}

int click_signer_new(struct click_signer **ret_signer, const jalon_keys *keys, const char *campaign)
{
    struct slice slug = slice_of_string(campaign);
    if (!slug_is_valid(slug))
        return JALON_BAD_ARGUMENT;
    size_t index;
    int err = subkey_newest(&index, keys);
    return err ? err : new_at(ret_signer, keys, slug, index);
}

int click_signer_new_by(struct click_signer **ret_signer, const jalon_keys *keys,
                        const char *campaign, uint32_t key_id)
{
    struct slice slug = slice_of_string(campaign);
    if (!slug_is_valid(slug))
        return JALON_BAD_ARGUMENT;
    for (size_t i = 0; i < keys->size; i++)
        if (id_of(&keys->keys[i]) == key_id)
            return new_at(ret_signer, keys, slug, i);
    return JALON_NO_KEY;
}

uint32_t click_signer_key_id(const struct click_signer *signer)
{
    return signer->key_id;
}

struct click_signer *click_signer_free(struct click_signer *signer)
{
    if (signer)
        hmac_wipe(&signer->hmac);
    free(signer);
    return NULL;
}

int click_signer_mint(const struct click_signer *signer, uint64_t link_id, int64_t at_ms,
                      uint64_t nonce, char ret_click_id[JALON_CLICK_ID_SIZE])
{
    if (at_ms < 0 || at_ms > CLICK_ID_AT_MS_MAX)
        return JALON_BAD_ARGUMENT;
    const struct click_id id = {.link_id = link_id, .at_ms = at_ms, .nonce = nonce};
    return click_id_print(ret_click_id, &signer->hmac, &id);
}
