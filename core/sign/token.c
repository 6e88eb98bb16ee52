/* A portable token, before base64url; numbers are big-endian:
 *
 *     1   version, 1
 *     1   flags: 1 channel, 2 target, 4 expiry; the rest are 0
 *     1+n campaign   its size in a byte, then 1-64 of [a-z0-9-]
 *     1+n creator    likewise
 *     1+n channel    if flagged: 1-64 bytes of UTF-8 without controls
 *     2+n target     if flagged: an absolute http or https URL of at most 2048 bytes, see is_target()
 *     5   expiry     if flagged: seconds since 1970, 1 to 2^40 - 1
 *     16  tag        the first 128 bits of HMAC-SHA256 over all before it, under the sub-key
 *                    "jalon/1/portable/CAMPAIGN"
 *
 * Nothing may follow, and what is absent has no flag: one spelling only. */
#include "core/sign/token.h"

#include "core/base/buffer.h"
#include "core/base/encoding.h"
#include "core/sign/digest.h"
#include "core/sign/slug.h"
#include "core/sign/subkey.h"

#define VERSION 1
#define TAG_BYTES 16
#define BYTES_MAX (2 + 3 * (1 + JALON_SLUG_SIZE_MAX) + 2 + JALON_TARGET_SIZE_MAX + 5 + TAG_BYTES)
#define EXPIRES_AT_MAX ((INT64_C(1) << 40) - 1)

enum { HAS_CHANNEL = 1, HAS_TARGET = 2, HAS_EXPIRY = 4, FLAGS = 7 };

_Static_assert(BASE64URL_SIZE(BYTES_MAX) <= JALON_TOKEN_SIZE_MAX, "room for the longest token");

static bool is_channel(struct slice text)
{
    return text.size <= JALON_SLUG_SIZE_MAX && slice_is_utf8(text) && !slice_has_control(text);
}

static bool is_escape(struct slice text) /* "%2F…" */
{
    const char *digits = "0123456789abcdefABCDEF";
    return text.size > 2 && strchr(digits, text.data[1]) && text.data[1] && text.data[2] &&
           strchr(digits, text.data[2]);
}

/* http:// or https://, a host, and nothing but what RFC 3986 lets a URL be made of, plus the few
 * characters that shops leave unescaped. Which host is allowed is the campaign's business. */
static bool is_target(struct slice url)
{
    if (url.size > JALON_TARGET_SIZE_MAX)
        return false;
    for (size_t i = 0; i < url.size; i++)
        if (url.data[i] <= ' ' || url.data[i] > '~' || strchr("\"<>\\", url.data[i]) ||
            (url.data[i] == '%' && !is_escape(slice_from(url, i))))
            return false;
    size_t scheme = slice_starts_nocase(url, SLICE("https://"))  ? 8
                    : slice_starts_nocase(url, SLICE("http://")) ? 7
                                                                 : 0;
    return scheme && url.size > scheme && !strchr("/?#:@", url.data[scheme]);
}

static int token_check(const struct token *token)
{
    bool is_valid = slug_is_valid(token->campaign) && slug_is_valid(token->creator) &&
                    is_channel(token->channel) &&
                    (token->target.size == 0 || is_target(token->target)) &&
                    token->expires_at >= 0 && token->expires_at <= EXPIRES_AT_MAX;
    return is_valid ? JALON_OK : JALON_MALFORMED;
}

static void put_number(struct buffer *out, uint64_t value, unsigned size)
{
    while (size-- > 0)
        buffer_append_byte(out, (char)(value >> (8 * size)));
}

static void put_sized(struct buffer *out, struct slice text, unsigned width)
{
    put_number(out, text.size, width);
    buffer_append(out, text);
}

static int token_print(uint8_t ret_bytes[BYTES_MAX], size_t *ret_size, const struct hmac *hmac,
                       const struct token *token)
{
    struct buffer out;
    buffer_over(&out, ret_bytes, BYTES_MAX);
    int flags = (token->channel.size ? HAS_CHANNEL : 0) | (token->target.size ? HAS_TARGET : 0) |
                (token->expires_at ? HAS_EXPIRY : 0);
    put_number(&out, VERSION, 1);
    put_number(&out, (uint64_t)flags, 1);
    put_sized(&out, token->campaign, 1);
    put_sized(&out, token->creator, 1);
    if (flags & HAS_CHANNEL)
        put_sized(&out, token->channel, 1);
    if (flags & HAS_TARGET)
        put_sized(&out, token->target, 2);
    if (flags & HAS_EXPIRY)
        put_number(&out, (uint64_t)token->expires_at, 5);
    uint8_t sum[HMAC_BYTES];
    int err = hmac_sum(sum, hmac, buffer_slice(&out));
    if (err)
        return err;
    buffer_append(&out, slice_of(sum, TAG_BYTES));
    *ret_size = out.size;
    return buffer_error(&out);
}

