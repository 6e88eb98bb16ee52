/* export_signers.h - makes click ids again from what a raw click keeps: link, time, nonce and the id of the key. */
#ifndef ADMIN_EXPORT_SIGNERS_H
#define ADMIN_EXPORT_SIGNERS_H
#include "core/store/click_record.h"
#include "jalon/click.h"
#include "jalon/link.h"

struct export_signers; /* a signer for each campaign and key seen */

CHECKED int export_signers_new(struct export_signers **ret_signers, const jalon_keys *keys);
struct export_signers *export_signers_free(struct export_signers *signers); /* accepts NULL */
/* Writes 44 characters, no NUL. JALON_NO_KEY when the key is in the ring no more. */
CHECKED int export_signers_mint(struct export_signers *signers, struct slice campaign,
                                const struct click_record *click,
                                char ret_click_id[JALON_CLICK_ID_SIZE]);
#endif
