/* click_signer.h - click ids at the redirector's pace: the campaign's key derived once, and an id is
 * one HMAC. Minting only reads it: threads may share one. */
#ifndef SIGN_CLICK_SIGNER_H
#define SIGN_CLICK_SIGNER_H
#include "core/base/slice.h"
#include "jalon/click.h"

struct click_signer;

CHECKED int click_signer_new(struct click_signer **ret_signer, const jalon_keys *keys,
                             const char *campaign);
/* By the key of that id, whatever its state: writes again the ids that it once signed. JALON_NO_KEY when
 * the ring has it no more. */
CHECKED int click_signer_new_by(struct click_signer **ret_signer, const jalon_keys *keys,
                                const char *campaign, uint32_t key_id);
/* Accepts NULL, returns NULL. */
struct click_signer *click_signer_free(struct click_signer *signer);

/* The id of the signing key: what key_ring_view() prints in hex, as a number. */
uint32_t click_signer_key_id(const struct click_signer *signer);

/* Writes 44 characters, no NUL. Allocates nothing. */
CHECKED int click_signer_mint(const struct click_signer *signer, uint64_t link_id, int64_t at_ms,
                              uint64_t nonce, char ret_click_id[JALON_CLICK_ID_SIZE]);
#endif
