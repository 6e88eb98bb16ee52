/* subkey.h - which key signs, and which keys are tried: the one way from a ring to an HMAC. */
#ifndef SIGN_SUBKEY_H
#define SIGN_SUBKEY_H
#include "core/sign/ring.h"

/* The sub-key itself, to be exported; the caller wipes it. JALON_CRYPTO. */
CHECKED int subkey_derive(uint8_t ret_subkey[KEY_BYTES], const struct key *master,
                          enum key_purpose purpose, struct slice campaign);

/* An HMAC of the caller's own, keyed for purpose and campaign by the newest active key or by that of
 * `index`, in whatever state; the caller wipes it. JALON_NO_KEY, JALON_CRYPTO. */
CHECKED int subkey_signer(struct hmac *ret_hmac, const jalon_keys *keys, enum key_purpose purpose,
                          struct slice campaign);
CHECKED int subkey_signer_at(struct hmac *ret_hmac, const jalon_keys *keys, size_t index,
                             enum key_purpose purpose, struct slice campaign);
CHECKED int subkey_newest(size_t *ret_index, const jalon_keys *keys); /* active; JALON_NO_KEY */

/* Tells whether `thing` was signed by the key of `hmac`: JALON_OK, JALON_BAD_SIGNATURE or worse. */
typedef int subkey_check(const struct hmac *hmac, void *thing);

/* Asks `check` for each key that is not retired, newest first, until it answers anything but
 * JALON_BAD_SIGNATURE; that is the result. ret_index: the key's, may be NULL. JALON_NO_KEY when the
 * ring has nothing for that purpose and campaign. */
CHECKED int subkey_try(const jalon_keys *keys, enum key_purpose purpose, struct slice campaign,
                       subkey_check *check, void *thing, size_t *ret_index);
#endif