int jalon_token_mint(const jalon_keys *keys, const char *campaign, const char *creator,
                     const char *channel, const char *target, int64_t expires_at, char *ret_token,
                     size_t capacity)
{
    const struct token token = {
        .campaign = slice_of_string(campaign),
        .creator = slice_of_string(creator),
        .channel = slice_of_string(channel),
        .target = slice_of_string(target),
        .expires_at = expires_at,
    };
    if (!keys || !ret_token || token_check(&token))
        return JALON_BAD_ARGUMENT;
    struct hmac hmac;
    int err = subkey_signer(&hmac, keys, PURPOSE_PORTABLE, token.campaign);
    if (err)
        return err;
    uint8_t bytes[BYTES_MAX];
    size_t size = 0;
    err = token_print(bytes, &size, &hmac, &token);
    hmac_wipe(&hmac);
    if (err)
        return err;
    if (BASE64URL_SIZE(size) >= capacity)
        return JALON_TOO_SMALL;
    base64url_encode(ret_token, slice_of(bytes, size));
    ret_token[BASE64URL_SIZE(size)] = '\0';
    return JALON_OK;
}

static int take_number(uint64_t *ret_value, struct slice *rest, size_t size)
{
    if (rest->size < size)
        return JALON_MALFORMED;
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | (uint8_t)rest->data[i];
    *rest = slice_from(*rest, size);
    *ret_value = value;
    return JALON_OK;
}

/* What is taken is there because it was flagged, so it is not empty. */
static int take_sized(struct slice *ret_text, struct slice *rest, size_t width)
{
    uint64_t size = 0;
    int err = take_number(&size, rest, width);
    if (err)
        return err;
    if (size == 0)
        return JALON_NOT_CANONICAL;
    if (rest->size < size)
        return JALON_MALFORMED;
    *ret_text = slice_first(*rest, size);
    *rest = slice_from(*rest, size);
    return JALON_OK;
}

static int take_expiry(int64_t *ret_expires_at, struct slice *rest)
{
    uint64_t value = 0;
    int err = take_number(&value, rest, 5);
    if (err)
        return err;
    if (value == 0)
        return JALON_NOT_CANONICAL;
    *ret_expires_at = (int64_t)value;
    return JALON_OK;
}

static int token_split(struct token *token)
{
    if (token->size < TAG_BYTES)
        return JALON_MALFORMED;
    struct slice rest = slice_of(token->bytes, token->size - TAG_BYTES);
    uint64_t version = 0, flags = 0;
    if (take_number(&version, &rest, 1) || take_number(&flags, &rest, 1) || version != VERSION ||
        flags > FLAGS)
        return JALON_MALFORMED;
    int err = take_sized(&token->campaign, &rest, 1);
    if (!err)
        err = take_sized(&token->creator, &rest, 1);
    if (!err && flags & HAS_CHANNEL)
        err = take_sized(&token->channel, &rest, 1);
    if (!err && flags & HAS_TARGET)
        err = take_sized(&token->target, &rest, 2);
    if (!err && flags & HAS_EXPIRY)
        err = take_expiry(&token->expires_at, &rest);
    if (err)
        return err;
    return rest.size ? JALON_MALFORMED : token_check(token);
}

static int check_tag(const struct hmac *hmac, void *thing)
{
    const struct token *token = thing;
    size_t size = token->size - TAG_BYTES;
    uint8_t sum[HMAC_BYTES];
    int err = hmac_sum(sum, hmac, slice_of(token->bytes, size));
    if (err)
        return err;
    return bytes_equal_ct(sum, token->bytes + size, TAG_BYTES) ? JALON_OK : JALON_BAD_SIGNATURE;
}

int token_decode(struct token *ret_token, struct slice text)
{
    if (text.size > JALON_TOKEN_SIZE_MAX)
        return JALON_TOO_LONG;
    ret_token->campaign = ret_token->creator = SLICE_NONE;
    ret_token->channel = ret_token->target = SLICE_NONE;
    ret_token->expires_at = 0;
    int err = base64url_decode(ret_token->bytes, sizeof ret_token->bytes, &ret_token->size, text);
    return err ? err : token_split(ret_token);
}

int token_read(struct token *ret_token, const jalon_keys *keys, struct slice text)
{
    int err = token_decode(ret_token, text);
    if (err)
        return err;
    return subkey_try(keys, PURPOSE_PORTABLE, ret_token->campaign, check_tag, ret_token, NULL);
}
