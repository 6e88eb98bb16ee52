#include "core/sign/click_id.h"

#include "core/base/encoding.h"
#include "core/sign/digest.h"
#include "core/sign/slug.h"
#include "core/sign/subkey.h"

#define VERSION 1
#define BODY_BYTES 23
#define TAG_BYTES 10

_Static_assert(BASE64URL_SIZE(BODY_BYTES + TAG_BYTES) == JALON_CLICK_ID_SIZE, "size of a click id");

static void put_be(uint8_t *ret_bytes, uint64_t value, size_t size)
{
    while (size-- > 0) {
        ret_bytes[size] = (uint8_t)value;
        value >>= 8;
    }
}

static uint64_t get_be(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

int click_id_print(char ret_text[JALON_CLICK_ID_SIZE], const struct hmac *hmac,
                   const struct click_id *id)
{
    uint8_t bytes[BODY_BYTES + TAG_BYTES], sum[HMAC_BYTES];
    bytes[0] = VERSION;
    put_be(bytes + 1, id->link_id, 8);
    put_be(bytes + 9, (uint64_t)id->at_ms, 6);
    put_be(bytes + 15, id->nonce, 8);
    int err = hmac_sum(sum, hmac, slice_of(bytes, BODY_BYTES));
    if (err)
        return err;
    memcpy(bytes + BODY_BYTES, sum, TAG_BYTES);
    base64url_encode(ret_text, slice_of(bytes, sizeof bytes));
    return JALON_OK;
}

int jalon_click_mint(const jalon_keys *keys, const char *campaign, uint64_t link_id, int64_t at_ms,
                     uint64_t nonce, char ret_click_id[JALON_CLICK_ID_SIZE + 1])
{
    struct slice slug = slice_of_string(campaign);
    if (!keys || !ret_click_id || !slug_is_valid(slug) || at_ms < 0 || at_ms > CLICK_ID_AT_MS_MAX)
        return JALON_BAD_ARGUMENT;
    struct hmac hmac;
    int err = subkey_signer(&hmac, keys, PURPOSE_CLICK, slug);
    if (err)
        return err;
    const struct click_id id = {.link_id = link_id, .at_ms = at_ms, .nonce = nonce};
    err = click_id_print(ret_click_id, &hmac, &id);
    hmac_wipe(&hmac);
    if (!err)
        ret_click_id[JALON_CLICK_ID_SIZE] = '\0';
    return err;
}

static int decode(uint8_t ret_bytes[BODY_BYTES + TAG_BYTES], struct slice text)
{
    size_t size;
    if (text.size != JALON_CLICK_ID_SIZE)
        return JALON_MALFORMED;
    int err = base64url_decode(ret_bytes, BODY_BYTES + TAG_BYTES, &size, text);
    if (err)
        return err;
    return ret_bytes[0] == VERSION ? JALON_OK : JALON_MALFORMED;
}

static struct click_id fields_of(const uint8_t *bytes)
{
    return (struct click_id){
        .link_id = get_be(bytes + 1, 8),
        .at_ms = (int64_t)get_be(bytes + 9, 6),
        .nonce = get_be(bytes + 15, 8),
    };
}

int click_id_split(struct click_id *ret_id, struct slice text)
{
    uint8_t bytes[BODY_BYTES + TAG_BYTES];
    int err = decode(bytes, text);
    if (!err)
        *ret_id = fields_of(bytes);
    return err;
}

static int check_tag(const struct hmac *hmac, void *thing)
{
    const uint8_t *bytes = thing;
    uint8_t sum[HMAC_BYTES];
    int err = hmac_sum(sum, hmac, slice_of(bytes, BODY_BYTES));
    if (err)
        return err;
    return bytes_equal_ct(sum, bytes + BODY_BYTES, TAG_BYTES) ? JALON_OK : JALON_BAD_SIGNATURE;
}

int jalon_click_verify(const jalon_keys *keys, const char *campaign, const char *text, size_t size,
                       uint64_t *ret_link_id, int64_t *ret_at_ms, uint64_t *ret_nonce)
{
    struct slice slug = slice_of_string(campaign);
    if (!keys || (!text && size) || !slug_is_valid(slug))
        return JALON_BAD_ARGUMENT;
    uint8_t bytes[BODY_BYTES + TAG_BYTES];
    int err = decode(bytes, slice_of(text, size));
    if (!err)
        err = subkey_try(keys, PURPOSE_CLICK, slug, check_tag, bytes, NULL);
    if (err)
        return err;
    const struct click_id id = fields_of(bytes);
    if (ret_link_id)
        *ret_link_id = id.link_id;
    if (ret_at_ms)
        *ret_at_ms = id.at_ms;
    if (ret_nonce)
        *ret_nonce = id.nonce;
    return JALON_OK;
}
