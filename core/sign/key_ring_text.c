/* A key ring as text, lines ended by LF:
 *
 *     jalon key ring 1
 *     purpose click                  in an exported ring only, with the next line
 *     campaign spring-trail
 *     key 1f2e3d4c active 1764417600 SECRET CHECK
 *
 * One `key` line a key, newest first: id (8 hex digits), state, created at (seconds since 1970),
 * secret (64 hex digits: a master key, or in an exported ring the sub-key), and the first 8 hex digits
 * of SHA-256 over "jalon/1/check/PURPOSE/CAMPAIGN", NUL, the id's 4 bytes and the secret's 32; PURPOSE
 * and CAMPAIGN are empty for masters. So a damaged key is an error, and never the silent end of every
 * link that it signed. Words are parted by one space, hex is lower case. Empty lines and lines that
 * begin with # are skipped. At most JALON_KEYS_MAX keys are not retired. */
#include "core/base/encoding.h"
#include "core/sign/digest.h"
#include "core/sign/ring.h"
#include "core/sign/secret_file.h"
#include "core/sign/slug.h"

#include <openssl/crypto.h>

#define CHECK_BYTES 4
#define TITLE "jalon key ring 1"
#define NOTE                                                                                       \
    "# Whoever reads this file can sign. Keep it at mode 0600, back it up, give it to nobody.\n"

static int check_of(uint8_t ret_check[CHECK_BYTES], const jalon_keys *keys, const struct key *key)
{
    char text[160];
    struct buffer message;
    buffer_over(&message, text, sizeof text);
    buffer_append_string(&message, "jalon/1/check/");
    buffer_append_string(&message, key_purpose_name(keys->purpose));
    buffer_append_byte(&message, '/');
    buffer_append_string(&message, keys->campaign);
    buffer_append_byte(&message, '\0');
    buffer_append(&message, slice_of(key->id, sizeof key->id));
    buffer_append(&message, slice_of(key->secret, sizeof key->secret));
    uint8_t digest[SHA256_BYTES];
    int err = buffer_error(&message);
    if (!err)
        err = sha256(digest, buffer_slice(&message));
    OPENSSL_cleanse(text, sizeof text);
    if (err)
        return err;
    memcpy(ret_check, digest, CHECK_BYTES);
    return JALON_OK;
}

/* JALON_BAD_KEY_FILE for whatever is wrong with the words themselves. */
static int read_words(struct key *key, uint8_t check[CHECK_BYTES], struct slice rest)
{
    uint64_t created_at;
    if (hex_decode(key->id, sizeof key->id, slice_take(&rest, ' ')) ||
        key_state_find(&key->state, slice_take(&rest, ' ')) ||
        slice_to_u64(&created_at, slice_take(&rest, ' '), KEY_CREATED_AT_MAX) ||
        hex_decode(key->secret, sizeof key->secret, slice_take(&rest, ' ')) ||
        hex_decode(check, CHECK_BYTES, rest))
        return JALON_BAD_KEY_FILE;
    key->created_at = (int64_t)created_at;
    return JALON_OK;
}

static int read_key(jalon_keys *keys, struct slice rest)
{
    if (keys->size == RING_ROOM)
        return JALON_BAD_KEY_FILE;
    struct key *key = &keys->keys[keys->size]; /* in place: a copy would have to be wiped */
    uint8_t written[CHECK_BYTES], computed[CHECK_BYTES];
    int err = read_words(key, written, rest);
    if (!err)
        err = check_of(computed, keys, key);
    if (err)
        return err;
    bool is_first_of_its_id = ring_find(keys, key->id) == keys->size;
    bool is_in_order = keys->size == 0 || key->created_at <= keys->keys[keys->size - 1].created_at;
    if (!bytes_equal_ct(written, computed, CHECK_BYTES) || !is_first_of_its_id || !is_in_order)
        return JALON_BAD_KEY_FILE;
    keys->size++;
    return JALON_OK;
}

