/* click_id.h - a click id from the inside: 33 bytes, big-endian:
 *
 *     version, 1 | link id, 8 | milliseconds since 1970, 6 | nonce, 8 | tag, 10
 *
 * The tag is the first 80 bits of HMAC-SHA256 over all before it, under the sub-key
 * "jalon/1/click/CAMPAIGN". As text: 44 characters of base64url, which leave no bit to spare, so that
 * there is one spelling. */
#ifndef SIGN_CLICK_ID_H
#define SIGN_CLICK_ID_H
#include "core/sign/hmac.h"
#include "jalon/click.h"

#define CLICK_ID_AT_MS_MAX ((INT64_C(1) << 48) - 1)

struct click_id {
    uint64_t link_id;
    int64_t at_ms;
    uint64_t nonce;
};

/* Writes JALON_CLICK_ID_SIZE characters, no NUL; `hmac` is keyed with the campaign's sub-key. */
CHECKED int click_id_print(char ret_text[JALON_CLICK_ID_SIZE], const struct hmac *hmac,
                           const struct click_id *id);
/* What a click id says, its tag not looked at: for one that was verified before. JALON_MALFORMED. */
CHECKED int click_id_split(struct click_id *ret_id, struct slice text);
#endif