static int read_purpose(jalon_keys *keys, struct slice name)
{
    if (keys->size || keys->purpose != PURPOSE_MASTER || key_purpose_find(&keys->purpose, name))
        return JALON_BAD_KEY_FILE;
    return JALON_OK;
}

static int read_campaign(jalon_keys *keys, struct slice name)
{
    if (keys->size || keys->purpose == PURPOSE_MASTER || *keys->campaign || !slug_is_valid(name))
        return JALON_BAD_KEY_FILE;
    return slice_to_string(keys->campaign, sizeof keys->campaign, name);
}

static int read_line(jalon_keys *keys, struct slice line)
{
    struct slice word = slice_take(&line, ' ');
    if (slice_is(word, "key"))
        return read_key(keys, line);
    if (slice_is(word, "purpose"))
        return read_purpose(keys, line);
    if (slice_is(word, "campaign"))
        return read_campaign(keys, line);
    return JALON_BAD_KEY_FILE;
}

static int read_lines(jalon_keys *keys, struct slice text)
{
    bool has_title = false;
    while (text.size) {
        struct slice line = slice_take(&text, '\n');
        if (line.size == 0 || line.data[0] == '#')
            continue;
        int err = JALON_OK;
        if (has_title)
            err = read_line(keys, line);
        else if (!slice_is(line, TITLE))
            err = JALON_BAD_KEY_FILE;
        if (err)
            return err;
        has_title = true;
    }
    bool is_half_exported = keys->purpose != PURPOSE_MASTER && !*keys->campaign;
    if (keys->size == 0 || ring_count(keys) > JALON_KEYS_MAX || is_half_exported)
        return JALON_BAD_KEY_FILE;
    return JALON_OK;
}

int jalon_keys_parse(jalon_keys **ret_keys, const char *text, size_t size)
{
    if (!ret_keys || (!text && size))
        return JALON_BAD_ARGUMENT;
    if (size > SECRET_FILE_SIZE_MAX)
        return JALON_BAD_KEY_FILE;
    jalon_keys *keys;
    int err = ring_new(&keys);
    if (err)
        return err;
    err = read_lines(keys, slice_of(text, size));
    if (!err)
        err = ring_arm(keys);
    if (err) {
        jalon_keys_free(keys);
        return err;
    }
    *ret_keys = keys;
    return JALON_OK;
}

static void print_key(struct buffer *out, const jalon_keys *keys, const struct key *key)
{
    uint8_t check[CHECK_BYTES];
    int err = check_of(check, keys, key);
    if (err) {
        if (!out->error)
            out->error = err;
        return;
    }
    char id[2 * KEY_ID_BYTES], secret[2 * KEY_BYTES], hex[2 * CHECK_BYTES];
    hex_encode(id, slice_of(key->id, sizeof key->id));
    hex_encode(secret, slice_of(key->secret, sizeof key->secret));
    hex_encode(hex, slice_of(check, sizeof check));
    buffer_append_string(out, "key ");
    buffer_append(out, slice_of(id, sizeof id));
    buffer_printf(out, " %s ", key_state_name(key->state));
    buffer_append_u64(out, (uint64_t)key->created_at);
    buffer_append_byte(out, ' ');
    buffer_append(out, slice_of(secret, sizeof secret));
    buffer_append_byte(out, ' ');
    buffer_append(out, slice_of(hex, sizeof hex));
    buffer_append_byte(out, '\n');
    OPENSSL_cleanse(secret, sizeof secret);
}

void key_ring_write(struct buffer *out, const jalon_keys *keys)
{
    buffer_append_string(out, TITLE "\n" NOTE);
    if (keys->purpose != PURPOSE_MASTER)
        buffer_printf(out, "purpose %s\ncampaign %s\n", key_purpose_name(keys->purpose),
                      keys->campaign);
    for (size_t i = 0; i < keys->size; i++)
        print_key(out, keys, &keys->keys[i]);
}
